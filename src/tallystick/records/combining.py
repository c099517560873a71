"""Which release speaks for which days of a table, under a named combination.

Person keys are never joined across releases. Every result names the combination it was made under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import msgspec

from tallystick.intake.releases import Register, Release
from tallystick.terms.definitions import Shelf, Strict, unknown_name


class Window(Strict, frozen=True, kw_only=True):
    """The days for which a release speaks, for some tables; open ends are empty."""

    tables: tuple[str, ...]
    release: str
    since: str = msgspec.field(name="from", default="")
    until: str = ""


class Combination(Strict, frozen=True, kw_only=True):
    """``us-ice/records/combinations/<id>.toml``."""

    id: str
    title: str
    kind: Literal["newest", "apart", "windows"]
    why: str
    default: bool = False
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True)
class Span:
    """A release speaks for a table from one day to another, both included."""

    release: str
    since: date
    until: date


def read_combination(shelf: Shelf, name: str = "", agency: str = "us-ice") -> Combination:
    """A combination by name; the default one without.

    Raises:
        TallystickError: TS167 when there is none of this name.
    """
    known = {
        entry.id: entry
        for path in shelf.files(f"{agency}/records/combinations").values()
        for entry in (shelf.read_path(path, Combination),)
    }
    if not name:
        return next(entry for entry in known.values() if entry.default)
    if name not in known:
        raise unknown_name("TS167", "combination of releases", name, known, "tallystick build --help")
    return known[name]


def spans(
    combination: Combination, register: Register, present: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Span, ...]]:
    """Table -> which release speaks for which days, in order.

    Args:
        combination: the named choice.
        register: all releases.
        present: table -> releases whose files were read.
    """
    found = {}
    for table, names in sorted(present.items()):
        releases = [register.release(name).release for name in names]
        fit = [release for release in releases if not release.table(table).unfit]
        if combination.kind == "newest":
            found[table] = _newest(fit)
        elif combination.kind == "windows":
            found[table] = _windows(combination, table, fit)
        else:
            found[table] = tuple(_whole(release) for release in _by_close(fit))
    return found


def _by_close(releases: Sequence[Release]) -> list[Release]:
    return sorted(releases, key=lambda release: (release.closes_on, release.id))


def _whole(release: Release) -> Span:
    return Span(release.id, date.fromisoformat(release.covers_from), date.fromisoformat(release.closes_on))


def _newest(releases: Sequence[Release]) -> tuple[Span, ...]:
    spans_: list[Span] = []
    for release in reversed(_by_close(releases)):
        whole = _whole(release)
        until = min([whole.until, *(span.since - timedelta(days=1) for span in spans_)])
        if until >= whole.since:
            spans_.append(Span(release.id, whole.since, until))
    return tuple(reversed(spans_))


def _windows(combination: Combination, table: str, releases: Sequence[Release]) -> tuple[Span, ...]:
    found = []
    for window in combination.windows:
        release = next((entry for entry in releases if entry.id == window.release), None)
        if table in window.tables and release is not None:
            whole = _whole(release)
            since = max(whole.since, date.fromisoformat(window.since)) if window.since else whole.since
            until = min(whole.until, date.fromisoformat(window.until)) if window.until else whole.until
            if since <= until:
                found.append(Span(release.id, since, until))
    joined: list[Span] = []
    for span in sorted(found, key=lambda span: (span.since, span.release)):
        if joined and joined[-1].release == span.release and (span.since - joined[-1].until).days <= 1:
            joined[-1] = Span(span.release, joined[-1].since, max(joined[-1].until, span.until))
        else:
            joined.append(span)
    return tuple(joined)


def used_rows(table: str, event: str, release: str, chosen: Sequence[Span]) -> str:
    """Which rows of a release a combination uses, in SQL over one record table.

    A stay that begins in another release's days belongs to that release as a whole: its stints are not cut
    in two. Rows without a day are used where their release speaks for anything at all.
    """
    own = [span for span in chosen if span.release == release]
    if not own:
        return "false"
    day = f'coalesce("stay_book_in_datetime", "{event}")' if table == "stints" else f'"{event}"'
    within = " or ".join(
        f"cast({day} as date) between date '{span.since.isoformat()}' and date '{span.until.isoformat()}'"
        for span in own
    )
    first = min(chosen, key=lambda span: span.since)
    before = f" or cast({day} as date) < date '{first.since.isoformat()}'" if first.release == release else ""
    last = max(chosen, key=lambda span: span.until)
    after = f" or cast({day} as date) > date '{last.until.isoformat()}'" if last.release == release else ""
    return f"({day} is null or {within}{before}{after})"
