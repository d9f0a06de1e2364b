"""What a search, standard errors, tests and fit measures ask of a discrepancy: each estimator answers once.

At a point x of the free parameters a discrepancy knows its value F, its gradient, and the information of
one observation, which serves as metric for Fisher scoring (half the expected Hessian of F). N F is the
chi-square.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np

from coprod_measure.errors import NotAvailable
from coprod_measure.estimation.arrays import Floats
from coprod_measure.estimation.model.model import Model

MomentName = tuple[str, str, str]
Found = TypeVar("Found")

# What the model leaves of a moment's variance, beside that variance, where it reproduces the moment.
NOTHING = 1e-9
# Corrected tests that take the second trace too.
ADJUSTED = ("mean_var_adjusted", "scaled_shifted")


@dataclass(frozen=True, slots=True)
class Traces:
    """Traces of U Gamma and of its square; the second is NaN where a test does not ask for it."""

    first: float
    second: float = np.nan


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large residuals and moments of a group are, in the metric of the discrepancy.

    Attributes
    ----------
    share : float
        Of the group among the respondents.
    residual, whole : float
        Squared distance of the sample moments from the implied ones, and from nothing.
    count : int
        Moments.
    """

    share: float
    residual: float
    whole: float
    count: int


@dataclass(frozen=True, slots=True)
class IndexTest:
    """A chi-square for indices of approximate fit only, as data without the violation would give it.

    Attributes
    ----------
    trace : float
        Its expectation under a correct model; over the degrees of freedom, the c of the robust indices.
    """

    chi_square: float
    trace: float


@dataclass(frozen=True, slots=True)
class Bordered:
    """Information about q parameters, and what one further parameter at a time adds to it.

    Attributes
    ----------
    own : (q, q) float
    across : (r, q) float
        Of each further parameter with the q.
    diagonal : (r,) float
        Of each further parameter by itself.
    """

    own: Floats
    across: Floats
    diagonal: Floats

    @classmethod
    def of(cls, information: Floats, q: int) -> Bordered:
        """Cut the information about all q + r parameters."""
        return cls(information[:q, :q], information[q:, :q], np.diagonal(information)[q:])


class Last(Generic[Found]):
    """What was computed at the point asked for last: value, gradient and information are asked in turn."""

    __slots__ = ("_found", "_model", "_x")

    def __init__(self) -> None:
        self._found: list[Found] = []
        self._model: Model | None = None
        self._x: Floats = np.empty(0)

    def at(self, model: Model, x: Floats, compute: Callable[[], Found]) -> Found:
        """Give it again at the same point, else compute and keep it."""
        if not self._found or self._model is not model or not np.array_equal(self._x, x):
            self._found = [compute()]
            self._model, self._x = model, x.copy()
        return self._found[0]


