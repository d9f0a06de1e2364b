"""Sound answers, what spoils them, and every public function that takes a frame and names of its columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import coprod_measure as cm

N = 120
SPOILT: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "sound": lambda d: d,
    "text": lambda d: d.assign(a=["%s%n"] * len(d)),
    "dates as text": lambda d: d.assign(b=["99999-01-01"] * len(d)),
    "one text": lambda d: d.assign(b=["x", *d["b"].tolist()[1:]] if len(d) else []),
    "huge": lambda d: d.assign(a=pd.to_numeric(d["a"], errors="coerce") * 1e200),
    "constant": lambda d: d.assign(b=3),
    "nothing": lambda d: d.assign(a=np.nan),
    "infinite": lambda d: d.assign(b=np.where(np.arange(len(d)) == 2, np.inf, 3.0)),
    "twins": lambda d: d.assign(b=d["a"]),
    "few rows": lambda d: d.iloc[:5],
    "no rows": lambda d: d.iloc[:0],
    "no groups": lambda d: d.assign(g=None, id=None, w=None),
    "categories": lambda d: d.assign(b=pd.Categorical(d["b"].astype(str))),
    "a date": lambda d: d.assign(b=pd.Timestamp("2026-01-01")),
    "yes and no": lambda d: d.assign(a=[bool(k % 3) for k in range(len(d))]),
    "a column less": lambda d: d.drop(columns="a"),
    "complex": lambda d: d.assign(a=np.arange(len(d)) * 1j),
    "lists": lambda d: d.assign(b=[[1]] * len(d)),
    "one index": lambda d: d.set_axis([0] * len(d), axis=0),
    "a name twice": lambda d: pd.concat([d, d[["b"]]], axis=1),
}
LAYOUT: dict[str, Any] = {"person": "id", "wave": "w"}
TWO = "f =~ a + b\nh =~ c + d\nh ~ f"
ONE = {"f": list("abcd")}
FUNCTIONS: dict[str, Callable[[pd.DataFrame], object]] = {
    "micom": lambda d: cm.micom(TWO, d, "y", draws=20),
    "pls_groups": lambda d: cm.pls_groups(TWO, d, "y", draws=20),
    "conjoint": lambda d: cm.conjoint(d, ["a", "b"], person="id", task="task", chosen="y", draws=5),
    "growth_curves": lambda d: cm.growth_curves(d, "a", **LAYOUT),
    "selection": lambda d: cm.selection(d, "a", ["b"], ["b", "c"], selected="y"),
    "best_group": lambda d: cm.best_group(d, "a", ["id"], "id", predictors=["b"], draws=50)[1],
    "moderated_mediation": lambda d: cm.moderated_mediation(
        d, outcome="c", predictor="a", mediator="b", moderator="d", bootstrap=20
    ),
    "moderation": lambda d: cm.moderation(d, "a", "b", "c"),
    "panel": lambda d: cm.panel(d, ["a", "b"], **LAYOUT),
    "within_between": lambda d: cm.within_between(d, "a", ["b"], ["id"], by="id"),
    "two_level_mediation": lambda d: cm.two_level_mediation(d, "a", ["b"], "c", by="id", draws=50),
    "attrition": lambda d: cm.attrition(d, ["a"], **LAYOUT),
    "sequential_logit": lambda d: cm.sequential_logit(d, "w", ["a"]),
    "latent_markov": lambda d: cm.latent_markov(d, ["a", "b"], states=(2,), starts=2, **LAYOUT),
    "transitions": lambda d: cm.transitions(d, "y", **LAYOUT),
    "judgement_rules": lambda d: cm.judgement_rules(d, "a", ["b", "c"], stated="w", repeats=1),
    "mixture_regression": lambda d: cm.mixture_regression(d, "a", ["b"], n_classes=(1, 2), starts=2),
    "hazard": lambda d: cm.hazard(d, "w", "y", ["a"], draws=100),
    "dual_change": lambda d: cm.dual_change(d, ["a"], **LAYOUT),
    "permutation_test": lambda d: cm.permutation_test(ONE, d, group="g", draws=3),
    "alignment": lambda d: cm.alignment(d, ONE, group="g"),
    "product_indicators": lambda d: cm.product_indicators(d, ["a", "b"], ["c", "d"]),
    "contrasts": lambda d: cm.contrasts(d, "a", "g"),
    "mixed_model": lambda d: cm.mixed_model(d, "a", ["b"], ["id"]),
    "choice": lambda d: cm.choice(d, "g", ["a", "b"]),
    "response_surface": lambda d: cm.response_surface(d, "a", "b", "c", bootstrap=20),
    "dominance": lambda d: cm.dominance(d, "a", ["b", "c"], bootstrap=20),
    "necessity": lambda d: cm.necessity(d, "a", ["b"], permutations=20),
    "classes": lambda d: cm.classes(d, ["a", "b"], n_classes=2, starts=2),
}


def people() -> pd.DataFrame:
    """Answers of 30 people at four waves, in three groups."""
    rng = np.random.default_rng(1)
    factor = rng.normal(size=(N, 1))
    answers = np.clip(np.round(4 + 1.2 * factor + 0.9 * rng.normal(size=(N, 4))), 1, 7)
    frame = pd.DataFrame(answers, columns=list("abcd"))
    person, wave = np.repeat(np.arange(N // 4), 4), np.tile([1, 2, 3, 4], N // 4)
    return frame.assign(
        g=np.tile(["p", "q", "r"], N // 3),
        id=person,
        w=wave,
        y=(frame["a"] > 4) * 1.0,
        task=person * 10 + wave % 2,
    )
