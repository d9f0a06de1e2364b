"""Pages of the documentation site that the project itself knows: Python names, YAML files, reports.

MkDocs calls the functions whose names begin with ``on_``; nothing of the package is imported.
"""

from __future__ import annotations

import ast
import html
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
REPORTS = ROOT / "build" / "reports"
GALLERY = "gallery/index.md"
ROOMS = {
    "errors": "Errors",
    "theory": "Theory",
    "instrument": "Questionnaire",
    "drafting": "Drafting",
    "responses": "Answers",
    "measurement": "Measurement",
    "fitting": "Structural equation models",
    "composites": "Composites (PLS, GSCA)",
    "structure": "Tests of hypotheses",
    "simulation": "Simulation",
    "planning": "Planning",
    "study": "Studies",
    "report": "Reports",
    "shipped": "Shipped files",
}
"""Rooms of the package with public names to the titles of their pages, in the order of the site."""
FILES = {
    "study": "study.yaml, what a study is made of",
    "theory": "A theory: constructs and hypotheses",
    "instrument": "A questionnaire: questions, scales, forms",
    "cleaning": "cleaning.yaml, whose answers count",
    "population": "A population with known truth",
    "effects": "Sizes that drafted populations assume",
}


SECTIONS = {
    "tutorials": "Tutorials",
    "how-to": "How to",
    "explanation": "Explanations",
    "reference": "Reference",
}
"""Folders of pages to the entries of the menu that hold them."""


def on_config(config: Any) -> Any:
    """Put every page into the menu."""
    pages = Path(config.docs_dir).rglob("*.md")
    config.nav = whole_menu(config.nav, [page.relative_to(config.docs_dir).as_posix() for page in pages])
    return config


def whole_menu(menu: list[dict[str, Any]], pages: list[str]) -> list[dict[str, Any]]:
    """Add pages that the menu does not name at the end of what holds their folder."""
    named = re.findall(r"[\w/-]+\.md", json.dumps(menu))
    for page in sorted(set(pages) - set(named)):
        section = SECTIONS[page.split("/")[0]]
        next(entry[section] for entry in menu if section in entry).append(page)
    return menu


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are written, and the reports."""
    from mkdocs.structure.files import File

    pages = python_pages() | {"reference/yaml-files.md": yaml_page()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    for report in sorted(REPORTS.rglob("*.html")):
        files.append(File.generated(config, f"gallery/{report.name}", abs_src_path=str(report)))
    return files


def on_page_markdown(text: str, page: Any, **_: Any) -> str:
    """Put the reports into the gallery."""
    return f"{text}\n{gallery(sorted(REPORTS.rglob('*.html')))}" if page.file.src_uri == GALLERY else text


def on_page_content(text: str, **_: Any) -> str:
    """Turn references of docstrings and formulas into what a browser shows."""
    roles = r":(?:func|class|meth|data|mod):<code>~?(?:[\w.]*\.)?(\w+)</code>"
    text = re.sub(roles, r"<code>\1</code>", text)
    for written, block in _FORMULAS.items():
        text = re.sub(written, partial(_math, block=block), text, flags=re.DOTALL)
    return text


_FORMULAS = {
    r":math:<code>(.*?)</code>": False,
    r'<span class="arithmatex">\\\((.*?)\\\)</span>': False,
    r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>': True,
}
"""How formulas stand in a page, and whether each has a line of its own."""


def _math(found: re.Match[str], *, block: bool) -> str:
    from latex2mathml.converter import convert

    formula = html.unescape(found[1]).strip()
    shown = str(convert(formula, display="block" if block else "inline"))
    return f"<p>{shown}</p>" if block else shown


def public_names() -> dict[str, str]:
    """Name to the module that holds it, as the package says it."""
    tree = ast.parse((SOURCE / "coprod_measure" / "__init__.py").read_text(encoding="utf-8"))
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOME"
    )
    found: dict[str, str] = ast.literal_eval(table)
    return found


def python_pages() -> dict[str, str]:
    """One page a room: its public names, then the records that they give back."""
    by_room: dict[str, list[tuple[str, str]]] = {room: [] for room in ROOMS}
    for name, module in public_names().items():
        by_room[module.split(".")[0]].append((name, module))
    pages = {}
    for room, names in by_room.items():
        parts = [f"# {ROOMS[room]}\n", "Import the package as `import coprod_measure as cm`.\n"]
        parts += [_entry(f"coprod_measure.{module}.{name}", f"cm.{name}") for name, module in names]
        shown = {f"coprod_measure.{module}.{name}" for name, module in names}
        records = dict.fromkeys(one for name, module in names if (one := _given_back(name, module)))
        parts += [_entry(path, path.rsplit(".", 1)[1]) for path in records if path not in shown]
        pages[f"reference/python/{room}.md"] = "\n".join(parts)
    return pages


def _entry(path: str, heading: str) -> str:
    shown = f'heading: "{heading}", toc_label: "{heading}", heading_level: 2, inherited_members: true'
    options = f"    options: {{{shown}}}"
    return f"::: {path}\n{options}\n"


def _given_back(name: str, module: str) -> str:
    """Where the class lies that a public function returns; empty where it is none of this package."""
    file = SOURCE / "coprod_measure" / Path(*module.split(".")).with_suffix(".py")
    tree = ast.parse(file.read_text(encoding="utf-8"))
    made = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)
    if made is None or made.returns is None:
        return ""
    words = re.findall(r"\b[A-Z]\w+", ast.unparse(made.returns))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name in words:
            return f"coprod_measure.{module}.{node.name}"
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("coprod_measure."):
            for one in node.names:
                if one.name in words and one.name != "NotAvailable":
                    return f"{node.module}.{one.name}"
    return ""


_YAML_HEAD = """\
# YAML files

