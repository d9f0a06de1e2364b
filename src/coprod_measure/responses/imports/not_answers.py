"""Questionnaires and name maps that are given as answers: the error says what the file is and what to do."""

from __future__ import annotations

from pathlib import Path

from coprod_measure.errors import ResponsesError

_START = 1 << 14
_DRAFT = "Draft a study from it: coprod new FOLDER --from {name}; for answers, {export}"
_EXPORTS = {
    "LimeSurvey": "export them under Responses > Export, as CSV",
    "Qualtrics": "export them under Data & Analysis > Export & Import, as CSV",
    "REDCap": "export them under Data Exports, as CSV",
    "XLSForm": "export the submissions as CSV",
    "SurveyJS": "store the results as a JSON list",
    "Google Forms": "download them under Responses, as CSV",
    "Microsoft Forms": "open them in Excel under Responses, and save the workbook",
}


def refuse_questionnaire(path: Path) -> None:
    """Refuse what is known and is no file of answers.

    Raises
    ------
    ResponsesError
        With the kind of file and the way to answers.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    ending = path.suffix.lower()
    if _is_name_map(start):
        raise ResponsesError(
            "is the name map that `coprod export` wrote, not answers",
            place=path.name,
            cure="Put it beside the platform's export, and name that one",
            code="name-map-as-answers",
        )
    if ending in {".yaml", ".yml"}:
        cure = "Name the platform's export of the answers under responses: file"
        raise ResponsesError(
            "is a YAML file, not answers", place=path.name, cure=cure, code="yaml-as-answers"
        )
    if platform := _platform(ending, start):
        raise ResponsesError(
            f"is a questionnaire of {platform}, not answers",
            place=path.name,
            cure=_DRAFT.format(name=path.name, export=_EXPORTS[platform]),
            code="questionnaire-as-answers",
        )


def _is_name_map(start: bytes) -> bool:
    return start.lstrip()[:1] == b"{" and b'"coprod-names/' in start


def _platform(ending: str, start: bytes) -> str:
    first = start.lstrip(b"\xef\xbb\xbf \r\n\t").split(b"\n", 1)[0].strip()
    if ending in {".lss", ".lsq", ".lsg"} or b"<LimeSurveyDocType>" in start:
        return "LimeSurvey"
    if first.replace(b'"', b"").startswith((b"id\trelated_id\tclass", b"class\ttype/scale\tname")):
        return "LimeSurvey"
    if ending == ".qsf" or b'"SurveyEntry"' in start or first.startswith(b"[[AdvancedFormat]]"):
        return "Qualtrics"
    if first.replace(b'"', b"").startswith((b"Variable / Field Name,", b"field_name,form_name,")):
        return "REDCap"
    columns = {name.strip(b' "') for name in first.replace(b";", b",").split(b",")}
    if {b"type", b"name"} <= columns and any(name.startswith(b"label") for name in columns):
        return "XLSForm"
    if b'"questionInfo"' in start:
        return "Microsoft Forms"
    if b'"questionItem"' in start or b'"questionGroupItem"' in start or b'"publishedUrl"' in start:
        return "Google Forms"
    is_object = start.lstrip()[:1] == b"{"
    surveyjs = b'"pages"' in start or b'"elements"' in start
    return "SurveyJS" if ending == ".json" and is_object and surveyjs else ""
