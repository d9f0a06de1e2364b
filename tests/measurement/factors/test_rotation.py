from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import MeasurementError
from coprod_measure.estimation.rotation import criteria as rotation
from coprod_measure.estimation.rotation.criteria import RotationOptions
from coprod_measure.estimation.rotation.rotate import rotate

REFERENCE = Path(__file__).parents[2] / "reference"
CASES = {
    "varimax": {},
    "quartimax": {},
    "oblimin": {},
    "oblimin_half": {"gamma": -0.5},
    "geomin": {},
    "geomin_orthogonal": {},
    "bifactor": {},
    "bifactor_oblique": {},
    "promax": {},
    "target": {},
    "bentler": {},
    "simplimax": {},
}
# Its gradient jumps where loadings change places: both searches end beside the optimum.
BESIDE = {"simplimax": 4e-3}


@pytest.fixture(scope="module")
def unrotated(stored):
    return stored("psych_efa", "ml_none_loadings", "item").to_numpy()


def matched(found, phi, expected):
    """Columns and signs of a solution in the order of another one."""
    agreement = found.T @ expected
    order = np.argmax(np.abs(agreement), axis=0)
    signs = np.sign(agreement[order, np.arange(len(order))])
    return found[:, order] * signs, phi[np.ix_(order, order)] * np.outer(signs, signs)


@pytest.mark.parametrize("name", CASES)
def test_rotation_agrees_with_r(unrotated, stored, name):
    target = stored("psych_efa", "target").to_numpy() if name == "target" else None
    found = rotate(unrotated, name.removesuffix("_half"), RotationOptions(target=target, **CASES[name]))
    expected = stored("psych_efa", f"ml_{name}_loadings", "item").to_numpy()
    loadings, phi = matched(found.loadings, found.phi, expected)
    assert found.converged
    np.testing.assert_allclose(loadings, expected, atol=BESIDE.get(name, 1e-4))
    if (REFERENCE / "psych_efa" / f"ml_{name}_phi.csv").exists():
        expected_phi = stored("psych_efa", f"ml_{name}_phi", "item").to_numpy()
        np.testing.assert_allclose(phi, expected_phi, atol=BESIDE.get(name, 1e-4))


@pytest.mark.parametrize("method", ["varimax", "quartimax", "oblimin", "geomin", "bifactor", "promax"])
def test_rotation_reproduces_the_common_part(unrotated, method):
    found = rotate(unrotated, method)
    np.testing.assert_allclose(
        found.loadings @ found.phi @ found.loadings.T, unrotated @ unrotated.T, atol=1e-9
    )
    np.testing.assert_allclose(np.diag(found.phi), 1)


@pytest.mark.parametrize(
    "criterion",
    [
        rotation.varimax,
        rotation.quartimax,
        lambda L: rotation.oblimin(L, 0.0),
        lambda L: rotation.oblimin(L, -0.7),
        lambda L: rotation.geomin(L, 0.01),
        rotation.bifactor,
        lambda L: rotation.orthomax(L, 0.3),
        lambda L: rotation.crawford_ferguson(L, 0.2),
        rotation.infomax,
        rotation.entropy,
        rotation.bentler,
        rotation.simplimax,
        lambda L: rotation.target_distance(L, np.where(np.arange(12).reshape(6, 2) % 3 == 0, 0.0, np.nan)),
    ],
)
def test_gradients(criterion):
    L = np.random.default_rng(1).uniform(-0.8, 0.8, (6, 2))
    numeric = np.empty_like(L)
    for index in np.ndindex(L.shape):
        step = np.zeros_like(L)
        step[index] = 1e-6
        numeric[index] = (criterion(L + step)[0] - criterion(L - step)[0]) / 2e-6
    np.testing.assert_allclose(criterion(L)[1], numeric, atol=1e-7)


