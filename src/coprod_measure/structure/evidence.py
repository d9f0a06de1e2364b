"""What every kind of hypothesis test is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isnan, nan, sqrt
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from coprod_measure.fitting.draws import Draws
from coprod_measure.structure.controls import NO_CONTROLS, Controls
from coprod_measure.structure.variables import Variable
from coprod_measure.yaml_files import FileModel

if TYPE_CHECKING:
    from coprod_measure.fitting.options import FitOptions
    from coprod_measure.measurement.battery import MeasurementResults
    from coprod_measure.responses.dataset import Responses
    from coprod_measure.structure.structural_fit import StructuralFit
    from coprod_measure.theory.definition import Hypothesis, Theory

BETA = "beta"
"""Measure of an effect that is a standardised slope; others have names of their own."""

CORRELATION, COHENS_D = "correlation", "cohens_d"
STANDARDISED = (BETA, CORRELATION, COHENS_D)
"""Measures that a smallest effect of interest can be held against."""

LARGEST_BETA = 1.0
"""Standardised slopes beyond it exist only where causes are almost the same (Joereskog 1999), or by fault."""

FEWEST_PEOPLE = 20
"""Respondents below which nothing is tested."""

Agreement = Literal["agrees", "against", "not shown"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is as it is: a code, and what belongs into its sentence (:mod:`.wording`)."""

    code: str
    fields: Mapping[str, Any] = field(default_factory=dict)


