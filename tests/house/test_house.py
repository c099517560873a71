"""The house itself: floors, sizes, words, addresses, contracts."""

from __future__ import annotations

import ast
import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

from tallystick.measures.cell import Cell
from tallystick.terms.bound import Bound, point
from tallystick.terms.definitions import PACKAGED, Shelf
from tallystick.terms.tables import READABLE, table

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src" / "tallystick"
FLOORS = {
    "terms": 0,
    "intake": 1,
    "figures": 2,
    "records": 2,
    "policies": 3,
    "measures": 4,
    "clear": 5,
    "claims": 6,
    "publish": 7,
}
RECORD_ROOF = (
    "patterns",
    "decomposing",
    "moving",
    "evenness",
    "auditing",
    "decisions",
    "illustrating",
    "what_if",
    "becoming",
    "notebook",
    "exporting",
    "comparing",
    "reading",
    "receive",
    "recordsheet",
    "gather",
    "gathered",
    "desk",
    "fetching",
    "looking",
    "following",
    "followed",
    "counting",
    "assessing",
    "weighing",
    "laying",
    "relating",
    "question",
    "asking",
    "truths",
    "together",
    "tallying",
    "measuring",
    "measured",
    "placing",
    "reciting",
    "claiming",
    "restating",
    "gridding",
    "reporting",
    "scaffolding",
    "bundling",
    "retracing",
    "composing",
    "showing",
    "previewing",
    "proofreading",
)
ROOF = {
    "cli",
    "pipeline",
    "answers",
    "store",
    "folders",
    "onslaught",
    "reconcile",
    "differences",
    "made",
    "__main__",
    *RECORD_ROOF,
}
FORBIDDEN_NAMES = {"utils", "helpers", "helper", "misc", "common_utils", "manager"}
LOADED = {
    "lying",
    "liar",
    "debunked",
    "false",
    "hoax",
    "shocking",
    "merely",
    "so-called",
    "illegals",
    "invasion",
    "regime",
    "crackdown",
    "kidnap",
    "brutal",
    "radical",
    "alarming",
    "obviously",
    "admits",
    "brags",
}


