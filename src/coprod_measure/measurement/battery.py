"""Everything a reviewer asks of the scales, in one call; what fails is named and the rest still comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.measurement.extras import ExtraOptions, Extras, attempt, extras
from coprod_measure.measurement.factors.confirmatory import Confirmatory, confirmatory
from coprod_measure.measurement.factors.correlations import Kind
from coprod_measure.measurement.factors.dimensionality import (
    ParallelAnalysis,
    SamplingAdequacy,
    parallel_analysis,
    sampling_adequacy,
)
from coprod_measure.measurement.factors.exploratory import Efa, efa
from coprod_measure.measurement.factors.number import FactorNumber, factor_number
from coprod_measure.measurement.factors.rivals import Rivals, rivals
from coprod_measure.measurement.invariance.groups import Invariance, invariance
from coprod_measure.measurement.item_sets import Constructs, ItemSet, item_sets
from coprod_measure.measurement.items import ItemAnalysis, item_analysis
from coprod_measure.measurement.reliability.coefficients import Reliability, reliability
from coprod_measure.measurement.reliability.consistency import Consistency, consistency
from coprod_measure.measurement.scores.scale_scores import ScaleScores, scale_scores
from coprod_measure.measurement.usable_items import usable_items
from coprod_measure.measurement.validity.composites import Composites, composites
from coprod_measure.measurement.validity.constructs import Validity, validity
from coprod_measure.measurement.validity.htmt import Htmt, htmt
from coprod_measure.measurement.validity.item_directions import opposed_items
from coprod_measure.measurement.validity.merging import merged_constructs
from coprod_measure.measurement.validity.theory_structures import common_causes
from coprod_measure.measurement.verdicts import verdicts
from coprod_measure.responses.dataset import Occasion, Responses
from coprod_measure.responses.keying import keying_audit

Progress = Callable[[str], None]

MOST_RIVALS = 10
"""Constructs up to which a common factor of all of them is a rival worth fitting."""


@dataclass(frozen=True, slots=True)
class MeasurementOptions:
    """How the measurement is examined.

    Attributes
    ----------
    constructs : tuple of str or None
        In the measurement model; None: all that the answers hold items of.
    n_factors : int or None
        Exploratory factors; None: what parallel analysis keeps.
    rotation, extraction : str
        See :func:`~coprod_measure.measurement.factors.exploratory.efa`.
    correlation : {"pearson", "polychoric"}
        Behind the number of factors and the exploratory factors.
    parallel_draws : int
    estimator, missing : str
        Of the confirmatory models.
    groups : tuple of str
        Columns whose values are compared: items or kept columns.
    levels : tuple of str
        Of invariance.
    htmt_draws : int
        Bootstrap draws for the intervals of HTMT.
    comparison_data : bool
        Whether the number of factors is also asked of simulated comparison data, which takes seconds.
    criteria : mapping
        Composite, or structure of composites, to the item that asks for the whole of it.
    structure : str
        Regressions among the constructs in model syntax, for what method variance does to them.
    permutations : int
        Shuffled groups of the permutation tests.
    collapse_empty_categories : bool
        Whether the ladder of ordered answers joins a category that a group never used with its neighbour, in
        all groups.
    extras : tuple of str
        Further parts, from :data:`~coprod_measure.measurement.extras.EXTRAS`.
    seed : int
    """

    constructs: tuple[str, ...] | None = None
    n_factors: int | None = None
    rotation: str = "oblimin"
    extraction: str = "minres"
    correlation: Kind = "pearson"
    parallel_draws: int = 200
    estimator: str = "ML"
    missing: str = "listwise"
    groups: tuple[str, ...] = ()
    levels: tuple[str, ...] = ("configural", "metric", "scalar", "strict")
    htmt_draws: int = 500
    comparison_data: bool = False
    criteria: Mapping[str, str] = field(default_factory=dict)
    structure: str = ""
    permutations: int = 200
    collapse_empty_categories: bool = False
    extras: tuple[str, ...] = ()
    wave: str = ""
    category: str = ""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class MeasurementResults:
    """The records of the room; each part has a ``table()``, or is the reason why it does not exist.

    Attributes
    ----------
    items : ItemAnalysis
    set_aside : pandas.DataFrame
        ``construct item reason``: items that no model can use; everything after reliability goes without.
    reliability : Reliability
        From the one-factor model of each construct by itself.
    consistency : Consistency
    scale_scores : ScaleScores or NotAvailable
        Means of the answered items: described, and correlated in pairs.
    adequacy : SamplingAdequacy or NotAvailable
    parallel : ParallelAnalysis or NotAvailable
    factor_number : FactorNumber or NotAvailable
    efa : Efa or NotAvailable
    htmt : Htmt or NotAvailable
    merges : pandas.DataFrame
        ``construct merge_with htmt limit merged``: the theory's rules for constructs that cannot be told
        apart, and whether they were carried out in the models below.
    confirmatory : Confirmatory or NotAvailable
    validity : Validity or NotAvailable
    rivals : Rivals or NotAvailable
        One factor, second order, the theory's hierarchy and bifactor beside correlated factors;
        up to :data:`MOST_RIVALS` constructs.
    groups : dict
        Grouping column to its Invariance or NotAvailable.
    composites : Composites or NotAvailable
        Overlap of the items of each composite, and their weights where a criterion was named.
    extras : Extras
        What ``options.extras`` asked for.
    verdicts : pandas.DataFrame
        One row a construct and question: ``construct question verdict value rule``.
    options : MeasurementOptions
    occasion : Occasion or None
        Which rows were examined, where people have several: all parts but those about waves and scores take
        one row a person, because rows of one person are not independent.
    """

    items: ItemAnalysis
    set_aside: pd.DataFrame
    reliability: Reliability
    consistency: Consistency
    scale_scores: ScaleScores | NotAvailable
    adequacy: SamplingAdequacy | NotAvailable
    parallel: ParallelAnalysis | NotAvailable
    factor_number: FactorNumber | NotAvailable
    efa: Efa | NotAvailable
    htmt: Htmt | NotAvailable
    merges: pd.DataFrame
    confirmatory: Confirmatory | NotAvailable
    validity: Validity | NotAvailable
    rivals: Rivals | NotAvailable
    groups: dict[str, Invariance | NotAvailable]
    composites: Composites | NotAvailable
    extras: Extras
    verdicts: pd.DataFrame
    options: MeasurementOptions
    occasion: Occasion | None = None

    def table(self) -> pd.DataFrame:
        """One row a construct and question: ``construct question verdict value rule``."""
        return self.verdicts.copy()


@on_one_thread
def measure(
    clean: Responses, options: MeasurementOptions | None = None, *, progress: Progress | None = None
) -> MeasurementResults:
    """Examine items, scales and the measurement model of clean answers.

    Parameters
    ----------
    clean : Responses
    options : MeasurementOptions, optional
    progress : callable, optional
        Called with a few words before each part.

    Returns
    -------
    MeasurementResults
    """
    options = options or MeasurementOptions()
    say = progress or (lambda _: None)
    one, occasion = clean.one_row_a_person(options.wave, options.category)
    return replace(_examined(one, clean, options, say), occasion=occasion)


def _examined(
    clean: Responses, whole: Responses, options: MeasurementOptions, say: Progress
) -> MeasurementResults:
    """Examine one row a person; of ``whole``, what is about waves."""
    sets = item_sets(clean, _wanted(clean, options))
    everything = {one.construct: one.items for one in sets}
    constructs, set_aside = usable_items(sets)
    # What is left of a construct is described by its usable items; where none is left, all say why.
    scales = {name: constructs.get(name, items) for name, items in everything.items()}
    reflective = [item for name in _reflective(sets) for item in constructs.get(name, ())]
    say("Items and reliability")
    reliable = reliability(clean, scales)
    say("Number of factors")
    parallel = attempt(lambda: _beside_chance(clean, reflective, options))
    say("Exploratory factors")
    explored = attempt(lambda: _explored(clean, reflective, parallel, options))
    say("Discriminant validity")
    ratios = attempt(
        lambda: htmt(constructs, clean, missing="pairwise", bootstrap=options.htmt_draws, seed=options.seed)
    )
    merges, modelled = merged_constructs(clean.instrument.theory.constructs, constructs, ratios)
    say("Confirmatory model")
    confirmed = attempt(lambda: _confirmed(clean, modelled, options))
    judged = _judged(confirmed)
    names = _in_models(modelled, reflective)
    opposed = opposed_items(reliable, confirmed, keying_audit(clean))
    groups = _ladders(clean, modelled, options, say)
    return MeasurementResults(
        items=item_analysis(clean, everything),
        set_aside=set_aside,
        reliability=reliable,
        consistency=consistency(clean, scales),
        scale_scores=attempt(lambda: scale_scores(clean, scales, known=reliable)),
        adequacy=attempt(lambda: sampling_adequacy(clean, reflective)),
        parallel=parallel,
        factor_number=attempt(lambda: _numbered(clean, reflective, options)),
        efa=explored,
        htmt=ratios,
        merges=merges,
        confirmatory=confirmed,
        validity=judged,
        rivals=attempt(lambda: _rivals(clean, modelled, reflective, options)),
        groups=groups,
        composites=attempt(lambda: _composites(clean, _composite(sets), options.criteria)),
        extras=extras(
            clean, modelled, options.extras, options=_for_extras(options), whole=whole, progress=say
        ),
        verdicts=verdicts(reliable, confirmed, judged, ratios, groups, names, opposed),
        options=options,
    )


def _wanted(clean: Responses, options: MeasurementOptions) -> dict[str, list[str]] | None:
    if options.constructs is None:
        return None
    return {name: list(clean.items_of(name).columns) for name in options.constructs}


def _reflective(sets: Sequence[ItemSet]) -> list[str]:
    return [one.construct for one in sets if one.measurement == "reflective"]


def _composite(sets: Sequence[ItemSet]) -> dict[str, tuple[str, ...]]:
    return {one.construct: one.items for one in sets if one.measurement == "composite"}


def _in_models(constructs: Constructs, reflective: Sequence[str]) -> list[str]:
    return [name for name, items in constructs.items() if set(items) <= set(reflective)]


def _composites(
    clean: Responses, constructs: Mapping[str, tuple[str, ...]], criteria: Mapping[str, str]
) -> Composites:
    return composites(clean, constructs, criteria={c: i for c, i in criteria.items() if c in constructs})


def _for_extras(options: MeasurementOptions) -> ExtraOptions:
    return ExtraOptions(
        groups=options.groups,
        estimator=options.estimator,
        missing=options.missing,
        structure=options.structure,
        criteria=options.criteria,
        draws=options.htmt_draws,
        permutations=options.permutations,
        collapse_empty_categories=options.collapse_empty_categories,
        seed=options.seed,
    )


def _beside_chance(clean: Responses, items: list[str], options: MeasurementOptions) -> ParallelAnalysis:
    return parallel_analysis(
        clean, items, draws=options.parallel_draws, seed=options.seed, correlation=options.correlation
    )


def _numbered(clean: Responses, items: list[str], options: MeasurementOptions) -> FactorNumber:
    return factor_number(
        clean,
        items,
        draws=options.parallel_draws,
        seed=options.seed,
        correlation=options.correlation,
        simulate=options.comparison_data,
    )


def _explored(
    clean: Responses,
    items: list[str],
    parallel: ParallelAnalysis | NotAvailable,
    options: MeasurementOptions,
) -> Efa:
    suggested = 1 if isinstance(parallel, NotAvailable) else max(parallel.n_factors, 1)
    return efa(
        clean,
        options.n_factors or suggested,
        options.rotation,
        options.extraction,
        items=items,
        correlation=options.correlation,
    )


def _confirmed(clean: Responses, constructs: Constructs, options: MeasurementOptions) -> Confirmatory:
    return confirmatory(clean, constructs, estimator=options.estimator, missing=options.missing)


def _judged(confirmed: Confirmatory | NotAvailable) -> Validity | NotAvailable:
    if isinstance(confirmed, NotAvailable):
        return NotAvailable(confirmed.reason)
    if not (confirmed.converged and confirmed.identified):
        return NotAvailable(f"the measurement model gives no estimates: {'; '.join(confirmed.messages)}")
    return validity(confirmed)


def _rivals(
    clean: Responses, constructs: Constructs, reflective: Sequence[str], options: MeasurementOptions
) -> Rivals:
    members = {name: constructs[name] for name in _in_models(constructs, reflective)}
    if len(members) > MOST_RIVALS:
        raise MeasurementError(
            f"{len(members)} constructs are too many to be facets of one thing",
            cure="Ask for the extra higher_order, which compares rivals of each structure of the theory",
            code="too-many-facets",
        )
    structures = common_causes(clean.instrument.theory.higher_order, members)
    return rivals(clean, members, estimator=options.estimator, missing=options.missing, structures=structures)


def _ladders(
    clean: Responses, constructs: Constructs, options: MeasurementOptions, say: Progress
) -> dict[str, Invariance | NotAvailable]:
    found: dict[str, Invariance | NotAvailable] = {}
    for group in options.groups:
        say(f"Groups of {group}")
        found[group] = attempt(partial(_ladder, clean, constructs, group, options))
    return found


def _ladder(clean: Responses, constructs: Constructs, group: str, options: MeasurementOptions) -> Invariance:
    return invariance(
        constructs,
        clean,
        group=group,
        levels=options.levels,
        estimator=options.estimator,
        missing=options.missing,
        partial=True,
    )
