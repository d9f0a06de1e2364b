"""A study folder to start from: every file that a study needs, ready to be edited."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from coprod_measure.errors import InstrumentError, StudyError, TheoryError
from coprod_measure.instrument.definition import Form, Instrument
from coprod_measure.instrument.name_map import name_map_json
from coprod_measure.instrument.read import read_instrument
from coprod_measure.output_files import write_text, write_whole
from coprod_measure.shipped import shipped_folder
from coprod_measure.study.checks import answers_of_nobody
from coprod_measure.study.needs import by_kind_of_test, needs_of
from coprod_measure.theory.locate import locate
from coprod_measure.yaml_files import read_yaml
from coprod_measure.yaml_reading import did_you_mean

if TYPE_CHECKING:
    from coprod_measure.drafting.draft import Draft

_STUDY = """\
# yaml-language-server: $schema=schema/study.schema.json
# What this study is made of. `coprod check study.yaml` finds what is wrong, `coprod run study.yaml` does it.
id: {id}
title: {title}
instrument: {instrument}
form: {form}
responses:
  file: responses.csv          # the export exactly as the platform gave it
  source: auto
cleaning: cleaning.yaml        # written and dated before the data are seen
compare_exclusions: true       # show the key numbers also with nobody excluded
measurement:
  estimator: MLR
  missing: fiml
{structure}groups: []{example}
seed: 1
out: out
report:
  formats: [html]
"""

# A theory with more testable claims than this needs choosing: the first few stand as an example.
MOST_HYPOTHESES = 20
EXAMPLES = 8
_REASONS = 8
_WIDTH = 110

# For editors, which complete and check a file by the schema that its first line names.
_SCHEMAS = tuple(
    f"{kind}.schema.json" for kind in ("study", "cleaning", "instrument", "theory", "population")
)

_PLAN = """\
# Analysis plan

Write this before you see the data; the report states the hash of the cleaning rules and of the study file.

1. **Hypotheses.** Which ids of `coprod codebook` are tested, and which result would contradict them?
2. **Sample.** How many respondents, from where, and why that many?
3. **Exclusions.** The rules in `cleaning.yaml`, and why each of them.
4. **Measurement.** Which fit, reliability and validity would make you drop an item or merge two constructs?
5. **Structure.** Estimator, missing answers, and what counts as support.
"""

_README_OF_DRAFT = """\
# {title}

1. Read `{instrument}` through: what was guessed is marked `# guessed`. Where one construct holds the items of
   several, give each its own lines `- construct: ...`, `kind:`, `scale:`, `items:`, and its name under
   `constructs:`; an item that runs against the others gets `reverse: true`.
2. {answers}
3. `coprod clean study.yaml` tells what was recognised, who is excluded and why, and what is missing.
4. `coprod measure study.yaml` gives reliability, factors and validity; `coprod run study.yaml` writes the
   report into `out/`. `coprod check study.yaml` lists every problem.
5. To test hypotheses, write them into a file `theory.yaml` here, say in words what each construct is, put
   `theory: theory.yaml` into `{instrument}` in place of its part `constructs:`, and name the hypotheses at
   the end of `study.yaml`: `structure: {{hypotheses: [H1]}}`.

{theory}"""
_THEORY = """\
```yaml
id: my_theory
title: My theory
version: "0.1"
constructs:
{constructs}
hypotheses:
  H1:
    statement: "{first} raises {last}."
    level: direct
    sources: [{first}]
    targets: [{last}]
    sign: positive
```

A hypothesis has `via: [...]` for mediators (`level: mediated`) and `moderators: [...]` (`level: moderated`);
with both, `bends: first` or `bends: second` says which step of the indirect effect the moderators bend.
"""
_THERE = "The answers lie here as `{file}`, a copy of the file that the draft was made from."
_AWAITED = (
    "Put the platform's export of the answers here as `responses.csv` (or name it in `study.yaml`).\n"
    "   `names.json` says which of its columns is which item."
)

_README = """\
# {title}

1. `coprod export {instrument} --to qualtrics{form} --out questionnaire` gives what to field.
2. Put the platform's export here as `responses.csv`, and `names.json` out of `questionnaire/` beside it:
   platforms change names, and there the new ones stand. The export is read and never changed.
