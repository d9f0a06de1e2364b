"""The page that lists every command, written from the commands themselves."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup, TyperOption

_HEAD = """\
# The command line

`coprod COMMAND --help` says the same in the terminal.

| exit code | means |
|---|---|
| 0 | done |
| 1 | the input has problems; all of them are listed, nothing was computed |
| 2 | wrong usage of the command |
| 3 | the input is fine, the analysis cannot be done; the line says why |
| 4 | a fault of coprod stopped a part: a file holds its traceback, all else was written |
| 130 | interrupted; nothing was left half-written |

Results go to standard output, progress and warnings to standard error. Pipes get plain text.
"""


def command_reference(app: typer.Typer) -> str:
    """Write the page."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    parts = [_HEAD]
    for name, command in group.commands.items():
        context = typer.Context(command, info_name=f"coprod {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        parts.append(f"## coprod {name}\n\n{command.help}\n\n```text\ncoprod {name} {usage}\n```\n")
        rows = [record for parameter in command.params if (record := _row(parameter, context))]
        if rows:
            parts.append("\n".join(["| | |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _row(parameter: Any, context: typer.Context) -> str:
    if "--help" in parameter.opts:
        return ""
    names = (
        ", ".join(f"`{name}`" for name in parameter.opts)
        if isinstance(parameter, TyperOption)
        else f"`{(parameter.metavar or parameter.name.upper())}`"
    )
    text = getattr(parameter, "help", "") or ""
    default = parameter.get_default(context)
    shown = default not in (None, False, (), "") and isinstance(parameter, TyperOption)
    return f"| {names} | {text}{f' Default: `{default}`.' if shown else ''} |"


if __name__ == "__main__":
    from coprod_measure.cli.app import app as program

    print(command_reference(program), end="")
