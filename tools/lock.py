"""Write requirements/*.txt anew: every package with its exact version and hashes, and no address.

    make lock

`run` holds what users need, `dev` adds what tests and checks need; both hold the build backend,
so that an installation resolves nothing by itself.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Exact versions and hashes for {what}; written by `make lock`. No addresses stand in here.\n"


def main() -> None:
    """Compile both files for all platforms and Python versions."""
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("make lock needs uv on the path")
    for name, extras, what in (("run", [], "users"), ("dev", ["--extra", "dev"], "tests and checks")):
        done = subprocess.run(
            [
                uv,
                "pip",
                "compile",
                "pyproject.toml",
                "requirements/lock.in",
                *extras,
                "--universal",
                "--python-version",
                "3.11",
                "--generate-hashes",
                "--no-emit-index-url",
                "--no-header",
                "--no-annotate",
            ],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        lines = [line for line in done.stdout.splitlines() if "://" not in line]
        (ROOT / "requirements" / f"{name}.txt").write_text(
            HEADER.format(what=what) + "\n".join(lines) + "\n", encoding="utf-8"
        )
        print(f"requirements/{name}.txt: {sum('==' in line for line in lines)} packages")


if __name__ == "__main__":
    main()
