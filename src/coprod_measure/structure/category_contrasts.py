"""Contrasts of categories that were planned: which categories they weigh, and what comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.stats import t as t_distribution

from coprod_measure.errors import DataError
from coprod_measure.structure import log_odds
from coprod_measure.structure.evidence import Finding, Reason
from coprod_measure.structure.methods.cluster_robust import cluster_robust
from coprod_measure.structure.methods.mixed_model import Contrast, mixed_model
from coprod_measure.structure.regression import LOG_ODDS
from coprod_measure.structure.rows_of_people import PERSON, Rows
from coprod_measure.theory.definition import Hypothesis

GAP = "mean_gap"


def called(word: str, groups: Sequence[str]) -> tuple[str, ...]:
    """Give the groups that a word calls: the one of that very name, else all whose names hold it.

    Examples
    --------
    >>> called("no", ["No", "Not yet", "Yes"]), called("wash", ["Washing machine", "Car"])
    (('No',), ('Washing machine',))
    """
    names = {name: str(name).casefold() for name in groups}
    same = tuple(name for name, text in names.items() if text == word.casefold())
    return same or tuple(name for name, text in names.items() if word.casefold() in text)


def planned_weights(weights: Mapping[str, float], groups: Sequence[str]) -> dict[str, float]:
    """Weigh the categories whose names hold a word, so that each side of the contrast adds up to one.

    Of several words in one name the longest counts.

    Raises
    ------
    DataError
        If two words of one length give a category different weights.

    Examples
    --------
    >>> planned_weights({"male": 1, "female": -1}, ["Female", "Male", "Other"])
    {'Female': -1.0, 'Male': 1.0}
    """
    longest: dict[str, str] = {}
    for word in weights:
        for name in called(word, groups):
            other = longest.get(name, "")
            if len(other) == len(word) and weights[other] != weights[word]:
                cause = f"{other!r} and {word!r} both call {name} and weigh it differently"
                raise DataError(cause, place="contrast", cure="Write its whole name", code="two-words")
            longest[name] = max(other, word, key=len)
    found = {name: weights[longest[name]] for name in groups if name in longest}
    sides = {sign: sum(abs(w) for w in found.values() if w * sign > 0) for sign in (1, -1)}
    if not all(sides.values()):
        return {}
    return {name: w / sides[1 if w > 0 else -1] for name, w in found.items()}


def sides_of(weights: Mapping[str, float]) -> dict[str, tuple[str, ...]]:
    """Name the groups that are weighed above zero (``higher``), and below (``lower``)."""
    return {
        side: tuple(name for name, weight in weights.items() if weight * sign > 0)
        for side, sign in (("higher", 1), ("lower", -1))
    }


def unmet_words(words: Iterable[str], groups: Sequence[str]) -> tuple[str, ...]:
    """Words that no category bears in its name."""
    return tuple(word for word in words if not called(word, groups))


def planned_contrast(
    hypothesis: Hypothesis, rows: Rows, sorting: str, target: str, planned: Mapping[str, float]
) -> tuple[Finding, list[Reason]]:
    """Test the contrast by the model that rows of people, yes/no outcomes and controls ask for."""
    reasons = [Reason("planned_categories", sides_of(planned))]
    repeated = bool(rows.frame[PERSON].duplicated().any())
    yes_no = repeated and log_odds.is_yes_no(rows, target, fixed=True)
    if yes_no:
        c = log_odds.contrast(rows, target, planned)
        reasons.append(Reason("on_log_odds", {"targets": (target,)}))
    elif repeated:
        model = mixed_model(rows.frame, target, rows.held, [PERSON], categories=rows.by)
        c = model.contrast({f"{rows.by} {name}": weight for name, weight in planned.items()})
    elif rows.held:
        c = _by_least_squares(rows, target, planned)
    if repeated or rows.held:
        estimate, se, p, lower, upper = c.estimate, c.se, c.pvalue, c.ci_lower, c.ci_upper
    else:
        from coprod_measure.structure.methods.contrasts import contrasts

        plan: dict[object, float] = dict(planned.items())
        row = contrasts(rows.frame, target, [rows.by], planned={"planned": plan}).table().iloc[0]
        estimate, se, p, lower, upper = (
            float(row[name]) for name in ("estimate", "se", "pvalue", "ci_lower", "ci_upper")
        )
        if not se > 0:
            raise DataError(
                f"everybody in the categories of its contrast gave the same answer to {target}",
                code="constant-group",
            )
    finding = Finding(
        hypothesis=hypothesis.id, source=sorting, target=target, expected=1,
        measure=LOG_ODDS if yes_no else GAP, model="contrast",
        respondents=rows.respondents, n=len(rows.frame), estimate=estimate, se=se, ci_lower=lower,
        ci_upper=upper, pvalue=p, direction=1 if estimate > 0 else -1,
    )  # fmt: skip
    return finding, reasons


def _by_least_squares(rows: Rows, target: str, planned: Mapping[str, float]) -> Contrast:
    """Weigh the means of categories beside controls, one row a person; errors allow for unequal variances."""
    X, names = rows.design()
    found = cluster_robust(rows.frame[target].to_numpy(float), X, rows.frame[PERSON].to_numpy())
    w = np.array([*(planned.get(name, 0.0) for name in names), *(0.0 for _ in rows.held)])
    estimate, se, df = float(w @ found.coef), float(np.sqrt(w @ found.cov @ w)), found.clusters - 1
    half = float(t_distribution.ppf(0.975, df)) * se
    p = 2 * float(t_distribution.sf(abs(estimate) / se, df))
    return Contrast(estimate, se, df, estimate / se, p, estimate - half, estimate + half)
