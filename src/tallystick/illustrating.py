"""What a search of faces or fingerprints is expected to get wrong: a calculation from published figures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tallystick.measures.comparison import OperatingPoint, Screening
from tallystick.measures.screening import differentials, expected, false_alarm_rate, false_match_rate
from tallystick.publish.charts import Row, bar_chart
from tallystick.publish.comparison import Table, Told

LABEL = "ILLUSTRATION: a calculation from published test figures. No search, image or person stands behind it."
METHOD = (
    "False alarms in a gallery of N: 1 - (1 - false match rate)^N, comparisons being independent; twins and double "
    "entries break that. A rate measured in one gallery is carried to others through the rate of one comparison it "
    "implies. What is not known is a range, never one value."
)


def illustrated(asked: Screening) -> Told:
    """Expected false matches, misses and right matches of a declared number of searches, point by point."""
    rows = [row for point in asked.points for row in _rows(asked, point)]
    tables = [
        Table(
            f"Of {asked.searches:,} searches, {min(asked.in_gallery):.2%} to {max(asked.in_gallery):.2%} of them for "
            "people in the gallery",
            ("test", "gallery", "false alarm rate", "false matches", "missed", "right, of all matches"),
            tuple(rows),
        )
    ]
    tables += list(_groups(asked))
    told = [point for point in asked.points if _alarm(point, point.gallery or 1) is not None]
    untold = [point for point in asked.points if point not in told]
    sentences = [
        f"{asked.searches:,} searches in a gallery of {max(asked.galleries):,} are expected to give {row[3]} false "
        f"matches ({row[0]})."
        for row in rows
        if row[1] == f"{max(asked.galleries):,}" and row[2] != "cannot tell"
    ]
    sentences += [
        f"{point.title}: cannot tell; {point.source.title} gives no rate of false alarms." for point in untold
    ]
    data = {"id": asked.id, "kind": asked.kind, "illustration": True, "rows": [list(row) for row in rows]}
    cited = [
        f"{p.title}: {p.source.publisher}, {p.source.title}, {p.source.date} ({p.source.confidence})."
        for p in asked.points
    ]
    return Told(
        asked.title, "from published operating points", tuple(sentences), tuple(tables), _chart(asked),
        (METHOD, *cited), asked.cannot_say, data, LABEL,
    )  # fmt: skip


def _alarm(point: OperatingPoint, gallery: int) -> float | None:
    """The rate of false alarms in a gallery; None where the test gives neither rate."""
    if point.false_match:
        return false_alarm_rate(float(Fraction(point.false_match)), gallery)
    if point.false_alarms and point.gallery:
        return false_alarm_rate(false_match_rate(float(Fraction(point.false_alarms)), point.gallery), gallery)
    return None


def _rows(asked: Screening, point: OperatingPoint) -> Iterator[tuple[str, ...]]:
    shares = min(asked.in_gallery), max(asked.in_gallery)
    for gallery in asked.galleries:
        alarm = _alarm(point, gallery)
        if alarm is None:
            yield point.title, f"{gallery:,}", "cannot tell", "cannot tell", "cannot tell", "cannot tell"
            continue
        misses = (float(Fraction(point.misses)),) * 2 if point.misses else (0.0, 1.0)
        found = expected((alarm, alarm), misses, asked.searches, shares)
        right = (
            "cannot tell"
            if found.right is None or not point.misses
            else _range(100 * found.right[0], 100 * found.right[1], " %")
        )
        yield (
            point.title, f"{gallery:,}", f"{alarm:.3g}", _range(*found.false_matches, ""),
            _range(*found.missed, "") if point.misses else "cannot tell", right,
        )  # fmt: skip


def _range(low: float, high: float, unit: str) -> str:
    ends = [f"{value:,.0f}" if value >= 10 else f"{value:.2g}" for value in (low, high)]
    return f"{ends[0]}{unit}" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}{unit}"


def _groups(asked: Screening) -> Iterator[Table]:
    if len(asked.groups) < 2:
        return
    found = differentials([one.false_match for one in asked.groups], [one.misses for one in asked.groups])
    source = f" ({asked.groups_from.publisher}, {asked.groups_from.title})" if asked.groups_from else ""
    rows = [(one.name, f"{one.false_match:.2g}", f"{one.misses:.2g}") for one in asked.groups]
    yield Table(f"Rates by group{source}", ("group", "false match rate", "false non-match rate"), tuple(rows))

    def told(value: float | None) -> str:
        return "a group had no error: cannot tell" if value is None else f"{value:.3g}"

    yield Table(
        "How much the groups differ",
        ("index", "value"),
        (
            ("largest false match rate over the smallest", told(found.greatest_to_least)),
            ("largest over the geometric mean (NIST)", told(found.greatest_to_mean)),
            ("Gini of false match rates, corrected", told(found.gini)),
            ("GARBE", told(found.garbe)),
            ("FDR (near 1 whenever rates are small: it hides what the first line shows)", f"{found.fdr:.4f}"),
        ),
    )


def _chart(asked: Screening) -> str:
    drawn = []
    shares = min(asked.in_gallery), max(asked.in_gallery)
    for point in asked.points:
        for gallery in asked.galleries:
            alarm = _alarm(point, gallery)
            label = f"{point.title}, {gallery:,}"
            if alarm is None:
                drawn.append(Row(label, "cannot tell", None, None))
                continue
            found = expected((alarm, alarm), (0.0, 1.0), asked.searches, shares)
            drawn.append(Row(label, _range(*found.false_matches, ""), *found.false_matches))
    return bar_chart(
        f"Illustration: expected false matches of {asked.searches:,} searches",
        "false matches, by test and size of the gallery",
        drawn,
    )
