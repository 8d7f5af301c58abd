"""Options of `twin build` that give the new City weather of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from twin.city import City

    Command = TypeVar("Command", bound=Callable[..., Any])

PVGIS: Final = "pvgis"
SYNTHETIC: Final = "synthetic"


OPTIONS: Final = ("weather", "weather_year", "weather_changes")


def weather_options(command: Command) -> Command:
    """Add the options to a command."""
    command = click.option(
        "--weather-changes",
        metavar="FILE",
        help="CSV of monthly changes of a future climate: month, temperature [K], ghi [%] ...",
    )(command)
    command = click.option(
        "--weather-year",
        type=int,
        help="Real year of the weather; default: the year of the file, or a typical one.",
    )(command)
    return click.option(
        "--weather",
        metavar="FILE|pvgis|synthetic",
        help="Hourly weather: EPW, TMY3, PVGIS, .met or CSV; pvgis asks online; synthetic makes "
        "hours of the nearest monthly table.",
    )(command)


def taken(options: dict[str, Any]) -> dict[str, Any]:
    """Take these options out of those of the command."""
    return {name: options.pop(name, None) for name in OPTIONS}


def weathered(city: City, given: Mapping[str, Any]) -> tuple[City, list[str]]:
    """City with the weather that was asked for, and what to tell about it.

    Raises
    ------
    InputError
        If the weather cannot be used.
    """
    asked, year, changes = (given[name] for name in OPTIONS)
    if asked is None and year is None and changes is None:
        return city, []
    if asked is None or (asked == SYNTHETIC and year is not None):
        raise click.UsageError(
            "--weather-year needs --weather FILE or --weather pvgis, --weather-changes any --weather."
        )
    from twin import climate

    if asked == PVGIS:
        made = climate.online(city, year=year)
    elif asked == SYNTHETIC:
        made = climate.made(city)
    else:
        made = climate.add(city, asked, year=year)
    made = made if changes is None else climate.later(made, changes)
    return made, climate.lines(made)
