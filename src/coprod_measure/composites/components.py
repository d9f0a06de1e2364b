"""`gsca`: generalized structured component analysis of model text and data."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Unpack

import pandas as pd

from coprod_measure.arguments import spelled
from coprod_measure.composites.pls import PlsKeywords, PlsOptions, estimated
from coprod_measure.composites.result import Pls
from coprod_measure.errors import Message, ModelError, NotAvailable
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.frames import takes_frame

SMALLEST_UNIQUE = 0.01
"""Loading of an item on its unique part: below it, the construct is nothing but this item."""


@dataclass(frozen=True, slots=True, repr=False)
class Gsca(Pls):
    """A model of components, with the tables of a PLS path model.

    Its ``recipe`` has the scheme ``"gsca"``, or ``"gscam"``.
    """

    @property
    def messages(self) -> tuple[Message, ...]:
        """What a reader has to know."""
        said, unique = list(super(Gsca, self).messages), self.estimates.weights.unique
        if unique is None:
            return tuple(said)
        for j, block in enumerate(self.design.blocks):
            whole = [self._column(i) for i in block if abs(unique[0, i]) < SMALLEST_UNIQUE]
            if whole and len(block) > 1:
                verb = "have" if len(whole) > 1 else "has"
                cause = (
                    f"{', '.join(whole)} {verb} nothing of its own left (a Heywood case): is it one factor?"
                )
                said.append(Message(cause, "heywood", self.design.names[j]))
        return tuple(said)

    def reliability(self) -> pd.DataFrame:
        """As of PLS, with the weights' own reliability in place of rho_A where items have unique parts."""
        found = super(Gsca, self).reliability()
        if self.recipe.consistent:
            return found.rename(columns={"rho_a": "reliability"})
        return found.drop(columns="rho_a")

    def explained(self) -> pd.Series | NotAvailable:
        """FIT and AFIT (Hwang & Takane 2014, ch. 2): share of all variance that the model explains.

        All variance is that of the items and of the components; AFIT is reduced by the number of parameters.
        With ``consistent`` unique parts would count as explained, so that both say nothing of the constructs.
        """
        if self.recipe.consistent:
            return NotAvailable("unique parts explain the items beside the constructs")
        e, design = self.estimates, self.design
        loaded = [j for j, mode in enumerate(design.modes) if mode == "a" and len(design.blocks[j]) > 1]
        items = sum((e.loadings[0, list(design.blocks[j]), j] ** 2).sum() for j in loaded)
        columns = sum(len(block) for block in design.blocks)
        share = float((items + e.r2[0, list(design.outcomes)].sum()) / (columns + len(design.names)))
        weights = sum(len(block) for block in design.blocks if len(block) > 1)
        free = weights + sum(len(design.blocks[j]) for j in loaded) + int(design.acts.sum())
        adjusted = 1.0 - (1.0 - share) * self.n * columns / (self.n * columns - free)
        return pd.Series({"fit": share, "afit": adjusted})


@spelled(PlsKeywords, PlsOptions)
@on_one_thread
@takes_frame
def gsca(model: str, data: pd.DataFrame, **options: Unpack[PlsKeywords]) -> Gsca:
    r"""Estimate components by one criterion: as much explained variance as possible.

    Where :func:`~coprod_measure.composites.pls.pls` goes from block to block without a criterion of the whole
    model, GSCA (Hwang & Takane 2004) makes the residuals of all items of constructs written with ``=~`` and
    of all outcomes as small as they can be together; a construct written with ``<~`` explains no items.

    Parameters
    ----------
    model : str
        As for ``pls``.
    data : pandas.DataFrame
        One row a respondent.
    **options
        As for ``pls``, but ``scheme``. ``consistent`` gives every item a unique part, so that constructs are
        common factors (GSCAm: Hwang, Takane & Jung 2017; see
        :func:`~coprod_measure.composites.component_factors.find_component_factors`).

    Raises
    ------
    ModelError, DataError, EstimationError
        As ``pls``; also if an item belongs to two constructs, or a construct with unique parts is written
        with ``<~``, of higher order, weighted equally or multiplied.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> f = rng.normal(size=300)
    >>> x = pd.DataFrame({f"x{i}": f + rng.normal(size=300) for i in (1, 2, 3)})
    >>> fit = gsca("f =~ x1 + x2 + x3\ny ~ f", x.assign(y=f + rng.normal(size=300)))
    >>> fit.paths().round(2)[["from", "to", "est"]].values.tolist()
    [['f', 'y', 0.52]]
    """
    if "scheme" in options:
        raise ModelError("GSCA has none", place="argument scheme", cure="Leave it out, or use cm.pls()")
    scheme = "gscam" if options.get("consistent") else "gsca"
    found = estimated(model, data, {"max_iterations": 2000, **options}, scheme)
    return Gsca(*(getattr(found, one.name) for one in fields(found)))
