"""The platforms' own checkers, where they can be installed: pyxform with ODK Validate, survey-core in Node."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import coprod_measure as cm
from coprod_measure.instrument.exports.write import write_export

pytestmark = pytest.mark.platform
CASES = [("bfi25", None), ("etgar2007", "core")]
_SURVEY_CORE = """
const {Model} = require("survey-core");
const survey = new Model(JSON.parse(require("fs").readFileSync(process.argv[1])));
console.log(JSON.stringify({errors: survey.jsonErrors || [], n: survey.getAllQuestions().length}));
"""


@pytest.mark.parametrize(("name", "form"), CASES)
def test_pyxform_and_odk_validate_accept_the_form(tmp_path, name, form):
    convert = pytest.importorskip("pyxform.xls2xform").convert
    write_export(cm.read_instrument(name), "xlsform", tmp_path, form=form)
    (path,) = tmp_path.glob("*.xlsx")
    made = convert(str(path), validate=shutil.which("java") is not None)
    assert "<h:html" in made.xform


@pytest.mark.parametrize(("name", "form"), CASES)
def test_survey_core_finds_no_error(tmp_path, name, form):
    modules = os.environ.get("COPROD_NODE_MODULES", "")
    if shutil.which("node") is None or not (Path(modules) / "survey-core").is_dir():
        pytest.skip("needs node, and COPROD_NODE_MODULES naming a folder with survey-core")
    write_export(cm.read_instrument(name), "surveyjs", tmp_path, form=form)
    (path,) = (path for path in tmp_path.glob("*.json") if path.name != "names.json")
    command = ["node", "-e", _SURVEY_CORE, str(path)]
    environment = {**os.environ, "NODE_PATH": modules}
    found = json.loads(
        subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout
    )
    assert found["errors"] == []
    assert found["n"] > 0
