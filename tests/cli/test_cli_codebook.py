import json

import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from coprod_measure.cli.codebook import codebook
from coprod_measure.errors import InputError


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(codebook)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_markdown_is_printed(run):
    result = run("bfi25")
    assert result.exit_code == 0
    assert result.stdout.startswith("# Twenty-five personality items")
    assert "| A1 | I care little how other people feel. | agreeableness |" in result.stdout


def test_json_is_json(run):
    content = json.loads(run("bfi25", "--json").stdout)
    assert len(content["items"]) == 28
    assert content == json.loads(run("bfi25", "--format", "json").stdout)


def test_the_ending_of_the_file_decides(run, tmp_path):
    assert run("bfi25", "--out", tmp_path / "book.xlsx").exit_code == 0
    sheets = openpyxl.load_workbook(tmp_path / "book.xlsx").sheetnames
    assert sheets == ["Instrument", "Constructs", "Items", "Scales", "Forms"]
    assert run("bfi25", "--out", tmp_path / "book.html").exit_code == 0
    assert (tmp_path / "book.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_an_unknown_ending_writes_nothing(run, tmp_path):
    result = run("bfi25", "--out", tmp_path / "book.pdf")
    assert isinstance(result.exception, InputError)
    assert list(tmp_path.iterdir()) == []
