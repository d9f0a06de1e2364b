"""Large measurement models in blocks: one confirmatory model a stage of the theory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from coprod_measure.errors import CoprodError, DataError, NotAvailable
from coprod_measure.fitting.best_measures import best
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.factors.confirmatory import Confirmatory, confirmatory
from coprod_measure.measurement.item_sets import Constructs, item_sets
from coprod_measure.measurement.sampling import Data, one_row, people
from coprod_measure.notebook import Shown
from coprod_measure.responses.dataset import Responses

BLOCK_COLUMNS = ("block", "constructs", "items", "n", "chisq", "df", "pvalue", "cfi", "rmsea", "srmr")
OUTSIDE = "outside the stages"


@dataclass(frozen=True, slots=True, repr=False)
class StageBlocks(Shown):
    """One measurement model a block.

    Attributes
    ----------
    blocks : dict
        Block to its model, or the reason why there is none.
    models : pandas.DataFrame
        One row a block (:data:`BLOCK_COLUMNS`). Correlations between constructs of different blocks are not
        in any of these models, so discriminant validity across blocks rests on HTMT.
    """

    blocks: dict[str, Confirmatory | NotAvailable]
    models: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row a block; columns :data:`BLOCK_COLUMNS`."""
        return self.models.copy()


def confirmatory_blocks(
    data: Data,
    constructs: Constructs | None = None,
    *,
    blocks: Mapping[str, Sequence[str]] | None = None,
    estimator: str = "ML",
    missing: str = "listwise",
) -> StageBlocks:
    """Fit the measurement model block by block.

    Parameters
    ----------
    data : Responses, pandas.DataFrame or SurveyAnswers
        One row a person; weights and clusters enter errors and tests.
    constructs : mapping, optional
        See :func:`~coprod_measure.measurement.item_sets.item_sets`.
    blocks : mapping of str to sequence of str, optional
        Block to constructs; left out, the stages of the instrument's theory.
    estimator, missing : str
        See :class:`coprod_measure.fitting.options.FitOptions`.

    Raises
    ------
    DataError
        If no blocks are given for a plain frame, or a block names an unknown construct.
    """
    data = one_row(data)
    members = {one.construct: one.items for one in item_sets(people(data)[0], constructs)}
    blocks = blocks or _by_stage(data, list(members))
    unknown = [name for names in blocks.values() for name in names if name not in members]
    if unknown:
        raise DataError(f"there is no construct {unknown[0]} in these data", cure="Check the blocks")
    fitted: dict[str, Confirmatory | NotAvailable] = {}
    for block, names in blocks.items():
        try:
            own = {name: members[name] for name in names}
            fitted[block] = confirmatory(data, own, estimator=estimator, missing=missing)
        except CoprodError as problem:
            fitted[block] = NotAvailable(problem.in_one_line)
    rows = [_row(block, found) for block, found in fitted.items() if isinstance(found, Confirmatory)]
    return StageBlocks(fitted, pd.DataFrame(rows, columns=list(BLOCK_COLUMNS)))


def _by_stage(data: Data, names: Sequence[str]) -> dict[str, list[str]]:
    if not isinstance(data, Responses):
        raise DataError("a plain table has no stages", cure="Give blocks=", code="no-stages")
    theory = data.instrument.theory
    found: dict[str, list[str]] = {stage: [] for stage in (*theory.stages, OUTSIDE)}
    for name in names:
        known = theory.constructs.get(name)
        found[known.stage if known and known.stage in theory.stages else OUTSIDE].append(name)
    return {stage: members for stage, members in found.items() if members}


def _row(block: str, found: Confirmatory) -> dict[str, object]:
    known = {name: best(found.fit_measures, name) for name in BLOCK_COLUMNS[4:]}
    measures = {name: one.value for name, one in known.items() if not isinstance(one, NotAvailable)}
    loadings = found.loadings
    about = {"constructs": loadings["construct"].nunique(), "items": len(loadings), "n": found.n}
    return {"block": block, **about, **measures}


def examine(x: Examination) -> StageBlocks:
    """Compute the part ``blocks``."""
    return confirmatory_blocks(x.clean, x.modelled, **x.options.fitting)
