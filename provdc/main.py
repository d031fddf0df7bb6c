"""The command line: the verbs in the order of the work. Each is a thin module; errors become text only here."""

import datetime as dt
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from provdc.console import Console
from provdc.errors import told
from provdc.text import say
from provdc.verbs import check, diff, doctor, down, explain, init, plan, report, up, verify
from provdc.version import VERSION

if TYPE_CHECKING:
    from typer._click.core import Context


class Verbs(TyperGroup):
    """The verbs in the order in which they were added, and one place where errors become text."""

    def list_commands(self, ctx: "Context") -> list[str]:
        """Return the verbs in the order of the work."""
        return list(self.commands)

    def invoke(self, ctx: "Context") -> Any:  # noqa: ANN401 - as in click
        """Run a verb; a user's mistake is told, a mistake of ours is kept in a file and told briefly."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            console = Console()
            console.note(console.say("stopped"), "warm")
            raise typer.Exit(1) from None
        except BrokenPipeError:
            raise typer.Exit(1) from None
        except Exception as error:
            if type(error).__module__.partition(".")[0] in ("typer", "click"):
                raise  # a normal end, or a mistake in the options that typer itself explains
            console = Console(spoken(sys.argv))
            console.fail(told(error, console.lang) or unexpected(error, console))
            raise typer.Exit(1) from None


def spoken(arguments: list[str]) -> Any:  # noqa: ANN401 - a Lang or None
    """Return the language asked for on the command line, which may not have been read when an error occurs."""
    for index, word in enumerate(arguments):
        value = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and index + 1 < len(arguments):
            value = arguments[index + 1]
        if value in ("en", "vi"):
            return value
    return None


def unexpected(error: Exception, console: Console) -> list[str]:
    """Keep the traceback in a file and return the short message."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    log = Path(tempfile.gettempdir()) / f"provdc-{stamp}.log"
    log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    facts = {"kind": type(error).__name__, "message": str(error) or "-", "log": log}
    return [say(console.lang, f"errors.{key}", **facts) for key in ("unexpected", "unexpected_hint")]


app = typer.Typer(
    name="provdc",
    cls=Verbs,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The provincial data centre as code: records, plan, machines, configuration, verification, report.\n\n"
    "Exit codes: 0 good, 1 error, 2 differences or failed checks, 3 warnings only.",
)


def version(asked: bool) -> None:
    """Print the version."""
    if asked:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def main(
    show: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Keep the options of the program itself."""


for verb in (init, check, plan, explain, diff, up, verify, report, doctor, down):
    app.command(verb.__name__.rpartition(".")[2])(verb.run)