An editor that knows JSON schema completes and checks these files: the schemas lie in `instruments/schema/`,
and drafted files name theirs in the first line. `coprod check` says more.
"""


def yaml_page() -> str:
    """What may stand in each YAML file, from the schemas that editors read."""
    parts = [_YAML_HEAD]
    for name, title in FILES.items():
        file = ROOT / "instruments" / "schema" / f"{name}.schema.json"
        schema = json.loads(file.read_text(encoding="utf-8"))
        parts += [f"## {title}\n", *_section(schema, name)]
        for record, inner in schema.get("$defs", {}).items():
            if inner.get("properties"):
                parts += [f"### {record} {{#{name}-{record.lower()}}}\n", *_section(inner, name)]
            elif "enum" in inner:
                parts += [f"### {record} {{#{name}-{record.lower()}}}\n", _type(inner, name) + "\n"]
    return "\n".join(parts)


def _section(schema: dict[str, Any], name: str) -> list[str]:
    said = schema.get("description", "").split("\n\n")[0].replace("\n", " ")
    needed = schema.get("required", [])
    rows = []
    for key, one in schema.get("properties", {}).items():
        told = one.get("description", "").replace("|", "\\|").replace("\n", " ")
        rows.append(f"| `{key}` | {_type(one, name)} | {_default(one, key in needed)} | {told} |")
    return [f"{said}\n", "| key | holds | default | |\n|---|---|---|---|", *rows, ""]


def _type(one: dict[str, Any], name: str) -> str:
    if "$ref" in one:
        record = one["$ref"].rsplit("/", 1)[1]
        return f"[{record}](#{name}-{record.lower()})"
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    if "const" in one:
        return f"`{one['const']}`"
    for many in ("anyOf", "oneOf"):
        if many in one:
            return " or ".join(
                dict.fromkeys(_type(each, name) for each in one[many] if each.get("type") != "null")
            )
    if one.get("type") == "array":
        return f"list of {_type(one.get('items', {}), name)}"
    if one.get("type") == "object":
        inner = one.get("additionalProperties")
        return f"mapping to {_type(inner, name)}" if isinstance(inner, dict) else "mapping"
    kind = str(one.get("type", "anything"))
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(kind, kind)


def _default(one: dict[str, Any], needed: bool) -> str:
    if needed:
        return "**needed**"
    value = one.get("default")
    if value in (None, "", []) or isinstance(value, dict):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def gallery(reports: list[Path]) -> str:
    """Links to the reports that the demo wrote, each shown in a frame."""
    parts = []
    for report in reports:
        title = re.search(r"<title>(.*?)</title>", report.read_text(encoding="utf-8"), re.DOTALL)
        name = title[1].strip() if title else report.stem
        parts.append(
            f"## {html.unescape(name)}\n\n[Open the report]({report.name})\n\n"
            f'<iframe class="report" src="{report.name}" title="{name}" loading="lazy"></iframe>\n'
        )
    return "\n".join(parts)
