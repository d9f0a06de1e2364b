"""Kinds of people: latent classes (categorical items) and latent profiles (continuous ones)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from coprod_measure.errors import DataError, EstimationError, NotAvailable, Problem
from coprod_measure.frames import refuse, refuse_magnitudes, takes_frame
from coprod_measure.notebook import Shown
from coprod_measure.structure.methods.answer_patterns import answer_patterns
from coprod_measure.structure.methods.by_degree import by_degree
from coprod_measure.structure.methods.categorical_mixture import CategoricalKernel
from coprod_measure.structure.methods.class_models import ClassModel, Tried
from coprod_measure.structure.methods.class_number import BootstrapTest, bootstrap_test
from coprod_measure.structure.methods.gaussian_mixture import GaussianKernel, Structure
from coprod_measure.structure.methods.mixed_mixture import MixedKernel
from coprod_measure.structure.methods.mixture_em import Kernel

Degrees = Literal["T1", "T2"]
Answers = Literal["auto", "categorical", "continuous", "mixed"]
# Answers with more values than this count as continuous unless told otherwise.
MOST_CATEGORIES = 7
# Numbers of classes in a row with a larger BIC than the smallest so far, after which no more are tried.
PATIENCE = 2


@dataclass(frozen=True, slots=True, repr=False)
class Classes(Shown):
    """Solutions with several numbers of classes.

    Attributes
    ----------
    items, normal_items : tuple of str
        All, and those that are continuous.
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
    normal_items: tuple[str, ...] = ()

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

        Categories: ``class share item category probability``; continuous items: ``class share item mean sd``.
        """
        model, kernel = self.best, self.kernels[self.chosen[0]]
        share, theta = model.mixture.share, model.mixture.theta
        answers = kernel.categorical if isinstance(kernel, MixedKernel) else kernel
        rows: list[dict[str, object]] = []
        for c in range(model.k):
            head = {"class": c + 1, "share": float(share[c])}
            if isinstance(answers, CategoricalKernel):
                of = [name for name in self.items if name not in self.normal_items]
                codes = zip(answers.patterns.item, answers.patterns.codes, strict=True)
                for row, (item, code) in enumerate(codes):
                    value = {"category": float(code), "probability": float(theta["p"][row, c])}
                    rows.append(head | {"item": of[item], **value})
            if "var" in theta:
                var = theta["var"][..., c]
                sd = np.sqrt(np.diagonal(var) if var.ndim == 2 else var)
                for row, name in enumerate(self.normal_items):
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; see :func:`classes`."""

    answers: Answers
    n_classes: Sequence[int]
    structures: Sequence[Structure | Degrees]
    starts: int
    seed: int
    names: Sequence[str] = ()
    """Items that are categories however many values they have."""


