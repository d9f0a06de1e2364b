"""`lms`: one interaction or square of factors by maximum likelihood, the third opinion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from coprod_measure.errors import ModelError
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.inference.fit_indices import chi_square_pvalue, information_criteria
from coprod_measure.estimation.two_step.estimate import TwoStep
from coprod_measure.estimation.two_step.latent_moderation import (
    NODES,
    Likelihood,
    Moderation,
    maximise,
)
from coprod_measure.fitting.parameter_frame import test_columns
from coprod_measure.fitting.threads import one_thread
from coprod_measure.fitting.two_step.sam import sam
from coprod_measure.frames import takes_frame
from coprod_measure.notebook import Shown


@dataclass(frozen=True, slots=True, repr=False)
class LmsFit(Shown):
    """A model with a product of factors, by latent moderated structural equations.

    Attributes
    ----------
    parameters : pandas.DataFrame
        ``lhs op rhs label est se z pvalue ci_lower ci_upper``.
    chisq, df, pvalue : float
        Likelihood ratio against the model without products.
    """

    parameters: pd.DataFrame
    log_likelihood: float
    aic: float
    bic: float
    n: int
    n_parameters: int
    n_nodes: int
    n_iterations: int
    converged: bool
    chisq: float
    df: int
    pvalue: float


@takes_frame
def lms(model: str, data: pd.DataFrame, *, nodes: int = NODES) -> LmsFit:
    """Fit a model with products of one moderator by maximum likelihood (Klein & Moosbrugger 2000).

    Exogenous factors and all errors are taken as normal: where they are, this is the most efficient of the
    three ways; where they are not, :func:`coprod_measure.sam` is safer.

    Parameters
    ----------
    model : str
        With ``y ~ x + z + x:z`` or ``x:x``; all products must have one factor in common.
    data : pandas.DataFrame
        Respondents with missing answers are left out.
    nodes : int
        Of the quadrature over the moderator.

    Returns
    -------
    LmsFit
        The mean of a product is taken off its outcome, as far as exogenous factors make it.

    Raises
    ------
    ModelError
        If there is no product, products have no factor in common, or a factor of one is explained.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import coprod_measure as cm
    >>> rng = np.random.default_rng(1)
    >>> x, z, e = rng.standard_normal((3, 200, 1))
    >>> y = 0.4 * x + 0.3 * x * z + e
    >>> answers = np.hstack([f + 0.5 * rng.standard_normal((200, 2)) for f in (x, z, y)])
    >>> data = pd.DataFrame(answers, columns=["x1", "x2", "z1", "z2", "y1", "y2"])
    >>> fit = cm.lms("x =~ x1 + x2; z =~ z1 + z2; y =~ y1 + y2; y ~ x + z + x:z", data, nodes=8)
    >>> fit.parameters.query("rhs == 'x:z'")["est"].round(1).tolist()
    [0.4]
    """
    if nodes < 3:
        raise ModelError(f"{nodes} nodes are too few", place="option nodes", cure="Take 16 or more")
    start = sam(model, data)
    two = start.two
    if not two.parts.products:
        raise ModelError("the model has no product of factors", place="model", cure="Use cm.sem, or add x:z")
    if len(two.model.constraints.equalities) or two.model.constraints.directions is not None:
        raise ModelError("constraints are not available here", place="model", cure="Use cm.sam")
    with one_thread():
        built, numbers = _moderation(two)
        answers = two.sample.groups[0].data
        assert answers is not None
        likelihood = Likelihood(built, answers, nodes)
        begin = two.x[numbers]
        found = maximise(likelihood, begin)
        plain = begin.copy()
        for _, _, number in built.products:
            plain[number] = 0.0
        held = np.array([number for _, _, number in built.products])
        linear = _without(likelihood, plain, held)
    n, q = len(answers), len(numbers)
    criteria = information_criteria(found.log_likelihood, q, n)
    chisq = 2.0 * (found.log_likelihood - linear)
    df = len(held)
    return LmsFit(
        _table(two, numbers, found.x, found.covariance),
        found.log_likelihood,
        criteria["aic"],
        criteria["bic"],
        n,
        q,
        nodes,
        found.n_iterations,
        found.converged,
        chisq,
        df,
        chi_square_pvalue(chisq, df),
    )


def _without(likelihood: Likelihood, start: Floats, held: np.ndarray) -> float:
    """Largest log-likelihood with some parameters held where they are."""
    loose = np.setdiff1d(np.arange(len(start)), held)

    def negative(part: Floats) -> tuple[float, Floats]:
        x = start.copy()
        x[loose] = part
        value, gradient = likelihood.negative(x)
        return value, gradient[loose]

    found = minimize(negative, start[loose], jac=True, method="BFGS", options={"gtol": 1e-4, "maxiter": 500})
    return -float(found.fun)


def _moderation(two: TwoStep) -> tuple[Moderation, np.ndarray]:
    """Cells of the parameters, and their numbers in the joint model."""
    model, group = two.model, two.model.groups[0]
    products = two.parts.products
    explained = {row.lhs for row in model.table.rows if row.op == "~"}
    shared = set.intersection(*(set(name.split(":")) for name in products))
    factors = {part for name in products for part in name.split(":")}
    if not shared or factors & explained or len(model.groups) > 1:
        raise ModelError(
            "products must have one factor in common, and their factors must be causes only, in one group",
            place="model",
            cure="Use cm.sam",
            code="not-one-moderator",
        )
    kept = [name for name in group.latent if name not in products]
    column = {name: k for k, name in enumerate(kept)}
    return _cells(two, kept, column[sorted(shared)[0]])


def _cells(two: TwoStep, kept: list[str], moderator: int) -> tuple[Moderation, np.ndarray]:
    """Sort the rows of the table into matrices."""
    model, group, products = two.model, two.model.groups[0], two.parts.products
    column, items = ({name: k for k, name in enumerate(names)} for names in (kept, group.observed))
    values = model.values(two.x)
    p, m = len(items), len(kept)
    shapes = {"lambda": (p, m), "theta": (p, p), "beta": (m, m), "psi": (m, m), "nu": (p,)}
    cells = {name: np.full(shape, -1) for name, shape in shapes.items()}
    fixed = {name: np.zeros(shape) for name, shape in shapes.items()}
    fixed["lambda"] = group.constant[:, [group.latent.index(name) for name in kept]].copy()
    used: dict[int, int] = {}
    found: list[tuple[int, int, int]] = []
    for k, row in enumerate(model.table.rows):
        free = int(model.free_of_row[k])
        if row.op == "~" and row.rhs in products:
            if free < 0:
                raise ModelError(f"{row.name} is fixed", place=row.place, cure="Leave it free, or use cm.sam")
            a, b = row.rhs.split(":")
            other = b if column[a] == moderator else a
            found.append((column[row.lhs], column[other], used.setdefault(free, len(used))))
            continue
        where = _cell(row.lhs, row.op, row.rhs, column, items)
        if where is None or {row.lhs, row.rhs} & set(products):
            continue
        name, i, j = where
        spots: list[tuple[int, ...]] = [(i,)] if name == "nu" else [(i, j)]
        if name in ("theta", "psi"):
            spots.append((j, i))
        for spot in spots:
            if free >= 0:
                cells[name][spot] = used.setdefault(free, len(used))
            else:
                fixed[name][spot] = values[k]
    order = ("lambda", "theta", "beta", "psi", "nu")
    lam, theta, beta, psi, nu = (cells[name] for name in order)
    known = (fixed["lambda"], fixed["theta"], fixed["beta"], fixed["psi"], fixed["nu"])
    return Moderation(lam, theta, beta, psi, nu, known, moderator, tuple(found)), np.array(list(used))


def _cell(
    lhs: str, op: str, rhs: str, column: dict[str, int], items: dict[str, int]
) -> tuple[str, int, int] | None:
    """Matrix and cell of a row; none for means of factors, which are zero here."""
    if op == "=~" and rhs in items and rhs not in column:
        return "lambda", items[rhs], column[lhs]
    if op in ("=~", "~") and lhs in column and rhs in column:
        return ("beta", column[rhs], column[lhs]) if op == "=~" else ("beta", column[lhs], column[rhs])
    if op == "~~" and lhs in column and rhs in column:
        return "psi", column[lhs], column[rhs]
    if op == "~~" and lhs in items and rhs in items:
        return "theta", items[lhs], items[rhs]
    if op == "~1" and lhs in items:
        return "nu", items[lhs], 0
    return None


def _table(two: TwoStep, numbers: np.ndarray, x: Floats, covariance: Floats) -> pd.DataFrame:
    place = {int(number): k for k, number in enumerate(numbers)}
    se = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    values = two.model.values(two.x)
    rows = []
    for k, row in enumerate(two.model.table.rows):
        free = int(two.model.free_of_row[k])
        if free >= 0 and free not in place:
            continue
        known = free >= 0
        est = x[place[free]] if known else values[k]
        rows.append((row.lhs, row.op, row.rhs, row.label, est, se[place[free]] if known else 0.0))
    frame = pd.DataFrame(rows, columns=["lhs", "op", "rhs", "label", "est", "se"])
    return frame.assign(**test_columns(frame["est"].to_numpy(), frame["se"].to_numpy(), 0.95))
