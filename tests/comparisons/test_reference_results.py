"""Every method gives what its sources, or independent programs, print for published data."""

from __future__ import annotations

import csv
import gzip
import io
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import ruptures
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.oaxaca import OaxacaBlinder
from statsmodels.stats.proportion import binom_tost, proportions_ztost

from tallystick import answers
from tallystick.claims.judge import Bar, compare, tipping_point
from tallystick.decomposing import decomposed_figures
from tallystick.measures.change import changes, fitted, interval, partition, run_lengths
from tallystick.measures.comparison import Decompose, comparison
from tallystick.measures.decomposition import shapley
from tallystick.measures.disparity import Outcomes, Where, e_value, gap, odds_ratio, stand_out
from tallystick.measures.interrupted import interrupted, rate_ratio
from tallystick.measures.missing import blanks_by_chance, growth_factors
from tallystick.measures.screening import (
    differentials,
    expected,
    false_alarm_rate,
    false_match_rate,
    no_errors,
    operating_point,
)
from tallystick.measures.tool_audit import distance, error_rates, kappa, stability
from tallystick.terms.bound import Bound
from tallystick.terms.definitions import Shelf

DATA = Path(__file__).parent / "data"
NILE = sm.datasets.nile.load_pandas().data["volume"].tolist()
ADMISSIONS = {"A": (512, 313, 89, 19), "B": (353, 207, 17, 8), "C": (120, 205, 202, 391),
              "D": (138, 279, 131, 244), "E": (53, 138, 94, 299), "F": (22, 351, 24, 317)}  # fmt: skip
PS = (.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1)  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    """A file of published data."""
    read = (DATA / name).read_bytes()
    text = gzip.decompress(read) if name.endswith(".gz") else read
    return list(csv.DictReader(io.StringIO(text.decode())))


# decomposition


def test_das_gupta_two_four_and_vector_factors() -> None:
    assert [4369.913, 1487.262] == pytest.approx(
        shapley([10930, 0.717892], [16591, 0.825974], lambda f: f[0] * f[1]), abs=5e-3
    )
    four = shapley([25.3, .214, .279, .949], [32.7, .290, .473, .986], lambda f: f[0] * f[1] * f[2] * f[3])  # fmt: skip
    assert [.6889411, .8125381, 1.3829055, .1047547] == pytest.approx(four, abs=5e-7)  # fmt: skip
    assert pytest.approx(2.9891394, abs=5e-7) == sum(four)
    before = [[393, 407, 369, 274, 184, 90, 16], [.122, .622, .903, .930, .916, .873, .800], [.043, .041, .036, .032, .026, .020, .018]]  # fmt: skip
    after = [[488, 452, 338, 156, 63, 22, 3], [.082, .527, .866, .941, .942, .923, .876], [.058, .038, .032, .030, .026, .023, .019]]  # fmt: skip
    taiwan = shapley(before, after, lambda f: sum(a * b * c for a, b, c in zip(*f, strict=True)))
    assert [-7.285632, -2.720633, -1.565181] == pytest.approx(taiwan, abs=5e-6)


def test_oaxaca_and_blinder_agree_with_the_library_that_would_be_used() -> None:
    data = sm.datasets.ccard.load_pandas().data
    found = OaxacaBlinder(data["AVGEXP"], data[["AGE", "OWNRENT", "INCOME", "INCOMESQ"]], "OWNRENT", hasconst=False)
    assert [27.94091, 130.80954, 158.75044] == pytest.approx(list(found.two_fold().params), abs=1e-4)


def test_people_held_in_fiscal_year_2020_are_told_apart_as_computed_by_hand() -> None:
    """Two printed snapshots: composition 0.169248, rate 0.050218, change 0.219466."""
    shelf = Shelf()
    asked = comparison(shelf, "convicted-share-of-people-held-in-fiscal-year-2020")
    assert isinstance(asked, Decompose)
    told = decomposed_figures(
        asked, answers.cleared_cells(answers.shipped_records(shelf), [asked.measure])[asked.measure]
    )
    assert [0.169248, 0.169248] == pytest.approx(told.data["parts"]["arresting_agency"], abs=1e-6)
    assert [0.050218, 0.050218] == pytest.approx(told.data["parts"]["within"], abs=1e-6)
    assert [0.219466, 0.219466] == pytest.approx(told.data["change"], abs=1e-6)


