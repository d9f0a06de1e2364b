import pytest

from coprod_measure.responses.no_answer import says_nothing


@pytest.mark.parametrize(
    "label",
    [
        "I prefer not to say", "Prefer not to answer", "I'd rather not say", "Don’t know", "do not know / no answer",
        "(No answer)", "Not stated", "Refused", "N/A", "Keine Angabe", "k. A.", "Weiß nicht", "Möchte ich nicht sagen",
        "Je ne sais pas", "Préfère ne pas répondre", "No sabe", "Prefiero no responder", "Prefiro não dizer",
        "Preferisco non rispondere", "Weet ik niet", "Zeg ik liever niet", "Vet ej", "Wolę nie odpowiadać",
    ],
)  # fmt: skip
def test_labels_that_are_no_answer(label: str) -> None:
    assert says_nothing(label)


@pytest.mark.parametrize(
    "label",
    [
        "No", "None", "Other", "Woman", "Another gender", "North", "Non-binary", "Not employed", "No children",
        "No religion", "Namibia", "Unemployed", "Never", "Nein", "nie", "non", "1", "", "Nothing", "Dont", "Know-how",
    ],
)  # fmt: skip
def test_labels_that_are_answers(label: str) -> None:
    assert not says_nothing(label)
