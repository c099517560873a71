"""What a measure asks of the units of a release: which columns it needs, and what it reads from them.

What is asked is answered for every unit in the table ``looked`` (see `together`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tallystick.laying import LASTING, TABLES
from tallystick.measures.conditions import Source, all_of, holds
from tallystick.measures.unit_measure import Dimension, UnitMeasure, UnitRule
from tallystick.measures.windows import Window, windows_of
from tallystick.policies.assessment import undecidable
from tallystick.policies.bounds import Evaluator, Rule
from tallystick.question import LENGTHS, OUTSIDE, STAY_ENDS, Counts, Desk, Question
from tallystick.records.populating import lay_kinds
from tallystick.terms.errors import cannot


class Asked:
    """One measure under one question, on one release."""

    def __init__(self, desk: Desk, measure: UnitMeasure, question: Question) -> None:
        self.desk, self.measure, self.question = desk, measure, question
        self.layout = desk.bench.layout
        self.opened = desk.bench.acts.opened
        self.unit: UnitRule = desk.book.units[measure.units]
        self.dimensions = [self._known(desk.book.dimension(name)) for name in question.by]
        self.place = self._place()
        self.over = self._known(desk.book.dimension(measure.over)) if measure.over else None
        release = self.opened.release
        first, last = question.since or release.covers_from, question.until or release.closes_on
        self.windows: list[Window] = windows_of(question.period, first, last, desk.book.eras)
        self.lasts = self.unit.rows in LASTING
        self.is_whole = question.period == "release" and not (question.since or question.until or self.lasts)
        self._refuse_apart()
        self.rules = self._rules()
        self.counts = self._counts()

    # the question

    def _refuse_apart(self) -> None:
        """A curve is taken over the whole release, and concentration over the nation."""
        told = bool(self.dimensions) or self.place is not None
        if (self.measure.estimator == "incidence" and (told or not self.is_whole)) or (
            self.measure.estimator == "concentration" and told
        ):
            raise cannot(
                "TS189",
                f"{self.measure.title}: is taken for the whole nation" + (" and release." if not self.over else "."),
                fix="Leave --place, --by and --period out; the measures beside it can be told apart.",
            )

    def _known(self, dimension: Dimension) -> Dimension:
        if self.unit.id not in dimension.columns:
            known = ", ".join(one.id for one in self.desk.book.dimensions.values() if self.unit.id in one.columns)
            title = self.measure.title
            raise cannot("TS189", f"{title}: cannot be told apart by {dimension.id}.", fix=f"It can by: {known}.")
        return dimension

    def _place(self) -> Dimension | None:
        kind = self.question.place
        if not kind:
            return None
        fit = {
            one.place: one for one in self.desk.book.dimensions.values() if self.unit.id in one.columns and one.place
        }
        if kind not in fit:
            places = ", ".join(fit) or "the nation only"
            raise cannot(
                "TS189", f"{self.measure.title}: cannot be told apart by {kind[:40]}.", fix=f"Places: {places}."
            )
        return fit[kind]

    def _rules(self) -> dict[str, Rule]:
        """Name of a column of truths -> the rule that it tells."""
        found = {condition.fact: Rule.of(condition.fact) for condition in self.measure.conditions if condition.fact}
        policy = self.question.policy
        if self.measure.estimator != "tiers":
            return found
        if policy is None:
            raise cannot(
                "TS189", f"{self.measure.title}: under which policy?", fix="Add --policy; tallystick policy list"
            )
        if not policy.tiers:
            raise cannot("TS185", f"{policy.id} has no tiers: {policy.no_tiers_because}.", fix="tallystick policy list")
        for tier in policy.tiers:
            core = tier.rule.without(undecidable(self.evaluator, tier.rule))
            if core is not None:
                found[f"core {tier.id}"] = core
            found[f"strict {tier.id}"] = tier.rule
        if policy.classes:
            found["scope"] = Rule("any", tuple(tier.rule for tier in policy.classes))
        return found

    def _counts(self) -> list[Counts]:
        if self.measure.estimator != "tiers":
            return [Counts(variant.id, variant.title) for variant in self.measure.variants] or [Counts("", "")]
        outside = Counts("strict", OUTSIDE, OUTSIDE)
        split = [name.split(" ", 1) for name in self.rules if name != "scope"]
        return [*(Counts(kind, tier, tier) for kind, tier in split), *([outside] if "scope" in self.rules else [])]

    @property
    def evaluator(self) -> Evaluator:
        """Rules under the view of the question."""
        return self.desk.bench.evaluator(self.question.view, self.unit.id)

    # what must be laid

    def columns(self, fields: Sequence[str]) -> dict[str, dict[str, None]]:
        """Alias -> columns of the release that must be laid.

        Raises:
            TallystickError: TS188 for what the release does not hold.
        """
        found: dict[str, dict[str, None]] = {}
        there = self.layout.aliases(self.unit)
        for name in self._names():
            alias, column = name.split(".", 1)
            if alias == "link":
                alias, column = column, ""
            if alias not in there:
                self._refuse_alias(alias)
            own = found.setdefault(alias, {})
            if column:
                own[column] = None
                if alias in TABLES:
                    self._refuse_absent(alias, column)
                    own |= {f"{column}__why": None} if self._has_why(name) else {}
        for alias, columns in self.desk.bench.columns(self.unit, fields).items() if self.rules else ():
            if alias in there:
                found.setdefault(alias, {}).update(columns)
        if {"det", "det_first"} & set(found):
            found.setdefault("stay", {})
        return found

    def _names(self) -> Iterator[str]:
        for condition in self.measure.conditions:
            yield from (name for name in condition.reads if name != "stay.end")
            if condition.outcome or condition.still:
                yield from STAY_ENDS
        for dimension in (*self.dimensions, self.place, self.over):
            if dimension is not None:
                yield dimension.columns[self.unit.id]
                yield from (
                    more[self.unit.id] for more in (dimension.inferred, dimension.onward) if self.unit.id in more
                )
        if self.measure.value:
            yield from LENGTHS[self.measure.value].reads
        if self.measure.estimator == "incidence":
            yield from STAY_ENDS

    def _refuse_alias(self, alias: str) -> None:
        what = "stays" if alias in ("stay", "det", "det_first") else TABLES.get(alias, alias)
        raise cannot(
            "TS188",
            f"{self.measure.title}: {self.opened.release.id} has no {what} beside {self.unit.id} here.",
            why="What is linked to a record cannot be asked without the other table.",
            fix="Build with the files that hold it; tallystick get --list shows what each release has.",
        )

    def _refuse_absent(self, alias: str, column: str) -> None:
        table = TABLES[alias]
        if table == "stints" and column == "facility":
            return  # the code of a facility, or its name where there is no code
        if column not in dict(self.opened.rules[table].stored):
            raise cannot("TS151", f"'{column[:40]}' is not a stored column of {table}.", where=self.measure.id)
        if self.layout.is_absent(table, column):
            holding = ", ".join(self.desk.holding(table, column)) or "none that is registered"
            raise cannot(
                "TS188",
                f"{self.measure.title}: {self.opened.release.id} does not hold '{column}' of {table}.",
                why="Without it the figure is not zero but unknown.",
                fix=f"Releases that hold it: {holding}.",
            )

    def link_rules(self) -> str:
        """The link rules that the conditions rest on, in words."""
        aliases = {name.split(".")[0] for one in self.measure.conditions for name in one.reads}
        aliases |= {one.link for one in self.measure.conditions if one.link} | set(
            self.unit.evidence if self.rules else ()
        )
        aliases |= {"stay"} if {"det", "det_first"} & aliases else set()
        pairs = {self.unit.beside[alias] for alias in aliases if alias in self.unit.beside}
        return ", ".join(f"{pair}: {rule}" for pair, rule in sorted(self.layout.links.items()) if pair in pairs)

    # what is looked at

    def selected(self, number: int, source: Source) -> list[str]:
        """Columns of ``looked`` that belong to this measure alone: membership `m`, what its variants count `x`.

        Args:
            number: its place among the measures that are looked at together.
            source: what conditions need to know of the columns.
        """
        found = [f"(source.member and {all_of(self.measure.where, source).sql('duckdb')}) as m{number}"]
        return [*found, *(f"({one}) as x{number}_{place}" for place, one in enumerate(self._counted(source)))]

    def apart(self, joins: list[str]) -> list[str]:
        """Columns of ``looked`` by which units are told apart; joins that they need are added."""
        found = [f"{self._class_of(dimension, joins)} as d{place}" for place, dimension in enumerate(self.dimensions)]
        if self.place is not None:
            inferred = self.place.inferred.get(self.unit.id)
            found.append(f"{self._class_of(self.place, joins)} as place")
            found.append((f"coalesce(\"{inferred}\", '')" if inferred else "''") + " as suggested")
        return found

    def alone(self, source: Source, joins: list[str]) -> list[str]:
        """Columns of ``looked`` for measures that are not counts: classes, lengths, what ended a stay."""
        found = [f"{self._class_of(self.over, joins)} as over_class"] if self.over is not None else []
        if self.measure.value:
            length = LENGTHS[self.measure.value]
            ends = f"{length.least} as value_least, {length.most} as value_most"
            found.append(ends.replace("CLOSES", str(self.opened.closes_at - 1)))
        if self.measure.estimator == "incidence":
            found += [f'"{name}" as {name.split(".")[1]}' for name in STAY_ENDS]
            found.append(f"{self._causes(source)} as cause")
        return found

    def source(self, truths: Mapping[str, str]) -> Source:
        """What conditions need to know of the columns: which are yes or no, which say why they are blank."""
        return Source(self._is_yes_no, self._has_why, self.opened.closes_at, truths)

    def _stored(self, column: str) -> str:
        """The type of a column of a record table; '' for one of stays."""
        alias, name = column.split(".", 1)
        return dict(self.opened.rules[TABLES[alias]].stored).get(name, "") if alias in TABLES else ""

    def _is_yes_no(self, column: str) -> bool:
        return self._stored(column) == "BOOLEAN"

    def _has_why(self, column: str) -> bool:
        return bool(self._stored(column))

    def _counted(self, source: Source) -> Iterator[str]:
        if self.measure.estimator == "tiers":
            for entry in self.counts:
                is_outside = entry.tier == OUTSIDE
                name = "scope" if is_outside else f"{entry.variant} {entry.tier}"
                yield f"{'not ' if is_outside else ''}{source.facts[name]}"
        elif self.measure.variants:
            yield from (holds(variant, source).sql("duckdb") for variant in self.measure.variants)
        else:
            yield "true"

    def _causes(self, source: Source) -> str:
        told = (
            f"when {holds(variant, source).sql('duckdb')} then {place}"
            for place, variant in enumerate(self.measure.variants)
        )
        return f"case {' '.join(told)} else {len(self.measure.variants)} end"

    def _class_of(self, dimension: Dimension, joins: list[str]) -> str:
        column = dimension.columns[self.unit.id]
        if dimension.age_bands:
            return _age_band(column, dimension.age_bands)
        if dimension.place not in ("facility", "edge"):
            return f"coalesce(cast(\"{column}\" as varchar), '')"
        ends = [column, *([dimension.onward[self.unit.id]] if dimension.onward else [])]
        names = [self._named_facility(end, joins) for end in ends]
        return f"coalesce({' || chr(8594) || '.join(names)}, '')"  # an arrow between both ends of a flow

    def _named_facility(self, column: str, joins: list[str]) -> str:
        """A facility by its code; those of exposed kinds by their kind alone."""
        kinds = f'"kinds of {column}"'
        join = f'left join kinds as {kinds} on {kinds}.facility = source."{column}"'
        if join not in joins:
            lay_kinds(self.opened, self.desk.kinds)
            joins.append(join)
        unnamed = ", ".join(f"'{kind.id}'" for kind in self.desk.kinds.kinds if not kind.named)
        return f"case when {kinds}.kind in ({unnamed}) then 'any ' || {kinds}.kind else \"{column}\" end"


def _age_band(column: str, edges: Sequence[int]) -> str:
    """The band of an age on the day of the event; '' where the year of birth leaves two open or is not recorded."""
    age = f'(extract(year from source.event) - "{column}")'
    branches = []
    for low, high in zip([0, *edges], [*edges, 0], strict=True):
        label = f"under {high}" if not low else f"{low} and over" if not high else f"{low} to {high - 1}"
        tests = [f"{age} - 1 >= {low}"] if low else []
        tests += [f"{age} < {high}"] if high else []
        branches.append(f"when {' and '.join(tests)} then '{label}'")
    return f"coalesce(case {' '.join(branches)} end, '')"
