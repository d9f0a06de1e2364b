"""Who computes many pieces of the same work: this process, processes of this machine, or a cluster."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from coprod_measure.arguments import whole_number
from coprod_measure.errors import AnalysisError, InputError, NotAvailable
from coprod_measure.output_files import write_text
from coprod_measure.provenance import is_file, sha256_of_bytes

Task = TypeVar("Task")
Result = TypeVar("Result")
_ATTEMPTS = 3
_SECONDS_TO_CONNECT = 5
# The process that watches locks tells of those that an interrupted run no longer gave back, and removes them.
_AT_AN_END = "ignore::UserWarning:joblib.externals.loky.backend.resource_tracker"


class Where(TypedDict, total=False):
    """Keywords of what is computed in pieces; see :class:`Workers`."""

    processes: int
    scheduler: str
    keep: str | Path | None


@dataclass(frozen=True, slots=True)
class Workers:
    """Where pieces are computed.

    Attributes
    ----------
    processes : int
        Of this machine; 1 computes in this process.
    scheduler : str
        Address of a Dask scheduler (``tcp://host:8786``) instead.
    keep : str, pathlib.Path or None
        Folder in which a run that was stopped goes on.

    Raises
    ------
    InputError
        If processes are no number from 1 on.

    Examples
    --------
    >>> sorted(Workers().run(abs, [-2, 1]))
    [(-2, 2), (1, 1)]
    """

    processes: int = 1
    scheduler: str = ""
    keep: str | Path | None = None

    def __post_init__(self) -> None:
        whole_number("processes", self.processes, 1)

    def folder(self, name: Callable[[], str]) -> Path | None:
        """Give the folder for pieces of one run, if any are kept; its name says all that changes a result."""
        return None if self.keep is None else Path(self.keep) / name()

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[Task, Result]]:
        """Compute a function of each task, and give each as soon as it is there, in whatever order.

        Parameters
        ----------
        function : callable
            It travels to the workers once a task: a partial of what all share.
        tasks : sequence
            Different from each other, and small.

        Raises
        ------
        InputError
            If the scheduler cannot be reached.
        AnalysisError
            If processes die again and again.
        """
        if not tasks:
            return
        if self.scheduler:
            yield from _on_cluster(self.scheduler, function, tasks)
        elif self.processes == 1:
            for task in tasks:
                yield task, function(task)
        else:
            yield from _on_processes(self.processes, function, tasks)

    def run_kept(
        self,
        function: Callable[[Task], Any],
        tasks: Sequence[Task],
        folder: Path | None,
        name: Callable[[Task], str],
        read: Callable[[Any], Result],
    ) -> Iterator[tuple[Task, Result]]:
        """Give what a folder keeps of an earlier run, then compute the rest and keep each piece at once.

        Parameters
        ----------
        function : callable
            Its results are what JSON can hold.
        folder : pathlib.Path or None
            One file a piece; None keeps nothing. Its name must say all that changes a result.
        name : callable
            From a task to a name that is good for a file.
        read : callable
            From the content to what is wanted; what it cannot read (``ValueError``, ``KeyError``,
            ``TypeError``) is computed again, as is a piece that was damaged.

        Raises
        ------
        InputError, AnalysisError, OutputError
            As :meth:`run`, or if a piece cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     first = list(Workers().run_kept(abs, [-2], Path(folder), str, int))
        ...     list(Workers().run_kept(abs, [-2, 1], Path(folder), str, int))
        [(-2, 2), (1, 1)]
        """
        stored = kept(tasks, folder, name, read)
        yield from stored.items()
        left = [task for task in tasks if task not in stored]
        for task, content in self.run(function, left):
            if folder:
                write_text(folder / f"{name(task)}.json", json.dumps([_seal(content), content]))
            yield task, read(content)


def kept(
    tasks: Sequence[Task], folder: Path | None, name: Callable[[Task], str], read: Callable[[Any], Result]
) -> dict[Task, Result]:
    """Read the pieces that are there and whole; parameters as of :meth:`Workers.run_kept`."""
    found: dict[Task, Result] = {}
    for task in tasks:
        path = folder / f"{name(task)}.json" if folder else None
        if path is not None and is_file(path):
            with suppress(ValueError, KeyError, TypeError, RecursionError):
                seal, content = json.loads(path.read_text(encoding="utf-8"))
                if seal == _seal(content):
                    found[task] = read(content)
    return found


def _seal(content: object) -> str:
    """Give what a piece must bear: a disk damages files also where they can still be read."""
    return sha256_of_bytes(json.dumps(content).encode())


def cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _with_task(function: Callable[[Task], Result], task: Task) -> tuple[Task, Result]:
    return task, function(task)


def _on_processes(
    processes: int, function: Callable[[Task], Result], tasks: Sequence[Task]
) -> Iterator[tuple[Task, Result]]:
    """Spread tasks over processes; those of a process that died are given out again."""
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    left = list(tasks)
    jobs: Any = None
    if _AT_AN_END not in (said := os.environ.get("PYTHONWARNINGS", "")):
        os.environ["PYTHONWARNINGS"] = f"{said},{_AT_AN_END}".strip(",")
    for _ in range(_ATTEMPTS):
        try:
            jobs = Parallel(n_jobs=processes, return_as="generator_unordered", pre_dispatch="2*n_jobs")
            for task, result in jobs(delayed(_with_task)(function, task) for task in list(left)):
                left.remove(task)
                yield task, result
        except TerminatedWorkerError:
            continue
        except (KeyboardInterrupt, GeneratorExit):
            get_reusable_executor().shutdown(wait=True, kill_workers=True)
            jobs = None
            gc.collect()  # else their locks are found left over when this process ends
            raise
        return
    raise AnalysisError(
        "processes of this machine died again and again",
        place="workers",
        cure="Memory may not suffice: take fewer --processes; where there is --resume, it goes on",
        code="workers-died",
    )


def _on_cluster(
    address: str, function: Callable[[Task], Result], tasks: Sequence[Task]
) -> Iterator[tuple[Task, Result]]:
    """Give tasks to a Dask scheduler, which gives those of a lost worker to another."""
    distributed = _distributed()
    if isinstance(distributed, NotAvailable):
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
        shared = client.scatter(function, broadcast=True)
        futures = {
            client.submit(_called, shared, task, pure=False, retries=_ATTEMPTS): task for task in tasks
        }
        for future, result in distributed.as_completed(list(futures), with_results=True):
            yield futures[future], result


def _called(function: Callable[[Task], Result], task: Task) -> Result:
    return function(task)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        return NotAvailable("the library that speaks with clusters, Dask, is not installed")
    return distributed
