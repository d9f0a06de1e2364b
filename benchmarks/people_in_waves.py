"""How often true nulls are rejected at 5 % when people answer in several waves.

``python -m benchmarks.people_in_waves [replications]``. Each sample: 300 people, three waves, two constructs
of three items whose scores have an intraclass correlation of .5 over the waves and no relation; two groups of
people drawn at random. What is rejected: the path (by the tests of hypotheses), the population's alpha and
omega (by their intervals), and equal loadings and intercepts of the groups (by the ladder of invariance).
Beside it the same with rows taken for people.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd

import coprod_measure as cm
from coprod_measure.instrument.definition import Instrument, Item, Scale
from coprod_measure.responses.dataset import Responses, Source, empty_log
from coprod_measure.theory.definition import Construct, Hypothesis, Stage, Theory

PEOPLE, WAVES, LOADING, INTRACLASS = 300, 3, 0.75, 0.5
TRUE_RELIABILITY = 9 * LOADING**2 / (9 * LOADING**2 + 3 * (1 - LOADING**2))
ITEMS = [f"{construct}_{k}" for construct in ("cause", "effect") for k in (1, 2, 3)]
LEVEL = 0.05


def questionnaire() -> Instrument:
    """Two constructs of three items, and the claim that one raises the other."""
    constructs = {name: Construct(name, name.title(), "", "only") for name in ("cause", "effect")}
    claim = Hypothesis(
        "H1", "The cause raises the effect.", "direct", ("cause",), ("effect",), sign="positive"
    )
    stages = {"only": Stage("only", "Only", "")}
    theory = Theory("waves", "Waves", "1", "", stages, constructs, {}, {"H1": claim})
    scale = Scale("s", tuple(range(1, 8)), {"en": tuple("1234567")})
    items = {id_: Item(id_, id_, construct_id=id_.partition("_")[0], scale_id="s") for id_ in ITEMS}
    return Instrument("waves", "Waves", "1", "", theory, ("en",), {"s": scale}, items, {}, constructs)


def sample(instrument: Instrument, rng: np.random.Generator, *, people: int = PEOPLE) -> Responses:
    """Draw people with a lasting part of each score and one of each wave; errors of items are of the row."""
    person = np.repeat(np.arange(people), WAVES)
    lasting = rng.standard_normal((people, 2))[person]
    score = np.sqrt(INTRACLASS) * lasting + np.sqrt(1 - INTRACLASS) * rng.standard_normal((len(person), 2))
    error = np.sqrt(1 - LOADING**2) * rng.standard_normal((len(person), 6))
    wave = np.tile(np.arange(1, WAVES + 1), people)
    index = pd.Index([f"{p}/{w}" for p, w in zip(person, wave, strict=True)], name="respondent")
    frame = pd.DataFrame(LOADING * np.repeat(score, 3, axis=1) + error, index=index, columns=ITEMS)
    about = pd.DataFrame(
        {
            "respondent": person.astype(str),
            "wave": wave,
            "group": rng.permutation(np.repeat(["a", "b"], people // 2))[person],
        },
        index=index,
    )
    missing = pd.DataFrame("", index=index, columns=ITEMS)
    source = Source("waves.csv", "", "table", "", len(frame), synthetic=True)
    return Responses(instrument, frame, frame, missing, about, source, empty_log(), ())


def as_people(responses: Responses) -> Responses:
    """Take every row for a person, as was done before."""
    return replace(responses, about=responses.about.assign(respondent=responses.frame.index, wave=1))


def rejections(responses: Responses, seed: int) -> dict[str, bool]:
    """Which true nulls are rejected in one sample."""
    one, _ = responses.one_row_a_person()
    tests = cm.test_hypotheses(
        one.instrument.theory, responses, ["H1"], draws=500, seed=seed, estimator="ML", missing="listwise"
    )
    pvalue = float(tests.claims["pvalue"].iloc[0])
    found = {"path": pvalue < LEVEL}
    row = cm.reliability(one).table().iloc[0]
    for name in ("alpha", "omega"):
        found[name] = not row[f"{name}_ci_lower"] <= TRUE_RELIABILITY <= row[f"{name}_ci_upper"]
    ladder = cm.invariance(None, one, group="group", effects=False, estimator="ML").table()
    for level in ("metric", "scalar"):
        found[level] = float(ladder.set_index("level").loc[level, "delta_pvalue"]) < LEVEL
    return found


def rates(replications: int, *, seed: int = 20261128, people: int = PEOPLE, naive: bool = False) -> pd.Series:
    """Share of samples in which each true null is rejected."""
    instrument, rng = questionnaire(), np.random.default_rng(seed)
    found = []
    for number in range(replications):
        drawn = sample(instrument, rng, people=people)
        found.append(rejections(as_people(drawn) if naive else drawn, number))
    return pd.DataFrame(found).mean()


def main() -> None:
    """Print the rates, with people as people and with rows as people."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    table = pd.DataFrame(
        {"people": rates(replications), "rows as people": rates(max(replications // 4, 100), naive=True)}
    )
    print(f"{replications} samples of {PEOPLE} people in {WAVES} waves, nominal rate {LEVEL}")
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