# change over time


def test_the_nile_breaks_where_r_and_the_literature_say() -> None:
    """strucchange: RSS 2,835,157 and 1,597,457; BIC 1318 and 1270; break 1898, interval 1895 to 1902; sup F 75.93."""
    assert (2835157, 1318) == (round(fitted(NILE, 0, 15).squares), round(fitted(NILE, 0, 15).bic))
    assert (1597457, 1270) == (round(fitted(NILE, 1, 15).squares), round(fitted(NILE, 1, 15).bic))
    assert [(28,), (28, 83), (28, 68, 83)] == [fitted(NILE, many, 15).places for many in (1, 2, 3)]
    found = changes(NILE, least_length=15)
    assert found is not None
    sides = [np.var(NILE[:28]), np.var(NILE[28:])]
    assert (28 - 25, 32 - 28) == interval(849.97 - 1097.75, *map(float, sides))  # neighbours taken to be independent
    (one,) = found.breaks
    assert (one.place, True) == (28, one.earliest <= 25 and one.latest >= 32)  # ours allows for what they share
    assert [1097.75, 849.97] == pytest.approx([found.breaks[0].before, found.breaks[0].after], abs=0.01)
    assert pytest.approx(75.93, abs=0.005) == found.sup_f
    assert found.run_starts == 28


def test_a_tiny_series_breaks_by_its_penalty() -> None:
    tiny = [0, 1, 0, 1, 5, 6, 5, 6, 5, 2, 1, 2, 1, 2]
    assert [(4, 9)] * 3 + [()] == [partition(tiny, penalty, 1) for penalty in (1, 3, 10, 40)]


def test_the_interval_of_a_break_is_that_of_yao_and_bai() -> None:
    """Yao (1987): 11.03 and 7.69 for a break of one standard deviation, both sides alike."""
    assert (12, 12) == interval(1, 1, 1)
    assert (8, 8) == interval(1, 1, 1, level=0.90)


def test_run_lengths_agree_with_the_enumeration_of_every_partition() -> None:
    found = run_lengths([0.2, -0.1, 0.1, 2.9, 3.1, 3.0], variance=0.25)
    assert [.100000, .010265, .010791, .878939, .000005] == pytest.approx(found[:5], abs=1e-6)  # fmt: skip


def test_a_level_change_in_counts_is_that_of_the_tutorial() -> None:
    """Sicily: coefficient -0.1116284, error 0.0172248, rate ratio 0.8944."""
    data = rows("sicily.csv")
    found = rate_ratio([float(r["events"]) for r in data], [float(r["standard_population"]) for r in data], 36)
    assert [-0.1116284, 0.0172248] == pytest.approx([found.value, found.error], abs=1e-6)
    assert pytest.approx([0.8647, 0.9251], abs=1e-4) == [float(np.exp(end)) for end in found.interval]


def test_level_and_slope_of_the_nile_with_newey_west_errors() -> None:
    for corrected, errors in (
        (False, (35.510, 2.59031, 60.05267, 2.70158)),
        (True, (36.24225, 2.64372, 61.29100, 2.75729)),
    ):
        found = interrupted(NILE, 28, lag=4, corrected=corrected)
        assert found is not None
        terms = (found.start, found.slope, found.step, found.bend)
        assert [1080.9365, 1.15955, -288.6336, -0.46909] == pytest.approx([term.value for term in terms], abs=1e-4)
        assert list(errors) == pytest.approx([term.error for term in terms], abs=1e-4)


