"""How far outcomes of groups in the same recorded situation lie apart: a gap, with what could explain it unmeasured.

A gap is not by itself discrimination, and its absence is not fairness: what a record calls severity may itself have
been decided unevenly, and what weighs in a case is mostly not released. Tests of whether a decision "hits" more often
in one group than in another are left out on purpose (docs/comparisons.md says why).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from tallystick.terms.bound import Bound
from tallystick.terms.extras import need

UNKNOWN = "unknown"  # what a class is called that a record does not tell
LEAST_CLUSTERS = 10
MANY_CLUSTERS = 30  # with fewer, errors that allow for clusters are themselves unsure
LEAST_UNITS = 30
FALSE_DISCOVERIES = 0.05


@dataclass(frozen=True, order=True)
class Where:
    """Whose outcomes: a group, in a situation, in a cluster (an area, whose cases resemble each other)."""

    group: str
    situation: tuple[str, ...]
    cluster: str = ""


@dataclass(frozen=True)
class Outcomes:
    """How many had the outcome, how many had not, and of how many it is not known."""

    yes: int = 0
    no: int = 0
    unknown: int = 0

    def __add__(self, other: Outcomes) -> Outcomes:
        return Outcomes(self.yes + other.yes, self.no + other.no, self.unknown + other.unknown)

    @property
    def known(self) -> int:
        """Of how many the outcome is known."""
        return self.yes + self.no

    @property
    def whole(self) -> int:
        """All of them."""
        return self.known + self.unknown

    @property
    def bound(self) -> Bound:
        """The share with the outcome, whatever is not known."""
        return Bound(Fraction(self.yes, self.whole), Fraction(self.yes + self.unknown, self.whole))


@dataclass(frozen=True)
class Gap:
    """One group beside the reference group, for one outcome. Gaps are group less reference, as fractions.

    Attributes:
        share: share of the group with the outcome.
        reference: share of the reference group.
        crude: the difference of the two.
        within: the difference in the same recorded situation, both groups given the situations of both together;
            "not recorded" is a situation of its own.
        whatever: the same, wherever those of no recorded situation belong.
        known: `within`, of units whose outcome is known.
        interval: a 95 % interval of `known`, if the process were repeated; None with too few clusters.
        p: how often a gap as wide would show where there is none; None with too few clusters.
        clusters: how many clusters the interval rests on.
        compared: share of the units that stand in situations where both groups occur.
        units: units of the smaller group that are compared.
    """

    group: str
    share: Bound
    reference: Bound
    crude: Bound
    within: Bound
    whatever: Bound
    known: float
    interval: tuple[float, float] | None
    p: float | None
    clusters: int
    compared: Fraction
    units: int


def gap(table: Mapping[Where, Outcomes], group: str, reference: str) -> Gap | None:
    """One group beside another in the same recorded situation (direct standardisation), with its error by cluster.

    The error is that of a jackknife that leaves out one cluster at a time, with the t distribution (Bell and McCaffrey
    2002 call it CR3): errors that allow for clusters in the usual way are too small where there are few.

    Args:
        table: outcomes by group, situation and cluster; cases of no recorded situation have a class `UNKNOWN`.
        group: the group.
        reference: the group it is laid beside.

    Returns:
        None where the two occur in no situation together.
    """
    both = {where: own for where, own in table.items() if where.group in (group, reference) and own.whole}
    by = _by_situation(both)
    shared = [situation for situation, own in by.items() if {group, reference} <= set(own)]
    if not shared:
        return None
    ours, theirs = (summed(own for where, own in both.items() if where.group == name) for name in (group, reference))
    weights = {situation: sum(one.whole for one in by[situation].values()) for situation in shared}
    whole = sum(weights.values())
    pieces = [(Fraction(weights[one], whole), _minus(by[one][group].bound, by[one][reference].bound)) for one in shared]
    low = sum((weight * own.lower for weight, own in pieces), Fraction(0))
    high = sum((weight * own.upper for weight, own in pieces), Fraction(0))
    known = standardised(both, group, reference) or 0.0
    error, clusters = _jackknife(both, group, reference, known)
    interval, p = _repeated(known, error, clusters)
    return Gap(
        group=group,
        share=ours.bound,
        reference=theirs.bound,
        crude=_minus(ours.bound, theirs.bound),
        within=Bound(low, high),
        whatever=_whatever(by, group, reference),
        known=known,
        interval=interval,
        p=p,
        clusters=clusters,
        compared=Fraction(whole, ours.whole + theirs.whole),
        units=min(sum(by[one][name].whole for one in shared) for name in (group, reference)),
    )


def standardised(table: Mapping[Where, Outcomes], group: str, reference: str) -> float | None:
    """The difference of shares among known outcomes, both groups given the situations of both together."""
    by = _by_situation({where: own for where, own in table.items() if where.group in (group, reference) and own.known})
    both = [own for own in by.values() if {group, reference} <= set(own)]
    whole = sum(sum(one.known for one in own.values()) for own in both)
    if not whole:
        return None
    return sum(
        sum(one.known for one in own.values())
        / whole
        * (own[group].yes / own[group].known - own[reference].yes / own[reference].known)
        for own in both
    )


def odds_ratio(table: Mapping[Where, Outcomes], group: str, reference: str) -> tuple[float, float, float] | None:
    """The odds ratio in the same situation (Mantel and Haenszel 1959) with its 95 % interval, of known outcomes."""
    by = _by_situation({where: own for where, own in table.items() if where.group in (group, reference)})
    tables = [
        [[own[group].yes, own[group].no], [own[reference].yes, own[reference].no]]
        for own in by.values()
        if {group, reference} <= set(own) and own[group].known and own[reference].known
    ]
    if not tables:
        return None
    found = need("statsmodels.stats.contingency_tables").StratifiedTable(
        [need("numpy").asarray(one, dtype=float) for one in tables]
    )
    low, high = found.oddsratio_pooled_confint()
    return float(found.oddsratio_pooled), float(low), float(high)


def e_value(ratio: float) -> float:
    """How strongly something unmeasured would have to go with both group and outcome to make a ratio of shares vanish.

    VanderWeele and Ding (2017): the least risk ratio with each of the two.

    >>> round(e_value(3.9), 3), round(e_value(1.8), 3), round(e_value(0.8), 3)
    (7.263, 3.0, 1.809)
    """
    above = ratio if ratio >= 1 else 1 / ratio
    return above + sqrt(above * (above - 1))


def stand_out(ps: Sequence[float | None], rate: float = FALSE_DISCOVERIES) -> list[bool]:
    """Which of a family of comparisons stand out, one in twenty of those named being there by chance.

    Benjamini and Hochberg (1995). A comparison without a p cannot stand out, and does not count.
    """
    asked = [p for p in ps if p is not None]
    if not asked:
        return [False] * len(ps)
    told = iter(need("statsmodels.stats.multitest").multipletests(asked, alpha=rate, method="fdr_bh")[0])
    return [p is not None and bool(next(told)) for p in ps]


def may_be_shown(yes: int, whole: int) -> bool:
    """Whether a share rests on enough units to be printed: the rule of the US health statistics (Parker et al. 2017).

    Fewer than 30 units, or a 95 % interval (Clopper and Pearson 1934) at least 0.30 wide, hide it; up to 0.05 it is
    shown; between the two it is hidden where the interval is wider than 130 % of the share.
    """
    if whole < LEAST_UNITS:
        return False
    low, high = need("statsmodels.stats.proportion").proportion_confint(yes, whole, method="beta")
    width = float(high - low)
    if width >= 0.30:
        return False
    return width <= 0.05 or (yes > 0 and width / (yes / whole) <= 1.3)


def summed(outcomes: Iterable[Outcomes]) -> Outcomes:
    """Outcomes of different units together."""
    found = Outcomes()
    for own in outcomes:
        found += own
    return found


def _by_situation(table: Mapping[Where, Outcomes]) -> dict[tuple[str, ...], dict[str, Outcomes]]:
    found: dict[tuple[str, ...], dict[str, Outcomes]] = {}
    for where, own in sorted(table.items()):
        groups = found.setdefault(where.situation, {})
        groups[where.group] = groups.get(where.group, Outcomes()) + own
    return found


def _minus(one: Bound, other: Bound) -> Bound:
    return Bound(one.lower - other.upper, one.upper - other.lower)


def _whatever(by: Mapping[tuple[str, ...], Mapping[str, Outcomes]], group: str, reference: str) -> Bound:
    """The gap within situations, wherever those of no recorded situation belong among the recorded ones.

    In each situation a group gains at worst all of its unplaced that lack the outcome, at best all that have it; and
    all unplaced may stand in the one situation where the gap is widest.
    """
    loose = [own for one, own in by.items() if UNKNOWN in one]
    lost = {name: summed(own[name] for own in loose if name in own) for name in (group, reference)}
    many = sum(one.whole for one in lost.values())
    placed = [
        [own.get(name, Outcomes()) for name in (group, reference)] for one, own in by.items() if UNKNOWN not in one
    ]
    may = [own for own in placed if all(one.whole or lost[name].whole for one, name in zip(own, lost, strict=True))]
    if not may:
        return Bound(Fraction(-1), Fraction(1))
    gaps = [_minus(*(_stretched(one, lost[name]) for one, name in zip(own, lost, strict=True))) for own in may]
    least, most = min(one.lower for one in gaps), max(one.upper for one in gaps)
    if not all(one.whole for own in may for one in own):
        return Bound(least, most)  # which situations both groups occur in is itself open
    sizes = [sum(one.whole for one in own) for own in may]
    whole = sum(sizes) + many
    low = sum((Fraction(size, whole) * one.lower for size, one in zip(sizes, gaps, strict=True)), Fraction(0))
    high = sum((Fraction(size, whole) * one.upper for size, one in zip(sizes, gaps, strict=True)), Fraction(0))
    share = Fraction(many, whole)
    return Bound(low + share * least, high + share * most)


def _stretched(own: Outcomes, loose: Outcomes) -> Bound:
    lacking, having = loose.no + loose.unknown, loose.yes + loose.unknown
    if not own.whole:
        return Bound(Fraction(0 if lacking else 1), Fraction(1 if having else 0))
    return Bound(Fraction(own.yes, own.whole + lacking), Fraction(own.yes + own.unknown + having, own.whole + having))


def _jackknife(table: Mapping[Where, Outcomes], group: str, reference: str, known: float) -> tuple[float, int]:
    """The error of a standardised gap from leaving out one cluster at a time, and how many clusters there are."""
    clusters = _with_both(table, group, reference)
    left = [
        standardised({where: own for where, own in table.items() if where.cluster != name}, group, reference)
        for name in clusters
    ]
    told = [one for one in left if one is not None]
    many = len(told)
    if many < LEAST_CLUSTERS or len(told) < len(left):
        return 0.0, min(many, LEAST_CLUSTERS - 1)
    return sqrt((many - 1) / many * sum((one - known) ** 2 for one in told)), many


def _with_both(table: Mapping[Where, Outcomes], group: str, reference: str) -> list[str]:
    """The clusters in which both groups occur: one that holds a single group says nothing of how a gap varies."""
    known = {
        name: {where.cluster for where, own in table.items() if where.group == name and own.known}
        for name in (group, reference)
    }
    return sorted(known[group] & known[reference])


def _repeated(known: float, error: float, clusters: int) -> tuple[tuple[float, float] | None, float | None]:
    if clusters < LEAST_CLUSTERS or not error:
        return None, None
    student = need("scipy.stats").t(clusters - 1)
    reach = float(student.ppf(0.975)) * error
    return (known - reach, known + reach), float(2 * student.sf(abs(known) / error))


@dataclass(frozen=True)
class Modelled:
    """A gap from a model: what both groups' shares would be with the situations of all, and its 95 % interval."""

    group: float
    reference: float
    gap: float
    interval: tuple[float, float]
    clusters: int


