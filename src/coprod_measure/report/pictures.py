"""The figures of a report as files, for formats that cannot hold them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from coprod_measure.output_files import write_whole
from coprod_measure.report.document import Document, Figure
from coprod_measure.report.figures.canvas import png_bytes


def write_pictures(document: Document, path: Path) -> dict[str, str]:
    """Write every figure as a PNG in a folder beside ``path``; figure id to address relative to ``path``."""
    addresses = {}
    for block in document.blocks():
        if isinstance(block, Figure):
            addresses[block.id] = f"{path.stem}-figures/{block.id}.png"
            write_whole(path.parent / addresses[block.id], partial(_write_bytes, png_bytes(block.drawing)))
    return addresses


def _write_bytes(data: bytes, path: Path) -> None:
    path.write_bytes(data)
