"""`gsca`: generalized structured component analysis of model text and data."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Unpack

import pandas as pd

from coprod_measure.arguments import spelled
from coprod_measure.composites.pls import PlsKeywords, PlsOptions, estimated
from coprod_measure.composites.result import Pls
from coprod_measure.errors import ModelError
from coprod_measure.fitting.threads import on_one_thread
from coprod_measure.frames import takes_frame

REFUSED = ("consistent", "scheme")


@dataclass(frozen=True, slots=True, repr=False)
class Gsca(Pls):
    """A model of components, with the tables of a PLS path model.

    Its ``recipe`` has the scheme ``"gsca"``.
    """

    def explained(self) -> pd.Series:
        """FIT and AFIT (Hwang & Takane 2014, ch. 2): share of all variance that the model explains.

        All variance is that of the items and of the components; AFIT is reduced by the number of parameters.
        """
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
        As for ``pls``, but ``scheme`` and ``consistent``.

    Raises
    ------
    ModelError, DataError, EstimationError
        As ``pls``; also if an item belongs to two constructs.

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
    for name in REFUSED:
        if name in options:
            raise ModelError("GSCA has none", place=f"argument {name}", cure="Leave it out, or use cm.pls()")
    found = estimated(model, data, {"max_iterations": 2000, **options}, "gsca")
    return Gsca(*(getattr(found, one.name) for one in fields(found)))
