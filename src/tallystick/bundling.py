"""An explanation as a folder that stands alone: text, data, statements, definitions, citations, hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tallystick import __version__
from tallystick.claims.claim import claim_names, read_claim
from tallystick.folders import output_folder
from tallystick.terms.definitions import Shelf

RESTS_ON = ("units", "dimensions", "eras")  # what every measure over records rests on


def bundled(
    folder: Path,
    shelf: Shelf,
    text: str,
    data: Any,
    scripts: Mapping[str, str],
    names: Sequence[str],
    policy: str = "",
    agency: str = "us-ice",
) -> list[str]:
    """Write an explanation into a new folder: all of it, or nothing.

    Args:
        folder: where; it must not hold other files.
        shelf: the definitions.
        text: the explanation as Markdown.
        data: the same as plain data.
        scripts: file name -> SQL.
        names: claims or measures whose definitions go along.
        policy: a written policy that goes along.
        agency: the agency.

    Returns:
        The names of the files.

    Raises:
        TallystickError: TS221 where the folder holds files that this program did not write.
    """
    content = {
        "explanation.md": text + "\n",
        "explanation.json": json.dumps(data, indent=1, ensure_ascii=False, default=str) + "\n",
        **scripts,
        "citation.txt": citation(shelf, names, agency),
    }
    for name in _definitions(shelf, names, policy, agency):
        content[f"definitions/{name}"] = shelf.path(name).read_text(encoding="utf-8")
    sums = "".join(f"{hashlib.sha256(own.encode()).hexdigest()}  {name}\n" for name, own in sorted(content.items()))
    content["SHA256SUMS"] = sums
    with output_folder(folder) as place:
        for name, own in content.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(own, encoding="utf-8")
    return sorted(content)


def _definitions(shelf: Shelf, names: Sequence[str], policy: str, agency: str) -> list[str]:
    """The definition files of claims and measures, of all that they read, and of a policy."""
    claims = claim_names(shelf, agency)
    measures = {name.removeprefix("measures/"): f"{name}.toml" for name in shelf.files("measures")}
    found: dict[str, None] = {}
    for name in names:
        if name in claims:
            found[claims[name]] = None
            for reading in read_claim(shelf, name, agency).readings:
                if reading.measure in measures:
                    found[measures[reading.measure]] = None
        elif name in measures:
            found[measures[name]] = None
            found |= {f"{agency}/{one}.toml": None for one in RESTS_ON}
    if policy:
        wanted = policy.replace("_", "-")
        found |= {f"{name}.toml": None for name in shelf.files(f"{agency}/policies") if wanted in name}
    return list(found)


def citation(shelf: Shelf, names: Sequence[str], agency: str = "us-ice") -> str:
    """How to cite what was shown: the source of a claim, the agency's figures, this program."""
    claims = claim_names(shelf, agency)
    lines = []
    for name in names:
        if name in claims:
            claim = read_claim(shelf, name, agency)
            said = f", {claim.said_on}" if claim.said_on else ""
            source = ", ".join(part for part in (claim.source.title, claim.source.publisher, claim.source.date) if part)
            kind = "Quoted" if claim.quoted else "Paraphrased"
            lines.append(f"{kind} from: {claim.speaker}{said}. Source: {source}.")
    lines.append("Cite the agency that published the figures, and those who obtained them, beside this program.")
    lines.append(f"tallystick {__version__}: public claims beside public records. Definitions: {', '.join(names)}.")
    return "\n".join(lines) + "\n"
