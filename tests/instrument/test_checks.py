"""What the examples cannot show: where a finding stands, how often, and that none is a false alarm."""

import pytest

from coprod_measure.instrument.checks import check_instrument
from coprod_measure.instrument.wording_checks import reading_grade


@pytest.fixture
def check(tmp_path):
    def check_with(questions: str, more: str = "") -> list:
        path = tmp_path / "study.yaml"
        path.write_text(
            "id: study\ntitle: Study\nversion: '1'\nlicense: CC0-1.0\ntheory: big_five\nlanguages: [en]\n"
            "scales:\n  agree: {codes: [1, 2, 3], labels: {en: [Low, Middle, High]}}\n"
            f"questions:\n{questions}{more}"
        )
        return [f for f in check_instrument(path) if f.problem.code != "hypothesis-unmeasured"]

    return check_with


THREE = """  - construct: openness
    scale: agree
    items:
      o1: {text: "I read books."}
      o2: {text: "I like art."}
      o3: {text: "I try new food."}
"""


def test_a_sound_instrument_has_no_finding(check):
    assert check(THREE) == []


def test_findings_stand_at_the_line_of_their_cause(check):
    (finding,) = check(THREE.replace("I like art.", "I like art or music."))
    assert finding.problem.place.endswith("study.yaml:14:12")
    assert finding.severity == "warning"
    assert "'or'" in finding.problem.cause


def test_an_unknown_construct_is_named_once_with_its_cure(check):
    more = THREE.replace("openness", "opennes").replace("o1", "p1").replace("o2", "p2").replace("o3", "p3")
    more = more.replace('"I ', '"We ')
    alone = '  - scale: agree\n    items:\n      q1: {text: "I sing.", construct: opennes}\n'
    (finding,) = [f for f in check(THREE, more + alone) if f.severity == "error"]
    assert finding.problem.code == "unknown-construct"
    assert finding.problem.cause == "the theory 'big_five' has no construct 'opennes' (also in line 24)"
    assert "add the construct to the theory file. Did you mean 'openness'?" in finding.problem.cure


def test_a_language_that_is_not_declared_is_named_once_with_its_lines(check):
    foreign = THREE.replace('."}', '.", translations: {fr: {text: "Oui."}}}')
    (finding,) = [f for f in check(foreign) if f.severity == "error"]
    assert finding.problem.cause.endswith("(also in lines 14, 15)")


@pytest.mark.parametrize("word", ["sand", "candor", "organ", "border"])
def test_and_inside_a_word_is_no_second_question(check, word):
    assert check(THREE.replace("art", word)) == []


def test_negations_are_only_noted(check):
    (finding,) = check(THREE.replace("I like art.", "I don't like art."))
    assert (finding.severity, finding.problem.code) == ("note", "negated-wording")


def test_a_rule_with_very_many_answers_is_left_alone(check):
    rule = " and ".join(f"n{k} > {k}" for k in range(12))
    asked = "".join(f'      n{k}: {{text: "Number {k}?", kind: number}}\n' for k in range(12))
    last = f'      last: {{text: "Why?", kind: text, show_if: "{rule}"}}\n'
    assert check(THREE, "  - role: demographic\n    items:\n" + asked + last) == []


def test_a_circle_is_found_from_each_of_its_items(check):
    rules = """  - role: demographic
    items:
      a: {text: "A?", kind: number, show_if: "c == 1"}
      b: {text: "B?", kind: number, show_if: "a == 1"}
      c: {text: "C?", kind: number, show_if: "b == 1"}
      d: {text: "D?", kind: number, show_if: "a == 1"}
"""
    found = [f for f in check(THREE, rules) if f.problem.code == "skip-rule-cyclic"]
    assert len(found) == 3
    assert "a > c > b > a" in found[0].problem.cause


def test_reading_grade_of_texts_whose_counts_are_known():
    # 6 words of 6 syllables in one sentence: 0.39 * 6 + 11.8 * 1 - 15.59 = -1.45
    assert reading_grade("The cat sat on the mat.") == pytest.approx(-1.45)
    # 10 words, 5 + 5 in two sentences, 14 syllables: 0.39 * 5 + 11.8 * 1.4 - 15.59 = 2.88
    assert reading_grade("My sister is very happy. She likes to read books.") == pytest.approx(2.88)
    assert reading_grade("...") == 0.0


BLOCKS = """forms:
  all:
    title: All
    randomize_blocks: [one, three]
    blocks:
      - {id: one, items: [openness]}
      - {id: two, items: [age]}
      - {id: three, items: [why]}
"""
ASKED = """  - role: demographic
    items:
      age: {text: "Your age?", kind: number}
      why: {text: "Why?", kind: text, show_if: "o1 == 1"}
"""


def test_a_rule_across_blocks_that_change_places_is_found(check):
    (finding,) = check(THREE, ASKED + BLOCKS)
    assert finding.problem.code == "skip-rule-order"
    assert "may show 'why' before 'o1'" in finding.problem.cause
    assert check(THREE, ASKED + BLOCKS.replace("[one, three]", "[one, two]")) == []


def test_a_block_that_is_to_change_places_must_exist(check):
    (finding,) = check(THREE, ASKED + BLOCKS.replace("[one, three]", "[one, thre]"))
    assert finding.problem.code == "unknown-block"
    assert "Did you mean 'three'?" in finding.problem.cure


def test_a_construct_beside_another_role_is_named_on_its_line(check):
    group = THREE.replace("    scale: agree\n", "    scale: agree\n    role: demographic\n", 1)
    (finding,) = check(group)
    assert finding.problem.code == "role-with-construct"
    assert finding.problem.place.endswith("study.yaml:10:5")
    assert "'demographic' the construct 'openness' is ignored" in finding.problem.cause
    assert "Remove 'role'" in finding.problem.cure


def test_a_group_may_hold_an_item_of_another_role_beside_its_construct(check):
    extra = '      o4: {text: "Please choose High.", role: attention, expected: [3]}\n'
    assert check(THREE, extra) == []
