"""Recompute every stored reference value: run each ``case.R`` with R, in its own folder.

``python tests/reference/regenerate.py [WORD ...]`` runs the cases whose folder name contains a word; without
words, all of them. The tests read the stored files and never need R.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def cases(words: list[str]) -> list[Path]:
    """Folders that hold a ``case.R``, in order of name."""
    found = sorted(script.parent for script in HERE.glob("*/case.R"))
    return [folder for folder in found if not words or any(word in folder.name for word in words)]


def main(words: list[str]) -> int:
    """Run the chosen cases; the exit code is the number of failures, at most 125."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        sys.stderr.write(
            "Rscript is not on the path: install R with lavaan, psych, semTools and jsonlite to recompute.\n"
        )
        return 1
    failed = []
    for folder in cases(words):
        done = subprocess.run([rscript, "case.R"], cwd=folder, capture_output=True, text=True, check=False)
        sys.stdout.write(f"{'ok' if done.returncode == 0 else 'FAILED':7s}{folder.name}\n")
        if done.returncode:
            failed.append(folder.name)
            sys.stderr.write(done.stderr)
    return min(len(failed), 125)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
