"""PLS path models against seminr 2.3.4 (tests/reference/pls), and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import coprod_measure as cm
from coprod_measure.errors import CoprodError, InputError, NotAvailable

CASE = Path(__file__).parents[1] / "reference" / "pls"
DATA = pd.read_csv(CASE / "service_sim.csv")
PEER = json.loads((CASE / "values.json").read_text(encoding="utf-8"))
TERMS = json.loads((CASE.parent / "pls_terms" / "values.json").read_text(encoding="utf-8"))
BLOCKS = """
trust =~ tr1 + tr2 + tr3
ease =~ ea1 + ea2 + ea3
quality <~ qu1 + qu2 + qu3 + qu4
sat =~ sat1
loyal =~ lo1 + lo2 + lo3
sat ~ trust + ease + quality
"""
MODEL = BLOCKS + "loyal ~ sat + trust"


def matrix(stored: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(stored["values"], stored["rows"], stored["columns"]).astype(float)


def largest_difference(rows: pd.DataFrame, peer: pd.DataFrame) -> float:
    """Rows of label in the peer's row, label in its column, value."""
    return max(abs(peer.loc[a, b] - value) for a, b, value in rows.itertuples(index=False))


@pytest.mark.parametrize(("case", "consistent"), [("pls", False), ("plsc", True)])
def test_estimates(case: str, consistent: bool) -> None:
    fit, peer = cm.pls(MODEL, DATA, consistent=consistent), PEER[case]
    assert largest_difference(fit.paths()[["from", "to", "est"]], matrix(peer["paths"])) < 1e-6
    assert largest_difference(fit.paths()[["from", "to", "total"]], matrix(peer["total"])) < 1e-6
    for column, stored in (("weight", "weights"), ("loading", "loadings")):
        rows = fit.items()[["item", "construct", column]]
        assert largest_difference(rows, matrix(peer[stored])) < 1e-6
    r2 = matrix(peer["r2"])
    for name, value, adjusted in fit.r2().itertuples(index=False):
        assert r2[name].tolist() == pytest.approx([value, adjusted], abs=1e-6)
    reliability = fit.reliability().set_index("construct")
    assert set(reliability.index) == {"trust", "ease", "loyal"}
    theirs = matrix(peer["reliability"]).loc[reliability.index, ["alpha", "rhoC", "AVE", "rhoA"]]
    assert reliability.to_numpy() == pytest.approx(theirs.to_numpy(), abs=1e-6)
    both = matrix(peer["htmt"]).fillna(0.0)
    assert largest_difference(fit.htmt(), both + both.T) < 1e-9
    if not consistent:
        for cause, outcome, value in fit.paths()[["from", "to", "vif"]].itertuples(index=False):
            assert value == pytest.approx(peer["vif"][outcome][cause], abs=1e-6)


def test_factor_scheme() -> None:
    rows = cm.pls(MODEL, DATA, scheme="factor").paths()[["from", "to", "est"]]
    assert largest_difference(rows, matrix(PEER["factor"])) < 1e-6


def test_product_in_two_stages() -> None:
    fit = cm.pls(BLOCKS + "loyal ~ sat + trust + ease + sat:ease", DATA)
    rows = fit.paths()[["from", "to", "est"]].replace("sat:ease", "sat*ease")
    assert largest_difference(rows, matrix(PEER["two_stage"])) < 1e-6


@pytest.mark.parametrize("how", ["product", "orthogonal"])
def test_products_of_items(how: str) -> None:
    fit = cm.pls(BLOCKS + "loyal ~ sat + trust + ease + trust:ease", DATA, interactions=how)
    rows = fit.paths()[["from", "to", "est"]].replace("trust:ease", "trust*ease")
    assert largest_difference(rows, matrix(TERMS[how])) < 1e-6


def test_products_with_one_item_each_are_those_of_scores() -> None:
    model = "y ~ a + b + a:b + a:a"
    data = DATA.rename(columns={"tr1": "a", "ea1": "b", "lo1": "y"})
    by_scores = cm.pls(model, data).paths().est
    assert cm.pls(model, data, interactions="product").paths().est.to_numpy() == pytest.approx(by_scores)
    square = cm.pls("trust =~ tr1+tr2+tr3\nlo1 ~ trust + trust:trust", DATA, interactions="product")
    assert square.items().item.tolist()[3:9] == [
        "tr1:tr1",
        "tr1:tr2",
        "tr1:tr3",
        "tr2:tr2",
        "tr2:tr3",
        "tr3:tr3",
    ]