def test_seat_belts_criteria_disagree() -> None:
    """The prettiest answer is two breaks (October 1973, January 1983); BIC prefers none."""
    logs = np.array([float(row["drivers_log10"]) for row in rows("seatbelts.csv")])
    y, x = logs[12:], np.column_stack([np.ones(len(logs) - 12), logs[11:-1], logs[:-12]])
    search = ruptures.Dynp(model="linear", jump=1, min_size=int(0.1 * len(y))).fit(np.column_stack([y, x]))
    places = search.predict(n_bkps=2)[:-1]
    assert [46, 157] == places  # last points of the old regimes: October 1973 and January 1983
    edges = [0, *places, len(y)]
    squares = [sum(_rest(x[a:b], y[a:b]) for a, b in pairwise(own)) for own in ([0, len(y)], edges)]
    assert pytest.approx(0.2676, abs=5e-5) == squares[1]
    bics = [
        len(y) * np.log(rss / len(y)) + np.log(len(y)) * 4 * many for rss, many in zip(squares, (1, 3), strict=True)
    ]
    assert bics[0] < bics[1]


def _rest(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.linalg.lstsq(x, y, rcond=None)[1].sum())


# disparity


def admissions() -> dict[Where, Outcomes]:
    """Admissions to six departments of Berkeley, 1973."""
    found = {}
    for department, (a, b, c, d) in ADMISSIONS.items():
        found[Where("men", (department,))] = Outcomes(a, b)
        found[Where("women", (department,))] = Outcomes(c, d)
    return found


def test_admissions_to_berkeley() -> None:
    found = gap(admissions(), "men", "women")
    assert found is not None
    assert [.445188, .303542, .141645] == pytest.approx([float(b.lower) for b in (found.share, found.reference, found.crude)], abs=1e-6)  # fmt: skip
    assert [-0.042637] * 2 == pytest.approx([float(found.within.lower), found.known], abs=1e-6)
    assert pytest.approx((.9047, .7719, 1.0603), abs=5e-5) == odds_ratio(admissions(), "men", "women")  # fmt: skip


def test_e_values_and_false_discoveries() -> None:
    assert [7.263, 3.000, 1.809] == pytest.approx([e_value(one) for one in (3.9, 1.8, 0.8)], abs=5e-4)
    assert [True] * 4 + [False] * 11 == stand_out(PS)


def test_clustered_errors_are_those_of_petersen_and_r() -> None:
    """By firm 0.050596 and by year 0.033389 (R, sandwich); plain 0.028583."""
    data = rows("petersen.csv.gz")
    y, x = np.array([float(r["y"]) for r in data]), sm.add_constant(np.array([float(r["x"]) for r in data]))
    model = sm.OLS(y, x)
    groups = {name: np.array([int(r[name]) for r in data]) for name in ("firm", "year")}
    errors = [model.fit(cov_type="cluster", cov_kwds={"groups": own}).bse[1] for own in groups.values()]
    both = model.fit(cov_type="cluster", cov_kwds={"groups": np.column_stack([*groups.values()])}).bse[1]
    assert [1.034833, .028583, .050596, .033389, .053558] == pytest.approx([model.fit().params[1], model.fit().bse[1], *errors, both], abs=1e-6)  # fmt: skip


def test_equal_error_rates_and_equal_precision_exclude_each_other() -> None:
    """COMPAS, two years: FPR .4485 and .2345, FNR .2799 and .4772, PPV .6297 and .5913; the identity holds in both."""
    for counts, wanted in (((1369, 532, 805, 990), (.4485, .2799, .6297)), ((505, 461, 349, 1139), (.2345, .4772, .5913))):  # fmt: skip
        found = error_rates(*counts)
        assert wanted == pytest.approx(
            (found.false_positive, found.false_negative, found.right_when_positive), abs=5e-5
        )
        base = (counts[0] + counts[1]) / sum(counts)
        due = (
            base / (1 - base) * (1 - found.right_when_positive) / found.right_when_positive * (1 - found.false_negative)
        )
        assert found.false_positive == pytest.approx(due, abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "threshold", "acts", "hits"),
    [(2, 5, .30, .420175, .44), (1, 9, .30, .040354, .37), (2, 3, .30, .651700, .513684), (2, 5, .20, None, .371429)],
)  # fmt: skip
def test_why_outcome_tests_are_left_out(a: int, b: int, threshold: float, acts: float | None, hits: float) -> None:
    """One threshold for all gives unequal hit rates (first three); unequal thresholds give equal ones (second, last)."""
    risk = stats.beta(a, b)
    share = risk.sf(threshold)
    mean = stats.beta(a + 1, b).sf(threshold) * a / (a + b) / share
    assert hits == pytest.approx(mean, abs=1e-6)
    if acts is not None:
        assert acts == pytest.approx(share, abs=1e-6)


