"""Whoever is cited stands in the list of references, and nobody else does."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from coprod_measure.errors import NotAvailable
from coprod_measure.provenance import versions
from coprod_measure.report.about_procedure import software_reference
from coprod_measure.report.about_references import about_references
from coprod_measure.report.cited_works import WORKS, cited, in_italics, in_text
from coprod_measure.report.document import (
    Bullets,
    Callout,
    Column,
    Document,
    KeyValues,
    Paragraph,
    References,
    Row,
    Section,
    Table,
)
from coprod_measure.report.formats.html import as_html
from coprod_measure.report.formats.json import as_json
from coprod_measure.report.formats.md import as_markdown
from coprod_measure.report.formats.tex import as_latex
from coprod_measure.report.write import write_document
from coprod_measure.study.results import Provenance

ROOT = Path(__file__).parents[2]
# Names and a year, in brackets or in the sentence, as APA style writes them.
CITATION = re.compile(
    r"(?P<authors>[A-Z][\w’'-]+(?:(?:, [A-Z][\w-]+)*,? (?:and|&) [A-Z][\w-]+| et al\.)?)(?:[’']s)?,? "
    r"\(?(?P<year>(?:19|20)\d\d)\b"
)
ROOMS_THAT_SPEAK = ("report", "measurement", "structure", "study", "responses")


def _strings(path: Path) -> Iterator[str]:
    """Every text of a module but its docstrings; adjacent literals are one text, as Python joins them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Expr):
            inside.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def _citations() -> list[tuple[str, str]]:
    modules = [
        path
        for room in ROOMS_THAT_SPEAK
        for path in sorted((ROOT / "src" / "coprod_measure" / room).rglob("*.py"))
        if path.name != "cited_works.py"
    ]
    return [
        (str(path.relative_to(ROOT)), found.group())
        for path in modules
        for text in _strings(path)
        for found in CITATION.finditer(text)
    ]


def test_every_work_that_the_texts_cite_has_its_reference() -> None:
    found = _citations()
    assert len(found) > 40
    unknown = [(place, citation) for place, citation in found if not cited([citation])]
    assert unknown == []


def test_every_reference_is_cited_somewhere() -> None:
    everything = [citation for _, citation in _citations()]
    assert set(WORKS) - set(cited(everything)) == set()


def test_references_are_told_apart_and_complete() -> None:
    short = [in_text(work) for work in WORKS]
    assert "" not in short
    assert len(set(short)) == len(WORKS)
    assert not [one for one in short for other in short if one != other and other.endswith(f" {one}")]
    assert all(work.endswith(".") and '"' not in work for work in WORKS)


@pytest.mark.parametrize(
    ("reference", "short"),
    [
        ("Holm, S. (1979). A simple test.", "Holm, 1979"),
        ("Yuan, K.-H., & Bentler, P. M. (2000). Three.", "Yuan & Bentler, 2000"),
        ("Rhemtulla, M., Brosseau-Liard, P. É., & Savalei, V. (2012). When.", "Rhemtulla et al., 2012"),
        ("The coprod-measure authors. (n.d.). coprod-measure.", "The coprod-measure authors, n.d."),
        ("Made for this test", ""),
    ],
)
def test_citations_follow_from_references(reference: str, short: str) -> None:
    assert in_text(reference) == short


def test_both_ways_to_cite_are_found_in_the_order_of_authors() -> None:
    texts = [
        "Wu and Estabrook (2016); Feldt's (1965) interval; (Nye & Drasgow, 2011; Nye et al., 2019)",
        "(Satorra, 2000) and (Satorra and Bentler, 2001); Williams, Hartman and Cavazotte, 2010",
    ]
    assert [in_text(work) for work in cited(texts)] == [
        "Feldt, 1965", "Nye et al., 2019", "Nye & Drasgow, 2011", "Satorra, 2000", "Satorra & Bentler, 2001",
        "Williams et al., 2010", "Wu & Estabrook, 2016",
    ]  # fmt: skip
    assert cited(["Holm's adjustment", "1979"]) == ()


def test_the_list_holds_what_any_block_cites_and_nothing_else() -> None:
    why = NotAvailable("as Kock, 2015, says")
    table = Table("t", "Title", (Column("a"),), (Row((why,)), Row(("Chen, 2007",))), ("(Holm, 1979)",))
    blocks = (
        Paragraph("(Horn, 1965)"),
        Bullets(("(Grice, 2001)",)),
        Callout("none", "Gorsuch, 1983"),
        KeyValues((("a", "(Meredith, 1993)"),)),
        table,
    )
    own = ("Etgar, M. (2008). A model.", "Goldberg, L. R. (1990). Another.", "no reference")
    sections = (Section("s", "S", blocks), Section("t", "T", (Paragraph("(Etgar, 2008)"),)))
    (section,) = about_references(sections, own)
    (listed,) = section.blocks
    assert isinstance(listed, References)
    assert [in_text(work) for work in listed.items] == [
        "Chen, 2007", "Etgar, 2008", "Gorsuch, 1983", "Grice, 2001", "Holm, 1979", "Horn, 1965", "Kock, 2015",
        "Meredith, 1993",
    ]  # fmt: skip
    assert about_references((Section("s", "S", (Paragraph("nothing"),)),)) == ()


@pytest.mark.parametrize(
    ("reference", "italic"),
    [
        ("Holm, S. (1979). A simple test? Psychometrika, 6(2), 65–70.", "Psychometrika, 6"),
        ("Gorsuch, R. L. (1983). Factor analysis (2nd ed.). Lawrence Erlbaum.", "Factor analysis"),
        ("Satorra, A. (2000). Tests. In A. B (Ed.), Innovations (pp. 1–2). Kluwer.", "Innovations"),
        (
            "The coprod-measure authors. (n.d.). coprod-measure (Version 1) [Computer software].",
            "coprod-measure",
        ),
        ("no reference", ""),
    ],
)
def test_titles_of_journals_and_books_are_in_italics(reference: str, italic: str) -> None:
    parts = in_italics(reference)
    assert parts[1] == italic
    assert "".join(parts) == reference


def test_every_format_shows_references_in_apa_style(tmp_path: Path) -> None:
    work = "Gorsuch, R. L. (1983). Factor analysis (2nd ed.). Lawrence Erlbaum."
    document = Document("t", "s", (Section("references", "References", (References((work,)),)),))
    assert "(1983). <em>Factor analysis</em> (2nd ed.)." in as_html(document)
    assert "- Gorsuch, R. L. (1983). *Factor analysis* (2nd ed.). Lawrence Erlbaum." in as_markdown(document)
    assert "\\hangindent=2em Gorsuch, R. L. (1983). \\textit{Factor analysis} (2nd ed.)." in as_latex(
        document
    )
    assert json.loads(as_json(document))["sections"][0]["blocks"] == [{"kind": "references", "items": [work]}]
    import docx

    (path,) = write_document(document, tmp_path, "t", ("docx",))
    paragraph = docx.Document(str(path)).paragraphs[-1]
    assert paragraph.text == work
    assert [run.text for run in paragraph.runs if run.italic] == ["Factor analysis"]
    assert paragraph.style.paragraph_format.first_line_indent < 0


def test_the_program_is_cited_as_its_citation_file_says() -> None:
    file = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    reference = software_reference(Provenance({}, {}, versions(), 1))
    assert reference == (
        f"{file['authors'][0]['name']}. (n.d.). {file['title']} (Version {file['version']}) "
        "[Computer software]."
    )
    assert "date-released" not in file
