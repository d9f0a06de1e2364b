"""Pages of the reference that a benchmark writes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def write_or_print(page: Callable[[float], str], path: Path) -> None:
    """Write a page, or with ``--share`` print one of that share of the samples."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0)
    share = parser.parse_args().share
    text = page(share)
    if share < 1:
        print(text)
    else:
        path.write_text(text, encoding="utf-8")
