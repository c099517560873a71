"""How a block of a workbook looks: titles, labels and what they mean, all from definitions."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import msgspec

from tallystick.terms.definitions import Shelf, Strict, identity


class Label(Strict, frozen=True, kw_only=True):
    """A row or column label: the spellings seen, and the dimensions it sets."""

    labels: tuple[str, ...]
    set: dict[str, str]
    total: bool = False
    opens_group: bool = False
    part_of: str = ""
    measure: str = ""
    unit: str = ""
    period_kind: str = ""
    criminality_scheme: str = ""
    all_zero: str = ""
    without_numbers: bool = False


class Titled(Strict, frozen=True, kw_only=True):
    """What words in the title of a block set for all its figures."""

    contains: str
    set: dict[str, str] = {}
    unit: str = ""


class Note(Strict, frozen=True, kw_only=True):
    """A number in a sentence below a block."""

    pattern: str
    measure: str
    unit: str


class Sum(Strict, frozen=True, kw_only=True):
    """Parts along one dimension must add up to its total; `known` explains a gap seen for years."""

    check: str
    along: str
    total: str
    tolerance: str = "0"
    finding: str = "suspect"
    known: str = ""


class Agreement(Strict, frozen=True, kw_only=True):
    """One cell of this block must equal one cell of another block."""

    check: str
    cell: dict[str, str]
    with_block: str
    with_cell: dict[str, str]
    tolerance: str = "0"


class Likeness(Strict, frozen=True, kw_only=True):
    """Shares in a snapshot must resemble those of the last month's averages in another block."""

    check: str
    along: str
    whole: str
    split: str
    with_block: str
    tolerance: str


class Growth(Strict, frozen=True, kw_only=True):
    """A cumulative cell must not fall from one issue to the next of the same fiscal year."""

    check: str
    cell: dict[str, str]


class Block(Strict, frozen=True, kw_only=True):
    """``us-ice/workbooks/blocks/<id>.toml``."""

    id: str
    title: str
    sheet: str = "detention"
    titles: tuple[str, ...] = ()
    titles_like: tuple[str, ...] = ()
    core: bool
    measure: str
    unit: str
    period_kind: str
    dated_by: str
    label_headers: tuple[str, ...]
    rows: tuple[Label, ...] = ()
    columns: tuple[Label, ...] = ()
    second_label_headers: tuple[str, ...] = ()
    second_rows: tuple[Label, ...] = ()
    year_label: tuple[str, ...] = ()
    unit_by_title: dict[str, str] = {}
    criminality_scheme: str = ""
    fill_down: bool = False
    default: dict[str, str] = {}
    titled: tuple[Titled, ...] = ()
    columns_as: Literal["labels", "months", "fiscal_years", "half_months"] = "labels"
    rows_as: Literal["labels", "fiscal_years"] = "labels"
    rows_from: str = ""
    open_rows: str = ""
    open_rows_open_group: bool = False
    attributes: dict[str, str] = {}
    blank_row: dict[str, str] = {}
    blank_total: dict[str, str] = {}
    stop_labels: tuple[str, ...] = ()
    stops_at_gap: bool = False
    header_within: int = 2
    header_may_miss: bool = False
    notes: tuple[Note, ...] = ()
    sensitive: bool = False
    zero: str = "value"
    zero_groups: Literal["", "period", "year"] = ""
    zero_newest: str = ""
    sums: tuple[Sum, ...] = ()
    agrees: tuple[Agreement, ...] = ()
    grows: tuple[Growth, ...] = ()
    resembles: tuple[Likeness, ...] = ()


class TailLayout(Strict, frozen=True, kw_only=True):
    """One order of the inspection columns that end a facility list."""

    id: str
    seen: str
    columns: tuple[str, ...]


class ColumnGroup(Strict, frozen=True, kw_only=True):
    """Columns that together count everybody once."""

    id: str
    columns: tuple[str, ...]


class FacilityList(Strict, frozen=True, kw_only=True):
    """``us-ice/workbooks/facilities.toml``."""

    id: str
    title: str
    sheet: str
    anchor: str
    measure: str
    unit: str
    dated_by: str
    stop_when_blank: str
    name: str
    attributes: dict[str, str]
    ignored: tuple[str, ...]
    columns: tuple[Label, ...]
    layouts: tuple[TailLayout, ...]
    groups: tuple[ColumnGroup, ...]
    group_tolerance: str
    national_block: str
    national_cell: dict[str, str]
    least_of_national: str
    most_of_national: str


class Evidence(Strict, frozen=True, kw_only=True):
    """A kind of sentence that states a date."""

    id: str
    sheet: str
    before: tuple[str, ...]
    dates: str
    section: str = ""


class Dating(Strict, frozen=True, kw_only=True):
    """How dates are weighed."""

    snapshot_days_before: int
    snapshot_days_after: int
    sheet_days_apart: int
    year_slip_days: int
    evidence: tuple[Evidence, ...]