def test_agreement_and_drift() -> None:
    assert [0.4, 0.130435, 0.259259] == pytest.approx(
        [kappa(own) for own in ([[20, 5], [10, 15]], [[45, 15], [25, 15]], [[25, 35], [5, 35]])], abs=1e-6
    )
    assert pytest.approx(0.020273, abs=1e-6) == stability([0.2, 0.3, 0.5], [0.25, 0.25, 0.5])
    assert pytest.approx(0.464501, abs=1e-6) == distance([1, 0], [0.5, 0.5])


# screening


def test_screening_of_published_sizes() -> None:
    assert [.632121, .999955, .095163] == pytest.approx([false_alarm_rate(1e-6, 10**6), false_alarm_rate(1e-6, 10**7), false_alarm_rate(1e-5, 10**4)], abs=1e-6)  # fmt: skip
    implied = false_match_rate(1 / 6000, 10_000)
    assert pytest.approx(1.66681e-8, rel=1e-5) == implied
    assert pytest.approx(59_996, abs=1) == 1 / false_alarm_rate(implied, 1000)
    rare = expected((.00017, .00017), (.11, .11), 100_000, (1e-4, 1e-4))  # fmt: skip
    assert [17.0, .3437] == pytest.approx([rare.false_matches[0], rare.right[0]], abs=5e-3)  # fmt: skip
    assert pytest.approx(.8398, abs=1e-4) == expected((.00017, .00017), (.11, .11), 10**5, (1e-3, 1e-3)).right[0]  # fmt: skip


def test_differentials_between_groups() -> None:
    found = differentials([1e-5, 2e-5, 4e-5, 1e-4], [0.01, 0.02, 0.02, 0.03])
    assert [10, 3.343702, .568627, .409314, .989955] == pytest.approx([found.greatest_to_least, found.greatest_to_mean, found.gini, found.garbe, found.fdr], abs=1e-6)  # fmt: skip
    assert differentials([0.0, 1e-5], [0.1, 0.1]).greatest_to_least is None
    assert Fraction(1, 1000) == no_errors(3000).upper


@pytest.mark.parametrize(("threshold", "rates"), [(.5, (.3, 0)), (.56, (.2, .2)), (.60, (.1, .2)), (.66, (0, .4))])  # fmt: skip
def test_operating_points_of_published_scores(threshold: float, rates: tuple[float, float]) -> None:
    mated, others = (.9, .8, .7, .6, .55), (.58, .5, .4, .3, .2, .1, .65, .05, .02, .15)  # fmt: skip
    assert rates == pytest.approx(operating_point(mated, others, threshold))


# verdicts and quality


@pytest.mark.parametrize(
    ("ends", "result", "reason"),
    [((".55", ".70"), "supports", ""), ((".10", ".45"), "does_not_support", ""), ((".40", ".70"), "cannot_settle", "straddles"),
     ((".51", ".60"), "cannot_settle", "near"), ((".05", ".95"), "cannot_settle", "silent")],
)  # fmt: skip
def test_verdicts_and_their_mirrors(ends: tuple[str, str], result: str, reason: str) -> None:
    bar = Bar("more_than", Fraction(1, 2), Fraction("0.02"))
    bound = Bound(Fraction(ends[0]), Fraction(ends[1]))
    found = compare(bound, bar)
    assert (result, reason) == (found.result, found.reason)
    swapped = {"supports": "does_not_support", "does_not_support": "supports"}
    assert swapped.get(result, result) == compare(bound, bar.mirrored).result


