"""What kinds of people are looked for in: scale means, and shares of points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from coprod_measure.errors import DataError
from coprod_measure.structure.evidence import Context, KindOptions, Reason
from coprod_measure.structure.offers import names_nothing
from coprod_measure.structure.regression import scores, variables_of
from coprod_measure.structure.variables import Variable, without_order

UNITS = (0.01, 0.05, 0.1)
"""Shares that people round to."""
NONE_GIVEN = 0.025
"""Added to every share."""


class SegmentationOptions(KindOptions):
    """How many kinds are tried, and how."""

    most: Annotated[int, Field(ge=2, le=8, description="Largest number of classes tried")] = 6
    starts: Annotated[int, Field(ge=1, le=500)] = 20
    blrt: Annotated[
        int,
        Field(
            ge=0,
            le=100_000,
            description="Draws of the bootstrap tests; 0 for none. With 39 a test at .05 keeps its level; "
            "more of them tell smaller p values",
        ),
    ] = 39


def options_of(context: Context) -> SegmentationOptions:
    """Give what the study asks of classes."""
    named = context.options.get("segmentation")
    return named if isinstance(named, SegmentationOptions) else SegmentationOptions()


@dataclass(frozen=True, slots=True)
class Indicators:
    """Columns of which classes are made.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a person; outcomes beside.
    items : tuple of str
        Columns without those of outcomes.
    points : mapping of tuple of str to pandas.DataFrame
        Contrasts in ``frame`` to the points that they were made of, which profiles tell instead.
    respondents : str
        The condition that chose the rows; ``"all"`` for everybody.
    names : tuple of str
        Items that are names of options.
    reasons : tuple of Reason
        What was taken one by one, and what was left out and why.
    """

    frame: pd.DataFrame
    items: tuple[str, ...]
    points: dict[tuple[str, ...], pd.DataFrame]
    respondents: str
    names: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()

    def told(self, profile: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
        """Put means and standard deviations of points for contrasts of a profile.

        ``profile`` and ``members`` as of :class:`.methods.classes.Classes`; people count by their
        probabilities to be in a class.
        """
        parts = [profile]
        probabilities = members.drop(columns="class").to_numpy(float)
        shares = profile.groupby("class")["share"].first()
        for contrasts, points in self.points.items():
            parts[0] = parts[0][~parts[0]["item"].isin(contrasts)]
            x = points.loc[members.index].to_numpy(float)
            known = ~np.isnan(x).any(axis=1)
            weight = probabilities[known] / probabilities[known].sum(axis=0)
            mean = weight.T @ x[known]
            sd = np.sqrt(np.maximum(weight.T @ x[known] ** 2 - mean**2, 0.0))
            parts += [
                pd.DataFrame(
                    {"class": k, "share": share, "item": points.columns, "mean": mean[c], "sd": sd[c]}
                )
                for c, (k, share) in enumerate(shares.items())
            ]
        found = pd.concat(parts, ignore_index=True)
        return found.sort_values("class", kind="stable", ignore_index=True)


def count_indicators(ids: Sequence[str], context: Context) -> int:
    """How many columns :func:`indicators` gives."""
    count = 0
    for one in variables_of(ids, context):
        if without_order(one, context.clean.instrument):
            count += len(_comparable(one, context))
        else:
            count += len(one.items) - 1 if _shares_out(one.id, context) else 1
    return count


def not_comparable(ids: Sequence[str], context: Context) -> tuple[str, ...]:
    """Name constructs with questions whose options may be others for each person."""
    found = (one for one in variables_of(ids, context) if without_order(one, context.clean.instrument))
    return tuple(one.id for one in found if len(_comparable(one, context)) < len(one.items))


def _comparable(one: Variable, context: Context) -> list[str]:
    scales = {item: context.clean.instrument.scale_of(item) for item in one.items}
    return [item for item, scale in scales.items() if scale is None or not names_nothing(scale)]


def indicators(ids: Sequence[str], outcomes: Sequence[str], context: Context) -> Indicators:
    """Take scale means; log ratios of points that are shared out; questions without an order one by one.

    Options that are mere places ("Option 1") are left out: what stood there may differ from person to person,
    so that people with the same code need not have chosen the same. So is what all answer alike.

    Raises
    ------
    DataError
        If nothing measures one of them.
    """
    seen = scores([*ids, *outcomes], context)
    columns, points = [], {}
    names: list[str] = []
    reasons = (
        [Reason("options_differ", {"constructs": apart})] if (apart := not_comparable(ids, context)) else []
    )
    for one in variables_of(ids, context):
        name = one.id
        if without_order(one, context.clean.instrument):
            asked = _comparable(one, context)
            own = context.clean.frame.loc[seen.frame.index, asked].astype(float)
            alike = [item for item in asked if own[item].nunique() < 2]
            own = own.drop(columns=alike)
            reasons += [Reason("all_alike", {"items": tuple(alike)})] if alike else []
            own = own.set_axis([name], axis=1) if one.items == tuple(own) and len(one.items) == 1 else own
            columns.append(own)
            names.extend(own.columns)
            reasons += (
                [Reason("one_by_one", {"n": own.shape[1], "construct": name})] if len(asked) > 1 else []
            )
        elif _shares_out(name, context):
            given = _points(name, context).loc[seen.frame.index]
            columns.append(log_ratios(given, context.draws.seed))
            points[tuple(columns[-1].columns)] = given
        else:
            columns.append(seen.frame[[name]])
    frame = pd.concat(columns, axis=1)
    if frame.shape[1] < 2:
        raise DataError("fewer than two questions or constructs that tell people apart are left")
    own = frame.join(seen.frame[[*outcomes]])
    return Indicators(own, tuple(frame), points, seen.respondents, tuple(names), tuple(reasons))


def log_ratios(points: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Orthonormal contrasts of the logarithms of shares, one column less than there are shares.

    Parameters
    ----------
    points : pandas.DataFrame
        Not negative; rows count by their shares, whatever their total.
    seed : int

    Notes
    -----
    Aitchison, J. (1986). *The statistical analysis of compositional data*; contrasts as in Egozcue, J. J., et
    al. (2003). *Mathematical Geology*, 35, 279-300. Shares themselves are skewed and fall as others rise,
    which a mixture takes for kinds of people. So it takes round numbers: a share is drawn anew within the
    unit that its row rounds to, a tenth, a twentieth or a hundredth (Heitjan, D. F., & Rubin, D. B. (1990).
    *Journal of the American Statistical Association*, 85, 304-314). A fortieth is added, for the sake of
    those who gave none.

    Examples
    --------
    >>> log_ratios(pd.DataFrame({"a": [50.0, 0.0], "b": [50.0, 100.0]})).round(1).to_numpy().tolist()
    [[-0.1], [-2.5]]
    """
    given = points.to_numpy(float)
    total = given.sum(axis=1, keepdims=True)
    share = given / np.where(total > 0, total, np.nan)
    unit = np.full((len(share), 1), UNITS[0])
    for one in UNITS[1:]:
        unit[np.abs(share / one - np.round(share / one)).max(axis=1) < 1e-6] = one
    low = np.maximum(share - unit / 2, 0.0)
    drawn = low + (share + unit / 2 - low) * np.random.default_rng(seed).random(share.shape)
    k = np.arange(1, given.shape[1])
    basis = np.triu(np.ones((len(k) + 1, len(k)))) / np.sqrt(k * (k + 1))
    basis[k, k - 1] = -k / np.sqrt(k * (k + 1))
    names = [f"{points.columns[j - 1]} | {points.columns[j]}" for j in k]
    return pd.DataFrame(np.log(drawn + NONE_GIVEN) @ basis, index=points.index, columns=names)


def _shares_out(id_: str, context: Context) -> bool:
    """Whether items say how much several things count: weights of a sum, or of other items."""
    constructs = context.theory.constructs
    rules = (one.computed for one in constructs.values())
    items = [one for one in context.clean.instrument.items_of(id_) if one.id in context.clean.frame]
    weighs = any(one.weighs for one in items) or any(
        rule is not None and rule.weights == id_ for rule in rules
    )
    return weighs and len(items) > 1


def _points(id_: str, context: Context) -> pd.DataFrame:
    """Give points of those who answered all; shares below zero are none."""
    items = [one.id for one in context.clean.instrument.items_of(id_) if one.id in context.clean.frame]
    points: pd.DataFrame = context.clean.frame[items].astype(float)
    return points.where(points.notna().all(axis=1) & (points >= 0).all(axis=1))
