"""Yes/no outcomes of people in categories: slopes and contrasts on the log odds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from coprod_measure.errors import NotAvailable
from coprod_measure.structure.methods.logistic_mixed import LogisticMixed, logistic_mixed
from coprod_measure.structure.methods.mixed_model import Contrast
from coprod_measure.structure.methods.within_between import WithinBetween
from coprod_measure.structure.rows_of_people import Rows

POINTS = 9
"""Of adaptive quadrature with one random factor: Laplace's approximation is poor with two rows a person."""


def factors(rows: Rows, *, fixed: bool) -> list[str]:
    """Name factors whose intercepts can be random; categories are not where they are ``fixed``."""
    return [
        name for name in rows.random if rows.frame[name].nunique() > 2 and not (fixed and name == rows.by)
    ]


def is_yes_no(rows: Rows, target: str, *, fixed: bool) -> bool:
    """Whether an outcome has two values (in each category, if ``fixed``), and somebody several rows."""
    few = rows.frame.groupby(rows.by)[target].nunique().min() < 2 if fixed else False
    return rows.frame[target].nunique() == 2 and not few and bool(factors(rows, fixed=fixed))


def _model(rows: Rows, target: str, predictors: Mapping[str, pd.Series], *, fixed: bool) -> LogisticMixed:
    random, held = factors(rows, fixed=fixed), rows.held if predictors else ()
    yes = (rows.frame[target] == rows.frame[target].max()).astype(float)
    frame = rows.frame[[*random, *held]].assign(**{target: yes, **predictors})
    quadrature = POINTS if len(random) == 1 else 1
    return logistic_mixed(frame, target, [*predictors, *held], random, quadrature=quadrature)


def _categories(rows: Rows) -> dict[str, pd.Series]:
    """Give indicators of all categories but the first."""
    names = sorted(rows.frame[rows.by].unique(), key=str)[1:]
    return {f"{rows.by} {name}": (rows.frame[rows.by] == name).astype(float) for name in names}


def slopes(
    rows: Rows, target: str, sources: Sequence[str], split: pd.DataFrame, *, fixed: bool
) -> tuple[dict[str, Contrast], WithinBetween]:
    """Estimate slopes of all rows, and those within and between categories.

    Parameters
    ----------
    split : pandas.DataFrame
        ``<source>_within`` and ``<source>_between``.
    fixed : bool
        Whether categories are too few for a slope between them: each gets its intercept.
    """
    parts: dict[str, dict[str, Contrast | NotAvailable]]
    within = {f"{one}_within": split[f"{one}_within"] for one in sources}
    if fixed:
        model = _model(rows, target, {**within, **_categories(rows)}, fixed=True)
        own = {one: model.contrast({f"{one}_within": 1}) for one in sources}
        none = NotAvailable(f"{rows.groups} values of {rows.by} are too few for a slope between them")
        parts = {one: {"within": c, "between": none, "difference": none} for one, c in own.items()}
        return own, WithinBetween(model, parts)
    between = {f"{one}_between": split[f"{one}_between"] for one in sources}
    model = _model(rows, target, {**within, **between}, fixed=False)
    whole = _model(rows, target, {one: rows.frame[one] for one in sources}, fixed=False)
    parts = {
        one: {
            "within": model.contrast({f"{one}_within": 1}),
            "between": model.contrast({f"{one}_between": 1}),
            "difference": model.contrast({f"{one}_between": 1, f"{one}_within": -1}),
        }
        for one in sources
    }
    return {one: whole.contrast({one: 1}) for one in sources}, WithinBetween(model, parts)


def contrast(rows: Rows, target: str, planned: Mapping[str, float]) -> Contrast:
    """Weigh the categories' log odds; weights add up to zero."""
    named = _categories(rows)
    model = _model(rows, target, named, fixed=True)
    weights = {f"{rows.by} {name}": weight for name, weight in planned.items()}
    return model.contrast({name: weight for name, weight in weights.items() if name in named})


def shares(rows: Rows, target: str) -> pd.DataFrame:
    """Split the variance on the scale of log odds."""
    return _model(rows, target, {}, fixed=False).shares()
