"""The notebooks and recipes that ship run as they stand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tallystick.answers import shipped_records
from tallystick.exporting import exported
from tallystick.terms.definitions import Shelf

ROOT = Path(__file__).resolve().parent.parent.parent
RSCRIPT = shutil.which("Rscript")


def _run(name: str) -> dict[str, Any]:
    """Every cell of a notebook in order, the value of its last line shown as a notebook would show it."""
    import ast

    found: dict[str, Any] = {}
    book = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert all(not cell["outputs"] for cell in book["cells"] if cell["cell_type"] == "code")
    for cell in book["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), found)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), name, "eval"), found)
            assert getattr(value, "_repr_html_", lambda: "x")()
    return found


def test_one_claim_in_an_evening_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    found = _run("one-claim-in-an-evening")
    assert len(found["held"]) > 50
    assert "lower" in (tmp_path / "readings.csv").read_text(encoding="utf-8")
    assert capsys.readouterr().out.startswith("- ")


def test_compare_two_policies_runs_on_the_made_up_project(
    demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TALLYSTICK_PROJECT", str(demo_folder / "invented" / "project"))
    found = _run("compare-two-policies")
    assert set(found["first"]["invented"]) == {True}
    assert "MADE-UP" in found["answers"][0]._repr_html_()


@pytest.mark.soak
@pytest.mark.skipif(RSCRIPT is None, reason="R is not installed")
def test_the_recipe_in_r_runs(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    exported(shipped_records(Shelf()), folder, ("csv", "parquet"))
    done = subprocess.run(
        [str(RSCRIPT), str(ROOT / "recipes" / "one-measure.R"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "2026-02-07" in done.stdout


def test_recipes_name_columns_that_are_there(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    exported(shipped_records(Shelf()), folder, ("csv",))
    header = {
        name: (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        for name in ("cells", "verdicts")
    }
    script = (ROOT / "recipes" / "one-measure.R").read_text(encoding="utf-8")
    assert set(re.findall(r'c\("([a-z_", ]+)"\)', script)[0].split('", "')) <= set(header["cells"])
    page = (ROOT / "recipes" / "one-claim.qmd").read_text(encoding="utf-8")
    assert set(re.findall(r'c\("([a-z_", ]+)"\)', page)[0].split('", "')) <= set(header["verdicts"])