def test_repeated_items_of_a_higher_construct() -> None:
    model = (
        "trust =~ tr1+tr2+tr3\nease =~ ea1+ea2+ea3\ncare <~ trust + ease\nloyal =~ lo1+lo2+lo3\nloyal ~ care"
    )
    fit = cm.pls(model, DATA, higher="repeated")
    assert largest_difference(fit.paths()[["from", "to", "est"]], matrix(TERMS["repeated"])) < 1e-6
    assert isinstance(fit.fit(), NotAvailable)
    reflective = cm.pls(model.replace("care <~", "care =~"), DATA, higher="repeated").paths()
    assert reflective[["from", "to"]].values.tolist()[:2] == [["care", "trust"], ["care", "ease"]]


def test_ordered_answers_take_polychoric_correlations() -> None:
    fit, peer = cm.pls(MODEL, DATA, ordered=True), matrix(TERMS["polychoric"])
    names = list(fit.recipe.plan.items)
    assert fit.estimates.r[0] == pytest.approx(peer.loc[names, names].to_numpy(), abs=1e-4)
    drawn = fit.bootstrap(draws=100)
    assert (drawn.table().se < 0.2).all()
    partly = cm.pls(MODEL, DATA, ordered=["tr1"])
    assert partly.estimates.r[0, 3, 4] == pytest.approx(DATA[[names[3], names[4]]].corr().iloc[0, 1])
    assert isinstance(fit.scores(), NotAvailable)


def test_distance_of_a_second_stage_is_that_of_its_columns() -> None:
    fit = cm.pls(HIGHER, DATA)
    scores = cm.pls(HIGHER.replace("care <~", "#").replace("~ care", "~ trust + ease"), DATA).scores()
    by_hand = cm.pls(
        "care <~ trust + ease\nloyal =~ lo1+lo2+lo3\nloyal ~ care", scores.drop(columns="loyal").join(DATA)
    )
    assert fit.fit().iloc[:, 1:].to_numpy() == pytest.approx(by_hand.fit().iloc[:, 1:].to_numpy(), abs=1e-7)
    assert isinstance(cm.pls(MODEL + " + ease + sat:ease", DATA).fit(), NotAvailable)


def test_routes_are_products_of_paths_and_add_up() -> None:
    fit = cm.pls(BLOCKS + "loyal ~ sat + trust\nquality ~ trust", DATA)
    paths, routes = fit.paths().set_index(["from", "to"]), fit.indirect()
    long = routes[routes.via == "quality, sat"].iloc[0]
    assert long.est == pytest.approx(
        paths.est["trust", "quality"] * paths.est["quality", "sat"] * paths.est["sat", "loyal"]
    )
    from_trust = routes[(routes["from"] == "trust") & (routes.to == "loyal")]
    assert from_trust.est.sum() + paths.est["trust", "loyal"] == pytest.approx(paths.total["trust", "loyal"])
    drawn = fit.bootstrap(draws=300)
    assert drawn.table("routes").est.tolist() == pytest.approx(routes.est.tolist())
    kinds = drawn.mediation().set_index(["from", "to"]).kind
    assert kinds["ease", "loyal"] == "indirect_only"
    assert kinds["trust", "loyal"] == "complementary"


def test_higher_order_in_two_stages() -> None:
    model = (
        "trust =~ tr1+tr2+tr3\nease =~ ea1+ea2+ea3\ncare <~ trust + ease\nsat =~ sat1\nloyal =~ lo1+lo2+lo3\n"
    )
    rows = cm.pls(model + "sat ~ care\nloyal ~ care + sat", DATA).paths()[["from", "to", "est"]]
    assert largest_difference(rows, matrix(PEER["higher"]["paths"])) < 1e-6


HIGHER = "trust =~ tr1+tr2+tr3\nease =~ ea1+ea2+ea3\ncare <~ trust + ease\nloyal =~ lo1+lo2+lo3\nloyal ~ care"


def test_higher_order_needs_moments_alone() -> None:
    # Scores of the first stage, correlated by hand, are what the moments say.
    found, first = (
        cm.pls(HIGHER, DATA),
        cm.pls(HIGHER.replace("care <~", "#").replace("~ care", "~ trust + ease"), DATA),
    )
    by_hand = cm.pls(
        "care <~ trust + ease\nloyal =~ lo1+lo2+lo3\nloyal ~ care",
        first.scores().drop(columns="loyal").join(DATA),
    )
    assert found.paths().est.to_numpy() == pytest.approx(by_hand.paths().est.to_numpy(), abs=1e-7)
    # So answers with gaps and ordered answers have higher constructs too.
    assert cm.pls(HIGHER, DATA, missing="em").paths().equals(found.paths())
    rng = np.random.default_rng(2)
    f, g = rng.normal(size=(2, 8000))
    y = 0.5 * (f + g) / np.sqrt(2) + np.sqrt(0.75) * rng.normal(size=8000)
    noise = rng.normal(size=(3, 3, 8000))
    items = {
        f"{n}{k}": 0.8 * v + 0.6 * noise[i, k - 1]
        for i, (n, v) in enumerate(zip(("tr", "ea", "lo"), (f, g, y), strict=True))
        for k in (1, 2, 3)
    }
    exact, coarse = pd.DataFrame(items), (pd.DataFrame(items) > 0.8).astype(int)
    wanted = cm.pls(HIGHER, exact).paths().est[0]
    assert cm.pls(HIGHER, coarse, ordered=True).paths().est[0] == pytest.approx(wanted, abs=0.03)
    assert cm.pls(HIGHER, coarse).paths().est[0] < wanted - 0.1


