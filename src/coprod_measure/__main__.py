"""The first moment of the `coprod` command: an interrupt is one line also while its parts still load."""

from __future__ import annotations

# Not signal, which loads enum and more first: most of the time in which an interrupt was a traceback of ours.
import _signal  # type: ignore[import-not-found]
import os


def _leave(_number: int, _frame: object) -> None:
    os.write(2, b"coprod: interrupted; nothing was left half-written\n")
    os._exit(130)


def main() -> None:
    """Load the command line, then run it (see :mod:`coprod_measure.cli.app`)."""
    as_before = _signal.signal(_signal.SIGINT, _leave)
    # The engine computes on one thread: others would only spin, once more after each fork.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from coprod_measure.cli.app import main as run

    if as_before is not None:
        _signal.signal(_signal.SIGINT, as_before)
    run()


if __name__ == "__main__":
    main()