def test_no_completion_reaches_half() -> None:
    bar = Bar("more_than", Fraction(1, 2), Fraction("0.02"))
    assert compare(Bound(Fraction(400, 1000), Fraction(450, 1000)), bar).result == "does_not_support"
    assert tipping_point(Fraction(400), Fraction(50), Fraction(1000), bar) == 101


def test_equivalence_by_two_one_sided_tests() -> None:
    assert pytest.approx(0.027099, abs=1e-5) == binom_tost(50, 100, 0.4, 0.6)[0]
    assert pytest.approx(0.02275, abs=1e-5) == proportions_ztost(50, 100, 0.4, 0.6, prop_var=0.5)[0]


def test_two_distributions_of_the_same_classes() -> None:
    found = stats.chi2_contingency([[20, 30, 50], [25, 25, 50]])
    assert [1.0101, 2, 0.6035] == pytest.approx([found.statistic, found.dof, found.pvalue], abs=1e-4)


def test_blanks_of_the_air_of_new_york_are_not_spread_by_chance() -> None:
    """Little (1988): 35.106 with 14 degrees of freedom, 4 patterns (R, naniar: 35.10613)."""
    table = [[None if cell == "NA" else float(cell) for cell in row.values()] for row in rows("airquality.csv")]
    found = blanks_by_chance(table)
    assert found is not None
    assert (14, 4) == (found.freedom, found.patterns)
    assert [35.1061, 0.001418] == pytest.approx([found.statistic, found.p], abs=1e-4)
    assert blanks_by_chance([[1.0, 2.0], [2.0, 1.0]]) is None


def test_recent_years_fill_up_by_the_factors_of_the_chain_ladder() -> None:
    """Mack (1993), reinsurance claims."""
    triangle = [
        [5012, 8269, 10907, 11805, 13539, 16181, 18009, 18608, 18662, 18834],
        [106, 4285, 5396, 10666, 13782, 15599, 15496, 16169, 16704],
        [3410, 8992, 13873, 16141, 18735, 22214, 22863, 23466],
        [5655, 11555, 15766, 21266, 23425, 26083, 27067],
        [1092, 9565, 15836, 22169, 25955, 26180],
        [1513, 6445, 11702, 12935, 15852],
        [557, 4020, 10946, 12314],
        [1351, 6947, 13112],
        [3133, 5395],
        [2063],
    ]
    wanted = [2.9994, 1.6235, 1.2709, 1.1717, 1.1134, 1.0419, 1.0333, 1.0169, 1.0092]
    assert wanted == pytest.approx(growth_factors(triangle), abs=5e-5)


def test_exchanged_labels_of_fiscal_year_2020_are_found() -> None:
    """Initial book-ins by facility type: Adult 1,830 and FRC 181,039 (cells E30 and E31), the other way round before."""
    import duckdb

    from tallystick import store

    asked = "select label_as_printed, cell, value, trust from read_parquet(?) where source_file = ? and cell in ('E30', 'E31')"
    figures = duckdb.execute(f"{asked} and block = 'bookins_by_crim' order by cell", [
        str(store.SHIPPED / "figures.parquet"), "FY20_2020-09-30.xlsx"]).fetchall()  # fmt: skip
    assert [("Adult | Total", "E30", 1830.0, "suspect"), ("FRC | Total", "E31", 181039.0, "suspect")] == figures
    found = duckdb.execute(
        "select explanation from read_parquet(?) where \"check\" = 'swap' and \"table\" = 'bookins_by_crim' and release = ?",
        [str(store.SHIPPED / "quality.parquet"), "FY20_2020-09-30.xlsx"],
    ).fetchall()
    assert len(found) == 1
    assert "the labels along facility type are exchanged" in found[0][0]
