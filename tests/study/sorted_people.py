"""A small theory in which countries and a yes/no answer sort people, and its questionnaire."""

from __future__ import annotations

from pathlib import Path

THEORY = """
id: own
title: Own
version: "1"
source: s
stages: {}
constructs:
  ease: {name: Ease, definition: d}
  will: {name: Will, definition: d}
  land: {name: Land, definition: d, measurement: observed}
  paid: {name: Paid, definition: d, measurement: observed}
hypotheses:
"""
CLAIMS = """\
  A1: {statement: s, level: moderated, sources: [ease], moderators: [land], targets: [will]}
  A2: {statement: s, level: choice, sources: [will], targets: [paid], sign: positive}
  A3: {statement: s, level: group_difference, sources: [land], targets: [will]}
  A4: {statement: s, level: group_difference, sources: [paid], targets: [will], sign: positive}
"""
INSTRUMENT = """
id: own
title: Own
version: "1"
license: CC0-1.0
theory: theory.yaml
languages: [en]
scales:
  agree5: {codes: [1, 2, 3, 4, 5], labels: {en: [a, b, c, d, e]}}
  lands: {codes: [1, 2, 3], ordered: false, bipolar: false, labels: {en: [Germany, Israel, Japan]}}
  yesno: {codes: [0, 1], labels: {en: ["No", "Yes"]}}
questions:
  - {construct: ease, scale: agree5, items: {ease_1: {text: a}, ease_2: {text: b}, ease_3: {text: c}}}
  - {construct: will, scale: agree5, items: {will_1: {text: a}, will_2: {text: b}, will_3: {text: c}}}
  - {construct: land, scale: lands, kind: single_choice, items: {land_1: {text: a}}}
  - {construct: paid, scale: yesno, kind: single_choice, items: {paid_1: {text: a}}}
forms:
  all: {title: All, blocks: [{id: all, items: [ease, will, land, paid]}]}
"""


def write_sorted_people(folder: Path, claims: int = 4) -> Path:
    """Write both files with the first claims; the path of the questionnaire."""
    taken = "".join(CLAIMS.splitlines(keepends=True)[:claims])
    (folder / "theory.yaml").write_text(THEORY + taken, encoding="utf-8")
    (folder / "own.yaml").write_text(INSTRUMENT, encoding="utf-8")
    return folder / "own.yaml"
