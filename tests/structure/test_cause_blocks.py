"""What a theory knows of causes decides which are ranked together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coprod_measure.structure.cause_blocks import blocks_of
from coprod_measure.theory.read import read_theory
from structure.by_hand import a_claim

THEORY = read_theory("etgar2007")
ANTECEDENTS = [id_ for id_, one in THEORY.constructs.items() if one.stage == "antecedents"]
CLAIM = a_claim("H", "relative_importance", tuple(ANTECEDENTS), ("propensity",))


@pytest.mark.parametrize(("most", "by"), [(14, "domain"), (10, "branch")])
def test_the_finest_grouping_that_is_small_enough_is_taken(most: int, by: str) -> None:
    found = blocks_of(CLAIM, ANTECEDENTS, THEORY, most)
    assert found is not None
    assert found.by == by
    assert len(found.blocks) <= most
    assert sorted(id_ for own in found.blocks.values() for id_ in own) == sorted(ANTECEDENTS)


def test_structures_come_first_and_stages_last() -> None:
    facets = [id_ for id_ in THEORY.constructs if THEORY.constructs[id_].parent]
    found = blocks_of(CLAIM, facets, THEORY, 20)
    assert found is not None
    assert found.by == "structure"
    every = blocks_of(CLAIM, list(THEORY.constructs), THEORY, 14)
    assert every is not None
    assert every.by == "stage"
    assert "drives/" in every.blocks


def test_few_causes_and_causes_of_one_place_have_no_blocks() -> None:
    assert blocks_of(CLAIM, ANTECEDENTS[:14], THEORY, 14) is None
    bare = {id_: replace(one, domain="", parent=None) for id_, one in THEORY.constructs.items()}
    assert blocks_of(CLAIM, ANTECEDENTS, replace(THEORY, constructs=bare, higher_order={}), 14) is None


def test_what_a_claim_says_itself_is_taken_and_the_rest_stands_alone() -> None:
    claim = replace(CLAIM, blocks={"own": tuple(ANTECEDENTS[:3])})
    found = blocks_of(claim, ANTECEDENTS[1:5], THEORY, 14)
    assert found is not None
    assert found.by == "claim"
    assert found.blocks["own"] == tuple(ANTECEDENTS[1:3])
    assert len(found.blocks) == 3