3. `coprod clean study.yaml` tells what was recognised, who is excluded and why, and what is missing.
4. `coprod check study.yaml` lists every problem; `coprod run study.yaml` writes the report into `out/`.
"""


def create_study(
    folder: Path, instrument_name: str | Path, form: str | None = None, name_all: bool = False
) -> tuple[Path, ...]:
    """Write a study folder.

    Parameters
    ----------
    folder : pathlib.Path
        Must not exist yet, or be empty.
    instrument_name : str or pathlib.Path
        A shipped instrument, or a file of one's own. It is copied with its theory, so that the study keeps
        the questions as they were asked and the claims that it was made for.
    form : str, optional
        Which of its forms is fielded; the one that :command:`coprod export` writes when left out.
    name_all : bool, default False
        Whether the study names every hypothesis that the form can test, also those asked about only in part;
        otherwise those asked about in full, a few of them where they are many.

    Returns
    -------
    tuple of pathlib.Path
        The files, in the order in which they want to be read.

    Raises
    ------
    CoprodError
        If the instrument cannot be used or has no such form, or the folder holds anything.
    """
    source = locate(instrument_name, "instruments", what="instrument", error=InstrumentError)
    instrument = read_instrument(source)
    if form is not None and form not in instrument.forms:
        cause, cure = f"there is no form '{form}'", did_you_mean(form, list(instrument.forms))
        raise InstrumentError(cause, place=str(source), cure=cure, code="unknown-form")
    _require_unused(folder)
    name = _file_name(source, instrument)
    texts = _texts(folder, instrument, name, form, name_all) | _content(source, name)
    return _write(folder, texts)


def create_study_from(
    folder: Path, file: Path, encoding: str | None = None
) -> tuple[tuple[Path, ...], Draft]:
    """Write a study folder around a questionnaire or a file of answers that exists already.

    Parameters
    ----------
    folder : pathlib.Path
        Must not exist yet, or be empty.
    file : pathlib.Path
        What :func:`~coprod_measure.drafting.draft.draft_instrument` reads. A file of answers is copied into
        the folder, so that the study can be run at once; the file itself is left alone.
    encoding : str, optional
        Of a file of answers that does not say it; the study file names it.

    Returns
    -------
    tuple of pathlib.Path, Draft
        The files, and the draft that they hold.

    Raises
    ------
    CoprodError
        If nothing can be drafted from the file, or the folder holds anything.
    """
    from coprod_measure.drafting.draft import draft_instrument

    _require_unused(folder)
    draft = draft_instrument(file, encoding)
    name = _file_name(Path(draft.instrument.id), draft.instrument)
    answers = f"responses{file.suffix.lower()}" if draft.answers else "responses.csv"
    texts = _texts(folder, draft.instrument, name)
    study = texts["study.yaml"].replace("file: responses.csv ", f"file: {answers} ")
    if encoding:
        study = study.replace("  source: auto\n", f"  source: auto\n  encoding: {json.dumps(encoding)}\n")
    if draft.missing_codes:
        codes = ", ".join(f"{json.dumps(code)}: {kind}" for code, kind in draft.missing_codes.items())
        study = study.replace("  source: auto\n", f"  source: auto\n  missing_codes: {{{codes}}}\n")
    default = shipped_folder("instruments") / "cleaning" / "default.yaml"
    texts |= {"study.yaml": study, name: draft.text, "cleaning.yaml": _text(default)}
    texts["names.json"] = name_map_json(draft.names)
    told = _THERE.format(file=answers) if draft.answers else _AWAITED
    title = f"My study: {draft.instrument.title}"
    theory = _theory_of_draft(draft.instrument)
    texts["README.md"] = _README_OF_DRAFT.format(title=title, instrument=name, answers=told, theory=theory)
    copied = (folder / answers,) if draft.answers else ()
    for path in copied:
        write_whole(path, partial(_copy, file))
    return (*_write(folder, texts), *copied), draft


def _theory_of_draft(instrument: Instrument) -> str:
    """Write a theory to fill in, of the constructs that were drafted; nothing where there is no pair."""
    ids = list(instrument.constructs)
    lines = [
        f"  {id_}: {{name: {json.dumps(one.name, ensure_ascii=False)}, definition: ...}}"
        for id_, one in instrument.constructs.items()
    ]
    return _THEORY.format(constructs="\n".join(lines), first=ids[0], last=ids[-1]) if len(ids) > 1 else ""


def _write(folder: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Write the texts, and the schemas that their first lines name."""
    schemas = shipped_folder("instruments") / "schema"
    for file_name, text in texts.items():
        write_text(folder / file_name, text)
    for schema in _SCHEMAS:
        write_whole(folder / "schema" / schema, partial(_copy, schemas / schema))
    return tuple(folder / file_name for file_name in (*texts, *(f"schema/{schema}" for schema in _SCHEMAS)))


