"""A ready site of real figures as one file: `make site-zip` writes dist/site.zip; the same figures give the same bytes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tallystick.answers import shipped_records
from tallystick.composing import EPOCH, build_site
from tallystick.publish.language import languages
from tallystick.terms.definitions import Shelf


def main(target: Path) -> None:
    shelf = Shelf()
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        made = build_site(shipped_records(shelf), site, languages(shelf))
        target.parent.mkdir(parents=True, exist_ok=True)
        with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as archive:
            for path in sorted(path for path in site.rglob("*") if path.is_file()):
                entry = ZipInfo(f"site/{path.relative_to(site).as_posix()}", EPOCH)
                entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    print(f"Wrote {target}: {made.pages} pages, {target.stat().st_size / 1e6:.1f} MB packed, no made-up figure in it")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
