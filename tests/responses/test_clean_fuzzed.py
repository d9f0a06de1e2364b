"""Small and odd samples under any rule: a record or one clear error, and the books always balance."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coprod_measure.errors import CoprodError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.responses.audit import audit
from coprod_measure.responses.clean import clean
from coprod_measure.responses.cleaning_rules import CleaningRules, Rule
from coprod_measure.responses.dataset import Responses
from coprod_measure.responses.indices import INDICES
from coprod_measure.responses.keying import keying_audit
from coprod_measure.responses.missing import missing_answers
from coprod_measure.responses.read import read_responses
from coprod_measure.responses.rules_file import default_rules_path, read_cleaning_rules
from coprod_measure.responses.scoring import score
from responses.fuzzing import FUZZED

ITEMS = ("trust_1", "trust_2", "trust_3", "skill_1", "skill_2", "skill_3", "attention_1", "consent")
DEFAULT = read_cleaning_rules(default_rules_path())
NAMES = sorted(name for name in INDICES if not INDICES[name].needs_on)


@st.composite
def rules(draw: st.DrawFn) -> CleaningRules:
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    made = []
    for name in chosen:
        bases = ["raw", "percentile", *(["simulated"] if INDICES[name].simulate else [])]
        basis = draw(st.sampled_from(bases))
        value = draw(
            st.sampled_from(
                {"raw": [-1.0, 0, 0.5, 2], "percentile": [0.0, 50, 100], "simulated": [0.05]}[basis]
            )
        )
        op = draw(st.sampled_from(["<", ">"] if basis == "simulated" else ["<", "<=", ">", ">=", "==", "!="]))
        action = draw(st.sampled_from(["mark", "exclude"]))
        made.append(
            Rule(id=name, index=name, op=op, value=value, action=action, rationale="why", basis=basis)
        )  # type: ignore[arg-type]
    return CleaningRules(version="1", dated="", min_flags=draw(st.integers(0, 3)), rules=tuple(made))


@st.composite
def samples(draw: st.DrawFn) -> str:
    n = draw(st.integers(1, 12))
    constant = draw(st.booleans())
    cell = st.sampled_from(["3"] if constant else ["1", "2", "3", "4", "5", "", "9"])
    lines = [",".join(("id", "duration", *ITEMS))]
    for i in range(n):
        row = [draw(cell) for _ in ITEMS[:-1]]
        lines.append(
            ",".join([str(i % max(1, n - 1)), str(10 * i), *row, draw(st.sampled_from(["0", "1", ""]))])
        )
    return "\n".join(lines)


@FUZZED
@given(text=samples(), chosen=rules(), exclude=st.booleans())
def test_books_balance(text: str, chosen: CleaningRules, exclude: bool, instrument: Instrument) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(text, encoding="utf-8")
        given_answers = read_responses(path, instrument)
        try:
            got = clean(given_answers, chosen, exclude=exclude)
        except CoprodError:
            return
        balance(given_answers, got)
        clean(given_answers, DEFAULT, exclude=False)


def balance(before: Responses, after: Responses) -> None:
    assert before.n - after.n == after.flow["excluded"].sum() == (after.log["after"] == "excluded").sum()
    assert (after.flow["n_in"] - after.flow["excluded"]).tolist() == after.flow["n_out"].tolist()
    assert after.frame.index.equals(after.about.index)
    assert set(after.frame.index) | set(after.log["respondent"]) == set(before.frame.index)
    assert audit(after)["respondents"] == after.n
    assert len(keying_audit(after).items) == 6
    pairs = missing_answers(after, test=False).coverage
    assert np.array_equal(pairs, pairs.T)
    assert len(score(after).frame) == after.n
