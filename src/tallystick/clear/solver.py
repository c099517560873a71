"""One quiet, single-threaded solver for linear and whole-number programs (HiGHS)."""

from __future__ import annotations

from typing import Any


def quiet_solver() -> Any:
    """A HiGHS model that writes nothing and gives the same answer every time.

    The ordinary constructor of highspy switches callbacks on and prints a banner to stdout before it
    can be silenced, which would spoil ``--json``; callbacks are not needed here.
    """
    import highspy

    class Quiet(highspy.Highs):
        def __init__(self) -> None:
            super(highspy.Highs, self).__init__()
            self.setOptionValue("output_flag", False)

    model = Quiet()
    model.setOptionValue("threads", 1)
    model.setOptionValue("random_seed", 1)
    return model