def modelled(table: Mapping[Where, Outcomes], group: str, reference: str) -> Modelled | None:
    """A gap adjusted by a logistic model, errors by cluster, averaged over the situations of both groups.

    Marginal standardisation (Muller and MacLehose 2014) of known outcomes, main effects of each part of the situation,
    with the delta method and errors that allow for clusters (Liang and Zeger 1986).

    Returns:
        None where there are too few clusters, or the model finds no answer.
    """
    numbers, models = need("numpy"), need("statsmodels.api")
    rows = [(where, own) for where, own in sorted(table.items()) if where.group in (group, reference) and own.known]
    clusters = sorted({where.cluster for where, _ in rows})
    if len(_with_both(table, group, reference)) < LEAST_CLUSTERS or len({where.group for where, _ in rows}) < 2:
        return None
    design = numbers.asarray(_design([where for where, _ in rows], group))
    counts = numbers.asarray([[own.yes, own.no] for _, own in rows], dtype=float)
    codes = numbers.asarray([clusters.index(where.cluster) for where, _ in rows])
    try:
        fit = models.GLM(counts, design, family=models.families.Binomial()).fit(
            cov_type="cluster", cov_kwds={"groups": codes}, maxiter=100
        )
    except Exception:  # noqa: BLE001  # the library raises several kinds where a model has no answer
        return None
    if not fit.converged or not numbers.isfinite(fit.bse).all():
        return None
    sizes = counts.sum(1)
    means, slopes = [], []
    for value in (1.0, 0.0):
        set_to = design.copy()
        set_to[:, 1] = value
        likely = 1 / (1 + numbers.exp(-set_to @ fit.params))
        means.append(float((likely * sizes).sum() / sizes.sum()))
        slopes.append((set_to * (likely * (1 - likely) * sizes)[:, None]).sum(0) / sizes.sum())
    slope = slopes[0] - slopes[1]
    error = float(numbers.sqrt(slope @ fit.cov_params() @ slope))
    reach = float(need("scipy.stats").t(len(clusters) - 1).ppf(0.975)) * error
    difference = means[0] - means[1]
    return Modelled(means[0], means[1], difference, (difference - reach, difference + reach), len(clusters))


def _design(rows: Sequence[Where], group: str) -> list[list[float]]:
    """A constant, whether a row is of the group, and one column for each class of the situation but the first."""
    width = len(rows[0].situation)
    classes = [sorted({row.situation[place] for row in rows})[1:] for place in range(width)]
    return [
        [
            1.0,
            float(row.group == group),
            *(float(row.situation[place] == name) for place in range(width) for name in classes[place]),
        ]
        for row in rows
    ]
