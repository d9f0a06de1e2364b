"""CONTRIBUTING.md says how a format, a section and a part of the measurement are added: done in a copy of the source."""

import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib

import coprod_measure

SOURCE = Path(coprod_measure.__file__).parent
FORMAT = """
from coprod_measure.output_files import write_text

def write(document, path):
    write_text(path, "\\n".join([document.title, *(section.title for section in document.sections)]))
    return (path,)
"""
SECTION = """
from coprod_measure.report.document import Section

def about_weather(results):
    return Section("weather", f"The weather of {results.study.title}", ())
"""
PART = """
def examine(x):
    return len(x.clean.frame)
"""
SHOW = """
from coprod_measure.report.document import Paragraph

def show_count(part):
    return [Paragraph(f"{part} people answered.")]
"""
USE = """
import sys
from pathlib import Path
from dataclasses import replace
from coprod_measure.instrument.schemas import schema_texts
from coprod_measure.measurement.examination import Examination
from coprod_measure.measurement.parts import BY_NAME
from coprod_measure.report.labels import Labels
from coprod_measure.report.measurement_parts import about_parts
from coprod_measure.report.write import write_report
from coprod_measure.study.file_model import StudyModel
from report.test_compose import _results

results = _results(60)
found = results.measurement
x = Examination(results.responses, replace(found.options, extras=("toy_count",)))
found = replace(found, parts={"toy_count": BY_NAME["toy_count"].home()(x)})
(section,) = about_parts("scores", found, Labels(results.responses.instrument))
print(section.title, section.blocks[0].text, sep=": ")
assert '"toy_count"' in schema_texts({"study": StudyModel})["study"]
assert '"toy"' in schema_texts({"study": StudyModel})["study"]
(path,) = write_report(results, sys.argv[1], formats=("toy",))
print(path.read_text())
"""


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is no longer the place that CONTRIBUTING.md names"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_format_a_section_and_a_part_are_one_file_and_one_line_each(tmp_path: Path) -> None:
    package = tmp_path / "coprod_measure"
    shutil.copytree(SOURCE, package)  # with what is compiled already
    edited(package / "study" / "file_model.py", '"xlsx", "json"]', '"xlsx", "json", "toy"]')
    (package / "report" / "formats" / "toy.py").write_text(FORMAT)
    (package / "report" / "about_weather.py").write_text(SECTION)
    compose = package / "report" / "compose.py"
    edited(compose, "    lambda told: about_procedure(told.results),\n",
           "    lambda told: about_procedure(told.results),\n    lambda told: about_weather(told.results),\n")  # fmt: skip
    edited(compose, "from coprod_measure.report.document import",
           "from coprod_measure.report.about_weather import about_weather\nfrom coprod_measure.report.document import")  # fmt: skip
    (package / "measurement" / "toy_count.py").write_text(PART)
    (package / "report" / "about_count.py").write_text(SHOW)
    edited(package / "measurement" / "parts.py", '    Part("verdicts",',
           '    Part("toy_count", "People", "toy_count:examine", True),\n    Part("verdicts",')  # fmt: skip
    shown = package / "report" / "measurement_parts.py"
    edited(shown, '        "scores": lambda',
           '        "toy_count": lambda part, labels, _: show_count(part),\n        "scores": lambda')  # fmt: skip
    edited(shown, "from coprod_measure.report.about_group_checks import",
           "from coprod_measure.report.about_count import show_count\nfrom coprod_measure.report.about_group_checks import")  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", USE, str(tmp_path / "out")],
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}", "PATH": "", "MPLCONFIGDIR": matplotlib.get_configdir()},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "The weather of" in done.stdout
    assert "How this was made" in done.stdout
    assert "People: 60 people answered." in done.stdout
