"""Rows that belong together, and choices among offers: large samples against what the file says, in closed form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coprod_measure.errors import SimulationError
from coprod_measure.instrument.read import read_instrument
from coprod_measure.simulation.as_responses import as_responses
from coprod_measure.simulation.claims import has_effect
from coprod_measure.simulation.switched_off import without
from coprod_measure.structure.offers import NONE, tasks_of
from coprod_measure.study.offers import write_offers
from simulation.small_population import drawn


def slopes(y: pd.Series, *x: pd.Series) -> np.ndarray:
    design = np.column_stack([*x, np.ones(len(y))])
    return np.asarray(np.linalg.lstsq(design, y.to_numpy(), rcond=None)[0][:-1])


CATEGORIES = """
categories: {names: [computer, travel, washing], each: 2, person: {sit_trust: 0.4}}
differences: [{where: {category: 2}, means: {drv_control: 0.5}, paths: {propensity: {sit_trust: 0.2}}}]
"""


def test_several_categories_a_person(tmp_path: Path) -> None:
    sample = drawn(tmp_path, CATEGORIES)
    answers, latent = sample.answers, sample.latent
    rows = answers.groupby("person")["category"]
    assert set(rows.size()) == {2}
    assert (rows.nunique() == 2).all()
    assert answers["category"].value_counts(normalize=True).to_numpy() == pytest.approx(1 / 3, abs=0.01)
    assert answers.groupby("person")["age"].nunique().max() == 1  # a person has one age
    ordered = latent.assign(person=answers["person"]).sort_values("person", kind="stable")["sit_trust"]
    first, second = ordered.iloc[::2], ordered.iloc[1::2]
    assert latent["sit_trust"].var() == pytest.approx(1.0, abs=0.03)
    assert np.cov(first, second)[0, 1] == pytest.approx(0.4, abs=0.02)
    travel = answers["category"] == "travel"
    gap = latent.loc[travel, "drv_control"].mean() - latent.loc[~travel, "drv_control"].mean()
    assert gap == pytest.approx(0.5, abs=0.03)
    for who, slope in ((travel, 0.4), (~travel, 0.2)):
        own = latent[who]
        found = slopes(own["propensity"], own["drv_control"], own["sit_trust"])
        assert found == pytest.approx([0.4, slope], abs=0.03)
    people = as_responses(sample, roles={"category": "category"})
    assert people.people == 20_000
    assert people.n == 40_000


def test_what_categories_share(tmp_path: Path) -> None:
    """Means of 60 categories vary by the share; that switches off with the claim that categories differ."""
    names = ", ".join(f"c{k}" for k in range(60))
    sample = drawn(
        tmp_path, f"categories: {{names: [{names}], each: 5, shared: {{propensity: 0.2}}}}", n=1_500
    )
    means = sample.latent["propensity"].groupby(sample.answers["category"]).mean()
    left = 1 - 0.4**2 - 0.2**2 - 2 * 0.4 * 0.2 * 0.3  # what its causes leave of propensity
    assert means.var() == pytest.approx(0.2 * left, abs=0.06)
    hypotheses = sample.population.instrument.theory.hypotheses
    assert has_effect(sample.population, hypotheses["RQ4"])
    assert not has_effect(without(sample.population, ["RQ4"]), hypotheses["RQ4"])


DYADS = """
dyads: {roles: [consumer, provider], shared: {sit_trust: 0.3}, partner: {propensity: {sit_trust: 0.25}}}
differences: [{where: {role: 2}, means: {drv_control: 0.4}}]
"""


def test_partners_are_alike_and_act_on_each_other(tmp_path: Path) -> None:
    """An actor-partner model: Kenny, Kashy and Cook (2006), Dyadic data analysis, chapter 7."""
    sample = drawn(tmp_path, DYADS)
    dyad, role = sample.answers["dyad"], sample.answers["role"]
    assert set(dyad.value_counts()) == {2}
    one, other = (sample.latent[role == name].reset_index(drop=True) for name in ("consumer", "provider"))
    assert np.corrcoef(one["sit_trust"], other["sit_trust"])[0, 1] == pytest.approx(0.3, abs=0.03)
    assert np.corrcoef(one["drv_control"], other["drv_control"])[0, 1] == pytest.approx(0.0, abs=0.03)
    found = slopes(one["propensity"], one["drv_control"], one["sit_trust"], other["sit_trust"])
    assert found == pytest.approx([0.4, 0.2, 0.25], abs=0.03)
    # The partner's effect comes on top: 1 + .25^2 + 2 * .25 * .2 * .3.
    assert one["propensity"].var() == pytest.approx(1.0925, abs=0.04)
    assert other["drv_control"].mean() - one["drv_control"].mean() == pytest.approx(0.4, abs=0.04)


OFFERS = """\
attributes:
  Price: [20 €, 30 €, 40 €]
  Support: [none, by phone, by an expert]
tasks: 6
alternatives: 3
none: I would take none of these
"""


@pytest.mark.parametrize("spread", [0.0, 1.2])
def test_choices_among_offers(tmp_path: Path, spread: float) -> None:
    """Shares of a (mixed) multinomial logit, integrated by Gauss and Hermite; tastes stay with the person."""
    (tmp_path / "offers.yaml").write_text(OFFERS, encoding="utf-8")
    made = write_offers(tmp_path / "offers.yaml", tmp_path).instrument
    form = next(iter(read_instrument(made).forms))
    head = f"id: o\ntitle: O\ninstrument: {made.name}\nform: {form}\nseed: 1\nconstructs: {{offer_bundle: {{}}}}\n"
    text = (
        f"offers: {{offer_bundle: {{worth: {{Support: {{by phone: 0.5}}}}, spread: {spread}, none: -1}}}}\n"
    )
    sample = drawn(tmp_path, text, head=head)
    tasks = tasks_of("offer_bundle", as_responses(sample))
    assert tasks is not None
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    worth = np.exp(0.5 + spread * points)
    shares, took = [], []
    for item, own in tasks.offers.groupby("item", sort=False):
        phone = own[(own["Support"] == "by phone") & (own[NONE] == 0)]
        other = len(own) - len(phone) - 1
        shares.append(len(phone) * worth / (len(phone) * worth + other + np.exp(-1.0)))
        took.append(sample.answers[str(item)].isin(phone["code"]).to_numpy())
    total = weights.sum()
    for share, chosen in zip(shares, took, strict=True):
        assert chosen.mean() == pytest.approx(share @ weights / total, abs=0.012)
    both = (shares[0] * shares[1]) @ weights / total
    assert (took[0] & took[1]).mean() == pytest.approx(both, abs=0.012)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CATEGORIES.replace("category: 2", "category: 4"), "there is no category 4"),
        (DYADS.replace("role: 2", "role: 3"), "there is no role 3"),
        (DYADS.replace("{sit_trust: 0.3}", "{sit_trst: 0.3}"), "'sit_trst' is not among the constructs"),
        (CATEGORIES + "waves: {names: [a, b]}\n", "waves and categories cannot be in one population"),
        ("offers: {propensity: {worth: {Price: {low: 1}}}}\n", "the options of 'propensity' are no offers"),
        ("dyads: {roles: [a, b], partner: {propensity: {propensity: 0.1}}}\n", "circle: propensity"),
    ],
)
def test_designs_that_cannot_be_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SimulationError, match=words):
        drawn(tmp_path, text, n=10)
