"""The first moment of the `coprod` command: an interrupt is one line also while its parts still load."""

from __future__ import annotations

import os
import signal
from types import FrameType


def _leave(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"coprod: interrupted; nothing was left half-written\n")
    os._exit(130)


def main() -> None:
    """Load the command line, then run it (see :mod:`coprod_measure.cli.app`)."""
    as_before = signal.signal(signal.SIGINT, _leave)
    from coprod_measure.cli.app import main as run

    if as_before is not None:
        signal.signal(signal.SIGINT, as_before)
    run()


if __name__ == "__main__":
    main()
