"""A site shown on this machine alone: loopback only, files of the folder only, nothing kept, nothing run."""

from __future__ import annotations

import functools
import http.server
from pathlib import Path
from typing import Any

from tallystick.terms.errors import cannot

LOOPBACK = "127.0.0.1"
NAMES = ("127.0.0.1", "localhost", "[::1]")
HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "frame-ancestors 'self'; object-src 'none'; base-uri 'none'; form-action 'none'"),
)


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files below one folder; nothing hidden, no listings, no other host name."""

    server_version = "tallystick"
    sys_version = ""

    def do_GET(self) -> None:
        """Send a file."""
        if self._may():
            super().do_GET()

    def do_HEAD(self) -> None:
        """Send what is said of a file."""
        if self._may():
            super().do_HEAD()

    def _may(self) -> bool:
        """Whether a request is for a file of the site and comes by the name of this machine (no rebinding of names)."""
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if host not in NAMES:
            self.send_error(403, "Only this machine may look")
            return False
        path = Path(self.translate_path(self.path))
        root = Path(self.directory).resolve()
        try:
            path = Path(self.translate_path(self.path)).resolve()
            path = (path / "index.html").resolve() if path.is_dir() else path
        except ValueError:  # a byte that no name of a file holds
            path = root.parent
        if not path.is_relative_to(root) or any(part.startswith(".") for part in path.relative_to(root).parts):
            self.send_error(404, "Not found")
            return False
        return True

    def list_directory(self, path: Any) -> None:  # noqa: ARG002  # the library hands it over
        """No listings."""
        self.send_error(404, "Not found")

    def end_headers(self) -> None:
        """The safe headers, on every answer."""
        for name, value in HEADERS:
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name that the library gives it
        """Nothing is written down."""


def serve(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of one site on this machine; the caller runs and closes it.

    Args:
        folder: the site.
        port: 0 for any free one.

    Raises:
        TallystickError: TS115 where there is no site; TS231 where the port is taken.
    """
    if not (folder / "index.html").is_file():
        raise cannot("TS115", f"'{folder.name}' is no site.", fix="tallystick site build -o FOLDER")
    handler = functools.partial(_Handler, directory=str(folder.resolve()))
    try:
        return http.server.ThreadingHTTPServer((LOOPBACK, port), handler)
    except OSError as error:
        raise cannot(
            "TS231", f"Port {port} cannot be used: {error.strerror}.", fix="Choose another: --port 0"
        ) from None
