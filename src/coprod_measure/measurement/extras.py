"""Parts of the measurement that cost minutes or answer a special question: computed only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TypeVar, get_args

import numpy as np

from coprod_measure.errors import CoprodError, MeasurementError, NotAvailable
from coprod_measure.measurement.choices import Extra
from coprod_measure.measurement.factors.confirmatory import Confirmatory, confirmatory
from coprod_measure.measurement.factors.esem import Esem, esem
from coprod_measure.measurement.factors.stage_blocks import StageBlocks, confirmatory_blocks
from coprod_measure.measurement.invariance.alignment import Alignment, alignment
from coprod_measure.measurement.invariance.groups import Invariance, invariance
from coprod_measure.measurement.invariance.permutation import PermutationTest, permutation_test
from coprod_measure.measurement.invariance.waves import wave_invariance, waves_of
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.method.bias import MethodBias, method_bias
from coprod_measure.measurement.method.marker import MarkerLadder, marker_ladder
from coprod_measure.measurement.reliability.intervals import ReliabilityIntervals, reliability_intervals
from coprod_measure.measurement.reliability.item_information import ItemInformation, item_information
from coprod_measure.measurement.reliability.ordinal import OrdinalReliability, ordinal_reliability
from coprod_measure.measurement.reliability.retest import Retest, retest
from coprod_measure.measurement.scores.respondents import ScoresByMethod, every_score, scores
from coprod_measure.measurement.validity.discriminant_tests import DiscriminantTests, discriminant_tests
from coprod_measure.measurement.validity.htmt import Htmt, htmt
from coprod_measure.measurement.validity.theory_structures import TheoryStructures, theory_structures
from coprod_measure.responses.dataset import Responses

Result = TypeVar("Result")
Progress = Callable[[str], None]

EXTRAS: tuple[Extra, ...] = get_args(Extra)


@dataclass(frozen=True, slots=True)
class ExtraOptions:
    """What the further parts need to know.

    Attributes
    ----------
    groups : tuple of str
        Columns whose values are compared.
    estimator, missing : str
        Of the models.
    structure : str
        Regressions among the constructs in model syntax, to see what method variance does to them.
    criteria : mapping
        Composite to the item that asks for the whole of it.
    draws : int
        Bootstrap draws of the variants of HTMT and of the coefficients of reliability.
    permutations : int
        Of the groups.
    collapse_empty_categories : bool
        Of ordered answers, over groups.
    seed : int
    """

    groups: tuple[str, ...] = ()
    estimator: str = "ML"
    missing: str = "listwise"
    structure: str = ""
    criteria: Mapping[str, str] = field(default_factory=dict)
    draws: int = 500
    permutations: int = 200
    collapse_empty_categories: bool = False
    seed: int = 1

    @property
    def missing_ordered(self) -> str:
        """How models of ordered answers treat missing ones: they have no likelihood of whole respondents."""
        return "listwise" if self.missing == "listwise" else "pairwise"


@dataclass(frozen=True, slots=True)
class Extras:
    """What was asked for beyond the usual; None: not asked, NotAvailable: asked, and why it does not exist.

    Attributes
    ----------
    blocks : StageBlocks, NotAvailable or None
        One measurement model a stage of the theory.
    higher_order : TheoryStructures, NotAvailable or None
        The theory's structures above the constructs.
    esem : Esem, NotAvailable or None
    item_information : ItemInformation, NotAvailable or None
        Under the graded response model.
    htmt_variants : dict, NotAvailable or None
        HTMT2, and both ratios by polychoric correlations.
    discriminant_tests : DiscriminantTests, NotAvailable or None
        Chi-square tests that pairs of constructs correlate less than .90.
    ordinal_model : Confirmatory, NotAvailable or None
        The measurement model of ordered answers (WLSMV), beside the one that takes them for quantities.
    ordinal_reliability : OrdinalReliability, NotAvailable or None
    reliability_intervals : ReliabilityIntervals, NotAvailable or None
        By bootstrap, of every coefficient.
    ordinal_invariance : dict, NotAvailable or None
        Grouping column to the ladder of ordered answers.
    permutation : dict, NotAvailable or None
        Grouping column and level to the test with groups shuffled.
    alignment : dict, NotAvailable or None
        Grouping column of three groups or more to aligned means.
    waves : Invariance, NotAvailable or None
        The ladder over the waves of a panel.
    retest : Retest, NotAvailable or None
        Stability of mean scores between waves.
    method_bias : MethodBias, NotAvailable or None
        Harman's share, collinearity and the unmeasured method factor.
    marker : MarkerLadder, NotAvailable or None
        The ladder with the instrument's items of role ``marker``.
    scores : ScoresByMethod, NotAvailable or None
        Means of the items, regression and Bartlett scores, with determinacy and reliability.
    """

    blocks: StageBlocks | NotAvailable | None = None
    higher_order: TheoryStructures | NotAvailable | None = None
    esem: Esem | NotAvailable | None = None
    item_information: ItemInformation | NotAvailable | None = None
    htmt_variants: dict[str, Htmt | NotAvailable] | NotAvailable | None = None
    discriminant_tests: DiscriminantTests | NotAvailable | None = None
    ordinal_model: Confirmatory | NotAvailable | None = None
    ordinal_reliability: OrdinalReliability | NotAvailable | None = None
    reliability_intervals: ReliabilityIntervals | NotAvailable | None = None
    ordinal_invariance: dict[str, Invariance | NotAvailable] | NotAvailable | None = None
    permutation: dict[str, PermutationTest | NotAvailable] | NotAvailable | None = None
    alignment: dict[str, Alignment | NotAvailable] | NotAvailable | None = None
    waves: Invariance | NotAvailable | None = None
    retest: Retest | NotAvailable | None = None
    method_bias: MethodBias | NotAvailable | None = None
    marker: MarkerLadder | NotAvailable | None = None
    scores: ScoresByMethod | NotAvailable | None = None

    def parts(self) -> dict[str, object]:
        """Everything that was asked for, one entry a record; those of several groups by part and group."""
        found: dict[str, object] = {}
        for one in fields(self):
            part = getattr(self, one.name)
            if isinstance(part, dict):
                found |= {f"{one.name}, {key}": value for key, value in part.items()}
            elif part is not None:
                found[one.name] = part
        return found


def extras(
    clean: Responses,
    constructs: Constructs,
    asked: Sequence[str],
    *,
    options: ExtraOptions | None = None,
    whole: Responses | None = None,
    progress: Progress | None = None,
) -> Extras:
    """Compute the parts that were asked for; one that fails does not stop the others.

    Parameters
    ----------
    clean : Responses
    constructs : mapping
        Construct to items.
    asked : sequence of str
        From :data:`EXTRAS`.
    options : ExtraOptions, optional
    whole : Responses, optional
        All rows, where people have several and ``clean`` holds one of each: what waves and scores take.
    progress : callable, optional
        Called with a few words before each part.

    Raises
    ------
    MeasurementError
        If a part is unknown.
    """
    unknown = [name for name in asked if name not in EXTRAS]
    if unknown:
        raise MeasurementError(
            f"there is no further part called {unknown[0]}",
            cure=f"Choose from {', '.join(EXTRAS)}",
            code="unknown-extra",
        )
    say = progress or (lambda _: None)
    parts = _of_models(clean, constructs, options or ExtraOptions(), say)
    parts |= _of_answers(clean, constructs, options or ExtraOptions())
    parts |= _of_all_rows(whole or clean, constructs, options or ExtraOptions())
    parts |= _of_groups(clean, constructs, options or ExtraOptions(), say)
    found: dict[str, object] = {}
    for name in EXTRAS:
        if name in asked:
            words, part = parts[name]
            say(words)
            found[name] = attempt(part)
    return Extras(**found)  # type: ignore[arg-type]


def attempt(part: Callable[[], Result]) -> Result | NotAvailable:
    """Run one part; an error that names its cause becomes the reason why the part is missing."""
    try:
        return part()
    except CoprodError as problem:
        return NotAvailable(" ".join(str(problem).split()))


def _of_models(
    clean: Responses, constructs: Constructs, options: ExtraOptions, say: Progress
) -> dict[Extra, tuple[str, Callable[[], object]]]:
    missing = options.missing
    return {
        "blocks": (
            "Measurement models by stage",
            partial(confirmatory_blocks, clean, constructs, estimator=options.estimator, missing=missing),
        ),
        "higher_order": (
            "Structures above the constructs",
            partial(theory_structures, clean, constructs, missing=missing, criteria=options.criteria),
        ),
        "esem": ("Exploratory structural equation model", partial(esem, clean, constructs)),
        "item_information": ("Information of items", partial(item_information, clean, constructs)),
        "htmt_variants": ("Variants of HTMT", partial(_ratios, clean, constructs, options)),
        "discriminant_tests": (
            "Tests of discriminant validity",
            partial(discriminant_tests, clean, constructs, missing=missing, progress=say),
        ),
        "ordinal_model": (
            "Confirmatory model of ordered answers",
            partial(_ordinal_model, clean, constructs, options.missing_ordered),
        ),
    }


def _of_answers(
    clean: Responses, constructs: Constructs, options: ExtraOptions
) -> dict[Extra, tuple[str, Callable[[], object]]]:
    missing, structure = options.missing, options.structure
    return {
        "ordinal_reliability": (
            "Reliability of ordered answers",
            partial(
                ordinal_reliability,
                clean,
                constructs,
                bootstrap=min(options.draws, 100),
                seed=options.seed,
            ),
        ),
        "reliability_intervals": (
            "Intervals of reliability",
            partial(reliability_intervals, clean, constructs, bootstrap=options.draws, seed=options.seed),
        ),
        "method_bias": (
            "Method variance",
            partial(method_bias, clean, constructs, structure=structure, missing=missing),
        ),
        "marker": (
            "Marker",
            partial(marker_ladder, clean, constructs, structure=structure, missing=missing),
        ),
    }


def _of_all_rows(
    whole: Responses, constructs: Constructs, options: ExtraOptions
) -> dict[Extra, tuple[str, Callable[[], object]]]:
    missing = options.missing
    return {
        "waves": (
            "Waves",
            partial(wave_invariance, whole, constructs, partial=True, effects=True, missing=missing),
        ),
        "retest": ("Stability between waves", partial(_stability, whole, constructs)),
        "scores": ("Scores", partial(every_score, whole, constructs, missing=missing)),
    }


def _of_groups(
    clean: Responses, constructs: Constructs, options: ExtraOptions, say: Progress
) -> dict[Extra, tuple[str, Callable[[], object]]]:
    missing, seed = options.missing, options.seed

    def each(words: str, part: Callable[[str], Result]) -> dict[str, Result | NotAvailable]:
        if not options.groups:
            raise MeasurementError("the study names no groups", cure="Name columns under groups")
        found = {}
        for group in options.groups:
            say(f"{words}: {group}")
            found[group] = attempt(partial(part, group))
        return found

    def ladder(group: str) -> Invariance:
        return invariance(
            constructs,
            clean,
            group=group,
            ordered=True,
            partial=True,
            missing=options.missing_ordered,
            collapse_empty_categories=options.collapse_empty_categories,
        )

    def aligned(group: str) -> Alignment:
        found = alignment(clean, constructs, group=group, missing=missing, seed=seed)
        n_groups = found.means["group"].nunique()
        if n_groups < 3:
            raise MeasurementError(
                f"alignment is for three groups or more, and {group} has {n_groups} large enough",
                cure="Compare two groups by the ladder of invariance",
                code="few-groups",
            )
        return found

    def shuffled() -> dict[str, PermutationTest | NotAvailable]:
        found: dict[str, PermutationTest | NotAvailable] = {}
        for level in ("metric", "scalar"):
            tests = each(
                f"Shuffled groups, {level} level",
                lambda group, level=level: permutation_test(  # type: ignore[misc]
                    constructs, clean, group=group, level=level,
                    draws=options.permutations, missing=missing, seed=seed, progress=say,
                ),
            )  # fmt: skip
            found |= {f"{group}, {level}": test for group, test in tests.items()}
        return found

    return {
        "ordinal_invariance": ("Invariance of ordered answers", partial(each, "Ordered answers", ladder)),
        "permutation": ("Permutation tests of invariance", shuffled),
        "alignment": ("Alignment", partial(each, "Alignment", aligned)),
    }


def _ratios(
    clean: Responses, constructs: Constructs, options: ExtraOptions
) -> dict[str, Htmt | NotAvailable]:
    kinds: dict[str, dict[str, str]] = {
        "HTMT2": {"mean": "geometric"},
        "polychoric HTMT": {"correlation": "polychoric"},
        "polychoric HTMT2": {"mean": "geometric", "correlation": "polychoric"},
    }
    return {
        name: attempt(
            partial(
                htmt, constructs, clean,
                missing="pairwise", bootstrap=options.draws, seed=options.seed, **kind,  # type: ignore[arg-type]
            )
        )
        for name, kind in kinds.items()
    }  # fmt: skip


def _ordinal_model(clean: Responses, constructs: Constructs, missing: str) -> Confirmatory:
    sets = [one for one in item_sets(clean, constructs) if one.measurement == "reflective"]
    items = [item for one in sets for item in one.items]
    members = {one.construct: one.items for one in sets}
    found = confirmatory(clean, members, estimator="WLSMV", missing=missing, ordered=items)
    if missing == "listwise":
        return found
    seen = clean.frame[items].notna().to_numpy(dtype=int)
    both = (seen.T @ seen)[np.tril_indices(len(items), -1)]
    words = (
        f"each correlation rests on those who answered both items: {both.min()} to {both.max()} respondents"
    )
    return replace(found, messages=(words, *found.messages))


def _stability(clean: Responses, constructs: Constructs) -> Retest:
    return retest(*(scores(wave, constructs).values for wave in waves_of(clean).values()))