def _modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def _floor(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


@pytest.mark.parametrize("path", _modules(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_imports_point_down(path: Path) -> None:
    own = _floor(path)
    for name in _imports(path):
        if not name.startswith("tallystick.") or own in ROOF or own == "__init__":
            continue
        other = name.split(".")[1]
        if other == "__version__":
            continue
        assert other in FLOORS, f"{path.name} imports the roof: {name}"
        assert FLOORS[other] <= FLOORS[own], f"{path.name} imports upwards: {name}"


def test_only_the_store_opens_an_engine() -> None:
    for path in _modules():
        if path.name != "store.py":
            assert "duckdb" not in {name.split(".")[0] for name in _imports(path)}, path


def test_files_and_names_keep_to_the_style() -> None:
    for path in _modules():
        assert path.stem not in FORBIDDEN_NAMES
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 420, path


def test_every_public_function_and_class_says_what_it_is() -> None:
    for path in _modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


def test_no_facts_about_the_world_stand_in_python() -> None:
    dated = re.compile(r"\b(?:19|20)\d\d-\d\d-\d\d\b")
    for path in _modules():
        if _floor(path) == "made":
            continue  # the generator invents its dates
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                examples = ("Write for example", "Example:", "A date such as")
                if not any(words in node.value for words in examples):
                    assert not dated.search(node.value), f"{path.name}: {node.value[:60]}"


def test_no_registry_address_and_no_path_of_a_machine_stands_in_the_tree() -> None:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    hosts = re.compile(
        "|".join(
            ("pypi" + r"\.org", "python" + "hosted", "npm" + "js", r"deb\." + "debian", "/ro" + "ot/", "/wo" + "rk/")
        )
    )
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and path.suffix not in (".parquet", ".png"):
            assert not hosts.search(path.read_text(encoding="utf-8", errors="ignore")), name
    assert not [name for name in names if name.endswith((".lock", ".xlsx"))]


def test_loaded_words_stand_in_no_definition_and_no_template() -> None:
    texts = [*PACKAGED.rglob("*.toml"), *(SOURCE / "publish" / "templates").glob("*.html")]
    for path in texts:
        text = path.read_text(encoding="utf-8").lower()
        text = re.sub(r"<[^>]*>", "", text) if path.suffix == ".html" else text
        text = re.sub(r"\b(?:true|false)\b(?=\s*(?:$|#|\n|,|}))", "", text, flags=re.MULTILINE)  # TOML booleans
        text = re.sub(r"\"(?:true|false)\"|false_when", "", text)  # truth values of facts and tiers
        if path.name == "policy.toml":
            text = re.sub(
                r"^title = .*$", "", text, count=1, flags=re.MULTILINE
            )  # a document is called what it is called
        found = {word for word in LOADED if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)}
        assert not found, (path.name, found)


def test_no_comparison_calls_a_gap_a_bias_a_change_an_effect_or_a_bound_likely() -> None:
    """What is printed of comparisons: their definitions, their page, and every text of the modules that word them."""
    wording = ("decomposing", "moving", "evenness", "auditing", "illustrating", "what_if", "becoming", "comparing")
    texts = {path.name: path.read_text("utf-8") for path in (PACKAGED / "us-ice" / "comparisons").glob("*.toml")}
    texts["comparison.html"] = (SOURCE / "publish" / "templates" / "comparison.html").read_text("utf-8")
    for name in wording:
        tree = ast.parse((SOURCE / f"{name}.py").read_text("utf-8"))
        parts = (
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        texts[name] = "\n".join(parts)
    words = r"bias\w*|effects?|impact\w*|un?likely|probably|due to|driven by|led to|caus(?:es|ed|al\w*)|discriminat\w+"
    for name, text in texts.items():
        said = text.replace("not by itself discrimination", "").replace("effective", "")
        found = set(re.findall(rf"\b(?:{words})\b", said.lower()))
        assert not found, (name, found)


def test_quotation_marks_stand_only_where_a_claim_is_quoted() -> None:
    from tallystick.claims.claim import read_claims
    from tallystick.claims.statement import read_statement

    known = read_statement(Shelf()).quoted_words
    for claim in read_claims(Shelf()):
        assert not claim.quoted or claim.source.page
        assert claim.quoted or all(words in known for words in re.findall(r'"([^"]*)"', claim.text)), claim.id


def test_every_text_of_the_interface_is_defined_once_and_used() -> None:
    from tallystick.claims.judge import OPPOSITE
    from tallystick.publish.view import SIDES, VERDICTS
    from tallystick.publish.words import words

    known = words()
    assert set(OPPOSITE) == set(known.comparator)
    assert set(SIDES) == set(known.side)
    assert {name.removesuffix("_less").removesuffix("_more") for name in known.verdict} == set(VERDICTS)


def test_cells_meet_the_contract_that_record_based_cells_will_have_to_meet_too() -> None:
    cell = Cell(
        "m",
        "h",
        "s",
        "figures",
        "share",
        "person",
        "fraction",
        "v",
        date(2026, 1, 1),
        date(2026, 1, 1),
        (("arresting_agency", "ICE"),),
        Bound(point(1).lower / 3, point(1).lower),
        point(1),
        point(3),
        "ok",
        "",
    )
    contract = table("cells")
    row = cell.row()
    assert list(contract.names) == list(row)
    for column in contract.columns:
        if column.values and row[column.name] is not None:
            assert row[column.name] in column.values, column.name
    assert (0.3333333333, 1.0, "3", "1", "0") == (row["lower"], row["upper"], row["n"], row["n_true"], row["n_unknown"])


def test_tables_on_disk_meet_their_contracts(shipped) -> None:
    from tallystick import answers, store

    tables = answers.tables_of(shipped)
    assert set(READABLE) == set(tables) & set(READABLE)
    for name in READABLE:
        rows = store.read_rows(tables[name], name)
        assert rows, name
        for column in table(name).columns:
            if column.values:
                seen = {row[column.name] for row in rows} - {None}
                assert seen <= set(column.values), (name, column.name, seen - set(column.values))


def test_cleared_cells_can_be_made_by_the_gate_alone() -> None:
    from tallystick.clear.disclosure import ClearedCells, ClearedFigures

    for kind in (ClearedCells, ClearedFigures):
        with pytest.raises(TypeError):
            kind((), ())


def test_colours_that_touch_can_be_told_apart() -> None:
    css = (SOURCE / "publish" / "templates" / "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:html\.made-up|:root) \{([^}]*)\}", css)
    light, dark, made_light, made_dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", block)) for block in blocks[:4]
    )
    for base, made in ((light, {}), (dark, {}), (light, made_light), (dark, made_dark)):
        tokens = {**base, **made}
        for text, ground in (
            ("text", "ground"),
            ("text", "panel"),
            ("muted", "ground"),
            ("muted", "panel"),
            ("link", "ground"),
            ("link", "panel"),
            ("banner-text", "banner"),
        ):
            assert _contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground, tokens)
        for part, ground in (("known", "panel"), ("known", "track"), ("open-line", "panel"), ("tick", "panel")):
            assert _contrast(tokens[part], tokens[ground]) >= 3, (part, ground)


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        full = colour[1:] if len(colour) == 7 else "".join(sign * 2 for sign in colour[1:])
        parts = [int(full[start : start + 2], 16) / 255 for start in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_examples_in_docstrings_run() -> None:
    import doctest
    import importlib

    ran = 0
    for path in _modules():
        name = ".".join(("tallystick", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
        if name.endswith("__main__"):
            continue
        result = doctest.testmod(importlib.import_module(name))
        assert result.failed == 0, name
        ran += result.attempted
    assert ran >= 15
