"""Answers of people in categories and countries to the shipped questionnaire, the truth chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses

BANK = read_instrument("etgar2007")
CATEGORIES = ("computer", "trip", "flat-pack furniture", "dinner", "luxury bag", "washing powder")
ITEMS = {"propensity": (1, 2, 4), "pro_attribute_differentiation": (1, 2, 4), "pro_brand_power": (1, 2, 3),
         "mac_customization_value": (1, 2, 3), "drv_customization_fit": (1, 2, 3)}  # fmt: skip


def items(name: str, score: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Answers from 1 to 7 to the questions of a construct, high for a high score."""
    found = {}
    for k in ITEMS[name]:
        item = BANK.items[f"{name}_{k}"]
        answer = np.clip(np.round(4 + 1.1 * score + 0.6 * rng.standard_normal(len(score))), 1, 7)
        found[item.id] = (8 - answer if item.reverse else answer).astype(int)
    return found


def read(folder: Path, frame: pd.DataFrame, **design: object) -> Responses:
    """Write the answers and read them as a study would."""
    frame.to_csv(folder / "answers.csv", index=False)
    return read_responses(folder / "answers.csv", BANK, anonymous_ids=True, **design)  # type: ignore[arg-type]


def in_categories(
    folder: Path,
    n: int = 300,
    each: int = 2,
    names: Sequence[str] = CATEGORIES,
    seed: int = 5,
    spread: float = 0.0,
) -> Responses:
    """Each person answers about some categories; differentiation raises propensity by .4 within and between.

    The slope differs between categories from ``-spread`` to ``spread`` around it.

    The categories differ in it from -1 to 1; brand power does nothing.
    """
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(n), each)
    kind = np.concatenate([rng.choice(len(names), each, replace=False) for _ in range(n)])
    level = np.linspace(1, -1, len(names))[kind]
    differentiation = level + rng.standard_normal(len(who))
    slope = 0.4 + spread * np.where(np.arange(len(names)) % 2, 1, -1)[kind]
    will = slope * differentiation + 0.6 * rng.standard_normal(n)[who] + 0.7 * rng.standard_normal(len(who))
    phases = {
        f"phase_{name}_{k}": (rng.random(len(who)) < 0.5 + 0.25 * level * side).astype(int)
        for name, k, side in (("design", 1, 1), ("manufacturing", 1, 0.4), ("distribution", 1, -0.4))
    }
    frame = pd.DataFrame(
        {"id": [f"p{k}" for k in who], "kind": np.asarray(names)[kind]}
        | items("propensity", will, rng)
        | items("pro_attribute_differentiation", differentiation, rng)
        | items("pro_brand_power", rng.standard_normal(len(who)), rng)
        | phases
    )
    return read(folder, frame, id_column="id", category="kind")


def in_countries(folder: Path, countries: int = 40, each: int = 15, seed: int = 6) -> Responses:
    """Income raises the worth of customization by .5 over countries, that propensity by .6; education nothing.

    Fit raises propensity by .3 and maturity, which is income in three steps, raises that slope by .2 a step.

    ``countries.csv`` beside holds income and education.
    """
    rng = np.random.default_rng(seed)
    names = [f"land {k:02d}" for k in range(countries)]
    income, education = rng.standard_normal((2, countries))
    where = np.repeat(np.arange(countries), each)
    worth_between = 0.5 * income + 0.4 * rng.standard_normal(countries)
    worth = worth_between[where] + rng.standard_normal(len(where))
    will = (
        0.6 * worth_between[where]
        + 0.2 * rng.standard_normal(countries)[where]
        + 0.8 * rng.standard_normal(len(where))
    )
    maturity = np.digitize(income, [-0.5, 0.5]) + 1
    fit = rng.standard_normal(len(where))
    will += (0.3 + 0.2 * (maturity[where] - 2)) * fit
    frame = pd.DataFrame(
        {"id": [f"p{k}" for k in range(len(where))], "land": np.asarray(names)[where]}
        | items("propensity", will, rng)
        | items("mac_customization_value", worth, rng)
        | items("drv_customization_fit", fit, rng)
    )
    pd.DataFrame(
        {"country": names, "mac_income_per_capita": income.round(3), "mac_education": education.round(3),
         "mac_market_maturity": maturity}
    ).to_csv(folder / "countries.csv", index=False)  # fmt: skip
    return read(folder, frame, id_column="id", country="land")
