from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import MeasurementError, NotAvailable
from coprod_measure.instrument.read import read_instrument
from coprod_measure.measurement.factors.higher_order import higher_order
from coprod_measure.measurement.factors.rivals import rivals
from coprod_measure.measurement.item_sets import item_sets
from coprod_measure.measurement.validity.theory_structures import (
    SATURATION_COLUMNS,
    STRUCTURE_COLUMNS,
    common_causes,
    hierarchies,
    theory_structures,
)
from coprod_measure.responses.read import read_responses
from coprod_measure.shipped import shipped_folder
from coprod_measure.theory.definition import HigherOrder


@pytest.fixture(scope="module")
def answers():
    path = shipped_folder("data/sample") / "bfi" / "bfi.csv"
    return read_responses(path, read_instrument("bfi25"))


@pytest.fixture(scope="module")
def found(answers):
    return theory_structures(answers)


def with_structures(answers, **structures):
    theory = replace(answers.instrument.theory, higher_order=structures)
    return replace(answers, instrument=replace(answers.instrument, theory=theory))


def test_the_structures_of_the_theory_are_fitted(found, answers):
    assert set(found.models) == {("stability",), ("stability", "plasticity")}
    assert tuple(found.table().columns) == STRUCTURE_COLUMNS
    both = found.models["stability", "plasticity"]
    by_hand = higher_order(
        answers,
        {
            "stability": ["agreeableness", "conscientiousness", "neuroticism"],
            "plasticity": ["extraversion", "openness"],
        },
    )
    assert both.models.equals(by_hand.models)
    loadings = both.loadings.set_index("facet")["std"]
    assert loadings["neuroticism"] < 0 < loadings["agreeableness"]
    assert list(found.rivals["stability"].models["model"]) == [
        "one factor",
        "correlated factors",
        "second-order factor",
        "bifactor",
    ]


def test_saturation_is_that_of_items_keyed_alike(found, answers, items, scales):
    """The same items with neuroticism turned round, by psych's way of a Schmid-Leiman solution."""
    from coprod_measure.measurement.reliability.consistency import omega_hierarchical

    turned = items[[*scales["A"], *scales["C"], *scales["N"]]].copy()
    turned[scales["N"]] = 7 - turned[scales["N"]]
    general, total = omega_hierarchical(turned.corr().to_numpy(), 3)
    assert tuple(found.saturation.columns) == SATURATION_COLUMNS
    row = found.saturation.iloc[0]
    assert row["structure"] == "stability"
    assert (row["omega_hierarchical"], row["omega_total"]) == pytest.approx((general, total), abs=1e-9)


def test_a_composite_gets_no_factor_but_the_overlap_of_its_facets(answers):
    composed = with_structures(
        answers,
        well=HigherOrder(
            id="well", name="Well", kind="composite", facets=("agreeableness", "extraversion", "-neuroticism")
        ),
    )
    found = theory_structures(composed, criteria={"well": "O1"})
    assert found.models == {}
    assert found.rivals == {}
    assert "composite" in found.unavailable["well"].reason
    frame = answers.frame
    means = pd.DataFrame(
        {
            name: sign * frame[[f"{letter}{k}" for k in range(1, 6)]].mean(axis=1)
            for name, letter, sign in (("a", "A", 1), ("e", "E", 1), ("n", "N", -1))
        }
    ).assign(o=frame["O1"])
    R = means.dropna().corr().to_numpy()
    table = found.composites.table().set_index("item")
    np.testing.assert_allclose(table["vif"], np.diagonal(np.linalg.inv(R[:3, :3])), atol=1e-9)
    np.testing.assert_allclose(table["weight"], np.linalg.solve(R[:3, :3], R[:3, 3]), atol=1e-9)
    assert (table["ci_lower"] < table["weight"]).all()


def test_two_facets_alone_identify_nothing(answers):
    alone = with_structures(
        answers,
        pair=HigherOrder(id="pair", name="Pair", kind="reflective", facets=("agreeableness", "extraversion")),
    )
    assert "two facets" in theory_structures(alone).models["pair",].reason


def test_a_composite_inside_a_common_cause_is_refused(answers):
    mixed = with_structures(
        answers,
        top=HigherOrder(id="top", name="Top", kind="reflective", facets=("low", "openness", "neuroticism")),
        low=HigherOrder(id="low", name="Low", kind="composite", facets=("agreeableness", "extraversion")),
    )
    found = theory_structures(mixed)
    assert isinstance(found.models["top",], NotAvailable)
    assert "low: a composite" in found.models["top",].reason


def test_structures_are_sorted_into_models():
    nested = {"top": ("s", "t", "u"), "s": ("a", "b", "c"), "t": ("d", "e", "f"), "u": ("g", "h", "i")}
    assert hierarchies(nested) == {("top",): nested}
    apart = {"s": ("a", "b", "c"), "t": ("d", "e")}
    assert hierarchies(apart) == {("s",): {"s": ("a", "b", "c")}, ("s", "t"): apart}


def test_a_rival_of_the_theory_counts_as_a_common_cause():
    theory = {
        "s": HigherOrder(id="s", name="S", kind="composite", facets=("a", "b", "c"), rival="reflective"),
        "t": HigherOrder(id="t", name="T", kind="composite", facets=("d", "e")),
    }
    assert common_causes(theory, dict.fromkeys("abde", ("x",))) == {"s": ("a", "b")}


def test_a_theory_without_structures_says_so(answers):
    with pytest.raises(MeasurementError, match="names no structure"):
        theory_structures(with_structures(answers))


def test_the_hierarchy_of_the_theory_is_a_rival(answers):
    members = {one.construct: one.items for one in item_sets(answers) if one.measurement == "reflective"}
    structures = common_causes(answers.instrument.theory.higher_order, members)
    models = rivals(answers, members, structures=structures).table().set_index("model")
    assert models.loc["theory's hierarchy", "df"] == models.loc["correlated factors", "df"] + 4
