"""A claim file to fill in: what was said goes in, what is missing is listed; nothing is made up."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from tallystick.measures.measure import measure_names
from tallystick.measures.unit_measure import measurebook
from tallystick.terms.definitions import Shelf

FILL = "FILL IN"


def claim_id(text: str) -> str:
    """A file name from the words of a claim.

    >>> claim_id("Most arrests, 70 % of them!")
    'most-arrests-70-of-them'
    """
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "-".join(words[:8]) or "new-claim"


def missing(given: Mapping[str, str], shelf: Shelf, agency: str = "us-ice") -> list[str]:
    """What a claim still lacks, in words: each line names a field and why it matters."""
    found = []
    wanted = {
        "speaker": "who said it",
        "source": "the title of the source, so that anybody can look",
        "said_on": "when it was said: a claim is tested on its own date",
        "measure": "what would test it (tallystick measure list)",
        "variant": "which meaning of the numerator (tallystick measure show)",
        "threshold": "the bar that the claim needs, as a fraction",
        "written_on": "the day on which readings and bars are written, before anybody looks at the figures",
        "threshold_from": "where the bar comes from: the claim itself, or a declared choice of yours",
    }
    found += [f"{name}: {why}" for name, why in wanted.items() if not given.get(name)]
    if given.get("quote") and not given.get("page"):
        found.append("page: a quotation needs the page it stands on; without one, write a paraphrase (--text)")
    known = {*measure_names(shelf), *measurebook(shelf, agency).measures}
    if given.get("measure") and given["measure"] not in known:
        found.append(f"measure: there is no '{given['measure'][:60]}' (tallystick measure list)")
    found.append(
        "readings: at least one more, the strictest or the kindest; both denominators, both units where they differ"
    )
    found.append("cannot_say and would_settle: what the records cannot tell here, and what would")
    return found


def scaffold(given: Mapping[str, str]) -> str:
    """The claim as TOML, with `FILL IN` wherever something is missing."""
    text = given.get("quote") or given.get("text") or FILL

    def said(name: str) -> str:
        return json.dumps(given.get(name) or FILL, ensure_ascii=False)

    on_records = given.get("basis") == "records"
    lines = [
        f"id = {json.dumps(given.get('id') or claim_id(text))}",
        f"title = {said('title')}",
        f"text = {json.dumps(text, ensure_ascii=False)}",
        f"quoted = {'true' if given.get('quote') else 'false'}",
        f"speaker = {said('speaker')}",
        f"side = {json.dumps(given.get('side') or 'either')}",
        f"said_on = {said('said_on')}",
        'kind = "share"',
        "order = 900",
        'attribution = "unchecked"',
        'favours_speaker = "kindest"',
        'disfavours_speaker = "strictest"',
        f"cannot_say = [{json.dumps(FILL)}]",
        f"would_settle = [{json.dumps(FILL)}]",
        "",
        "[source]",
        f"title = {said('source')}",
        f"publisher = {said('publisher')}",
        f"page = {json.dumps(given.get('page') or '')}",
        "",
        "[[tests]]",
        f"at = {json.dumps(given.get('said_on') or 'latest')}",
        'title = "when it was said"',
        "main = true",
    ]
    for name, role in (("kindest", "headline"), ("strictest", "stress")):
        lines += [
            "",
            "[[readings]]",
            f'id = "{name}"',
            f"title = {json.dumps(FILL)}",
            f'role = "{role}"',
            *(['basis = "records"', f"needs = {json.dumps(FILL)}"] if on_records else []),
            f"measure = {said('measure')}",
            f"variant = {said('variant')}",
            f"comparator = {json.dumps(given.get('comparator') or 'at_least')}",
            f"threshold = {json.dumps(given.get('threshold') or '0.5')}",
            f"threshold_from = {said('threshold_from')}",
            f'dimensions = {{ unit = "{FILL}", definition = "{FILL}", denominator = "{FILL}" }}',
            f"written_on = {given['written_on']}"
            if given.get("written_on")
            else f"# written_on = year-month-day, {FILL}",
            f"figures_known_when_written = {json.dumps(given.get('known') or 'partly')}",
        ]
    return "\n".join(lines) + "\n"