class KindOptions(FileModel):
    """Options of a kind in a study file, ``structure: {<kind>: {...}}``; each kind derives its own."""


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Context:
    """What a kind may look at.

    Attributes
    ----------
    clean : Responses
        Clean answers, items keyed. While a study is only checked there are items and waves and no answers.
    fit : FitOptions or None
        Checked options of every model; None while a study is only checked.
    method : {"auto", "sem", "sam", "pls"}
        How structural models are fitted (:class:`.options.TestingOptions`).
    intervals : {"monte_carlo", "bootstrap"}
        Where intervals of paths and indirect effects come from.
    level : float
        Significance level.
    measurement : MeasurementResults or None
        What the room before found, where it is at hand.
    options : mapping
        Kind to its options, where the study names any.
    controls : Controls
        What is held constant by kinds that take controls.
    progress : callable
        Called with a few words by kinds that take long.
    verdicts_only : bool
        Whether what only stands beside the verdicts is left out, as where thousands of samples are judged.
    """

    theory: Theory
    clean: Responses
    fit: FitOptions | None = None
    method: str = "auto"
    intervals: str = "monte_carlo"
    draws: Draws = field(default_factory=lambda: Draws(5000))
    level: float = 0.05
    measurement: MeasurementResults | None = None
    options: Mapping[str, KindOptions] = field(default_factory=dict)
    controls: Controls = NO_CONTROLS
    progress: Callable[[str], None] = _silent
    verdicts_only: bool = False

    @property
    def waves(self) -> int:
        """Number of waves in the answers."""
        return self.clean.waves

    def held(
        self, outcome: str, frame: pd.DataFrame, variables: Iterable[Variable]
    ) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """Add what is held constant for an outcome, but items of the ``variables`` that are in the model."""
        names = self.controls.of(outcome, frame.index, [item for one in variables for item in one.items])
        return (frame.join(self.controls.columns(names, frame.index)) if names else frame), names

    def without_controls(self) -> tuple[Reason, ...]:
        """Say that a test holds no controls constant though the study names some."""
        named = tuple(dict.fromkeys(one.source for one in self.controls.coded))
        return (Reason("no_controls", {"controls": named}),) if named else ()

    def of_independent_rows(self) -> tuple[Context, tuple[Reason, ...]]:
        """Look at one row a person, all of one weight, and say which part of the design that leaves out."""
        columns = {"weights": "weight", "cluster": "cluster"}
        named = tuple(name for name, column in columns.items() if column in self.clean.about)
        clean = self.clean.without(*columns.values()).one_row_a_person()[0]
        told = (Reason("design_left_out", {"named": named}),) if named else ()
        return replace(self, clean=clean), told


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the data say to one single claim of a hypothesis.

    Attributes
    ----------
    source, via, target : str, tuple of tuple of str, str
        Ids; each step of ``via`` holds the mediators side by side.
    sources, targets : tuple of str
        What ``source`` and ``target`` stand for, where that is several constructs together.
    expected : int
        Claimed sign: 1, -1, or 0 for none.
    measure : str
        What ``estimate`` is: :data:`BETA`, ``"delta_r2"``, ``"correlation"`` and so on.
    model : str
        What it was estimated by, where a kind has several: ``"linear"``, ``"logistic"``.
    respondents : str
        The condition that chose them; ``"all"`` for everybody.
    estimate, se, std : float
        In its own unit; ``std`` only where it is a standardised slope.
    ci_lower, ci_upper : float
        Of ``std`` where there is one, else of ``estimate``.
    pvalue : float
        NaN for a kind that has none.
    direction : int
        1 as claimed, -1 the other way. Without a p value the kind itself judges: 0 means not shown.
    """

    hypothesis: str
    source: str
    target: str = ""
    via: tuple[tuple[str, ...], ...] = ()
    expected: int = 0
    measure: str = BETA
    model: str = ""
    respondents: str = "all"
    n: int
    estimate: float
    se: float = nan
    std: float = nan
    ci_lower: float = nan
    ci_upper: float = nan
    pvalue: float = nan
    direction: int
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a kind says to one hypothesis; the verdict is made of it in :mod:`.verdicts`.

    Attributes
    ----------
    estimate, std, ci_lower, ci_upper, pvalue, direction
        As in :class:`Finding`, of the hypothesis as a whole; signs as estimated, but turned so that positive
        means as expected where its claims differ in sign.
    inner : tuple of float
        Interval of coverage ``1 - 2 * level`` of ``std``, for equivalence; empty where there is none.
    findings : tuple of Finding
        At least one.
    reasons : tuple of Reason
        What the verdict rests on, beside the counts that are made of the findings.
    tables : mapping
        Name to a frame, for the report of the kind.
    """

    hypothesis: str
    kind: str
    measure: str = BETA
    estimate: float
    std: float = nan
    ci_lower: float = nan
    ci_upper: float = nan
    pvalue: float = nan
    direction: int
    inner: tuple[float, ...] = ()
    findings: tuple[Finding, ...]
    reasons: tuple[Reason, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def by_weakest(
    kind: str,
    findings: Sequence[Finding],
    level: float,
    *,
    reasons: Sequence[Reason] = (),
    tables: Mapping[str, pd.DataFrame] | None = None,
    beside: Sequence[Finding] = (),
) -> Evidence:
    """Judge a hypothesis by its least certain claim: all of them must hold.

    Parameters
    ----------
    findings : sequence of Finding
        Each with a p value; where that could not be computed the claim is not shown.
    level : float
        Of the interval for equivalence.
    beside : sequence of Finding
        Judged by their direction alone, after the others.

    Notes
    -----
    An intersection-union test: the largest p value is a valid one (Berger 1982, Technometrics 24, 295-300).
    That one of several claims goes the other way is a pick of the smallest: its p value is adjusted (Holm).
    """
    from coprod_measure.estimation.inference.multiple_tests import adjusted

    own = tuple(replace(one, direction=0) if isnan(one.pvalue) else one for one in findings)
    surely = adjusted([one.pvalue for one in own], "holm")
    weakest, sure = max(zip(own, surely, strict=True), key=lambda pair: _doubt(pair[0]))
    pvalue = sure if weakest.direction < 0 else weakest.pvalue
    return Evidence(
        hypothesis=weakest.hypothesis, kind=kind, measure=weakest.measure, estimate=weakest.estimate,
        std=weakest.std, ci_lower=weakest.ci_lower, ci_upper=weakest.ci_upper, pvalue=pvalue,
        direction=weakest.direction, inner=_inner(own, level), findings=(*own, *beside),
        reasons=tuple(reasons), tables=tables or {},
    )  # fmt: skip


def _doubt(one: Finding) -> float:
    if isnan(one.pvalue):
        return inf
    return one.pvalue if one.direction > 0 else 2.0 - one.pvalue


def _inner(findings: Sequence[Finding], level: float) -> tuple[float, ...]:
    """Interval that holds all claims' own of coverage ``1 - 2 * level``; of slopes and correlations only.

    Differences of means count as the correlation with membership of two groups of one size, ``d / 2`` where
    they are small (Cohen 1988, Statistical power analysis for the behavioral sciences, p. 23).
    """
    from scipy.stats import norm

    ends: list[float] = []
    for one in findings:
        centre = one.std if one.measure == BETA else one.estimate
        if one.measure not in STANDARDISED or isnan(centre) or isnan(one.ci_upper - one.ci_lower):
            return ()
        half = (one.ci_upper - one.ci_lower) / 2.0 * float(norm.isf(level) / norm.isf(0.025))
        both = (centre - half, centre + half)
        ends += [end / sqrt(end * end + 4.0) if one.measure == COHENS_D else end for end in both]
    return (min(ends), max(ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class KindResult:
    """What a kind found for all hypotheses that were given to it.

    Attributes
    ----------
    failed : mapping
        Hypotheses that could not be tested after all, to the reason.
    models : tuple of StructuralFit
        Structural models that were fitted for them.
    paths : tuple of pandas.DataFrame
        Every regression that was estimated (:data:`.structural_fit.PATH_COLUMNS`).
    """

    evidence: tuple[Evidence, ...]
    failed: Mapping[str, Reason] = field(default_factory=dict)
    models: tuple[StructuralFit, ...] = ()
    paths: tuple[pd.DataFrame, ...] = ()


Beside = tuple[Mapping[str, pd.DataFrame], tuple[Reason, ...]]


def _on_no_side(_: Hypothesis, __: Context) -> Collection[str]:
    return ()


def _never(_: Hypothesis, __: Context) -> Reason | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of hypothesis test, as its module offers it to the table in :mod:`.kinds`.

    Attributes
    ----------
    name : str
        Of its module, of its options in a study file and of its page in the report.
    levels : tuple of str
        Levels of the theory file that it tests.
    run : callable
        Tests hypotheses that :attr:`why_not` let pass.
    why_not : callable
        Why these data cannot test a hypothesis, from items, groups, waves and design; nothing is fitted.
    recognises : callable or None
        Chooses hypotheses by more than their level; None: by level alone.
    words : mapping
        Code of a :class:`Reason` of its own to a sentence with the reason's fields in braces.
    takes_clusters : bool
        Whether it takes all rows of people who have several, and their clustering into account. Other kinds
        are given one row a person.
    design : tuple of str
        Which of ``"weights"`` and ``"cluster"``, named in the study, its estimates and errors know of. Of the
        others it is given none.
    missing : {"study", "complete", "given"}
        Whether its main test takes missing answers as the study says, rests on those who answered all that
        a hypothesis names (a scale mean takes half of its questions), or takes all that anybody answered.
    together : callable or None
        Sets of constructs that the same people must have answered; None: of a kind that rests on complete
        answers all that a hypothesis names, an outcome at a time, else none.
    over_waves : bool
        Whether it relates earlier causes to later effects, the earlier effect held constant. A hypothesis
        that needs waves is tested by such a kind only, never from rows of the same wave.
    takes_controls : bool
        Whether it holds the controls of the study constant; of others that is said.
    takes_names : callable
        Sides of a hypothesis (``"source"``, ``"mediator"``, ``"target"``, ``"moderator"``, ``"versus"``) on
        which a question whose options have no order is taken for what it is: groups, or a choice. On others
        answers are amounts, and such codes would be taken for such: they are refused.
    item_by_item : bool
        Whether several such questions on one construct are taken there too, never by a mean of their codes.
    beside : callable or None
        What it adds to hypotheses that another kind tests, where its options ask for that: id to tables and
        reasons.
    """

    name: str
    levels: tuple[str, ...]
    run: Callable[[Sequence[Hypothesis], Context], KindResult]
    why_not: Callable[[Hypothesis, Context], Reason | None] = _never
    recognises: Callable[[Hypothesis, Context], bool] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    takes_clusters: bool = False
    design: tuple[str, ...] = ()
    missing: Literal["study", "complete", "given"] = "complete"
    together: Callable[[Hypothesis, Context], Iterable[Iterable[str]]] | None = None
    over_waves: bool = False
    takes_controls: bool = False
    takes_names: Callable[[Hypothesis, Context], Collection[str]] = _on_no_side
    item_by_item: bool = False
    beside: Callable[[Sequence[Hypothesis], Context], Mapping[str, Beside]] | None = None
    options: type[KindOptions] = KindOptions

    def takes(self, hypothesis: Hypothesis, context: Context) -> bool:
        """Whether a hypothesis is of this kind."""
        if self.recognises is not None:
            return self.recognises(hypothesis, context)
        return hypothesis.level in self.levels


def as_claimed(estimate: float, expected: int) -> int:
    """Direction of an effect: 1 for the claimed sign, and for any where none is claimed; else -1.

    Examples
    --------
    >>> as_claimed(-0.3, -1), as_claimed(-0.3, 1), as_claimed(-0.3, 0)
    (1, -1, 1)
    """
    return 1 if not expected or estimate * expected > 0 else -1


def agreement(direction: int, pvalue: float, level: float) -> Agreement:
    """Say whether a claim is shown: by its p value (adjusted) and direction, or by direction alone.

    Examples
    --------
    >>> agreement(1, 0.02, 0.05), agreement(-1, 0.02, 0.05), agreement(1, 0.2, 0.05)
    ('agrees', 'against', 'not shown')
    """
    if direction == 0 or (not isnan(pvalue) and pvalue >= level):
        return "not shown"
    return "agrees" if direction > 0 else "against"
