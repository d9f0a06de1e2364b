"""The `coprod` command: which commands there are, and how an error becomes one line and an exit code."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Annotated

import typer

from coprod_measure.cli.archive import archive
from coprod_measure.cli.check import check
from coprod_measure.cli.codebook import codebook
from coprod_measure.cli.content_validity import content_validity
from coprod_measure.cli.demo import demo
from coprod_measure.cli.efa import efa
from coprod_measure.cli.export import export
from coprod_measure.cli.invariance import invariance
from coprod_measure.cli.measure import measure
from coprod_measure.cli.model import cfa, sam, sem
from coprod_measure.cli.multiverse import multiverse
from coprod_measure.cli.new import new
from coprod_measure.cli.offers import offers
from coprod_measure.cli.plan import plan
from coprod_measure.cli.pls import pls
from coprod_measure.cli.population import population
from coprod_measure.cli.power import power
from coprod_measure.cli.printing import say
from coprod_measure.cli.reliability import reliability
from coprod_measure.cli.rooms import clean, report, test
from coprod_measure.cli.run import run
from coprod_measure.cli.simulate import simulate
from coprod_measure.cli.table_files import with_csv
from coprod_measure.cli.translations import translations
from coprod_measure.errors import AnalysisError, CoprodError, CoprodWarning
from coprod_measure.plain_text import visible

INTERRUPTED = 130
WRONG_USAGE = 2

app = typer.Typer(
    name="coprod",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help: rich would double the time until the first line.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS: tuple[Callable[..., None], ...] = (
    *(demo, new, check, export, codebook),
    *(translations, content_validity, offers),
    *(population, power, plan),
    *(run, clean, measure, test, report, multiverse, archive),
    *(sem, cfa, sam, pls, efa, reliability, invariance, simulate),
)
WITH_TABLES = frozenset(
    (
        *(check, codebook, content_validity, power, run, clean, measure, test, multiverse),
        *(sem, cfa, sam, pls, efa, reliability, invariance),
    )
)
"""Commands that print tables: each has ``--json``, and ``--csv`` from here."""
for command in COMMANDS:
    told = (command.__doc__ or "").strip().partition("\n")[0]  # else the list of commands cuts it short
    app.command(short_help=told)(with_csv(command) if command in WITH_TABLES else command)


@app.callback(invoke_without_command=True)
def coprod(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Measure consumer co-production, or a theory of your own: from questionnaire to tested hypotheses."""
    if version:
        from coprod_measure.provenance import package_version

        say(f"coprod-measure {package_version()}")
        raise typer.Exit


def main() -> None:
    """Run the command line and leave with its exit code (see ``docs/reference/command-line.md``)."""
    shown, said = warnings.formatwarning, set[str]()

    def in_one_line(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
    ) -> str:
        if issubclass(category, CoprodWarning):
            words = f"warning: {' '.join(str(message).split())}\n"
            if words in said:  # a file that is read twice is spoken of once
                return ""
            said.add(words)
            return words
        return visible(shown(message, category, filename, lineno, line))

    warnings.formatwarning = in_one_line
    code = run_app(sys.argv[1:])
    if code == INTERRUPTED:  # Python itself would leave with another code where it was compiling meanwhile
        sys.stdout.flush()
        os._exit(INTERRUPTED)
    sys.exit(code)


def run_app(arguments: list[str]) -> int:
    """Run one command.

    ``arguments``: without the program's name. 0 done; 1 the input has problems; 2 wrong usage; 3 the analysis
    could not be done; 4 a part failed by a fault of this program, the rest is there; 130 interrupted.
    """
    try:
        result = app(arguments, standalone_mode=False, prog_name="coprod")
    except CoprodError as error:
        say(f"coprod: {error}", err=True)
        return error.exit_code
    except MemoryError:
        say("coprod: it needs more memory than there is. Ask for fewer rows, draws or processes", err=True)
        return AnalysisError.exit_code
    except (typer.Abort, KeyboardInterrupt):
        result = INTERRUPTED
    except typer.TyperException as error:
        known = {command.__name__.replace("_", "-") for command in COMMANDS}
        asked = " ".join(["coprod", *(one for one in arguments[:1] if one in known), "--help"])
        said = error.format_message().replace("Value error, ", "")
        say(f"coprod: {said.rstrip('.')}. `{asked}` lists what there is.", err=True)
        return WRONG_USAGE
    except BrokenPipeError:
        # The reader of our output (`coprod ... | head`) has seen enough.
        sys.stderr.close()
        return 0
    if result == INTERRUPTED:
        say("coprod: interrupted; nothing was left half-written", err=True)
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
