"""What a notebook or a script gets: claims, measures and comparisons, each with a picture, rows and tables of its kind.

Nothing here sees more than the command line does: every value passed the gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tallystick import answers
from tallystick.claims.verdict import Outcome
from tallystick.comparing import Days, ran
from tallystick.measured import answers as measured_answers
from tallystick.measures.cell import Cell
from tallystick.measures.comparison import comparisons
from tallystick.measures.measure import measure_names
from tallystick.measures.unit_measure import measurebook
from tallystick.publish.charts import Row, bar_chart
from tallystick.publish.comparison import Table, Told
from tallystick.publish.page import render
from tallystick.publish.view import verdict_data
from tallystick.publish.words import ends, verdict_words, words
from tallystick.question import Question
from tallystick.terms.bound import Bound
from tallystick.terms.definitions import Shelf
from tallystick.terms.extras import need as library

MOST_BARS = 24


@dataclass(frozen=True)
class Rows:
    """Rows of one kind, for a table of any library.

    Attributes:
        title: what they are.
        rows: one mapping for each row, alike in its keys.
        chart: an SVG, or ''.
        invented: whether the records were made up; said first wherever it is shown.
    """

    title: str
    rows: tuple[Mapping[str, Any], ...]
    chart: str = ""
    invented: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def to_pandas(self) -> Any:
        """A pandas data frame, with a column `invented`.

        Raises:
            TallystickError: TS191 where pandas is not installed.
        """
        return library("pandas", "notebook").DataFrame(self._records())

    def to_polars(self) -> Any:
        """A polars data frame, with a column `invented`."""
        return library("polars", "notebook").DataFrame(self._records(), infer_schema_length=None)

    def to_arrow(self) -> Any:
        """An Arrow table, with a column `invented`."""
        return library("pyarrow", "notebook").Table.from_pylist(self._records())

    def vega(self) -> dict[str, Any]:
        """A Vega-Lite chart of bounds: a bar from zero to the lower end, and one from there to the upper end."""
        shown = [row for row in self._records() if row.get("lower") is not None]
        label = next((name for name in ("title", "variant", "id") if shown and name in shown[0]), "variant")
        is_share = bool(shown) and all(0 <= row["lower"] <= row["upper"] <= 1 for row in shown)
        along = {"field": label, "type": "nominal", "title": None, "sort": None}
        low: dict[str, Any] = {"field": "lower", "type": "quantitative"}
        low["title"], low["scale"] = (
            "at least (solid), at most (outlined)",
            {"domain": [0, 1]} if is_share else {"zero": True},
        )
        outlined = {"type": "bar", "filled": False}
        return {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "title": f"{words().sentence['made_up']} {self.title}" if self.invented else self.title,
            "data": {"values": shown},
            "layer": [
                {"mark": "bar", "encoding": {"y": along, "x": low}},
                {"mark": outlined, "encoding": {"y": along, "x": low, "x2": {"field": "upper"}}},
            ],
        }

    def _records(self) -> list[dict[str, Any]]:
        return [{**row, "invented": self.invented} for row in self.rows]

    def _repr_html_(self) -> str:
        names = tuple(self.rows[0]) if self.rows else ()
        more = len(self.rows) - MOST_BARS
        told = f"{more:,} more rows" if more > 0 else ""
        shown = [tuple(str("" if row[one] is None else row[one]) for one in names) for row in self.rows[:MOST_BARS]]
        table = Table("", names, tuple(shown))
        return _shown(self.title, self.chart, invented=self.invented, sentences=[told], tables=[table])


@dataclass(frozen=True)
class ClaimAnswer(Rows):
    """A claim on one date: its verdict in words, its readings as rows, its bars as a picture."""

    verdict: str = ""
    words: str = ""
    cannot_say: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        said = [self.words.capitalize()]
        return _shown(self.title, self.chart, invented=self.invented, sentences=said, limits=self.cannot_say)


@dataclass(frozen=True)
class ComparisonAnswer:
    """A comparison on one release, or on printed figures."""

    told: Told
    invented: bool

    @property
    def sentence(self) -> str:
        """What was found, in one sentence or two."""
        return " ".join(self.told.sentences)

    @property
    def data(self) -> Mapping[str, Any]:
        """The same for programs."""
        return self.told.data

    def _repr_html_(self) -> str:
        told = self.told
        return _shown(
            told.title, told.chart, invented=self.invented, label=told.label, sentences=told.sentences,
            tables=told.tables, limits=told.cannot_say,
        )  # fmt: skip


class Opened:
    """Figures that are open: a built project, or the ones that ship."""

    def __init__(self, records: answers.Records, project: Path | None) -> None:
        self._records, self._project = records, project

    def __repr__(self) -> str:
        return f"tallystick: {self._records.title} ({self._records.release_set})"

    def claims(self) -> Rows:
        """Every claim with its verdict on its main date."""
        found = answers.main_verdicts(self._records)
        rows = tuple(
            {"claim": one.claim.id, "title": one.claim.title, "side": one.claim.side, "state": one.state,
             "verdict": one.verdict, "words": verdict_words(one)}
            for one in found
        )  # fmt: skip
        return Rows("Claims", rows, invented=self._records.invented)

    def claim(self, name: str, *, at: str = "") -> ClaimAnswer:
        """One claim on its main date, or on a day (ISO, or ``latest``).

        Raises:
            TallystickError: TS101 for an unknown name, TS105 for a day that is none.
        """
        from tallystick.cli.common import day_or_latest

        main = answers.run_claim(self._records, name, day_or_latest(at) if at else "").main
        data = verdict_data(main)
        bars = [
            Row(one.reading.title, _ends(one.cell), *_both(one.cell.bound), tick=_bar(one))
            for one in main.outcomes
            if one.cell is not None and one.cell.bound is not None and one.cell.value_unit == "fraction"
        ]
        axis = f"percent; tested: {main.title}; dashed: what the reading needs"
        chart = bar_chart(main.claim.title, axis, bars, fixed=(0.0, 100.0)) if bars else ""
        return ClaimAnswer(
            main.claim.title, tuple(data["readings"]), chart, self._records.invented, main.verdict, verdict_words(main),
            tuple(data["cannot_say"]),
        )  # fmt: skip

    def measures(self) -> Rows:
        """Every measure, and what it rests on."""
        book = measurebook(self._records.shelf, self._records.agency)
        rows = [{"measure": name, "basis": "figures"} for name in measure_names(self._records.shelf)]
        rows += [{"measure": name, "basis": "records"} for name in book.measures]
        return Rows("Measures", tuple(sorted(rows, key=lambda row: row["measure"])), invented=self._records.invented)

    def measure(
        self, name: str, *, place: str = "", by: Sequence[str] = (), period: str = "release", policy: str = ""
    ) -> Rows:
        """Cells of a measure: of printed figures, or of the records of the project.

        Args:
            name: the measure.
            place: kind of place to tell apart (area, state, county, facility).
            by: dimensions to tell apart.
            period: release, day, month, quarter, fiscal_year, year or era.
            policy: for measures of tiers.

        Raises:
            TallystickError: TS102 for an unknown name, and as ``measure run`` says.
        """
        if name in measure_names(self._records.shelf):
            cells = answers.cleared_cells(self._records, [name])[name].cells
            return Rows(name, tuple(cell.row() for cell in cells), _bars(name, cells), self._records.invented)
        question = Question(place=place, by=tuple(by), period=period)
        found = measured_answers(self._project, self._records.shelf, name, question, policy=policy)
        cells = tuple(cell for answer in found.answers for cell in answer.cells.cells)
        title = found.measure.title
        return Rows(title, tuple(cell.row() for cell in cells), _bars(title, cells), found.asked.invented)

    def comparisons(self) -> Rows:
        """Every declared comparison."""
        found = comparisons(self._records.shelf, self._records.agency).values()
        return Rows("Comparisons", tuple({"comparison": one.id, "kind": one.kind, "title": one.title} for one in found))

    def compare(self, name: str, *, before: str = "", after: str = "", at: str = "") -> list[ComparisonAnswer]:
        """A comparison: one answer for each release, or one for printed figures.

        Raises:
            TallystickError: as ``compare run`` says.
        """
        found = ran(self._records, name, self._project, Days(before, after, at))
        return [ComparisonAnswer(told, found.invented) for told in found.answers]


def opened(folder: Path | str | None, definitions: Path | str | None) -> Opened:
    """See `tallystick.open`."""
    shelf = Shelf(None if definitions is None else Path(definitions))
    if folder is None:
        return Opened(answers.shipped_records(shelf), None)
    return Opened(answers.project_records(Path(folder), shelf), Path(folder))


def _ends(cell: Cell) -> str:
    return " to ".join(dict.fromkeys(ends(cell)))


def _both(bound: Bound) -> tuple[float, float]:
    return float(bound.lower) * 100, float(bound.upper) * 100


def _bar(outcome: Outcome) -> float | None:
    return float(outcome.reading.bar) * 100 if outcome.reading.threshold else None


def _bars(title: str, cells: Sequence[Cell]) -> str:
    shares = [(cell, cell.bound) for cell in cells if cell.bound is not None and cell.value_unit == "fraction"]
    rows = [Row(f"{cell.variant} {cell.period_end}", _ends(cell), *_both(bound)) for cell, bound in shares[-MOST_BARS:]]
    return bar_chart(title, f"percent; the last {len(rows)} cells", rows, fixed=(0.0, 100.0)) if rows else ""


def _shown(  # one picture has many sides
    title: str,
    chart: str,
    *,
    invented: bool,
    label: str = "",
    sentences: Sequence[str] = (),
    tables: Sequence[Table] = (),
    limits: Sequence[str] = (),
) -> str:
    """A piece of a page for a notebook; every text is escaped by the template."""
    drawn = Markup(chart)  # noqa: S704  # our own drawing, every text in it escaped
    told = [one for one in sentences if one]
    return render(
        "fragment.html", title=title, chart=drawn, made_up=invented, label=label, sentences=told, tables=tables,
        limits=limits,
    )  # fmt: skip
