"""Facts about the world are read from definition files, strictly: no unknown key, no default meaning.

A definition is one TOML file under ``definitions/``. Its identity is its id together with the
SHA-256 of its normalised content and of whatever it depends on, so a figure can name exactly
what it was made from. A user's folder may add or replace files; the files that protect people
(door, disclosure) may not be replaced from outside.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import threading
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from tallystick.terms.errors import Fault, TallystickError, refused

Kind = TypeVar("Kind", bound=msgspec.Struct)
PACKAGED = Path(__file__).resolve().parent.parent / "definitions"
PROTECTED = ("door.toml", "disclosure.toml")
ONE_AT_A_TIME = threading.Lock()
LARGEST_FILE = 1_000_000  # bytes; the largest packaged definition is far below this


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of every definition: frozen, and unknown keys are an error."""


@dataclass(frozen=True)
class Shelf:
    """All definition files in reach: the packaged ones, then a user's own folder on top.

    `swap` exchanges whole names in every text that is read (agency names, for the made-up agency
    of the demo and for the test that neutral words do not depend on who is named).
    """

    added: Path | None = None
    swap: tuple[tuple[str, str], ...] = ()
    _roots: tuple[Path, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        roots = (PACKAGED,) if self.added is None else (PACKAGED, self.added)
        if self.added is not None:
            _refuse_looser(self.added)
        object.__setattr__(self, "_roots", roots)

    def files(self, folder: str) -> dict[str, Path]:
        """Definition files below `folder` (``us-ice/claims``), by path without suffix, in order."""
        found: dict[str, Path] = {}
        for root in self._roots:
            for path in sorted((root / folder).rglob("*.toml")):
                found[path.relative_to(root).with_suffix("").as_posix()] = path
        return dict(sorted(found.items()))

    def names(self, folder: str, suffix: str) -> list[str]:
        """Names of the files of one kind directly in `folder`, packaged and added, in order."""
        found = {
            path.relative_to(root).as_posix() for root in self._roots for path in (root / folder).glob(f"*{suffix}")
        }
        return sorted(found)

    def text(self, value: str) -> str:
        """A text of a CSV definition with names exchanged."""
        return str(_swapped(value, self.swap)) if self.swap else value

    def path(self, name: str) -> Path:
        """The file called `name` (``us-ice/workbooks/reading.toml``), a user's own before ours."""
        for root in reversed(self._roots):
            if (root / name).is_file():
                return root / name
        raise TallystickError(
            Fault(
                "TS150",
                f"There is no definition file called '{name}'.",
                fix="Run: tallystick doctor  (it lists the definition folders in use).",
            )
        )

    def holds(self, name: str) -> bool:
        """Whether there is a file called `name`."""
        return any((root / name).is_file() for root in self._roots)

    def read(self, name: str, kind: type[Kind]) -> Kind:
        """One definition file as `kind`; every fault of the file is reported at once."""
        return self.read_path(self.path(name), kind)

    def read_path(self, path: Path, kind: type[Kind]) -> Kind:
        """As `read`, for a path that `files` gave."""
        found: Kind = _read(path, path.stat().st_mtime_ns, self.swap, kind)
        return found

    def parsed(self, path: Path) -> dict[str, Any]:
        """The content of a file with names exchanged, not yet checked."""
        changed = path.stat().st_mtime_ns
        return _parsed_swapped(path, changed, self.swap) if self.swap else _parsed(path, changed)


def is_plain(name: str) -> bool:
    """Whether a name can be part of the path of a definition: small letters, digits, dashes, single slashes.

    >>> is_plain("who/women"), is_plain("../../etc/passwd")
    (True, False)
    """
    return re.fullmatch(r"[a-z0-9_-]+(/[a-z0-9_-]+)*", name) is not None


def shown_path(path: Path) -> str:
    """A definition file as named in messages: inside the package by its place, else by its name."""
    return path.relative_to(PACKAGED).as_posix() if path.is_relative_to(PACKAGED) else path.name


@lru_cache(maxsize=4096)
def _read(path: Path, changed: int, swap: tuple[tuple[str, str], ...], kind: type[Kind]) -> Kind:
    """A file as a frozen struct, made once for each state of the file."""
    content = _parsed_swapped(path, changed, swap) if swap else _parsed(path, changed)
    return convert(content, kind, shown_path(path))


@lru_cache(maxsize=4096)
def _parsed_swapped(path: Path, changed: int, swap: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """The content of a file with names exchanged; made once, because every reader only reads."""
    content: dict[str, Any] = _swapped(_parsed(path, changed), swap)
    return content


@lru_cache(maxsize=4096)
def _parsed(path: Path, _changed: int) -> dict[str, Any]:
    text = path.read_bytes()
    if len(text) > LARGEST_FILE:
        raise TallystickError(Fault("TS152", f"{shown_path(path)} is too large to be a definition."))
    try:
        return tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TallystickError(
            Fault(
                "TS152",
                f"{shown_path(path)} is not a TOML file that can be read.",
                where=str(error),
                fix="Correct the line named above; definitions are plain TOML in UTF-8.",
            )
        ) from None


def _refuse_looser(folder: Path) -> None:
    """A user's own door or disclosure file may tighten ours and nothing else."""
    for name in PROTECTED:
        if (folder / name).exists():
            own, ours = _parsed(folder / name, (folder / name).stat().st_mtime_ns), _parsed(PACKAGED / name, 0)
            loosened = next(_looser(ours, own, ""), None)
            if loosened is not None:
                raise refused(
                    "TS310",
                    f"'{name}' would loosen what protects people: {loosened}.",
                    why="The door and the disclosure rules may only be tightened.",
                    fix=f"Keep every value of the packaged {name}, or make it stricter.",
                )


def _looser(ours: Any, own: Any, place: str) -> Iterator[str]:
    """Where `own` is looser than `ours`: least_ may only grow, most_ only shrink, lists only grow."""
    if isinstance(ours, dict):
        if not isinstance(own, dict):
            yield f"{place} is missing"
            return
        for key, value in ours.items():
            yield from _looser(value, own.get(key), f"{place}.{key}" if place else key)
    elif isinstance(ours, list):
        yield from _looser_list(ours, own if isinstance(own, list) else [], place)
    elif isinstance(ours, bool) or not isinstance(ours, int):
        if own != ours:
            yield f"{place} differs"
    elif not isinstance(own, int) or isinstance(own, bool):
        yield f"{place} is missing"
    elif (place.rsplit(".", 1)[-1].startswith("least_") and own < ours) or (
        not place.rsplit(".", 1)[-1].startswith("least_") and own > ours
    ):
        yield f"{place} is {own}, ours is {ours}"


def _looser_list(ours: list[Any], own: list[Any], place: str) -> Iterator[str]:
    for item in ours:
        if not isinstance(item, dict):
            if item not in own:
                yield f"{place} lacks '{item}'"
            continue
        name = next((key for key in ("id", "place", "labels") if key in item), "")
        twin = next((entry for entry in own if isinstance(entry, dict) and (entry.get(name) == item.get(name))), None)
        if twin is None and name == "labels":
            twin = next((entry for entry in own if isinstance(entry, dict) and "labels" in entry), None)
        yield from _looser(item, twin, f"{place} {item.get(name)}" if name != "labels" else place)
    if ours and isinstance(ours[0], dict) and "place" in ours[0]:
        extra = {entry.get("place") for entry in own if isinstance(entry, dict)} - {entry["place"] for entry in ours}
        if extra:
            yield f"{place} adds {sorted(map(str, extra))}"


def _swapped(value: Any, swap: Iterable[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        for old, new in swap:  # whole words only, in the capitals and the small letters of labels
            for word, other in ((old, new), (old.lower(), new.lower())):
                if word in value:
                    value = _whole_word(word).sub(other.replace("\\", r"\\"), value)
        return value
    if isinstance(value, list):
        return [_swapped(item, swap) for item in value]
    if isinstance(value, dict):
        return {_swapped(key, swap): _swapped(item, swap) if key != "id" else item for key, item in value.items()}
    return value


@lru_cache(maxsize=64)
def _whole_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/-]){re.escape(word)}(?![\w/-])")


def convert(content: Mapping[str, Any], kind: type[Kind], file: str) -> Kind:
    """Content as `kind`, or one error that lists every fault of the file."""
    with ONE_AT_A_TIME:  # the library learns a type when it first sees it, and two threads at once crash it
        return _converted(content, kind, file)


def _converted(content: Mapping[str, Any], kind: type[Kind], file: str) -> Kind:
    faults = [
        Fault("TS151", text, where=f"{file}, {place}" if place else file) for place, text in faults_in(content, kind)
    ]
    if faults:
        last = faults[-1]
        faults[-1] = Fault(
            last.code,
            last.text,
            last.where,
            last.why,
            "Correct the keys named above; docs/definitions.md lists what each file holds.",
        )
        raise TallystickError(*faults)
    return msgspec.convert(content, kind)


def faults_in(content: Mapping[str, Any], kind: type[msgspec.Struct], place: str = "") -> Iterator[tuple[str, str]]:
    """Every fault of one table: unknown keys, missing keys, wrong values, nested ones included."""
    known = {entry.encode_name: entry for entry in msgspec.structs.fields(kind)}
    for key in content:
        if key not in known:
            yield place, f"unknown key '{key}'{_nearest(key, known)}"
    for name, entry in known.items():
        if name in content:
            yield from _value_faults(content[name], entry.type, f"{place}.{name}" if place else name)
        elif entry.required:
            yield place, f"missing key '{name}'"


def _value_faults(value: Any, expected: Any, place: str) -> Iterator[tuple[str, str]]:
    inner = [part for part in get_args(expected) if isinstance(part, type) and issubclass(part, msgspec.Struct)]
    if get_origin(expected) is tuple and inner and isinstance(value, list):
        for number, item in enumerate(value, start=1):
            if isinstance(item, dict):
                yield from faults_in(item, inner[0], f"{place} {number}")
        return
    own = isinstance(expected, type) and issubclass(expected, msgspec.Struct)
    nested = expected if own else next(iter(inner), None)
    if nested is not None and isinstance(value, dict) and get_origin(expected) is not dict:
        yield from faults_in(value, nested, place)
        return
    try:
        msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        yield place, str(error)


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def identity(*parts: Any) -> str:
    """SHA-256 of definitions in normal form (sorted keys, no layout), as 64 hex digits.

    Pass the definition first, then what it depends on.
    """
    encoder = msgspec.json.Encoder(order="deterministic", enc_hook=str)
    return hashlib.sha256(b"\n".join(encoder.encode(part) for part in parts)).hexdigest()


def unknown_name(code: str, what: str, asked: str, known: Iterable[str], command: str) -> TallystickError:
    """The error for a name nobody knows: what was asked, the nearest, the list if it is short."""
    names = sorted(known)
    spoken = {name.lower(): name for name in names}
    begun = [name for name in names if asked and name.lower().startswith(asked.lower())]
    close = begun or [spoken[one] for one in difflib.get_close_matches(asked.lower(), [*spoken], n=1, cutoff=0.5)]
    listing = f"  Known: {', '.join(names)}." if len(names) < 12 else ""
    guess = f"Did you mean '{close[0]}'?  " if close else ""
    return TallystickError(
        Fault(
            code, f"There is no {what} called '{asked[:80]}'.{listing}", fix=f"{guess}{command} shows all {len(names)}."
        )
    )
