from coprod_measure.drafting.differences import differences
from coprod_measure.drafting.draft import draft_instrument
from coprod_measure.instrument.exports.write import write_export
from coprod_measure.instrument.read import read_instrument


def test_what_was_changed_on_the_platform_is_named(tmp_path):
    bfi = read_instrument("bfi25")
    text = write_export(bfi, "qualtrics", tmp_path).paths[0]
    changed = (
        text.read_text()
        .replace("I love children.", "I like children.")
        .replace("[[ID:age]]", "[[ID:how_old]]")
    )
    text.write_text(changed.replace("How old", "What age") if "How old" in changed else changed)
    draft = draft_instrument(text)
    found = {(one.item, one.what) for one in differences(bfi, draft.instrument, draft.names)}
    assert ("A4", "wording") in found
    assert all(item in {"A4", "age", "how_old"} for item, _ in found)


def test_an_unchanged_export_differs_in_nothing(tmp_path):
    bfi = read_instrument("bfi25")
    for platform in ("qualtrics", "limesurvey", "redcap", "xlsform", "surveyjs"):
        path = write_export(bfi, platform, tmp_path / platform).paths[0]
        draft = draft_instrument(path)
        assert differences(bfi, draft.instrument, draft.names) == ()
