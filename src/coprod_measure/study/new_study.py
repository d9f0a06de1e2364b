"""A study folder to start from: every file that a study needs, ready to be edited."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from coprod_measure.errors import StudyError
from coprod_measure.instrument.definition import Instrument
from coprod_measure.instrument.read import read_instrument
from coprod_measure.output_files import write_text, write_whole
from coprod_measure.shipped import shipped_folder

_STUDY = """\
# yaml-language-server: $schema=schema/study.schema.json
# What this study is made of. `coprod check study.yaml` finds what is wrong, `coprod run study.yaml` does it.
id: {id}
title: "My study of co-production"
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
structure:
  hypotheses: [{hypotheses}]
groups: []                     # for example [gender]
seed: 1
out: out
report:
  formats: [html]
"""

# For editors, which complete and check a file by the schema that its first line names.
_SCHEMAS = tuple(f"{kind}.schema.json" for kind in ("study", "cleaning", "instrument", "theory"))

_PLAN = """\
# Analysis plan

Write this before you see the data; the report states the hash of the cleaning rules and of the study file.

1. **Hypotheses.** Which ids of `coprod codebook` are tested, and which result would contradict them?
2. **Sample.** How many respondents, from where, and why that many?
3. **Exclusions.** The rules in `cleaning.yaml`, and why each of them.
4. **Measurement.** Which fit, reliability and validity would make you drop an item or merge two constructs?
5. **Structure.** Estimator, missing answers, and what counts as support.
"""

_README = """\
# {title}

1. `coprod export {instrument} --to qualtrics --form {form} --out questionnaire` gives what to field.
2. Put the platform's export here as `responses.csv`, and `names.json` out of `questionnaire/` beside it:
   platforms change names, and there the new ones stand. The export is read and never changed.
3. `coprod clean study.yaml` tells what was recognised, who is excluded and why, and what is missing.
4. `coprod check study.yaml` lists every problem; `coprod run study.yaml` writes the report into `out/`.
"""


def create_study(folder: Path, instrument_name: str) -> tuple[Path, ...]:
    """Write a study folder.

    Parameters
    ----------
    folder : pathlib.Path
        Must not exist yet, or be empty.
    instrument_name : str
        A shipped instrument; its file is copied, so that the study keeps the questions as they were asked.

    Returns
    -------
    tuple of pathlib.Path
        The files, in the order in which they want to be read.

    Raises
    ------
    StudyError
        If the folder holds anything.
    """
    instrument = read_instrument(instrument_name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudyError(
            "this is there already and not empty",
            place=str(folder),
            cure="Name a new folder",
            code="folder-used",
        )
    instruments = shipped_folder("instruments")
    texts = _texts(instrument, instrument_name)
    copies = {f"schema/{name}": instruments / "schema" / name for name in _SCHEMAS}
    own = (instruments / f"{instrument_name}.yaml").read_text(encoding="utf-8")
    theory = instrument.theory.id
    # The theory comes along, so that constructs can be added and the study keeps the claims it was made for.
    texts[f"{instrument_name}.yaml"] = own.replace(f"\ntheory: {theory}\n", "\ntheory: theory.yaml\n")
    for name, source in (
        ("theory.yaml", f"theory/{theory}.yaml"),
        ("cleaning.yaml", "cleaning/default.yaml"),
    ):
        text = (instruments / source).read_text(encoding="utf-8")
        texts[name] = text.replace("$schema=../schema/", "$schema=schema/")
    for name, text in texts.items():
        write_text(folder / name, text)
    for name, schema in copies.items():
        write_whole(folder / name, partial(_copy, schema))
    return tuple(folder / name for name in (*texts, *copies))


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _texts(instrument: Instrument, name: str) -> dict[str, str]:
    # The form that `coprod export` writes unless told otherwise.
    form = "core" if "core" in instrument.forms else next(iter(instrument.forms), "")
    tested = [
        h.id for h in instrument.theory.hypotheses.values() if h.level in ("direct", "stage_transition")
    ][:8]
    study = _STUDY.format(id="my-study", instrument=f"{name}.yaml", form=form, hypotheses=", ".join(tested))
    if not form:
        study = study.replace("form: \n", "")
    if not tested:
        study = study.replace("structure:\n  hypotheses: []\n", "")
    readme = _README.format(title="My study of co-production", instrument=f"{name}.yaml", form=form)
    return {"README.md": readme, "study.yaml": study, "analysis-plan.md": _PLAN}
