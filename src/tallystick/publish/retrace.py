"""A figure over records traced back, as text or Markdown: from plain data, the same for both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tallystick.publish import words as say


def retrace_lines(data: Mapping[str, Any], shown: str, *, markdown: bool = False) -> list[str]:
    """The explanation of one figure, line by line.

    Args:
        data: what `retracing.told` gives.
        shown: the figure in words, both ends.
        markdown: headings and code blocks instead of indents.
    """
    cell = data["cell"]
    lines = [f"# {data['title']}" if markdown else data["title"]]
    if data["invented"]:
        lines += ["", say.words().sentence["made_up"]]
    lines += ["", *_figure(cell, data, shown)]
    for title, body in _parts(data):
        lines += ["", f"## {title}" if markdown else f"{title}:", *([""] if markdown else [])]
        lines += [f"- {line}" if markdown else f"  {line}" for line in body]
    lines += ["", *(_sql(data, markdown=markdown))]
    return lines


def _figure(cell: Mapping[str, Any], data: Mapping[str, Any], shown: str) -> Iterator[str]:
    what = " ".join(str(part) for part in (cell["policy"], cell["tier"], cell["variant"]) if part)
    yield f"{shown} ({what}; {cell['period_start']} to {cell['period_end']}; unit: {cell['unit']})"
    if cell["split"] not in ("{}", ""):
        yield f"Only: {cell['split']}"
    if cell["n"] is not None and cell["statistic"] == "share":
        yield f"{cell['n_true']} of {cell['n']} known to count; of {cell['n_unknown']} the records do not say."
    rules = [f"{name.replace('_', ' ')}: {cell[name]}" for name in ("duplicate_rule", "link_rule") if cell[name]]
    if rules:
        yield "; ".join(rules)
    hindsight = "; read with hindsight: fields as of extraction" if cell["hindsight"] else ""
    yield f"View: {cell['view']}{hindsight}"
    if cell["note"]:
        yield f"Note: {cell['note']}"
    identity = str(cell["definition_hash"])[:16]
    yield f"Measure {cell['measure']}, identity {identity}; release {data['release']}, set {cell['release_set']}"
    yield f"Built with tallystick {data['tool']}"


def _parts(data: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    yield "Disclosure", [data["disclosure"]]
    if data["inputs"]:
        yield "Files", [f"{entry['file']}, sha256 {entry['sha256']}" for entry in data["inputs"]]
    steps = [
        f"{row['stage']}, {row['table']}: {row['act']} ({row['rule']}): {row['rows_in']} in, {row['rows_out']} out. "
        f"{row['reason']}"
        for row in data["steps"]
    ]
    yield "Rows at each step", steps or ["Nothing was left out of the tables it rests on."]
    unknown = [f"{row['table']} {row['column']}: {row['explanation']}" for row in data["unknown"]]
    yield "What is known of the columns it reads", unknown or ["No check found anything about them."]
    yield "What the records cannot tell here", list(data["cannot_say"])


def _sql(data: Mapping[str, Any], *, markdown: bool) -> list[str]:
    if not data["sql"]:
        return [f"No statements: {data['no_sql']}"]
    head = f"Every statement, in order. DuckDB alone, in the folder {data['run_in']}, gives the same number:"
    body = script(data["sql"])
    return [head, "", *(["```sql", body, "```"] if markdown else [body])]


def script(statements: Sequence[str]) -> str:
    """Statements as one script."""
    return ";\n\n".join(statements) + ";"
