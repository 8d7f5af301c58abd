"""Options of `twin build` that lay terrain and a census over the new City."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from twin.terminal import file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from layers.schema import Progress
    from twin.city import City

    Command = TypeVar("Command", bound=Callable[..., Any])

FILES: Final = {
    "terrain": "Ground heights: GeoTIFF, .hgt or classic NetCDF.",
    "surface": "Heights of roofs and ground; with --terrain it gives building heights.",
    "canopy": "Height of vegetation above the ground.",
    "land-cover": "Land-cover codes.",
}
MANY: Final = " May be repeated."


def ground_options(command: Command) -> Command:
    """Add the options to a command."""
    for name, text in reversed(list(FILES.items())):
        command = click.option(f"--{name}", multiple=True, type=file(), help=text + MANY)(command)
    return click.option(
        "--population",
        metavar="NUMBER|FILE",
        help="People who live inside the boundary, or a file of people and jobs by zone.",
    )(command)


def taken(options: dict[str, Any]) -> dict[str, Any]:
    """Take these options out of those of the command; a plain number of people stays there."""
    ours = {name.replace("-", "_"): options.pop(name.replace("-", "_"), ()) for name in FILES}
    people = options.pop("population", None)
    try:
        options |= {} if people is None else {"population": float(people)}
    except ValueError:
        ours["population"] = Path(people)
    return {name: value for name, value in ours.items() if value}


def grounded(city: City, given: Mapping[str, Any], progress: Progress) -> tuple[City, list[str]]:
    """City with the files that were given, and what to tell about them."""
    if not given:
        return city, []
    from twin import census, ground, relief

    files, lines = dict(given), []
    people = files.pop("population", None)
    if files:
        files["elevation"] = files.pop("terrain", ())
        city = relief.add(city, **files, progress=progress)
    if people is not None:
        shared = census.read(city, people)
        city, lines = shared.city, shared.lines
    return city, [*ground.lines(city), *lines] if files else lines
