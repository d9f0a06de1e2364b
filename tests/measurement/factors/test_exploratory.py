import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import CoprodError, DataError
from coprod_measure.measurement.factors.exploratory import efa

EXTRACTION = {"minres": "minres", "ml": "ml", "principal_axis": "pa"}


@pytest.mark.parametrize("extraction", EXTRACTION)
def test_fit_agrees_with_psych(items, stored, extraction):
    found = efa(items, 5, "none", extraction)
    expected = stored("psych_efa", "fit", "extraction").loc[EXTRACTION[extraction]]
    for name in ("chisq", "bic"):
        assert found.fit_measures[name] == pytest.approx(expected[name], abs=2e-3)
    for name in ("tli", "rmsea", "rmsea_ci_lower", "rmsea_ci_upper", "rmsr", "objective"):
        assert found.fit_measures[name] == pytest.approx(expected[name], abs=1e-6)
    assert found.fit_measures["df"] == expected["df"]
    communalities = stored("psych_efa", f"{EXTRACTION[extraction]}_communalities", "item")["communality"]
    np.testing.assert_allclose(found.communalities, communalities, atol=1e-4)


def test_oblique_rotation_keeps_communalities_and_chi_square(items):
    plain, oblique = efa(items, 5, "none"), efa(items, 5, "oblimin")
    np.testing.assert_allclose(plain.communalities, oblique.communalities, atol=1e-9)
    assert plain.fit_measures["chisq"] == pytest.approx(oblique.fit_measures["chisq"], rel=1e-9)
    L, phi = oblique.loadings.to_numpy(), oblique.phi.to_numpy()
    np.testing.assert_allclose(oblique.communalities, np.diag(L @ phi @ L.T))
    np.testing.assert_allclose(oblique.structure, L @ phi)
    assert oblique.variance["ss_loadings"].sum() == pytest.approx(oblique.communalities.sum())


def test_nine_items_three_factors():
    """Holzinger and Swineford (1939), published chi-square of three ML factors."""
    from semopy.examples import holzinger39

    data = holzinger39.get_data()[[f"x{i}" for i in range(1, 10)]]
    found = efa(data, 3, "varimax", "ml")
    assert found.fit_measures["chisq"] == pytest.approx(22.38, abs=0.005)
    assert found.fit_measures["df"] == 12


def test_table_marks_cross_loadings(items):
    table = efa(items, 5).table()
    assert list(table.columns) == [
        "item",
        *(f"F{j}" for j in range(1, 6)),
        "communality",
        "uniqueness",
        "complexity",
        "cross_loading",
    ]
    assert set(table.loc[table["cross_loading"], "item"]) == {"N4", "O4"}


def test_missing_answers_are_spoken_of(items):
    assert "missing" in efa(items, 5).messages[0]
    listwise = efa(items, 5, missing="listwise")
    assert listwise.n == 2436
    assert listwise.messages == ()


def test_too_many_factors(items):
    with pytest.raises(CoprodError, match="6 factors cannot be extracted from 8"):
        efa(items, 6, items=list(items.columns[:8]))


def test_no_degrees_of_freedom_are_explained(items):
    found = efa(items, 2, items=["A1", "A2", "A3", "A4", "A5"], rotation="none")
    assert "pvalue" in found.fit_measures
    saturated = efa(items, 1, items=["A1", "A2", "A3"], rotation="none")
    assert "pvalue" not in saturated.fit_measures
    assert "degrees of freedom" in saturated.why_missing["pvalue"]


def test_a_heywood_case_is_named():
    rng = np.random.default_rng(3)
    factor = rng.standard_normal(200)
    frame = pd.DataFrame({f"v{i}": 0.5 * factor + rng.standard_normal(200) for i in range(4)})
    frame["v0"] = factor + 0.001 * rng.standard_normal(200)
    found = efa(frame, 1, "none", "ml")
    assert not found.admissible
    assert any("v0" in message and "Heywood" in message for message in found.messages)


def test_a_constant_item_is_left_out_and_named(items):
    found = efa(items.assign(A1=2.0), 5)
    assert "A1" not in found.loadings.index
    assert any(message.startswith("A1") for message in found.messages)


def test_two_items_are_too_few(items):
    with pytest.raises(DataError, match="Three or more"):
        efa(items[["A1", "A2"]], 1)