def test_agrees_with_factor_analyzer(unrotated):
    from factor_analyzer import Rotator

    theirs = Rotator(method="varimax").fit_transform(unrotated)
    ours = rotate(unrotated, "varimax")
    np.testing.assert_allclose(matched(ours.loadings, ours.phi, theirs)[0], theirs, atol=2e-3)


def test_random_starts_never_do_worse(unrotated):
    plain = rotate(unrotated, "geomin")
    many = rotate(unrotated, "geomin", RotationOptions(starts=10, seed=2))
    assert many.criterion <= plain.criterion + 1e-12


def test_unknown_rotation_and_missing_target(unrotated):
    with pytest.raises(MeasurementError, match="Choose from"):
        rotate(unrotated, "spin")
    with pytest.raises(MeasurementError, match="25 rows and 5 columns"):
        rotate(unrotated, "target")


def test_bigeomin_agrees_with_lavaan():
    """lavaan 0.7-2, cfa(..., rotation = "bigeomin"), standardised; its search ends at correlations of .00006."""
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    items = " + ".join(f"x{k}" for k in range(1, 10))
    fit = cm.cfa(f'efa("b")*f1 + efa("b")*f2 + efa("b")*f3 =~ {items}', data, rotation="bigeomin")
    loadings = fit.parameters.query("op == '=~'")["std_all"].to_numpy().reshape(3, 9)
    expected = [
        [0.681, 0.484, 0.670, 0.334, 0.263, 0.372, 0.091, 0.311, 0.523],
        [0.006, -0.131, -0.005, 0.003, 0.009, -0.014, 0.695, 0.664, 0.427],
        [0.152, 0.022, -0.093, 0.780, 0.828, 0.748, 0.032, -0.048, 0.008],
    ]
    assert loadings == pytest.approx(np.array(expected), abs=1e-3)


ARGUMENTS = {
    "cf": {"cf.gamma": 0.1},
    "orthomax": {"orthomax.gamma": 0.5},
    "infomax_orthogonal": {"orthogonal": True},
}


@pytest.mark.parametrize(
    "name",
    [
        "cf",
        "cf_parsimax",
        "cf_facparsim",
        "cf_varimax",
        "infomax",
        "infomax_orthogonal",
        "entropy",
        "orthomax",
    ],
)
def test_rotations_of_blocks_agree_with_lavaan(name):
    data = pd.read_csv(REFERENCE / "data" / "holzinger_swineford.csv")
    items = " + ".join(f"x{k}" for k in range(1, 10))
    asked = {"rotation": name.removesuffix("_orthogonal"), "rotation_args": ARGUMENTS.get(name, {})}
    fit = cm.cfa(f'efa("b")*f1 + efa("b")*f2 + efa("b")*f3 =~ {items}', data, se="none", **asked)
    stored = pd.read_csv(REFERENCE / "rotations" / "loadings.csv").query("rotation == @name")
    theirs = stored[["f1", "f2", "f3"]].to_numpy()
    np.testing.assert_allclose(fit.implied[0].lam, theirs, atol=3e-5)


def test_a_target_says_the_sign_of_a_factor():
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.7)) + 0.05
    target = np.where(loadings > 0.5, -0.7, 0.0)
    assert (
        rotate(loadings, "target", RotationOptions(target=target, starts=10)).loadings.sum(axis=0) < 0
    ).all()
    zeros = np.where(target == 0, 0.0, np.nan)
    assert (rotate(loadings, "target", RotationOptions(target=zeros)).loadings.sum(axis=0) > 0).all()


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("geomin", RotationOptions(delta=-1.0), "of 0 or more"),
        ("target", RotationOptions(target=np.full((4, 2), np.nan)), "every cell of the target is free"),
        ("target", RotationOptions(target=np.full((4, 2), np.inf)), "infinite numbers"),
    ],
)
def test_options_that_say_nothing_are_refused(method: str, options: RotationOptions, words: str) -> None:
    with pytest.raises(MeasurementError, match=words):
        rotate(np.eye(4)[:, :2] + 0.1, method, options)
