"""A study of two constructs that runs in a second, with every file of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

STUDY = """\
id: small
title: Small
instrument: instrument.yaml
responses: {file: answers.csv, keep: [city]}
cleaning: cleaning.yaml
compare_exclusions: true
measurement: {n_factors: 2, parallel_draws: 20, htmt_draws: 0, estimator: ML, missing: listwise}
structure: {hypotheses: [H1], draws: 500}
groups: [city]
seed: 4
report: {formats: [html, json]}
"""
THEORY = """\
id: feelings
title: Feelings
version: "1.0"
source: Made for the tests.
stages: {before: {name: Before}}
constructs:
  joy: {name: Joy, definition: Pleasure., stage: before}
  ease: {name: Ease, definition: How light., stage: before}
hypotheses:
  H1: {statement: Joy leads to ease., level: direct, sources: [joy], targets: [ease], sign: positive}
"""
INSTRUMENT = """\
id: small
title: Small
version: "1.0"
license: CC0-1.0
theory: theory.yaml
languages: [en]
scales:
  agree5: {codes: [1, 2, 3, 4, 5], labels: {en: [Not at all, A little, Partly, Mostly, Fully]}}
questions:
  - construct: joy
    scale: agree5
    items:
      joy_1: {text: I like it.}
      joy_2: {text: I enjoy it.}
      joy_3: {text: It is fun.}
  - construct: ease
    scale: agree5
    items:
      ease_1: {text: I find it easy.}
      ease_2: {text: I can do it quickly.}
      ease_3: {text: I need little help.}
forms:
  core: {title: All, blocks: [{id: all, title: {en: All}, items: [joy, ease]}]}
"""
RULES = """\
version: "1.0"
rules:
  - {id: alike, index: longstring, op: ">", value: 5, action: exclude, rationale: All alike}
"""
ITEMS = ("joy_1", "joy_2", "joy_3", "ease_1", "ease_2", "ease_3")


def small_answers(n: int = 120, seed: int = 3) -> pd.DataFrame:
    """Answers of ``n`` people from two towns, joy raising ease; the last two gave the same answer throughout."""
    rng = np.random.default_rng(seed)
    joy = rng.standard_normal(n)
    ease = 0.5 * joy + 0.8 * rng.standard_normal(n)
    trait = np.column_stack([joy, joy, joy, ease, ease, ease])
    codes = np.clip(np.round(3 + 0.9 * trait + 0.6 * rng.standard_normal((n, 6))), 1, 5).astype(int)
    codes[-2:] = 3
    frame = pd.DataFrame(codes, columns=list(ITEMS))
    return frame.assign(city=np.where(rng.random(n) < 0.5, "north", "south"))


def write_small_study(folder: Path) -> Path:
    """Write study, instrument, theory, rules and answers into a folder, and return the study file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("study.yaml", STUDY),
        ("theory.yaml", THEORY),
        ("instrument.yaml", INSTRUMENT),
        ("cleaning.yaml", RULES),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    small_answers().to_csv(folder / "answers.csv", index=False)
    return folder / "study.yaml"
