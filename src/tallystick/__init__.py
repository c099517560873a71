"""tallystick: public claims beside public records.

What an agency says, laid beside what its own records show.

>>> import tallystick as ts
>>> ts.__version__
'0.1.0'
>>> ts.open().claim("most-arrested-and-detained-are-convicted", at="2019-09-30").verdict
'depends'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tallystick.notebook import Opened

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(folder: Path | str | None = None, *, definitions: Path | str | None = None) -> Opened:  # noqa: A001  # ts.open
    """Open a built project, or the figures that ship, for a notebook or a script.

    Args:
        folder: the folder of a built project; None for the figures that ship with the package.
        definitions: a folder of definitions of your own, on top of the packaged ones.

    Returns:
        Claims, measures and comparisons of these figures; all of it passed the gate.

    Raises:
        TallystickError: TS111 when nothing was built there.
    """
    from tallystick.notebook import opened  # engines are imported where they are used

    return opened(folder, definitions)
