"""What can go wrong, one kind a room: every error says where, what, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from traceback import format_exc

from coprod_measure.plain_text import visible

# Letters of a word in an error: longer than any path that a message names.
_LONG = 600


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    Attributes
    ----------
    place : str
        Where: ``"study.yaml:12:3"``, ``"export.csv, row 7, column Q3"``, ``"model, line 2, column 5"``.
    cause : str
        What is wrong, in plain words and without a final full stop.
    cure : str
        What the user can do about it.
    code : str
        A short stable name of the kind of problem, for scripts and tests (``"unknown-construct"``).
    """

    place: str
    cause: str
    cure: str
    code: str = ""

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        cure = f". {self.cure}" if self.cure else ""
        return visible(" ".join(map(_short, f"{place}{self.cause}{cure}".split())))


def _short(word: str) -> str:
    """Of a name that nobody can read, its beginning and end."""
    return word if len(word) <= _LONG else f"{word[: _LONG // 2]}...{word[-20:]}"


class CoprodError(Exception):
    """Base of all errors that this project raises on purpose."""

    exit_code = 1

    def __init__(self, cause: str, *, place: str = "", cure: str = "", code: str = "") -> None:
        super().__init__(cause)
        self.problems: tuple[Problem, ...] = (Problem(place, cause, cure, code),)

    @classmethod
    def from_problems(cls, problems: Iterable[Problem]) -> CoprodError:
        """Build one error from all problems of an input (at least one)."""
        found = tuple(problems)
        error = cls(found[0].cause)
        error.problems = found
        return error

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        return "\n".join([f"{len(self.problems)} problems", *(f"  {problem}" for problem in self.problems)])

    @property
    def in_one_line(self) -> str:
        """All problems in one sentence: those that differ by their place alone are told together.

        Examples
        --------
        >>> problems = [Problem(f"variable x{k}", "is constant", "Drop it") for k in (1, 2, 3)]
        >>> InputError.from_problems(problems).in_one_line
        'variable x1, variable x2, variable x3: is constant. Drop it'
        """
        together: dict[tuple[str, str], list[str]] = {}
        for one in self.problems:
            together.setdefault((one.cause, one.cure), []).append(one.place)
        told = [
            str(Problem(", ".join(filter(None, places)), cause, cure))
            for (cause, cure), places in together.items()
        ]
        return "; ".join(told)


class Message(str):
    """What an analysis has to say of its result: plain words, the code of their kind, what they are about.

    Examples
    --------
    >>> said = Message("nobody answered it", code="empty", about="trust")
    >>> said.code, said.about, said.words, str(said)
    ('empty', 'trust', 'nobody answered it', 'trust: nobody answered it')
    """

    __slots__ = ("about", "code", "words")
    code: str
    about: str
    words: str

    def __new__(cls, text: str, code: str = "", about: str = "") -> Message:
        """Build text that knows its code and the item, construct or parameter that it names."""
        said = super().__new__(cls, f"{about}: {text}" if about else text)
        said.code, said.about, said.words = code, about, text
        return said

    def __reduce__(self) -> tuple[type[Message], tuple[str, str, str]]:
        """Travel to another process whole."""
        return Message, (self.words, self.code, self.about)


class CoprodWarning(UserWarning):
    """Something that a person should look at before using a result; nothing was changed because of it."""

    def __str__(self) -> str:
        return visible(super().__str__())


class InputError(CoprodError):
    """The input has problems; nothing was computed (exit code 1)."""


class AnalysisError(CoprodError):
    """The input is well formed but the analysis cannot be done (exit code 3)."""

    exit_code = 3


class TheoryError(InputError):
    """A theory file is wrong."""


class InstrumentError(InputError):
    """An instrument file is wrong."""


class ResponsesError(InputError):
    """An export or a cleaning rule is wrong."""


class StudyError(InputError):
    """A study file is wrong, or a room's record is missing."""


class ModelError(InputError):
    """A model's text or options are wrong."""


class DataError(InputError):
    """Data handed to an analysis are unusable for it."""


class EstimationError(AnalysisError):
    """A model cannot be estimated from these data."""


class MeasurementError(AnalysisError):
    """A coefficient cannot be computed from these items."""


class SimulationError(AnalysisError):
    """A population or a power study cannot be simulated."""


class OutputError(InputError):
    """A result cannot be written where it should be."""


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """A value that does not exist, with the reason why.

    Used wherever a number would be misleading or cannot be computed; never a silent NaN.
    """

    reason: str

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return f"not available: {self.reason}"


@dataclass(frozen=True, slots=True)
class Fault(NotAvailable):
    """A value that a fault of the program stopped, with the traceback for whoever mends it."""

    traceback: str = ""


def fault_of(error: Exception) -> Fault:
    """Tell a fault in one line, with its traceback (call it where the error is handled)."""
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return Fault(f"its computation failed ({words}), which is a fault of this program", format_exc())


def counted(number: int, singular: str, plural: str = "") -> str:
    """Give a number its noun: ``1 item``, ``3 items``.

    Examples
    --------
    >>> counted(1, "row"), counted(2, "person is", "people are")
    ('1 row', '2 people are')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
