"""The figures of a report as files, for formats that cannot hold them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

from coprod_measure.output_files import write_whole
from coprod_measure.report.document import Document, Figure
from coprod_measure.report.figures.canvas import pdf_bytes, png_bytes

_DRAW = {"png": png_bytes, "pdf": pdf_bytes}


def write_pictures(document: Document, path: Path, kind: Literal["png", "pdf"] = "png") -> dict[str, str]:
    """Write every figure into a folder beside ``path``; figure id to address relative to ``path``."""
    addresses = {}
    for block in document.blocks():
        if isinstance(block, Figure):
            addresses[block.id] = f"{path.stem}-figures/{block.id}.{kind}"
            write_whole(path.parent / addresses[block.id], partial(_write_bytes, _DRAW[kind](block.drawing)))
    return addresses


def _write_bytes(data: bytes, path: Path) -> None:
    path.write_bytes(data)
