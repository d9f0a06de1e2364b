"""Pieces of a run: what is on disk stays, what is missing is computed, wherever there are workers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from coprod_measure.output_files import write_text
from coprod_measure.planning.draws import PIECE, Condition, Drawn, Piece, Work, draw_piece
from coprod_measure.provenance import is_file
from coprod_measure.workers import Workers


@dataclass(slots=True)
class Pieces:
    """The draws of one run.

    Attributes
    ----------
    folder : pathlib.Path or None
        Where finished pieces are kept, one file each; None: nowhere.
    seed : int
    workers : Workers
    say : callable
        Called with the number of draws done and wanted.
    """

    folder: Path | None
    seed: int
    workers: Workers
    say: Callable[[int, int], None]
    done: dict[Piece, list[Drawn]]

    @classmethod
    def open(
        cls,
        folder: Path | None,
        seed: int,
        workers: Workers,
        say: Callable[[int, int], None],
        *,
        resume: bool,
    ) -> Pieces:
        """Begin, with what an interrupted run left (``resume``), or afresh."""
        if folder is not None and folder.is_dir() and not resume:
            shutil.rmtree(folder)
        return cls(folder, seed, workers, say, {})

    def draw(self, work: Work, wanted: Mapping[Condition, int]) -> None:
        """Draw until every condition has as many draws as wanted."""
        pieces = [
            Piece(condition, first, min(PIECE, number - first))
            for condition, number in wanted.items()
            for first in range(self.number_of(condition), number, PIECE)
        ]
        # All conditions advance together: what is kept when a run is stopped tells something of each.
        pieces.sort(key=lambda piece: piece.first)
        missing = list(self._missing(pieces))
        total = sum(len(own) for own in self.done.values()) + sum(piece.count for piece in missing)
        for piece, content in self.workers.run(partial(draw_piece, work, self.seed), missing):
            if self.folder is not None:
                write_text(self.folder / f"{piece.name}.json", json.dumps(content))
            self.done[piece] = [Drawn.of_dict(one) for one in content]
            self.say(sum(len(own) for own in self.done.values()), total)

    def number_of(self, condition: Condition) -> int:
        """Count the draws of a condition."""
        return sum(len(own) for piece, own in self.done.items() if piece.condition == condition)

    def of(self, condition: Condition) -> list[Drawn]:
        """Give the draws of a condition, in the order of their seeds."""
        found = [one for piece, own in self.done.items() if piece.condition == condition for one in own]
        return sorted(found, key=lambda one: one.replicate)

    def _missing(self, pieces: Sequence[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            stored = self._stored(piece)
            if stored is None:
                yield piece
            else:
                self.done[piece] = stored

    def _stored(self, piece: Piece) -> list[Drawn] | None:
        path = self.folder / f"{piece.name}.json" if self.folder else None
        if path is None or not is_file(path):
            return None
        try:
            content: Iterable[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
            return [Drawn.of_dict(one) for one in content]
        except (ValueError, KeyError, TypeError):
            return None  # a damaged piece is drawn again