class Discrepancy(ABC):
    """Distance between sample and implied moments.

    Attributes
    ----------
    likelihood : bool
        Whether its minimum maximises a likelihood.
    complete : bool
        Whether that is the normal likelihood of complete data, whose independence model has a closed form.
    one_less : bool
        Whether F counts one respondent less a group, as lavaan's least squares do.
    at_once : int
        For how many further parameters :meth:`bordered` is asked in one go: few where it makes the whole
        matrix, many where what it computes of the first ones costs most.
    """

    __slots__ = ()

    likelihood: ClassVar[bool] = False
    complete: ClassVar[bool] = False
    one_less: ClassVar[bool] = False
    at_once: ClassVar[int] = 400

    @property
    def curvature_pays(self) -> bool:
        """Whether a Hessian is worth its price in the search, where scoring converges anyway."""
        return True

    @property
    def testable(self) -> bool:
        """Whether its minimum can be referred to a saturated model."""
        return True

    @property
    def unit(self) -> float:
        """How large F is for a model that says nothing, where that depends on the unit of the answers."""
        return 1.0

    @abstractmethod
    def value(self, model: Model, x: Floats) -> float:
        """F at x; infinite where the model implies impossible moments."""

    @abstractmethod
    def gradient(self, model: Model, x: Floats) -> Floats:
        """Differentiate F by the free parameters, shape (q,)."""

    @abstractmethod
    def information(self, model: Model, x: Floats) -> Floats:
        """Half the expected Hessian of F, shape (q, q)."""

    def scoring(self, model: Model, x: Floats) -> Floats:
        """Give the information, or what is near it and costs less, for the steps of a search."""
        return self.information(model, x)

    def bordered(self, model: Model, x: Floats, q: int) -> Bordered:
        """Take the parts of the information that one further parameter at a time needs beside the first q."""
        return Bordered.of(self.information(model, x), q)

    @abstractmethod
    def hessian(self, model: Model, x: Floats) -> Floats:
        """Second derivatives of F, shape (q, q)."""

    def linearized_hessian(self, model: Model, x: Floats) -> Floats:
        """Take the Hessian as if the moments were linear in the parameters, where that makes a difference.

        lavaan calls this ``observed.information = "h1"`` and takes it for robust tests unless the estimator
        is MLR.
        """
        return self.hessian(model, x)

    def chi_square(self, model: Model, x: Floats, value: float, n: float) -> float:
        """N F, with ``value`` F at x."""
        return n * value

    @abstractmethod
    def meat(self, model: Model, x: Floats, *, casewise: bool) -> Floats:
        """Middle of the sandwich of one observation, shape (q, q).

        Where there are both kinds, from the scores of respondents (``casewise``; Huber 1967), or from the
        sampling covariance of the moments (Browne 1984).
        """

    @abstractmethod
    def normal_meat(self, model: Model, x: Floats) -> Floats:
        """Middle of the sandwich, shape (q, q), if complete answers were normal (Browne 1984)."""

    @abstractmethod
    def traces(
        self, model: Model, x: Floats, inverse: Floats, test: str, *, expected: bool = False
    ) -> Traces:
        """Traces that a corrected test takes.

        Parameters
        ----------
        inverse : (q, q) float
            Of the information of one observation, under the constraints.
        test : str
            Its name, as in :class:`coprod_measure.fitting.options.FitOptions`.
        expected : bool
            Whether the information about the moments of incomplete data is expected too, not observed.

        Raises
        ------
        EstimationError
            If the saturated model is not identified.
        """

    @abstractmethod
    def moment_names(self, model: Model) -> list[list[MomentName]]:
        """Name the moments as lhs, op, rhs; one list a group, in the order of :meth:`residuals`."""

    @abstractmethod
    def residuals(self, model: Model, x: Floats) -> list[Floats]:
        """Sample minus implied moments, group by group."""

    @abstractmethod
    def correlation_residuals(self, model: Model, x: Floats) -> list[Floats]:
        """Compute residuals on the scale of correlations."""

    @abstractmethod
    def residual_errors(
        self, model: Model, x: Floats, directions: Floats | None, *, robust: bool
    ) -> list[Floats]:
        """Take standard errors of the sample moments, or of the residuals; NaN where zero by construction.

        Parameters
        ----------
        directions : (q, r) float or None
            What the constraints leave free: of the residuals. None: of the sample moments.
        robust : bool
            Without the assumption of normality, where errors are known so.
        """

    @abstractmethod
    def moment_slopes(self, model: Model, x: Floats) -> Floats:
        """Differentiate all moments by the free parameters, shape (moments, q)."""

    @abstractmethod
    def srmr(self, model: Model, x: Floats) -> float:
        """Standardised root mean square residual, groups by their shares (Bentler 1995)."""

    @abstractmethod
    def sizes(self, model: Model, x: Floats, *, means: bool = False) -> list[Sizes]:
        """Sizes of residuals and moments, group by group, for GFI and its kin; if asked for, of means too."""

    def surrogate(self) -> Discrepancy | None:
        """Give a cheaper discrepancy with a minimum nearby, to try starting points, if there is one."""
        return None

    def saturated_log_likelihoods(self) -> list[float]:
        """Log-likelihood of each group under its own moments; empty where no likelihood is maximised."""
        return []

    def index_test(
        self, model: Model, x: Floats, directions: Floats, *, robust: bool
    ) -> IndexTest | NotAvailable:
        """Chi-square and expectation as complete data would give them, where the data are incomplete."""
        return NotAvailable("the data were not analysed as incomplete")


def inverse_along(information: Floats, directions: Floats) -> Floats:
    """Invert an information matrix along the directions that constraints leave free, shape (q, q)."""
    reduced = directions.T @ information @ directions
    diagonal = np.diagonal(reduced)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    inverse = np.linalg.pinv(reduced / np.outer(scale, scale), rcond=1e-9, hermitian=True)
    return np.asarray(directions @ (inverse / np.outer(scale, scale)) @ directions.T, dtype=np.float64)


def root(variance: Floats, whole: Floats, n: float) -> Floats:
    """Take errors of residuals from variances of one observation; NaN for what is zero by construction.

    That is what is nothing beside the variance of the moment itself, whatever its unit.
    """
    return np.sqrt(np.where(variance > NOTHING * whole, variance, np.nan) / n)