def test_bootstrap_has_the_distribution_of_the_peers() -> None:
    drawn = cm.pls(MODEL, DATA).bootstrap(draws=4000, seed=3)
    ours = drawn.table().merge(pd.DataFrame(PEER["bootstrap"]), on=["from", "to"], suffixes=("", "_peer"))
    assert len(ours) == 5
    # The peer has 800 draws: its SE is known to 2.5 %, its limits to about a tenth of an SE.
    assert ours.se.to_numpy() == pytest.approx(ours.se_peer.to_numpy(), rel=0.09)
    for limit in ("lower", "upper"):
        assert ((ours[limit] - ours[f"{limit}_peer"]).abs() < 0.3 * ours.se).all()
    again = cm.pls(MODEL, DATA).bootstrap(draws=4000, seed=3)
    assert again.table("loadings", interval="bca").equals(drawn.table("loadings", interval="bca"))


def test_draws_are_the_same_wherever_they_are_drawn(tmp_path: Path) -> None:
    fit = cm.pls(MODEL, DATA.head(120))
    once = fit.bootstrap(600, seed=3)
    kept = fit.bootstrap(600, seed=3, keep=tmp_path)
    pieces = sorted(tmp_path.rglob("*.json"))
    assert [piece.stem for piece in pieces] == ["0-500", "500-100"]
    pieces[0].write_text("{", encoding="utf-8")  # damaged: drawn again
    for drawn in (kept, fit.bootstrap(600, seed=3, keep=tmp_path)):
        for of in ("paths", "htmt"):
            pd.testing.assert_frame_equal(drawn.table(of, interval="bca"), once.table(of, interval="bca"))
    with pytest.raises(InputError, match="whole number from 1 on"):
        fit.bootstrap(100, processes=0)


def test_a_draw_is_the_estimate_of_its_rows() -> None:
    from coprod_measure.composites.estimates import estimate

    fit = cm.pls(MODEL, DATA)
    rows = np.random.default_rng(5).integers(0, fit.n, fit.n)
    counts = np.bincount(rows, minlength=fit.n)[None].astype(float)
    again = cm.pls(MODEL, DATA.iloc[rows])
    assert estimate(fit.x, counts, fit.recipe).paths == pytest.approx(again.estimates.paths, abs=1e-8)


def test_samples_without_solution_are_told_from_those_beside_them() -> None:
    from coprod_measure.composites.estimates import estimate

    fit = cm.pls(MODEL, DATA)
    # In the first sample an item does not vary, in the second two of a Mode B block are the same.
    x = fit.x.copy()
    x[:60, 0], x[60:120, 7] = 1.0, x[60:120, 6]
    half = np.zeros((3, fit.n))
    half[0, :60] = half[1, 60:120] = half[2, 120:] = 1.0
    found = estimate(x, half, fit.recipe)
    assert found.usable.tolist() == [False, False, True]
    alone = cm.pls(MODEL, DATA.iloc[120:]).estimates
    assert found.paths[2] == pytest.approx(alone.paths[0], abs=1e-8)


def test_plsc_recovers_factors_where_pls_is_biased() -> None:
    rng = np.random.default_rng(8)
    f = rng.normal(size=20_000)
    y = 0.6 * f + 0.8 * rng.normal(size=f.size)
    items = {f"f{i}": 0.7 * f + np.sqrt(0.51) * rng.normal(size=f.size) for i in range(3)}
    items |= {f"y{i}": 0.7 * y + np.sqrt(0.51) * rng.normal(size=f.size) for i in range(3)}
    model, data = "f =~ f0+f1+f2\ny =~ y0+y1+y2\ny ~ f", pd.DataFrame(items)
    assert cm.pls(model, data, consistent=True).paths().est[0] == pytest.approx(0.6, abs=0.02)
    assert cm.pls(model, data).paths().est[0] < 0.5


