"""What identifies people in a file of answers goes into no draft and into no file of a new study but the copy."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coprod_measure.study.new_study import create_study_from

# Reserved domains, documentation addresses, a number from the range kept for drama, made-up names.
NAMED = {
    "Email": ("erika.q@example.org", "max.q@example.net"),
    "First Name": ("Erika-Q", "Max-Q"),
    "IP Address": ("192.0.2.44", "198.51.100.7"),
    "Phone": ("+49 30 23125 000", "+49 30 23125 001"),
    "Date of birth": ("1964-08-12", "1971-02-03"),
    "LocationLatitude": ("52.51631", "48.13743"),
}
FOUND_BY_CELLS = ("Email", "IP Address", "Phone")
HARMLESS = ("Q9", "remarks", "How can we reach you?", "来源", "v_12")


@st.composite
def planted(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file with three items and secrets: under telling names, in telling cells, or each its own text."""
    people = draw(st.integers(4, 8))
    columns: dict[str, list[str]] = {
        f"mood_{n}": [str((n + k) % 5 + 1) for k in range(people)] for n in (1, 2, 3)
    }
    secrets: list[str] = []
    for name in draw(st.lists(st.sampled_from(sorted(NAMED)), min_size=1, max_size=3, unique=True)):
        heading = name
        if name in FOUND_BY_CELLS and draw(st.booleans()):
            heading = draw(st.sampled_from(HARMLESS))
        cells = [NAMED[name][k % 2] for k in range(people)]
        if draw(st.booleans()):
            cells[1:] = [""] * (people - 1)
        columns[heading] = cells
        secrets += [cell for cell in cells if cell]
    words = draw(
        st.lists(st.text("abcdefgh", min_size=6, max_size=9), min_size=people, max_size=people, unique=True)
    )
    columns["Who told you about us?"] = [f"Frau {word.title()}" for word in words]
    secrets += columns["Who told you about us?"]
    out = io.StringIO()
    writer = csv.writer(out)
    order = draw(st.permutations(list(columns)))
    writer.writerow(order)
    writer.writerows(zip(*(columns[name] for name in order), strict=True))
    return out.getvalue(), list(dict.fromkeys(secrets))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(file=planted())
def test_nothing_personal_gets_into_a_draft(file: tuple[str, list[str]]) -> None:
    text, secrets = file
    with TemporaryDirectory() as place:
        path = Path(place) / "answers.csv"
        path.write_text(text, encoding="utf-8")
        paths, draft = create_study_from(Path(place) / "new", path)
        told = "\n".join([*draft.notes, repr(draft), draft.text])
        told += "\n".join(one.read_text(encoding="utf-8") for one in paths if one.name != "responses.csv")
        assert [secret for secret in secrets if secret in told] == []
        assert {"mood_1", "mood_2", "mood_3"} <= set(draft.instrument.items)
