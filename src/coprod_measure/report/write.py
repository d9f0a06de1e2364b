"""Put a report into files, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from coprod_measure.errors import OutputError
from coprod_measure.output_files import write_text, write_whole
from coprod_measure.report.document import Document, Figure
from coprod_measure.yaml_files import did_you_mean

if TYPE_CHECKING:
    from coprod_measure.study.results import StudyResults

Writer = Callable[[Document, Path], tuple[Path, ...]]


def write_report(
    results: StudyResults, out: str | Path, *, formats: Sequence[str] = ("html",)
) -> tuple[Path, ...]:
    """Write the report of a study.

    Parameters
    ----------
    results : StudyResults
        From :func:`coprod_measure.run_study`.
    out : str or pathlib.Path
        Folder for the files; it is created. Nothing is written outside of it.
    formats : sequence of str
        ``"html"`` (one self-contained page), ``"md"``, ``"tex"``, ``"docx"``, ``"xlsx"`` (tables) or
        ``"json"``.

    Returns
    -------
    tuple of pathlib.Path
        What was written, one report file a format, in the order asked for; then the pictures of Markdown
        and LaTeX.

    Raises
    ------
    OutputError
        If a format is unknown or a file cannot be written.
    """
    from coprod_measure.report.compose import compose

    _require_known(formats)
    return write_document(compose(results), Path(out), results.study.id, formats)


def write_document(
    document: Document, out: Path, name: str, formats: Sequence[str] = ("html",)
) -> tuple[Path, ...]:
    """Write a document as ``<out>/<name>-report.<format>``; see :func:`write_report`."""
    _require_known(formats)
    written = [_WRITERS[form](document, out / f"{name}-report.{form}") for form in dict.fromkeys(formats)]
    return (*(paths[0] for paths in written), *(path for paths in written for path in paths[1:]))


def _html(document: Document, path: Path) -> tuple[Path, ...]:
    from coprod_measure.report.as_html import as_html

    write_text(path, as_html(document))
    return (path,)


def _markdown(document: Document, path: Path) -> tuple[Path, ...]:
    from coprod_measure.report.as_markdown import as_markdown

    pictures = _pictures(document, path)
    write_text(path, as_markdown(document, pictures))
    return (path, *(path.parent / address for address in pictures.values()))


def _latex(document: Document, path: Path) -> tuple[Path, ...]:
    from coprod_measure.report.as_latex import as_latex

    pictures = _pictures(document, path)
    write_text(path, as_latex(document, pictures))
    return (path, *(path.parent / address for address in pictures.values()))


def _pictures(document: Document, path: Path) -> dict[str, str]:
    """Write every figure as a PNG in a folder beside ``path``; figure id to address relative to ``path``."""
    from coprod_measure.report.figures.canvas import png_bytes

    addresses = {}
    for block in document.blocks():
        if isinstance(block, Figure):
            addresses[block.id] = f"{path.stem}-figures/{block.id}.png"
            write_whole(path.parent / addresses[block.id], partial(_write_bytes, png_bytes(block.drawing)))
    return addresses


def _word(document: Document, path: Path) -> tuple[Path, ...]:
    from coprod_measure.report.as_word import write_word

    write_whole(path, lambda temporary: write_word(document, temporary))
    return (path,)


def _excel(document: Document, path: Path) -> tuple[Path, ...]:
    from coprod_measure.report.as_excel import write_excel

    write_whole(path, lambda temporary: write_excel(document, temporary))
    return (path,)


def _json(document: Document, path: Path) -> tuple[Path, ...]:
    from coprod_measure.report.as_json import as_json

    write_text(path, as_json(document))
    return (path,)


def _write_bytes(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def _require_known(formats: Sequence[str]) -> None:
    for form in formats:
        if form not in _WRITERS:
            raise OutputError(
                f"there is no report format {form!r}",
                place="formats",
                cure=did_you_mean(form, _WRITERS),
                code="unknown-format",
            )


_WRITERS: dict[str, Writer] = {
    "html": _html,
    "md": _markdown,
    "tex": _latex,
    "docx": _word,
    "xlsx": _excel,
    "json": _json,
}