class ImpliedDays(Strict, frozen=True, kw_only=True):
    """Which block's averages tell how many days they cover."""

    block: str
    tolerance: str


class SeriesShare(Strict, frozen=True, kw_only=True):
    """A share that every issue prints: some classes of a block out of all of them."""

    title: str
    block: str
    period_kind: str
    counts: tuple[str, ...]
    whole: tuple[str, ...]
    where: dict[str, str] = {}


class Pair(Strict, frozen=True, kw_only=True):
    """Two shares that describe the same people and so should move together."""

    id: str
    title: str
    one: SeriesShare
    two: SeriesShare
    tolerance: str
    least_issues: int


class Check(Strict, frozen=True, kw_only=True):
    """What a check looks for, why it matters and how sure its findings are."""

    id: str
    title: str
    why: str
    sure: Literal["certain", "likely", "possible"]


class Comparing(Strict, frozen=True, kw_only=True):
    """``us-ice/workbooks/checks.toml``."""

    checks: tuple[Check, ...]
    pairs: tuple[Pair, ...]
    swap_points: int
    least_numbers: int
    stopped_days: int
    periods_of_history: tuple[str, ...]


class Reading(Strict, frozen=True, kw_only=True):
    """``us-ice/workbooks/reading.toml``."""

    agency: str
    agency_name: str
    title: str
    publisher: str
    required_by: str
    sheets: dict[str, str]
    placeholders: tuple[str, ...]
    months: tuple[str, ...]
    implied_days: ImpliedDays
    dating: Dating


@dataclass(frozen=True)
class KnownIssue:
    """A workbook already known by its hash."""

    issue: date
    provenance: str
    agency_file_name: str
    obtained_from: str


@dataclass(frozen=True)
class Layouts:
    """Everything that definitions say about the workbooks of one agency."""

    reading: Reading
    blocks: tuple[Block, ...]
    facilities: FacilityList
    comparing: Comparing
    issues: dict[str, KnownIssue]

    @cached_property
    def by_title(self) -> dict[str, dict[str, Block]]:
        """Blocks of each kind of sheet by each title they go by."""
        found: dict[str, dict[str, Block]] = {}
        for block in self.blocks:
            for title in block.titles:
                found.setdefault(block.sheet, {})[title] = block
        return found

    @cached_property
    def by_pattern(self) -> dict[str, list[tuple[re.Pattern[str], Block]]]:
        """Blocks of each kind of sheet whose titles vary, by the patterns of their titles."""
        found: dict[str, list[tuple[re.Pattern[str], Block]]] = {}
        for block in self.blocks:
            for pattern in block.titles_like:
                found.setdefault(block.sheet, []).append((re.compile(pattern), block))
        return found

    @cached_property
    def hash(self) -> str:
        """Identity of all reading definitions together."""
        return identity(self.reading, self.blocks, self.facilities, self.comparing)

    def block(self, name: str) -> Block:
        """The block called `name`."""
        return next(block for block in self.blocks if block.id == name)


def layouts(shelf: Shelf, agency: str = "us-ice") -> Layouts:
    """Read all workbook definitions of an agency."""
    folder = f"{agency}/workbooks"
    blocks = tuple(
        _with_listed_rows(shelf, folder, shelf.read_path(path, Block))
        for path in shelf.files(f"{folder}/blocks").values()
    )
    return Layouts(
        reading=shelf.read(f"{folder}/reading.toml", Reading),
        blocks=blocks,
        facilities=shelf.read(f"{folder}/facilities.toml", FacilityList),
        comparing=shelf.read(f"{folder}/checks.toml", Comparing),
        issues=_known_issues(shelf, folder),
    )


def _with_listed_rows(shelf: Shelf, folder: str, block: Block) -> Block:
    """A block whose row labels stand in a table of their own (areas), with those labels added."""
    if not block.rows_from:
        return block
    with shelf.path(f"{folder}/{block.rows_from}").open(encoding="utf-8", newline="") as stream:
        listed = tuple(
            Label(
                labels=(row["label"],),
                set={row["dimension"]: row["value"]},
                opens_group=block.open_rows_open_group,
                total=block.open_rows_open_group,
            )
            for row in csv.DictReader(stream)
        )
    return msgspec.structs.replace(block, rows=(*block.rows, *listed))


def _known_issues(shelf: Shelf, folder: str) -> dict[str, KnownIssue]:
    with shelf.path(f"{folder}/issues.csv").open(encoding="utf-8", newline="") as stream:
        return {
            row["sha256"]: KnownIssue(
                date.fromisoformat(row["issue"]), row["provenance"], row["agency_file_name"], row["obtained_from"]
            )
            for row in csv.DictReader(stream)
        }