def _require_unused(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudyError(
            "this is there already and not empty",
            place=str(folder),
            cure="Name a new folder",
            code="folder-used",
        )


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _file_name(source: Path, instrument: Instrument) -> str:
    """Keep the file's own name, unless the folder needs it otherwise or a shell would stumble on it."""
    names = [source.stem, instrument.id, "questionnaire"]
    taken = ("study", "theory", "cleaning")
    return next(f"{one}.yaml" for one in names if re.fullmatch(r"\w[\w-]*", one) and one.lower() not in taken)


def _content(source: Path, name: str) -> dict[str, str]:
    """Texts of instrument, theory and cleaning rules, each pointing to its neighbours in the new folder."""
    file = read_yaml(source, error=InstrumentError)
    default = shipped_folder("instruments") / "cleaning" / "default.yaml"
    if "theory" not in file.data:
        return {name: _text(source), "cleaning.yaml": _text(default)}
    theory = locate(
        str(file.data["theory"]),
        "instruments/theory",
        what="theory",
        error=TheoryError,
        beside=source.parent,
    )
    own, found = re.subn(
        r"^([\"']?)theory\1[ \t]*:.*$", "theory: theory.yaml", _text(source), count=1, flags=re.M
    )
    if not found:
        raise StudyError(
            "the theory cannot be named anew in the copy",
            place=file.place(["theory"]),
            cure="Write 'theory: ...' on a line of its own that begins the line",
            code="no-theory-line",
        )
    return {name: own, "theory.yaml": _text(theory), "cleaning.yaml": _text(default)}


def _text(path: Path) -> str:
    """Read a YAML file for the new folder, where the schemas lie in ``schema/``."""
    schema = re.compile(r"\A(# yaml-language-server: \$schema=)\S*?([\w.]+)$", re.M)
    return schema.sub(r"\1schema/\2", path.read_text(encoding="utf-8-sig"))


def _texts(
    folder: Path, instrument: Instrument, name: str, form: str | None = None, name_all: bool = False
) -> dict[str, str]:
    # The form that `coprod export` writes unless told otherwise.
    form = form or ("core" if "core" in instrument.forms else next(iter(instrument.forms), ""))
    title = f"My study: {instrument.title}"
    choices = [one.id for one in instrument.items.values() if one.role == "demographic" and one.scale_id]
    study = _STUDY.format(
        id=re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "my-study",
        title=json.dumps(title, ensure_ascii=False),
        instrument=name,
        form=form,
        structure=_structure(instrument, instrument.forms.get(form), name_all),
        example=f"                     # for example [{choices[0]}]" if choices else "",
    )
    if not form:
        study = study.replace("form: \n", "")
    readme = _README.format(title=title, instrument=name, form=f" --form {form}" if form else "")
    return {"README.md": readme, "study.yaml": study, "analysis-plan.md": _PLAN}


def _structure(instrument: Instrument, form: Form | None, name_all: bool) -> str:
    """Part of the study file with the hypotheses that the form can test, and why it tests no others."""
    # As in `untestable_with`: it brings the engine's libraries along.
    from coprod_measure.structure.wording import some_of

    needs = needs_of(answers_of_nobody(instrument, form))
    left_out = {
        one.id: one.why_not or f"asked about only in part, without {some_of(one.not_asked)}"
        for one in needs
        if one.why_not or (one.not_asked and not name_all)
    }
    tested = [one.id for one in needs if one.id not in left_out]
    tested = tested[:EXAMPLES] if len(tested) > MOST_HYPOTHESES and not name_all else tested
    named = fill(f"hypotheses: [{', '.join(tested)}]", _WIDTH, initial_indent="  ", subsequent_indent="    ")
    lines = [f"structure:\n{named}\n"] if tested else []
    kinds = by_kind_of_test(needs)
    return "".join([*lines, *_by_kind_lines(kinds), *_left_out_lines(left_out)])


def _by_kind_lines(kinds: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Comments that name what can be tested, by kind of test."""
    if kinds:
        yield "  # What these questions can test, by kind of test (in part where not all was asked):\n"
    for kind, ids in kinds.items():
        text = f"{kind.replace('_', ' ')}: {', '.join(ids)}"
        yield fill(text, _WIDTH, initial_indent="  # - ", subsequent_indent="  #   ") + "\n"


def _left_out_lines(left_out: Mapping[str, str]) -> Iterator[str]:
    """Comments that name the hypotheses left out, those with the same reason together."""
    together: dict[str, list[str]] = {}
    for id_, reason in left_out.items():
        together.setdefault(reason, []).append(id_)
    if together:
        yield "  # Hypotheses of the theory that are left out:\n"
    for reason, ids in list(together.items())[:_REASONS]:
        text = " ".join(f"{', '.join(ids)}: {reason}".split())
        yield fill(text, _WIDTH, initial_indent="  # - ", subsequent_indent="  #   ") + "\n"
    rest = [id_ for ids in list(together.values())[_REASONS:] for id_ in ids]
    if rest:
        yield f"  # - {len(rest)} more; add an id above, and `coprod check` says why it cannot be tested\n"
