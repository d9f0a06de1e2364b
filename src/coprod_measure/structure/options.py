"""How hypotheses are tested and judged: every choice, checked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, get_args

from coprod_measure.arguments import names_of, unknown_options
from coprod_measure.errors import InputError, Problem
from coprod_measure.structure.controls import by_outcome

Adjust = Literal["holm", "benjamini_hochberg", "none"]
Method = Literal["auto", "sem", "sam", "pls"]
Intervals = Literal["monte_carlo", "bootstrap"]


class TestingKeywords(TypedDict, total=False):
    """Keywords of :func:`~coprod_measure.test_hypotheses`; see :class:`TestingOptions`."""

    estimator: str
    missing: str
    method: str
    intervals: str
    draws: int
    level: float
    seed: int
    adjust: str
    families: Mapping[str, Sequence[str]]
    smallest_effect: float | None
    controls: Sequence[str] | Mapping[str, Sequence[str]]
    kinds: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class TestingOptions:
    """How hypotheses are tested and judged.

    Attributes
    ----------
    estimator, missing : str
        As in :func:`coprod_measure.sem`.
    method : {"auto", "sem", "sam", "pls"}
        Structural models in one step, or structural after measurement; auto: in two steps beyond 30
        constructs. pls: paths by consistent partial least squares, with ``draws`` bootstrap draws; other
        kinds of test keep their models.
    intervals : {"monte_carlo", "bootstrap"}
        Of paths and indirect effects: draws from the sampling distribution of the estimates, or models in one
        step fitted again to people drawn with replacement; what only stands beside a verdict left out, none.
    draws, seed : int
        Draws for the intervals, and their seed.
    level : float
        Significance level of the verdicts.
    adjust : {"holm", "benjamini_hochberg", "none"}
        How p values are adjusted for the number of hypotheses.
    families : mapping
        Name to hypotheses that are adjusted together; those in no family are one more. Empty: all together.
    smallest_effect : float or None
        Standardised effects below it count as negligible; None: nothing is tested for being negligible.
    controls : mapping
        Outcome, or ``"all"``, to the items and kept columns that are held constant in its equations; a
        sequence of names means all outcomes. What was found without them stands beside.
    kinds : mapping
        Kind of test to its options, as in ``structure: {<kind>: {...}}`` of a study file.
    """

    estimator: str = "ML"
    missing: str = "fiml"
    method: Method = "auto"
    intervals: Intervals = "monte_carlo"
    draws: int = 5000
    level: float = 0.05
    seed: int = 1
    adjust: Adjust = "holm"
    families: Mapping[str, Sequence[str]] = field(default_factory=dict)
    smallest_effect: float | None = None
    controls: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def testing_options(keywords: Mapping[str, Any]) -> TestingOptions:
    """Check keywords and build the record.

    Raises
    ------
    InputError
        All unknown options and wrong values at once.
    """
    known = names_of(TestingOptions)
    problems = unknown_options(keywords, known)
    given = {**keywords, "controls": by_outcome(keywords.get("controls", {}))}
    options = TestingOptions(**{name: value for name, value in given.items() if name in known})
    smallest = options.smallest_effect
    in_two = [id_ for own in options.families.values() for id_ in own]
    rules = (
        (options.method not in get_args(Method), "method", f"Use one of {', '.join(get_args(Method))}"),
        (
            options.method == "sam" and options.estimator.upper() not in ("ML", "MLR"),
            "estimator",
            "Both steps of sam are by maximum likelihood: use ML or MLR",
        ),
        (options.intervals not in get_args(Intervals), "intervals", "Use monte_carlo or bootstrap"),
        (
            options.intervals == "bootstrap" and options.method == "sam",
            "intervals",
            "Models in two steps have no bootstrap: use monte_carlo, or method: sem",
        ),
        (options.adjust not in get_args(Adjust), "adjust", f"Use one of {', '.join(get_args(Adjust))}"),
        (not 0 < options.level < 0.5, "level", "Use a number between 0 and .5, such as .05"),
        (smallest is not None and not smallest > 0, "smallest_effect", "Use a number above 0, such as .1"),
        (len(in_two) > len(set(in_two)), "families", "Name each hypothesis in one family only"),
    )
    problems += [
        Problem(f"option {name}", f"{getattr(options, name)!r} cannot be used", cure, "unknown-choice")
        for wrong, name, cure in rules
        if wrong
    ]
    if problems:
        raise InputError.from_problems(problems)
    return options
