"""What an interaction means: slopes at chosen values of the moderator, and where they differ from zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from coprod_measure.arguments import share
from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.fitting.parameter_frame import test_columns
from coprod_measure.fitting.result import Fit
from coprod_measure.notebook import Shown


@dataclass(frozen=True, slots=True, repr=False)
class Region(Shown):
    """Johnson-Neyman region of a slope b1 + b3 z (Johnson & Neyman 1936; Bauer & Curran 2005).

    Attributes
    ----------
    bounds : tuple of float
        Where the slope's interval touches zero; empty when it nowhere does.
    significant : str
        ``"outside"`` or ``"inside"`` of the bounds; ``"everywhere"`` or ``"nowhere"`` without bounds.
    share : float
        Of a normal population with the moderator's mean and variance where the slope differs from zero.
    """

    bounds: tuple[float, ...]
    significant: str
    share: float


@dataclass(frozen=True, slots=True)
class _Slope:
    """Slope of the cause b1 + c b3 z with its covariance; the moderator's mean and deviation."""

    value: Floats
    covariance: Floats
    mean: float
    deviation: float


def simple_slopes(
    fit: Fit,
    outcome: str,
    cause: str,
    moderator: str,
    *,
    product: str | None = None,
    at: Sequence[float] | None = None,
    group: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compute the slope of a cause at values of its moderator.

    Parameters
    ----------
    fit : Fit
        With ``outcome ~ cause + moderator + cause:moderator``; the moderator of a square is the cause itself.
    product : str, optional
        Name of the product where it is none such as ``cause:moderator`` (product indicators).
    at : sequence of float, optional
        Values of the moderator; its mean, and a standard deviation below and above it.
    group : int
        Number of the group, from 1.
    level : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``moderator slope se z pvalue ci_lower ci_upper``; the variance of a slope is v11 + 2 z v13 + z^2 v33.

    Raises
    ------
    ModelError
        If the fit has no such equation.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import coprod_measure as cm
    >>> x, z, e = np.random.default_rng(1).standard_normal((3, 400))
    >>> data = pd.DataFrame({"x": x, "z": z, "y": 0.4 * x + 0.3 * x * z + e})
    >>> fit = cm.sem("y ~ x + z + x:z", data)
    >>> cm.simple_slopes(fit, "y", "x", "z", at=[-1, 0, 1])["slope"].round(1).tolist()
    [0.1, 0.4, 0.7]
    """
    share("level", level)
    found = _slope(fit, (outcome, cause, moderator), product, group)
    values = [found.mean + k * found.deviation for k in (-1.0, 0.0, 1.0)] if at is None else list(at)
    grid = np.column_stack([np.ones(len(values)), values])
    slope = grid @ found.value
    se = np.sqrt(np.einsum("ij,jk,ik->i", grid, found.covariance, grid))
    return pd.DataFrame({"moderator": values, "slope": slope, "se": se, **test_columns(slope, se, level)})


def johnson_neyman(
    fit: Fit,
    outcome: str,
    cause: str,
    moderator: str,
    *,
    product: str | None = None,
    group: int = 1,
    level: float = 0.95,
) -> Region:
    """Find the values of a moderator at which the slope of a cause differs from zero.

    Parameters
    ----------
    fit, outcome, cause, moderator, product, group, level
        As of :func:`simple_slopes`.

    Returns
    -------
    Region
        Bounds are roots of (b1 + b3 z)^2 = c^2 (v11 + 2 z v13 + z^2 v33).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import coprod_measure as cm
    >>> x, z, e = np.random.default_rng(1).standard_normal((3, 400))
    >>> data = pd.DataFrame({"x": x, "z": z, "y": 0.4 * x + 0.3 * x * z + e})
    >>> fit = cm.sem("y ~ x + z + x:z", data)
    >>> region = cm.johnson_neyman(fit, "y", "x", "z")
    >>> region.significant, np.round(region.bounds, 1).tolist()
    ('outside', [-1.9, -0.8])
    """
    share("level", level)
    found = _slope(fit, (outcome, cause, moderator), product, group)
    (b1, b3), v = found.value, found.covariance
    square = float(ndtri(0.5 + level / 2.0)) ** 2
    a = b3**2 - square * v[1, 1]
    b = 2.0 * (b1 * b3 - square * v[0, 1])
    c = b1**2 - square * v[0, 0]
    inner = b * b - 4.0 * a * c
    if inner <= 0.0 or a == 0.0:
        everywhere = c > 0.0
        return Region((), "everywhere" if everywhere else "nowhere", float(everywhere))
    low, high = sorted(float((-b + sign * math.sqrt(inner)) / (2.0 * a)) for sign in (-1.0, 1.0))
    between = float(ndtr((high - found.mean) / found.deviation) - ndtr((low - found.mean) / found.deviation))
    outside = a > 0.0
    return Region((low, high), "outside" if outside else "inside", 1.0 - between if outside else between)


def _slope(fit: Fit, names: tuple[str, str, str], product: str | None, group: int) -> _Slope:
    outcome, cause, moderator = names
    model = fit.solution.model
    rows = {
        (row.lhs, row.rhs): k
        for k, row in enumerate(model.table.rows)
        if row.op == "~" and row.group == group
    }
    known = [product] if product else [f"{cause}:{moderator}", f"{moderator}:{cause}"]
    name = next((one for one in known if (outcome, one) in rows), None)
    if name is None or (outcome, cause) not in rows:
        raise ModelError(
            f"the model has no equation of {outcome} with {cause} and {known[0]}",
            place="simple slopes",
            cure="Name outcome, cause and moderator of a product in the model (or product=)",
            code="no-interaction",
        )
    chosen = [rows[outcome, cause], rows[outcome, name]]
    turn = np.array([1.0, 2.0 if cause == moderator else 1.0])
    value = model.values(fit.solution.minimum.x)[chosen] * turn
    slopes = model.row_slopes(fit.solution.minimum.x)[chosen] * turn[:, None]
    implied, matrices = fit.implied[group - 1], model.groups[group - 1]
    k = matrices.latent.index(moderator)
    return _Slope(
        value,
        np.asarray(slopes @ fit.covariance @ slopes.T, dtype=np.float64),
        float(implied.eta_mean[k]),
        float(np.sqrt(implied.v[k, k])),
    )
