"""Pieces of a run: what is on disk stays, what is missing is computed, wherever there are workers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from coprod_measure.planning.draws import PIECE, Condition, Drawn, Piece, Work, draw_piece
from coprod_measure.workers import Workers, kept


@dataclass(slots=True)
class Pieces:
    """The draws of one run.

    Attributes
    ----------
    folder : pathlib.Path or None
        Where finished pieces are kept, one file each; None: nowhere.
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
        self.done |= kept(pieces, self.folder, _name, _read)
        missing = [piece for piece in pieces if piece not in self.done]
        total = sum(len(own) for own in self.done.values()) + sum(piece.count for piece in missing)
        drawn = self.workers.run_kept(
            partial(draw_piece, work, self.seed), missing, self.folder, _name, _read
        )
        for piece, own in drawn:
            self.done[piece] = own
            self.say(sum(len(one) for one in self.done.values()), total)

    def number_of(self, condition: Condition) -> int:
        """Count the draws of a condition."""
        return sum(len(own) for piece, own in self.done.items() if piece.condition == condition)

    def of(self, condition: Condition) -> list[Drawn]:
        """Give the draws of a condition, in the order of their seeds."""
        found = [one for piece, own in self.done.items() if piece.condition == condition for one in own]
        return sorted(found, key=lambda one: one.replicate)


def _name(piece: Piece) -> str:
    return piece.name


def _read(content: Iterable[dict[str, Any]]) -> list[Drawn]:
    return [Drawn.of_dict(one) for one in content]
