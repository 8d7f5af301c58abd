"""Tables by which every building of a town becomes a zone: constructions, use, ways of living."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WEEK: Final = ("workday",) * 5 + ("saturday", "sunday")
"""Rows of use_schedules.csv that make a week, Monday first."""

HOURS: Final = [f"h{hour:02d}" for hour in range(24)]
EVERYWHERE: Final = "*"


@dataclass(frozen=True)
class RoomTables:
    """What the hourly model of a stock knows beside the archetypes.

    Parameters
    ----------
    figures
        Figures of stock_hourly.csv by key, units there.
    schedules
        Kind and what (presence, gains, heating, air) to the week of use_schedules.csv, (168,) [1].
    rooms
        Index use; columns schedule (kind), setback, cooling_setpoint [degC], cooled [1].
    living
        Figures of living.csv of the country by key.
    mass
        Index mass class and part; thickness, conductivity, density, heat of its heavy layer.
    """

    figures: Mapping[str, float]
    schedules: Mapping[tuple[str, str], Floats]
    rooms: pd.DataFrame
    living: Mapping[str, float]
    mass: pd.DataFrame


def room_tables(country: str) -> RoomTables:
    """Load the tables for a country; what it has no row for is that of all others.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.
    """
    return RoomTables(
        figures=tables.figures("stock_hourly"),
        schedules=_schedules(),
        rooms=_rooms(),
        living=_living(country),
        mass=tables.load("mass_classes").set_index(["mass", "part"]),
    )


def _schedules() -> dict[tuple[str, str], Floats]:
    rows = tables.load("use_schedules").set_index(["kind", "what", "day"])[HOURS]
    kinds = rows.index.droplevel("day").unique()
    return {
        (str(kind), str(what)): np.concatenate(
            [rows.loc[(kind, what, day)].to_numpy(np.float64) for day in WEEK]
        )
        for kind, what in kinds
    }


def _rooms() -> pd.DataFrame:
    rows = tables.load("use_rooms")
    figures = rows.pivot_table(index="use", columns="key", values="value", aggfunc="first")
    return figures.assign(schedule=rows.groupby("use")["schedule"].first())


def _living(country: str) -> dict[str, float]:
    rows = tables.load("living")
    general, own = (
        rows[rows["country"] == name].set_index("key")["value"] for name in (EVERYWHERE, country)
    )
    return {str(key): float(value) for key, value in {**general, **own}.items()}
