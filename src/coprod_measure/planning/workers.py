"""Who draws: this process, processes of this machine, or a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from coprod_measure.errors import AnalysisError, InputError, NotAvailable
from coprod_measure.planning.draws import Piece, Work, draw_piece

Done = tuple[Piece, list[dict[str, Any]]]
_ATTEMPTS = 3
_SECONDS_TO_CONNECT = 10


@dataclass(frozen=True, slots=True)
class Workers:
    """Where pieces are drawn.

    Attributes
    ----------
    processes : int
        Of this machine; 1 draws in this process.
    scheduler : str
        Address of a Dask scheduler (``tcp://host:8786``) instead.
    """

    processes: int = 1
    scheduler: str = ""

    def run(self, work: Work, pieces: Sequence[Piece], seed: int) -> Iterator[Done]:
        """Draw pieces, and give each as soon as it is there.

        Raises
        ------
        InputError
            If the scheduler cannot be reached.
        AnalysisError
            If processes die again and again.
        """
        if not pieces:
            return
        if self.scheduler:
            yield from _on_cluster(self.scheduler, work, pieces, seed)
        elif self.processes == 1:
            for piece in pieces:
                yield piece, draw_piece(work, piece, seed)
        else:
            yield from _on_processes(self.processes, work, pieces, seed)


def cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _named(work: Work, piece: Piece, seed: int) -> Done:
    return piece, draw_piece(work, piece, seed)


def _on_processes(processes: int, work: Work, pieces: Sequence[Piece], seed: int) -> Iterator[Done]:
    """Spread pieces over processes; those of a process that died are given out again."""
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    left = {piece.name: piece for piece in pieces}
    for _ in range(_ATTEMPTS):
        try:
            jobs = Parallel(n_jobs=processes, return_as="generator_unordered", pre_dispatch="2*n_jobs")
            for piece, content in jobs(delayed(_named)(work, piece, seed) for piece in list(left.values())):
                del left[piece.name]
                yield piece, content
        except TerminatedWorkerError:
            continue
        return
    raise AnalysisError(
        "processes of this machine died again and again",
        place="power",
        cure="Memory may not suffice: take fewer --processes, and --resume goes on",
        code="workers-died",
    )


def _on_cluster(address: str, work: Work, pieces: Sequence[Piece], seed: int) -> Iterator[Done]:
    """Give pieces to a Dask scheduler, which gives those of a lost worker to another."""
    distributed = _distributed()
    if not distributed:
        raise InputError(
            distributed.reason,
            place="--scheduler",
            cure='pip install "coprod-measure[cluster]"',
            code="no-dask",
        )
    try:
        client = distributed.Client(address, timeout=_SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no scheduler answers at {address}",
            place="--scheduler",
            cure="Start one with `dask scheduler`, workers with `dask worker ADDRESS`",
            code="no-scheduler",
        ) from error
    with client:
        shared = client.scatter(work, broadcast=True)
        futures = {
            client.submit(draw_piece, shared, piece, seed, pure=False, retries=_ATTEMPTS): piece
            for piece in pieces
        }
        for future, content in distributed.as_completed(list(futures), with_results=True):
            yield futures[future], content


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        return NotAvailable("the library that speaks with clusters, Dask, is not installed")
    return distributed
