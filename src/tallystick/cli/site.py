"""``tallystick site build|check|preview``."""

from __future__ import annotations

from pathlib import Path

import click

from tallystick.cli.common import Asked, common

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(name="site")
def command() -> None:
    """Write a static site of claims, measures and places, check it, and look at it."""


@command.command(name="build")
@click.option(
    "-o", "--output", type=FOLDER, default=Path("tallystick-site"), show_default=True, help="Folder to write."
)
@click.option("--base-url", default="", help="Where it will be published; adds permanent addresses and ClaimReview.")
@click.option("--frozen", is_flag=True, help="Keep a copy under r/SET/, whose addresses stay when the site is rebuilt.")
@common
def write_site(asked: Asked, output: Path, base_url: str, frozen: bool) -> int:
    """Write a site that works from a folder and without JavaScript; attacked before it is moved into place.

    Example: tallystick site build --lang en,es -o my-site
    """
    from tallystick.cli.build import progress_bar
    from tallystick.composing import build_site

    wanted = [part.strip() for part in (asked.language or "en,es").split(",") if part.strip()]
    with progress_bar(asked) as progress:
        made = build_site(asked.records(), output, wanted, base_url=base_url, frozen=frozen, progress=progress)
    if asked.as_json:
        data = {
            "folder": str(output), "pages": made.pages, "files": made.files, "bytes": made.size,
            "languages": list(made.languages), "invented": made.invented,
        }  # fmt: skip
        asked.say_json("site build", data, release_set=made.release_set)
        return 0
    what = "MADE-UP figures" if made.invented else "figures"
    asked.last_line(
        f"Wrote {made.pages} pages of {what} to {output} ({made.files} files, {made.size / 1e6:.1f} MB, "
        f"{', '.join(made.languages)}); no attack on it succeeds.\n"
        f"Next: open {output}/index.html, or: tallystick site preview {output}"
    )
    return 0


@command.command(name="check")
@click.argument("folder", type=FOLDER)
@common
def check(asked: Asked, folder: Path) -> int:
    """Attack a site as it stands, follow every link, compare its numbers with their tables.

    Example: tallystick site check my-site
    """
    from tallystick.proofreading import proofread

    found = proofread(folder, asked.shelf)
    if asked.as_json:
        asked.say_json("site check", {"folder": str(folder), "findings": len(found)}, warnings=found)
    else:
        for fault in found[:40]:
            asked.last_line(f"{fault.code}: {fault.text}")
        asked.last_line(f"{len(found)} findings." if found else "Nothing found: 0 attacks succeed, no link is broken.")
    if any(fault.code == "TS312" for fault in found):
        return 3
    return 1 if found else 0


@command.command(name="preview")
@click.argument("folder", type=FOLDER, default=Path("tallystick-site"))
@click.option("--port", type=click.IntRange(0, 65535), default=8600, show_default=True, help="0: any free one.")
@common
def preview(asked: Asked, folder: Path, port: int) -> int:
    """Show a site in the browser of this machine, and on no other.

    Example: tallystick site preview my-site
    """
    from tallystick.previewing import serve

    with serve(folder, port) as server:
        asked.last_line(
            f"Showing {folder} at http://127.0.0.1:{server.server_port}/ on this machine alone. Ctrl-C ends it."
        )
        server.serve_forever()
    return 0
