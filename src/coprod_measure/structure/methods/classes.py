"""Kinds of people: latent classes (categorical items) and latent profiles (continuous ones)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError, EstimationError, NotAvailable, Problem
from coprod_measure.frames import refuse, refuse_magnitudes, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.answer_patterns import answer_patterns
from coprod_measure.structure.methods.categorical_mixture import CategoricalKernel
from coprod_measure.structure.methods.class_number import BootstrapTest, bootstrap_test
from coprod_measure.structure.methods.gaussian_mixture import GaussianKernel, Structure
from coprod_measure.structure.methods.mixture_em import Kernel, Mixture, by_size, fit_mixture

Answers = Literal["auto", "categorical", "continuous"]
# Answers with more values than this count as continuous unless told otherwise.
MOST_CATEGORIES = 7


@dataclass(frozen=True, slots=True)
class ClassModel:
    """A number of classes of one structure; classes in order of size, the largest first.

    Attributes
    ----------
    structure : str
        ``"LCA"`` for categorical items, else as in mclust.
    mixture : Mixture
    posterior : ndarray, shape (n_people, k)
    """

    structure: str
    mixture: Mixture
    posterior: np.ndarray

    @property
    def k(self) -> int:
        """Number of classes."""
        return self.mixture.k

    @property
    def modal(self) -> np.ndarray:
        """Most probable class of each person, from 0; shape (n_people,)."""
        return np.asarray(self.posterior.argmax(axis=1))

    @property
    def entropy(self) -> float:
        """Relative entropy: 1 means that everybody's class is certain."""
        if self.k == 1:
            return 1.0
        p = np.maximum(self.posterior, 1e-300)
        return float(1.0 + (self.posterior * np.log(p)).sum() / (len(p) * np.log(self.k)))

    def criteria(self) -> dict[str, float]:
        """AIC, BIC, sample-size adjusted BIC (Sclove 1987) and integrated classification likelihood."""
        n, q, deviance = len(self.posterior), self.mixture.n_parameters, -2 * self.mixture.loglik
        bic = deviance + q * np.log(n)
        p = np.maximum(self.posterior, 1e-300)
        return {
            "aic": deviance + 2 * q,
            "bic": bic,
            "sabic": deviance + q * np.log((n + 2) / 24),
            "icl": bic - 2 * float((self.posterior * np.log(p)).sum()),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Classes(Shown):
    """Solutions with several numbers of classes.

    Attributes
    ----------
    items : tuple of str
    people : pandas.Index
        Rows of the data that were used.
    kernels : mapping of str to Kernel
        By structure.
    models : mapping of (str, int) to ClassModel
    unavailable : mapping of (str, int) to NotAvailable
    tests : mapping of (str, int) to BootstrapTest
        k classes against one more.
    chosen : (str, int)
        Smallest BIC among all; one class means that there are no kinds.
    """

    items: tuple[str, ...]
    people: pd.Index
    kernels: Mapping[str, Kernel]
    models: Mapping[tuple[str, int], ClassModel]
    unavailable: Mapping[tuple[str, int], NotAvailable]
    tests: Mapping[tuple[str, int], BootstrapTest]
    chosen: tuple[str, int]

    @property
    def best(self) -> ClassModel:
        """The chosen solution."""
        return self.models[self.chosen]

    def table(self) -> pd.DataFrame:
        """One row a solution.

        Columns ``structure classes chosen loglik n_parameters aic bic sabic icl entropy smallest smallest_n
        replicated finished blrt blrt_pvalue``; ``blrt`` tests one class less against this number.
        """
        rows = []
        for (structure, k), model in self.models.items():
            test = self.tests.get((structure, k - 1))
            counts = np.bincount(model.modal, minlength=k)
            rows.append(
                {
                    "structure": structure,
                    "classes": k,
                    "chosen": (structure, k) == self.chosen,
                    "loglik": model.mixture.loglik,
                    "n_parameters": model.mixture.n_parameters,
                    **model.criteria(),
                    "entropy": model.entropy,
                    "smallest": float(model.mixture.share.min()),
                    "smallest_n": int(counts.min()),
                    "replicated": model.mixture.replicated,
                    "finished": model.mixture.finished,
                    "blrt": np.nan if test is None else test.statistic,
                    "blrt_pvalue": np.nan if test is None else test.pvalue,
                }
            )
        return pd.DataFrame(rows)

    def profile(self) -> pd.DataFrame:
        """Describe the chosen classes, numbered from 1.

        Categorical: ``class share item category probability``; continuous: ``class share item mean sd``.
        """
        model, kernel = self.best, self.kernels[self.chosen[0]]
        share, theta = model.mixture.share, model.mixture.theta
        rows = []
        for c in range(model.k):
            head = {"class": c + 1, "share": float(share[c])}
            if isinstance(kernel, CategoricalKernel):
                for row, (item, code) in enumerate(
                    zip(kernel.patterns.item, kernel.patterns.codes, strict=True)
                ):
                    value = {"category": float(code), "probability": float(theta["p"][row, c])}
                    rows.append(head | {"item": self.items[item], **value})
            else:
                var = theta["var"][..., c]
                sd = np.sqrt(np.diagonal(var) if var.ndim == 2 else var)
                for row, name in enumerate(self.items):
                    rows.append(
                        head | {"item": name, "mean": float(theta["mean"][row, c]), "sd": float(sd[row])}
                    )
        return pd.DataFrame(rows)

    def members(self) -> pd.DataFrame:
        """One row a person: ``class`` (most probable, from 1), then ``p1``, ``p2``, ..."""
        found = pd.DataFrame(
            self.best.posterior, index=self.people, columns=[f"p{c + 1}" for c in range(self.best.k)]
        )
        found.insert(0, "class", self.best.modal + 1)
        return found


@takes_frame
def classes(
    data: pd.DataFrame,
    items: Sequence[str],
    *,
    answers: Answers = "auto",
    n_classes: int | Sequence[int] = (1, 2, 3, 4, 5, 6),
    structures: Sequence[Structure] = ("EEI", "VVI"),
    starts: int = 20,
    blrt: int = 0,
    seed: int = 1,
) -> Classes:
    """Look for kinds of people by latent class or latent profile analysis.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person; people without any answer are left out, single missing answers are not.
    items : sequence of str
    answers : str
        ``"categorical"``, ``"continuous"``, or ``"auto"``: categorical if no item has more than seven values,
        all of them whole.
    n_classes : sequence of int
        Numbers to try, from 1.
    structures : sequence of str
        Of continuous items: ``EII VII EEI VVI EEE VVV``, see
        :class:`coprod_measure.structure.methods.gaussian_mixture.GaussianKernel`.
    starts : int
        Random starts; the better half is followed to the end.
    blrt : int
        Draws of the bootstrap likelihood-ratio tests around the chosen number: of one less against it, and of
        it against one more; 0 for none.

    Raises
    ------
    DataError
        If an item is missing, does not vary, or an option is wrong.

    Notes
    -----
    Collins, L. M., & Lanza, S. T. (2010). *Latent class and latent transition analysis*. Items are
    independent within classes (except for ``EEE`` and ``VVV``).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> kind = rng.integers(0, 2, (300, 1))
    >>> data = pd.DataFrame((rng.random((300, 4)) < np.where(kind, 0.9, 0.2)) * 1, columns=list("abcd"))
    >>> found = classes(data, list("abcd"), n_classes=[1, 2, 3], starts=5)
    >>> found.chosen
    ('LCA', 2)
    """
    n_classes = (n_classes,) if isinstance(n_classes, int) else n_classes
    frame = _checked(data, items, n_classes, structures, starts)
    x = frame.to_numpy(float)
    kernels = _kernels(x, tuple(items), _kind(x, answers), structures)
    rng = np.random.default_rng(seed)
    models: dict[tuple[str, int], ClassModel] = {}
    unavailable: dict[tuple[str, int], NotAvailable] = {}
    for structure, kernel in kernels.items():
        for k in sorted(set(n_classes)):
            try:
                models[structure, k] = _model(structure, kernel, k, starts, rng)
            except EstimationError as error:
                unavailable[structure, k] = NotAvailable(str(error))
    if not models:
        raise EstimationError(next(iter(unavailable.values())).reason, place="classes")
    chosen = min(models, key=lambda key: models[key].criteria()["bic"])
    tests: dict[tuple[str, int], BootstrapTest] = {}
    if blrt:
        structure, best = chosen
        for k in (best - 1, best):
            if (structure, k) in models and (structure, k + 1) in models:
                small, large = models[structure, k].mixture, models[structure, k + 1].mixture
                tests[structure, k] = bootstrap_test(kernels[structure], small, large, draws=blrt, rng=rng)
    return Classes(tuple(items), frame.index, kernels, models, unavailable, tests, chosen)


def _checked(
    data: pd.DataFrame, items: Sequence[str], n_classes: Sequence[int], structures: Sequence[str], starts: int
) -> pd.DataFrame:
    problems = [
        Problem(f"item {name}", "is not in the data", "Correct the name", "missing-column")
        for name in items
        if name not in data.columns
    ]
    if not problems:
        refuse(data, items)
    unknown = sorted(set(structures) - set(get_args(Structure)))
    if unknown:
        cure = f"Use {', '.join(get_args(Structure))}"
        problems.append(
            Problem("option structures", f"{', '.join(unknown)} is not known", cure, "unknown-choice")
        )
    if not n_classes or min(n_classes) < 1 or starts < 1:
        cure = "Give numbers from 1"
        problems.append(Problem("option n_classes or starts", "is below 1", cure, "bad-number"))
    if len(items) < 2:
        problems.append(Problem("items", "one item shows no classes", "Name two or more", "too-few-items"))
    if not problems:
        problems = [
            Problem(f"item {name}", "does not vary", "Leave it out", "constant")
            for name in items
            if data[name].nunique() < 2
        ]
    if problems:
        raise DataError.from_problems(problems)
    frame = data[list(items)].apply(pd.to_numeric).dropna(how="all")
    refuse_magnitudes(frame.to_numpy(float), items, infinite=True)
    return frame


def _kind(x: np.ndarray, answers: str) -> str:
    if answers not in get_args(Answers):
        raise DataError(
            f"{answers!r} is not known", place="option answers", cure=f"Use {', '.join(get_args(Answers))}"
        )
    if answers != "auto":
        return answers
    known = [column[~np.isnan(column)] for column in x.T]
    few = all(len(np.unique(c)) <= MOST_CATEGORIES and (c == np.round(c)).all() for c in known)
    return "categorical" if few else "continuous"


def _kernels(
    x: np.ndarray, items: tuple[str, ...], kind: str, structures: Sequence[Structure]
) -> dict[str, Kernel]:
    if kind == "categorical":
        return {"LCA": CategoricalKernel(answer_patterns(x, items))}
    full = [s for s in structures if s in ("EEE", "VVV")]
    if full and np.isnan(x).any():
        cause = f"{', '.join(full)} needs complete answers"
        raise DataError(cause, place="option structures", cure="Use EEI or VVI, or drop incomplete rows")
    return {structure: GaussianKernel(x, structure) for structure in structures}


def _model(structure: str, kernel: Kernel, k: int, starts: int, rng: np.random.Generator) -> ClassModel:
    mixture = by_size(fit_mixture(kernel, k, starts=starts, rng=rng))
    posterior = mixture.posterior
    people = posterior[kernel.patterns.pattern] if isinstance(kernel, CategoricalKernel) else posterior
    return ClassModel(structure, mixture, people)
