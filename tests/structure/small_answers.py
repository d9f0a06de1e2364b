"""A small theory with simulated answers of known truth, shared by the tests of structure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from coprod_measure.instrument.read import read_instrument
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.read import read_responses

THEORY = """
id: small
title: Small
version: "1.0"
source: made for this test
stages:
  before: {name: Before, definition: What comes first}
  after: {name: After, definition: What comes then}
constructs:
  trust: {name: Trust, definition: d, stage: before, unit: [respondent]}
  skill: {name: Skill, definition: d, stage: before, unit: [respondent]}
  drive: {name: Drive, definition: d, stage: after, unit: [respondent]}
  will: {name: Will, definition: d, stage: after, unit: [respondent]}
  joined: {name: Joined, definition: d, stage: after, measurement: observed, unit: [respondent]}
  amount: {name: Amount, definition: d, stage: after, measurement: composite, unit: [respondent]}
  unasked: {name: Unasked, definition: d, stage: before, unit: [respondent]}
higher_order:
  grounds: {name: Grounds, kind: composite, facets: [trust, "-skill", unasked], stage: before}
hypotheses:
  T1: {statement: Trust drives., level: direct, sources: [trust], targets: [drive], sign: positive}
  T2: {statement: Skill does nothing., level: direct, sources: [skill], targets: [drive], sign: positive}
  T3: {statement: Drive lowers will., level: direct, sources: [drive], targets: [will], sign: negative}
  T4: {statement: Trust acts through drive., level: mediated, sources: [trust], via: [drive], targets: [will], sign: positive}
  T5: {statement: Unasked., level: direct, sources: [unasked], targets: [will], sign: positive}
  T6: {statement: Moderated., level: moderated, sources: [trust], moderators: [skill], targets: [will], sign: positive}
  T7: {statement: Hurdle., level: direct, sources: [will, joined], targets: [amount], sign: positive}
  T8: {statement: Grounds., level: direct, sources: [grounds], targets: [will], sign: positive}
  T10: {statement: Later., level: direct, sources: [will], targets: [drive], sign: positive, needs_waves: 2}
  T11: {statement: Firms., level: direct, sources: [trust], targets: [will], sign: positive, needs_unit: [firm]}
  T9: {statement: Back., level: direct, sources: [will], targets: [trust], sign: positive}
"""
INSTRUMENT = """
id: small
title: Small
version: "1.0"
license: CC0-1.0
theory: theory.yaml
languages: [en]
scales:
  agree5: {codes: [1, 2, 3, 4, 5], labels: {en: [a, b, c, d, e]}}
  yes_no: {codes: [0, 1], bipolar: false, labels: {en: ["No", "Yes"]}}
questions:
  - construct: trust
    scale: agree5
    items: {trust_1: {text: t}, trust_2: {text: t}, trust_3: {text: t}}
  - construct: skill
    scale: agree5
    items: {skill_1: {text: t}, skill_2: {text: t}, skill_3: {text: t}}
  - construct: drive
    scale: agree5
    items: {drive_1: {text: t}, drive_2: {text: t}, drive_3: {text: t, reverse: true}}
  - construct: will
    scale: agree5
    items: {will_1: {text: t}, will_2: {text: t}, will_3: {text: t}}
  - construct: joined
    scale: yes_no
    kind: single_choice
    items: {joined_1: {text: t}}
  - construct: amount
    scale: agree5
    items: {amount_1: {text: t}, amount_2: {text: t}}
"""


def small_answers(folder: Path) -> Responses:
    """Trust drives (.5), skill does nothing, drive raises will (.6); who wills joins and does more."""
    (folder / "theory.yaml").write_text(THEORY, encoding="utf-8")
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    rng = np.random.default_rng(20)
    n = 900
    trust, skill = rng.standard_normal((2, n))
    drive = 0.5 * trust + np.sqrt(0.75) * rng.standard_normal(n)
    will = 0.6 * drive + 0.8 * rng.standard_normal(n)
    joined = (0.8 * will + 0.6 * rng.standard_normal(n)) > 0
    amount = 0.5 * will + np.sqrt(0.75) * rng.standard_normal(n)

    def item(score: np.ndarray) -> np.ndarray:
        answer = 0.8 * score + 0.6 * rng.standard_normal(n)
        return np.clip(np.round(3 + answer), 1, 5).astype(int)

    columns = {f"{name}_{k}": item(score) for name, score in
               (("trust", trust), ("skill", skill), ("drive", drive), ("will", will)) for k in (1, 2, 3)}  # fmt: skip
    columns["drive_3"] = 6 - columns["drive_3"]
    frame = pd.DataFrame(
        columns | {"joined_1": joined.astype(int), "amount_1": item(amount), "amount_2": item(amount)}
    )
    frame.to_csv(folder / "answers.csv", index=False)
    return read_responses(folder / "answers.csv", read_instrument(folder / "instrument.yaml"))