def test_missing_answers() -> None:
    holed = DATA.astype(float)
    holed.loc[::7, "tr1"] = np.nan
    filled = holed.fillna(holed.mean())
    by_mean = cm.pls(MODEL, holed, missing="mean")
    assert by_mean.estimates.paths == pytest.approx(cm.pls(MODEL, filled).estimates.paths, abs=1e-8)
    assert cm.pls(MODEL, holed).dropped == len(DATA[::7])
    assert cm.pls(MODEL, holed, missing="em").estimates.usable[0]


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        (MODEL + "\nx <~ tr1\nloyal ~ x", {}, "Mode B needs two items"),
        (MODEL + "\nsat ~ loyal", {}, "circle"),
        (MODEL + "\nx =~ tr1 + tr2", {}, "no path"),
        (MODEL + "\ntrust ~~ ease", {}, "no meaning in a PLS path model"),
        (MODEL, {"max_iterations": 1}, "do not stand after 1 iterations"),
        (MODEL, {"shceme": "path"}, "Did you mean 'scheme'"),
        (MODEL, {"ordered": ["qu9"]}, "the model has no qu9"),
        (MODEL + " + sat:ease", {"ordered": True}, "no scores to multiply"),
        (
            HIGHER + "\nloyal ~ quality:quality",
            {"interactions": "product"},
            "items alone",
        ),
        (MODEL.replace("qu4", "twin"), {}, "qu1, twin are collinear"),
        ("q <~ tr1 + tr2 + near\nlo1 ~ q", {}, "tr1, near are collinear"),
        (HIGHER.replace("trust =~ tr1", "trust <~ twin + qu1 + tr1"), {}, "twin, qu1 are collinear"),
        (MODEL + "\nx1 =~ tr1\nsat ~ x1 + again", {}, "causes of sat: x1, again are collinear"),
        (MODEL + " + x + again + both", {}, "causes of loyal: x, again, both are collinear"),
        (HIGHER + "\ntrust ~ loyal", {}, "trust: it is a part of care and has a path"),
        (HIGHER + " + care:sat", {}, "product care:sat: care is of higher order"),
        (MODEL.replace("qu4", "never"), {"missing": "em"}, "item never: nobody answered it"),
        (MODEL.replace("qu4", "endless"), {}, "endless: it holds infinite values"),
        (MODEL.replace("qu4", "even"), {}, "all answers are the same"),
        (MODEL.replace("qu4", "qu9"), {}, "item qu9: the data have no such column. Did you mean 'qu"),
        (MODEL.replace("qu4", "word"), {}, "its values are not numbers"),
    ],
)
def test_refused(model: str, options: dict[str, Any], said: str) -> None:
    near = DATA.tr1 + 1e-3 * np.random.default_rng(1).normal(size=len(DATA))
    data = DATA.assign(twin=DATA.qu1, near=near, even=1.0, word="yes", again=2 * DATA.tr1, never=np.nan)
    data = data.assign(endless=DATA.qu4.where(DATA.qu4 > 2, np.inf), x=DATA.tr2, both=data.again + DATA.tr2)
    with pytest.raises(CoprodError, match=said):
        cm.pls(model, data, **options)


def test_few_rows_and_signs_are_named() -> None:
    with pytest.raises(CoprodError, match="10 usable rows for 14 items"):
        cm.pls(MODEL, DATA.head(10))
    with pytest.raises(CoprodError) as refused:
        cm.pls(MODEL, DATA.head(10))
    assert "missing='em'" not in str(refused.value)
    holed = DATA.head(20).astype(float)
    holed.iloc[:8, 0] = np.nan
    with pytest.raises(CoprodError, match="8 left out for missing answers.*missing='em'"):
        cm.pls(MODEL, holed)
    with pytest.raises(CoprodError, match="item tr1: stands in the data twice"):
        cm.pls(MODEL, pd.concat([DATA, DATA[["tr1"]]], axis=1))
    reverse = DATA.assign(tr1=8 - DATA.tr1, tr2=8 - DATA.tr2)
    said = cm.pls(MODEL, reverse).messages
    assert "trust: tr3 loads negatively" in said
    keyed = DATA.assign(lo1=8 - DATA.lo1, lo2=8 - DATA.lo2, lo3=8 - DATA.lo3)
    (said,) = cm.pls(MODEL, keyed).messages
    assert said.startswith("loyal: runs against all constructs it correlates with")
    near = DATA.qu1 + 0.05 * np.random.default_rng(1).normal(size=len(DATA))
    (said,) = cm.pls(MODEL.replace("qu4", "near"), DATA.assign(near=near)).messages
    assert said.startswith("quality: qu1, near are nearly collinear (VIF up to ")
