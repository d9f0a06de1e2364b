"""Latent moderated structural equations against modsem, and what they are not for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import check_grad

import coprod_measure as cm
from coprod_measure.estimation.two_step.latent_moderation import Likelihood, Moderation

REFERENCE = Path(__file__).parents[2] / "reference"
KNOWN = json.loads((REFERENCE / "latent_interaction" / "reference.json").read_text(encoding="utf-8"))
DATA = pd.read_csv(REFERENCE / "data" / "latent_interaction.csv")
MODEL = (REFERENCE / "sam_interaction" / "model.txt").read_text(encoding="utf-8")


def test_likelihood_estimates_and_errors_are_those_of_modsem() -> None:
    fit = cm.lms(MODEL, DATA)
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(KNOWN["lms_nodes_32"]["logl"], abs=1e-4)
    assert fit.chisq == pytest.approx(27.02, abs=0.02)
    assert fit.df == 1
    rows = fit.parameters.set_index(["lhs", "op", "rhs"])
    compared = 0
    for theirs in KNOWN["lms"]:
        key = (theirs["lhs"], theirs["op"], theirs["rhs"])
        if theirs["op"] == "~1" or key not in rows.index:
            continue  # their intercepts hold the mean of the product, ours do not
        assert rows.loc[key, "est"] == pytest.approx(theirs["est"], abs=5e-4), key
        if theirs.get("std.error"):
            assert rows.loc[key, "se"] == pytest.approx(theirs["std.error"], abs=5e-4), key
        compared += 1
    assert compared > 15


def test_the_gradient_is_that_of_the_likelihood() -> None:
    lam = np.array([[-1, -1], [0, -1], [-1, -1], [-1, 1]])
    fixed = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    theta = np.diag([2, 3, 4, 5]) - (1 - np.eye(4, dtype=int))
    psi, beta = np.array([[6, -1], [-1, 7]]), np.array([[-1, -1], [8, -1]])
    model = Moderation(
        lam=lam, theta=theta, beta=beta, psi=psi, nu=np.arange(10, 14), moderator=0, products=((1, 0, 9),),
        fixed=(fixed, np.zeros((4, 4)), np.zeros((2, 2)), np.zeros((2, 2)), np.zeros(4)),
    )  # fmt: skip
    data = np.random.default_rng(1).standard_normal((60, 4))
    likelihood = Likelihood(model, data, 12)
    x = np.array([0.8, 0.7, 0.5, 0.6, 0.7, 0.5, 1.1, 0.9, 0.3, 0.2, 0.1, 0.0, -0.1, 0.2])
    error = check_grad(lambda v: likelihood.negative(v)[0], lambda v: likelihood.negative(v)[1], x)
    assert error < 1e-3


@pytest.mark.parametrize(
    ("tail", "words"),
    [("Y ~ X + Z", "no product"), ("Y ~ X + Z + X:X + Z:Z", "one factor in common")],
)
def test_other_models_are_refused(tail: str, words: str) -> None:
    with pytest.raises(cm.CoprodError, match=words):
        cm.lms(MODEL.replace("Y ~ X + Z + X:Z", tail), DATA)
