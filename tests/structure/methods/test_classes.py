"""Kinds of people against poLCA, mclust, StepMix and flexmix, and kinds that are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError, DataError, EstimationError
from coprod_measure.structure.methods.classes import Asked, all_classes, best_of_classes
from coprod_measure.structure.methods.gaussian_mixture import GaussianKernel, Structure
from coprod_measure.structure.methods.mixture_em import climb, expectation
from coprod_measure.structure.methods.three_step import bch_weights, classification_errors

CASE = Path(__file__).parents[2] / "reference" / "kinds_of_people"
EXPECTED: dict[str, Any] = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
PHASES = [f"phase{k}" for k in range(1, 9)]


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(CASE / f"{name}.csv")


def test_latent_classes_are_those_of_polca() -> None:
    found = cm.classes(data("phases"), PHASES, n_classes=[1, 2, 3], starts=10)
    table = found.table().set_index("classes")
    for k in (1, 2, 3):
        stored = EXPECTED["solutions"][f"phases_{k}"]
        assert table.loc[k, "loglik"] == pytest.approx(stored["loglik"], abs=1e-4)
        assert table.loc[k, "n_parameters"] == stored["npar"]
        assert table.loc[k, ["aic", "bic"]].tolist() == pytest.approx(
            [stored["aic"], stored["bic"]], abs=1e-3
        )
        if k > 1:
            assert table.loc[k, "entropy"] == pytest.approx(stored["entropy"], abs=1e-3)
            assert table.loc[k, "replicated"] > 1
    assert found.chosen == ("LCA", 3)
    agree = pd.crosstab(found.members()["class"], data("phases")["true_class"]).to_numpy()
    assert agree.max(axis=1).sum() / agree.sum() > 0.8


@pytest.mark.parametrize(("structure", "k"), [("EEI", 2), ("EEI", 3), ("VVI", 2), ("VVI", 3)])
def test_latent_profiles_are_those_of_mclust(structure: Any, k: int) -> None:
    frame = data("profiles")
    found = cm.classes(frame, list(frame), n_classes=[k], structures=[structure], starts=10)
    stored, row = EXPECTED["solutions"][f"{structure}_{k}"], found.table().iloc[0]
    assert row["loglik"] == pytest.approx(stored["loglik"], abs=1e-4)
    assert row["n_parameters"] == stored["npar"]
    ours = row[["aic", "bic", "sabic", "entropy"]].tolist()
    assert ours == pytest.approx([stored[name] for name in ("aic", "bic", "sabic", "entropy")], abs=1e-3)


@pytest.mark.slow
def test_maxima_that_mclust_misses_are_found() -> None:
    frame = data("profiles")
    found = cm.classes(frame, list(frame), n_classes=[4], structures=["EEI", "VVI"], starts=30)
    table = found.table().set_index("structure")["loglik"]
    assert table["EEI"] >= EXPECTED["better_maxima"]["profiles_EEI_4"] - 1e-4
    assert table["VVI"] >= EXPECTED["better_maxima"]["profiles_VVI_4"] - 1e-4


@pytest.mark.parametrize("structure", ["EII", "VII", "EEI", "VVI", "EEE", "VVV"])
def test_densities_are_those_of_scipy_and_em_climbs(structure: Any) -> None:
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(1)
    x = (
        rng.normal(size=(80, 3)) @ np.array([[1, 0.4, 0], [0, 1, 0.2], [0, 0, 1]])
        + rng.integers(0, 2, (80, 1)) * 3
    )
    kernel = GaussianKernel(x, structure)
    theta = kernel.start(2, 3, rng)
    density = kernel.log_density(theta)
    for c in range(2):
        var = theta["var"][1, ..., c]
        cov = var if var.ndim == 2 else np.diag(var)
        np.testing.assert_allclose(
            density[1, :, c], multivariate_normal(theta["mean"][1, :, c], cov).logpdf(x)
        )
    logliks = [
        cm.classes(
            pd.DataFrame(x, columns=list("abc")), list("abc"), n_classes=[k], structures=[structure], starts=5
        ).best.mixture.loglik
        for k in (1, 2)
    ]
    assert logliks[1] > logliks[0]


def test_lengthened_steps_end_where_steps_of_em_end_and_sooner() -> None:
    rng = np.random.default_rng(2)
    kernel = GaussianKernel(rng.normal(size=(300, 3)) + rng.integers(0, 2, (300, 1)) * 1.2, "EEI")
    theta, share = kernel.start(2, 1, rng), np.full((1, 2), 0.5)
    *_, found, converged = climb(kernel, theta, share, tolerance=1e-9, most=30)
    logliks = []
    for _ in range(2000):
        loglik, posterior = expectation(kernel, theta, share)
        theta, share = kernel.update(posterior), posterior.mean(axis=1)
        logliks.append(float(loglik[0]))
    assert converged.all()
    assert found[0] == pytest.approx(logliks[-1], abs=1e-6)
    assert logliks[29] < found[0] - 1e-6


def test_one_kind_of_people_is_a_result() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(400, 4)), columns=list("abcd"))
    found = cm.classes(frame, list("abcd"), n_classes=[1, 2, 3], structures=["EEI"], starts=5)
    assert found.chosen == ("EEI", 1)
    assert found.best.entropy == 1.0


def test_the_bootstrap_test_stops_where_more_draws_cannot_help() -> None:
    rng = np.random.default_rng(3)
    kind = rng.integers(0, 2, (300, 1))
    frame = pd.DataFrame((rng.random((300, 5)) < np.where(kind, 0.85, 0.2)) * 1, columns=list("abcde"))
    found = cm.classes(frame, list("abcde"), n_classes=[1, 2, 3], starts=6, blrt=39)
    table = found.table().set_index("classes")["blrt_pvalue"]
    assert table[2] == pytest.approx(1 / 40)
    assert table[3] > 0.05
    assert found.tests["LCA", 1].draws == 39


def test_the_bootstrap_test_of_profiles_is_that_of_mclust() -> None:
    frame = data("profiles")
    found = cm.classes(frame, list(frame), n_classes=[2, 3, 4], structures=["EEI"], starts=20, blrt=60)
    theirs = EXPECTED["bootstrap"]["profiles_EEI"]
    for k in (2, 3):
        at = theirs["G"].index(k)
        # mclust's one start ends lower: .03 with three profiles, 1.94 with four.
        assert theirs["lrts"][at] < found.tests["EEI", k].statistic + 0.05
        assert (found.tests["EEI", k].pvalue < 0.05) == (theirs["p"][at] < 0.05)
    two, three = (EXPECTED["solutions"][f"EEI_{k}"]["loglik"] for k in (2, 3))
    assert found.tests["EEI", 2].statistic == pytest.approx(2 * (three - two), abs=1e-3)
    assert found.tests["EEI", 2].pvalue == pytest.approx(theirs["p"][1])  # none of 60 is as large
    better = EXPECTED["better_maxima"]["profiles_EEI_4"]
    assert found.tests["EEI", 3].statistic == pytest.approx(2 * (better - three), abs=1e-3)


def test_missing_answers_count_for_what_is_known() -> None:
    frame = data("profiles")
    rng = np.random.default_rng(1)
    holes = frame.mask(rng.random(frame.shape) < 0.1)
    found = cm.classes(holes, list(frame), n_classes=[3], structures=["EEI"], starts=5)
    whole = cm.classes(frame, list(frame), n_classes=[3], structures=["EEI"], starts=5)
    np.testing.assert_allclose(found.profile()["mean"], whole.profile()["mean"], atol=0.2)
    with pytest.raises(DataError, match="VVV needs complete answers"):
        cm.classes(holes, list(frame), structures=["VVV"])


def test_three_steps_are_those_of_stepmix() -> None:
    frame = data("phases")
    best = cm.classes(frame, PHASES, n_classes=[3], starts=5).best
    stored = EXPECTED["three_step"]
    np.testing.assert_allclose(classification_errors(best.posterior), stored["classification"], atol=1e-3)
    distal = cm.distal_outcome(best, frame["propensity"].to_numpy())
    np.testing.assert_allclose(distal.mean, stored["bch_distal_means"], atol=1e-3)
    np.testing.assert_allclose(distal.naive, stored["naive_modal_means"], atol=1e-3)
    np.testing.assert_allclose(np.sqrt(np.diagonal(distal.cov)), stored["bch_se_robust"], atol=1e-3)
    assert distal.test.pvalue < 1e-10
    beta = np.array(EXPECTED["stepmix_bch_covariate"])[[1, 2, 0]]  # its classes in our order of size
    ml, bch = (cm.class_predictors(best, frame[["skill"]], method=m) for m in ("ML", "BCH"))
    np.testing.assert_allclose(bch.coef, beta[1:] - beta[0], atol=2e-3)
    np.testing.assert_allclose(
        ml.coef.ravel(), stored["ml3_covariate"]["coef_class2_class3_against_1"], atol=1e-3
    )
    assert ml.loglik == pytest.approx(stored["ml3_covariate"]["loglik"], abs=1e-2)


def test_weights_undo_the_errors_of_sorting() -> None:
    rng = np.random.default_rng(1)
    posterior = rng.dirichlet([0.5, 0.5, 0.5], 500)
    np.testing.assert_allclose(bch_weights(posterior).sum(axis=0), posterior.sum(axis=0))
    with pytest.raises(EstimationError, match="cannot be sorted into all classes"):
        bch_weights(np.tile([0.6, 0.4], (50, 1)))


def test_a_mixture_of_regressions_is_that_of_flexmix() -> None:
    found = cm.mixture_regression(data("regression"), "worth", ["a", "b"], n_classes=[1, 2], starts=10)
    stored = EXPECTED["regression"]
    row = found.criteria().set_index("classes").loc[2]
    # flexmix stops a little short of the maximum.
    assert row["loglik"] == pytest.approx(stored["loglik"], abs=0.01)
    assert row["loglik"] >= stored["loglik"]
    theirs = np.array(stored["parameters"]["values"])[:3, ::-1]
    np.testing.assert_allclose(found.models[2].mixture.theta["beta"], theirs, atol=2e-3)
    table = found.table(2).set_index(["class", "name"])
    truth = {(1, "a"): 0.7, (1, "b"): 0.2, (2, "a"): 0.1, (2, "b"): 0.9}
    for key, value in truth.items():
        assert abs(table.loc[key, "est"] - value) < 3 * table.loc[key, "se"]


@pytest.mark.parametrize(("n", "told"), [(0, "nobody answered"), (3, "6 parameters for 3 people")])
def test_too_few_people_show_no_kinds(n: int, told: str) -> None:
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(n, 3)), columns=list("abc"))
    with pytest.raises(CoprodError, match=told):
        cm.classes(frame, list("abc"), starts=2)


def test_bad_input_is_named() -> None:
    frame = data("phases")
    for change, options, words in (
        (frame.assign(phase1=1), {}, "item phase1: does not vary"),
        (frame, {"n_classes": [0]}, "below 1"),
        (frame, {"structures": ["EVE"]}, "EVE is not known"),
        (frame, {"answers": "ordinal"}, "'ordinal' is not known"),
        (frame.drop(columns="phase2"), {}, "item phase2: is not in the data"),
    ):
        with pytest.raises(DataError, match=words):
            cm.classes(change, PHASES, **options)
    with pytest.raises(DataError, match="do not tell 3 coefficients apart"):
        cm.mixture_regression(data("regression").assign(b=1.0), "worth", ["a", "b"])


@pytest.mark.parametrize("structure", ["EEI", "VVI", "EEE", "VVV"])
def test_mixtures_of_real_measures_are_those_of_mclust_or_better(structure: Structure) -> None:
    folder = CASE.parent / "diabetes_mixtures"
    frame = pd.read_csv(folder / "data.csv").drop(columns="class")
    frame = (frame - frame.mean()) / frame.std()
    stored = pd.read_csv(folder / "expected.csv").set_index(["structure", "classes"])
    found = cm.classes(frame, list(frame), n_classes=[1, 2, 3], structures=[structure], starts=20)
    table = found.table().set_index("classes")
    for k in (1, 2, 3):
        theirs = stored.loc[(structure, k)]
        # mclust starts from one hierarchical clustering: many random starts can end higher, never lower.
        assert table.loc[k, "loglik"] > theirs["loglik"] - 1e-3
        assert table.loc[k, "n_parameters"] == theirs["df"]
    assert table.loc[1, "loglik"] == pytest.approx(stored.loc[(structure, 1), "loglik"], abs=1e-6)
    assert table.loc[1, "bic"] == pytest.approx(stored.loc[(structure, 1), "bic"], abs=1e-6)


def test_the_best_is_the_same_where_only_that_is_followed() -> None:
    for seed, apart in enumerate((0.0, 3.0)):
        rng = np.random.default_rng(seed)
        kind = rng.integers(0, 3, (150, 1))
        columns = apart * np.array([[0, 1, 2], [2, 0, 1], [0, 2, 0], [1, 1, 0]]).T[kind[:, 0]]
        people = pd.DataFrame(columns + rng.normal(size=(150, 4)), columns=list("abcd")).round(1)
        asked = Asked("auto", [1, 2, 3, 4], ("EEI", "T1"), 5, seed)
        whole, only = (look(people, list("abcd"), asked) for look in (all_classes, best_of_classes))
        assert only.chosen == whole.chosen
        assert only.best.mixture.loglik == pytest.approx(whole.best.mixture.loglik, abs=1e-6)
        assert len(only.models) < len(whole.models)
        assert any("not followed" in one.reason for one in only.unavailable.values())


def test_a_category_that_a_drawn_sample_misses_keeps_its_place() -> None:
    rng = np.random.default_rng(1)
    rare = rng.choice(3, p=[0.5, 0.48, 0.02], size=(60, 2)).astype(float)
    rare[0] = 2.0
    found = cm.classes(
        pd.DataFrame(rare, columns=["a", "b"]), ["a", "b"], n_classes=[1, 2], starts=2, blrt=39
    )
    assert found.table().set_index("classes")["blrt_pvalue"].between(0.02, 1.0)[2]
