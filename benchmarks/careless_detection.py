"""How often each index catches careless people, and how often it alarms for nothing.

``python -m benchmarks.careless_detection`` rewrites ``docs/reference/careless-detection.md``.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from coprod_measure.instrument.definition import Block, Form, Instrument, Item, Scale
from coprod_measure.responses.clean import clean
from coprod_measure.responses.cleaning_rules import CleaningRules, Rule
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses
from coprod_measure.theory.definition import Construct, Theory

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "careless-detection.md"
KINDS = ("random", "straight", "pattern", "partial")
SCALES, ITEMS, PEOPLE, REPLICATIONS, SEED = 20, 4, 1000, 10, 20260117
LOADINGS = (0.92, 0.88, 0.75, 0.6)
RULES = (
    Rule("even_odd", "even_odd", ">", -0.3, "mark", "."),
    Rule("lz", "lz", "<", 0.01, "mark", ".", basis="simulated"),
    Rule("guttman", "guttman", ">", 0.01, "mark", ".", basis="simulated"),
    Rule("synonyms", "synonyms", "<", 0.2, "mark", "."),
    Rule("antonyms", "antonyms", ">", -0.2, "mark", "."),
    Rule("person_total", "person_total", "<", 0, "mark", "."),
    Rule("mahalanobis", "mahalanobis_p", "<", 0.001, "mark", "."),
    Rule("longstring", "longstring", ">=", 10, "mark", "."),
    Rule("irv_low", "irv", "<", 0.5, "mark", "."),
)


def bank() -> Instrument:
    """Twenty scales of four seven-point items, every third scale with one reversed item."""
    constructs = {f"c{i}": Construct(f"c{i}", f"c{i}", "") for i in range(SCALES)}
    items = {
        f"c{i}_{j}": Item(
            f"c{i}_{j}", f"{i} {j}", construct_id=f"c{i}", scale_id="s", reverse=j == 1 and i % 3 == 0
        )
        for i in range(SCALES)
        for j in range(ITEMS)
    }
    scales = {"s": Scale("s", (1, 2, 3, 4, 5, 6, 7), {"en": tuple("abcdefg")})}
    theory = Theory("sim", "sim", "1", "", {}, constructs, {}, {})
    forms = {"f": Form("f", "f", (Block("b", tuple(items)),))}
    return Instrument("sim", "sim", "1", "CC0-1.0", theory, ("en",), scales, items, forms, constructs)


def sample(rng: np.random.Generator, share: float, kind: str, instrument: Instrument) -> np.ndarray:
    """Careful people with careless ones at the top; factors correlate .3."""
    common = rng.normal(size=(PEOPLE, 1))
    factors = np.sqrt(0.3) * common + np.sqrt(0.7) * rng.normal(size=(PEOPLE, SCALES))
    location = np.tile(np.linspace(-0.6, 0.6, ITEMS), SCALES) + np.repeat(rng.normal(0, 0.4, SCALES), ITEMS)
    loadings = np.tile(LOADINGS, SCALES)
    noise = rng.normal(size=(PEOPLE, SCALES * ITEMS))
    latent = loadings * np.repeat(factors, ITEMS, axis=1) + np.sqrt(1 - loadings**2) * noise
    answers = np.clip(np.round(4 + location + 1.3 * latent), 1, 7)
    answers = np.where([item.reverse for item in instrument.items.values()], 8 - answers, answers)
    n = round(share * PEOPLE)
    width = answers.shape[1]
    if kind == "random":
        answers[:n] = rng.integers(1, 8, (n, width))
    elif kind == "straight":
        answers[:n] = rng.integers(2, 7, (n, 1)) + (rng.random((n, width)) < 0.05)
    elif kind == "pattern":
        answers[:n] = 1 + (np.arange(width) + rng.integers(0, 5, (n, 1))) % 5
    else:
        answers[:n, width // 2 :] = rng.integers(1, 8, (n, width - width // 2))
    return answers


def rates(share: float, kind: str, instrument: Instrument, folder: Path) -> pd.DataFrame:
    """Detection and false-alarm rates of each index over the replications."""
    found = []
    for replication in range(REPLICATIONS):
        rng = np.random.default_rng([SEED, round(100 * share), KINDS.index(kind), replication])
        path = folder / "answers.csv"
        answers = sample(rng, share, kind, instrument).astype(int)
        pd.DataFrame(answers, columns=list(instrument.items)).to_csv(path, index=False)
        got: Responses = clean(
            read_responses(path, instrument), CleaningRules("1", "", 0, RULES, seed=replication)
        )
        marks = got.about[[f"mark:{rule.id}" for rule in RULES if f"mark:{rule.id}" in got.about]]
        careless = np.arange(PEOPLE) < round(share * PEOPLE)
        found.append(pd.DataFrame({"caught": marks[careless].mean(), "alarm": marks[~careless].mean()}))
    mean = pd.concat(found).groupby(level=0).mean()
    mean.index = mean.index.str.removeprefix("mark:")
    return mean


def page() -> str:
    """Build the page."""
    instrument = bank()
    shares = (0.05, 0.10, 0.20)
    with TemporaryDirectory() as folder:
        results = {
            (share, kind): rates(share, kind, instrument, Path(folder))
            for share, kind in product(shares, KINDS)
        }
    head = "| index | cut-off | " + " | ".join(
        f"{kind} {share:.0%}" for kind, share in product(KINDS, shares)
    )
    lines = [head + " | false alarms |", "|---|---|" + "---|" * (len(results) + 1)]
    for rule in RULES:
        cells = [
            f"{results[share, kind]['caught'].get(rule.id, np.nan):.2f}".replace("nan", "-")
            for kind, share in product(KINDS, shares)
        ]
        alarms = [frame["alarm"].get(rule.id, np.nan) for frame in results.values()]
        lines.append(
            f"| {rule.id} | `{rule.op} {rule.value:g}`{' simulated' if rule.basis == 'simulated' else ''} | "
            + " | ".join(cells)
            + f" | {np.nanmin(alarms):.3f} to {np.nanmax(alarms):.3f} |"
        )
    return INTRODUCTION + "\n".join(lines) + "\n"


LISTED = ", ".join(f"{loading:g}" for loading in LOADINGS)
INTRODUCTION = f"""# What each index of careless answering catches

Made by `python -m benchmarks.careless_detection`; people and answers are simulated. {PEOPLE:,} people a
sample, {REPLICATIONS} samples a cell, {SCALES} scales of {ITEMS} seven-point items (every third scale with
one reversed item), correlations of .3 between scales, loadings of {LISTED}.
Careless people answer at random, in a straight line with a few slips, in a repeated pattern 1-2-3-4-5, or
carefully for the first half and at random from there (partial). Each cell is the share of the careless
people whom the index marks; the last column, the share of the careful people whom it marks too. A dash: the
index cannot be computed there (synonyms and antonyms need three pairs of items that correlate beyond .60 in
the sample, careless people included).

Read it as an order of magnitude: the rates depend on the length of the questionnaire, on how well the
scales hold together and on how different the items are. No index sees every kind, which is why the default
rules ask for two different families of evidence and exclude nobody for long strings or low variability
alone. Instructed and bogus items, times, duplicates and missing answers are not here: what they catch is
whatever is planted. Somebody who answers at random on seven points fails one instructed item in six of
seven cases, and two of them in 73 % of cases.

"""

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