@takes_frame
def classes(
    data: pd.DataFrame,
    items: Sequence[str],
    *,
    answers: Answers = "auto",
    n_classes: int | Sequence[int] = (1, 2, 3, 4, 5, 6),
    structures: Sequence[Structure | Degrees] = ("EEI", "VVI"),
    starts: int = 20,
    blrt: int = 0,
    seed: int = 1,
) -> Classes:
    """Look for kinds of people by latent class or latent profile analysis.

    Parameters
    ----------
    data : pandas.DataFrame
        One row a person; people without any answer are left out, single missing answers are not.
    answers : str
        ``"categorical"``, ``"continuous"``, ``"mixed"`` (items with at most seven values are categories), or
        ``"auto"``: categorical if no item has more than seven values, all of them whole, else continuous.
    n_classes : sequence of int
        Numbers to try, from 1; in each structure no more once BIC was larger than its smallest twice running.
    structures : sequence of str
        Of continuous items: ``EII VII EEI VVI EEE VVV``, see
        :class:`coprod_measure.structure.methods.gaussian_mixture.GaussianKernel`. Of all items ``T1`` and
        ``T2``: one class, whose people differ by degree in one or two traits (:func:`.by_degree.by_degree`).
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
    return all_classes(data, items, Asked(answers, n_classes, structures, starts, seed), blrt=blrt)


def best_of_classes(data: pd.DataFrame, items: Sequence[str], asked: Asked) -> Classes:
    """Choose the best of :func:`classes` as it would; for thousands of samples.

    Solutions that BIC will not choose are not followed to their end (:class:`.class_models.Tried`); they are
    among those that are not available.
    """
    return all_classes(data, items, asked, only_best=True)


def all_classes(
    data: pd.DataFrame, items: Sequence[str], asked: Asked, *, blrt: int = 0, only_best: bool = False
) -> Classes:
    """Look for what is asked; see :func:`classes` and :func:`best_of_classes`."""
    n_classes, structures = asked.n_classes, asked.structures
    frame = _checked(data, items, n_classes, structures, asked.starts)
    x = frame.to_numpy(float)
    few = _categorical(x, asked.answers) | np.array([name in asked.names for name in items])
    kernels = _kernels(x, tuple(items), few, structures)
    rng = np.random.default_rng(asked.seed)
    tried = Tried(kernels, asked.starts, rng, only_best=only_best)
    for structure in kernels:
        before: list[tuple[str, int]] = []
        worse = 0
        for k in sorted(set(n_classes)):
            if not tried.begin((structure, k)):
                continue
            worse = 0 if tried.leads((structure, k), before) else worse + 1
            before.append((structure, k))
            if worse == PATIENCE:
                break
    if tried.known:
        _add_degrees(tried, [int(one[1:]) for one in structures if one in get_args(Degrees)])
    if not tried.known:
        cure = "Ask more people, or take fewer items"
        raise EstimationError(next(iter(tried.unavailable.values())).reason, place="classes", cure=cure)
    chosen = tried.best()
    models = tried.models
    kernels |= {name: next(iter(kernels.values())) for name, _ in models if name not in kernels}
    tests: dict[tuple[str, int], BootstrapTest] = {}
    if blrt:
        structure, best = chosen
        for k in (best - 1, best):
            if (structure, k) in models and (structure, k + 1) in models:
                small, large = models[structure, k].mixture, models[structure, k + 1].mixture
                tests[structure, k] = bootstrap_test(kernels[structure], small, large, draws=blrt, rng=rng)
    normal = tuple(name for name, own in zip(items, few, strict=True) if not own)
    return Classes(tuple(items), frame.index, kernels, models, tried.unavailable, tests, chosen, normal)


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
    known = (*get_args(Structure), *get_args(Degrees))
    unknown = sorted(set(structures) - set(known))
    if unknown:
        cure = f"Use {', '.join(known)}"
        problems.append(
            Problem("option structures", f"{', '.join(unknown)} is not known", cure, "unknown-choice")
        )
    if not n_classes or min(n_classes) < 1 or starts < 1:
        cure = "Give numbers from 1"
        problems.append(Problem("option n_classes or starts", "is below 1", cure, "bad-number"))
    if len(items) < 2:
        problems.append(Problem("items", "one item shows no classes", "Name two or more", "too-few-items"))
    if not problems and data[list(items)].isna().all(axis=None):
        cure = "Look whether the file is complete, or a filter left nothing"
        problems = [Problem("data", "nobody answered any of these items", cure, "no-rows")]
    if not problems:
        problems = [
            Problem(
                f"item {name}",
                "does not vary" if data[name].nunique() else "has no answers",
                "Leave it out",
                "constant",
            )
            for name in items
            if data[name].nunique() < 2
        ]
    if problems:
        raise DataError.from_problems(problems)
    frame = data[list(items)].apply(pd.to_numeric, errors="coerce").dropna(how="all")
    refuse_magnitudes(frame.to_numpy(float), items, infinite=True)
    return frame


def _categorical(x: np.ndarray, answers: str) -> np.ndarray:
    """Say of each item whether its values are categories; bool, shape (n_items,)."""
    if answers not in get_args(Answers):
        raise DataError(
            f"{answers!r} is not known", place="option answers", cure=f"Use {', '.join(get_args(Answers))}"
        )
    known = [column[~np.isnan(column)] for column in x.T]
    few = np.array([len(np.unique(column)) <= MOST_CATEGORIES for column in known])
    if answers == "auto":
        whole = all((column == np.round(column)).all() for column in known)
        return np.full(len(few), bool(few.all() and whole))
    return few if answers == "mixed" else np.full(len(few), answers == "categorical")


def _kernels(
    x: np.ndarray, items: tuple[str, ...], few: np.ndarray, structures: Sequence[str]
) -> dict[str, Kernel]:
    named = tuple(name for name, own in zip(items, few, strict=True) if own)
    if few.all():
        return {"LCA": CategoricalKernel(answer_patterns(x, items))}
    full = [s for s in structures if s in ("EEE", "VVV")]
    if full and (few.any() or np.isnan(x).any()):
        cause = f"{', '.join(full)} needs complete answers, all of them continuous"
        raise DataError(cause, place="option structures", cure="Use EEI or VVI, or drop incomplete rows")
    normal = {one: GaussianKernel(x[:, ~few], one) for one in get_args(Structure) if one in structures}
    if not few.any():
        return {str(structure): kernel for structure, kernel in normal.items()}
    categorical = CategoricalKernel(answer_patterns(x[:, few], named))
    return {structure: MixedKernel(categorical, own) for structure, own in normal.items()}


def _add_degrees(tried: Tried, traits: Sequence[int]) -> None:
    """Fit people of one kind with traits; what they are like in the mean is that of one class.

    Once a number of traits has a smaller BIC than all classes, no more are needed.
    """
    one = next((model for (_, k), model in tried.models.items() if k == 1), None)
    kernel = next(iter(tried.kernels.values()))
    classes_only = tried.known
    for number in traits if one is not None else ():
        assert one is not None
        assert isinstance(kernel, CategoricalKernel | GaussianKernel | MixedKernel)
        try:
            own = by_degree(kernel, number)
        except EstimationError:
            continue
        if not own.converged:
            continue
        mixture = replace(
            one.mixture, loglik=own.loglik, n_parameters=own.n_parameters, converged=own.converged
        )
        key = f"T{number}", 1
        tried.models[key] = replace(one, structure=key[0], mixture=mixture)
        if tried.leads(key, classes_only):
            break
