"""What the commands of `twin` share: options, progress and print; starts without heavy imports."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twin import languages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

file = partial(click.Path, path_type=Path)
out_option = click.option("-o", "--out", type=file(), help="Where to write.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
city_argument = click.argument("city_path", metavar="CITY", type=file())


def language_option(said: str) -> Callable[[Any], Any]:
    """Option ``--lang`` of a command that writes for people.

    Parameters
    ----------
    said
        Help text.
    """
    return click.option(
        "--language", "--lang", type=click.Choice(languages.known()), default=languages.ENGLISH,
        show_default=True, help=said,
    )  # fmt: skip


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on standard error; silent where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<40}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda stage, share: bar.update(task, description=stage, completed=share)


def emit(data: Any, as_json: bool, lines: Iterable[str]) -> None:
    """Print JSON for machines or lines for people."""
    if as_json:
        click.echo(json.dumps(data, allow_nan=False, ensure_ascii=False, indent=1, default=str))
        return
    for line in lines:
        click.echo(line)
