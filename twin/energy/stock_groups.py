"""Buildings of a stock in groups that know whether anything about them has changed.

A group is a share of the buildings by the hash of their ids: a building that comes or goes changes
its own group only. What was worked out for a group is used again as long as its key is the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from twin.energy import overrides

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.energy.parameters import EnergyParameters
    from twin.energy.shading import Shading
    from twin.energy.stock import Stock
    from twin.energy.zones import Weather

    Whole = NDArray[np.int64]
    Digest = NDArray[np.uint64]

SIZE: Final = 24
"""Buildings of a group in the mean, at most, in towns that need no more than `MOST` groups [1]."""

MOST: Final = 512
"""Groups of a town, whose load curves are kept: 400 kB each [1]."""

ROOM_TEXTS: Final = ("use",)
ROOM_NUMBERS: Final = (
    "footprint", "floor_area", "dwellings", "people", "jobs", "green_roof", "blinds",
    "night_cooling", "microclimate",
)  # fmt: skip
"""Columns that shape the rooms of a building, beside its construction and profile; one that is not
there is the same as one without a value."""

SUPPLY_TEXTS: Final = ("heating", "heat_network", "cooling")
SUPPLY_NUMBERS: Final = (
    "heating_efficiency", "heating_flow", "pv", "battery", "solar_thermal", "inside",
)  # fmt: skip
"""Columns that shape what is bought for them; whether rooms are cooled follows from two of them."""

BYTES: Final = 16


def grouped(ids: pd.Index) -> list[Whole]:
    """Rows of each group, in the order of the groups; some may be empty.

    Parameters
    ----------
    ids
        Names of the buildings.
    """
    count = 1
    while count * SIZE < len(ids) and count < MOST:
        count *= 2
    hashed = pd.util.hash_array(ids.astype(str).to_numpy(object), categorize=False)
    group = (hashed % np.uint64(count)).astype(np.int64)
    order = np.argsort(group, kind="stable")
    return np.split(order, np.searchsorted(group[order], np.arange(1, count)))


@dataclass(frozen=True)
class Digests:
    """What the year of each of n buildings depends on beside weather and tables, (n,).

    Parameters
    ----------
    rooms
        What heat and cold of its rooms depend on.
    whole
        What its whole year depends on.
    """

    rooms: Digest
    whole: Digest


def digests(stock: Stock, cools: NDArray[np.bool_], shading: Shading | None = None) -> Digests:
    """Digests of each building of a stock.

    Parameters
    ----------
    stock
        Of `stock.assemble`.
    cools : (n,)
        Whether its rooms are cooled as lived.
    shading
        Horizons of these buildings, in their order.
    """
    own = _columns(stock, ROOM_NUMBERS, ROOM_TEXTS)
    own = _mixed(own, _frame(stock.construction.select_dtypes("number")))
    own = _mixed(own, _frame(stock.profile.select_dtypes("number")))
    others = np.column_stack([stock.walls.exposed, stock.walls.party, stock.area.to_numpy()])
    for column in others.T:
        own = _mixed(own, pd.util.hash_array(np.ascontiguousarray(column)))
    if shading is not None:
        own = _mixed(own, _skies(shading))
    names = pd.util.hash_array(stock.buildings.index.to_numpy(object), categorize=False)
    whole = _mixed(_mixed(own, names), _columns(stock, SUPPLY_NUMBERS, SUPPLY_TEXTS))
    return Digests(_mixed(own, pd.util.hash_array(cools)), whole)


def keys(whole: Digest, groups: list[Whole], shared: str) -> list[str]:
    """Digest of all that the year of each group depends on [32 hex digits].

    Parameters
    ----------
    whole
        Of `digests`.
    groups
        Of `grouped`.
    shared
        Digest of what all depend on.
    """
    return [digest([shared.encode(), whole[rows].tobytes()]) for rows in groups]


def _columns(stock: Stock, numbers: tuple[str, ...], texts: tuple[str, ...]) -> Digest:
    """Digest of some columns of each building."""
    houses = stock.buildings
    empty = pd.Series("", index=houses.index, dtype="str")
    parts = [
        pd.DataFrame({name: overrides.given(houses, name) for name in numbers}),
        pd.DataFrame({name: houses.get(name, empty).fillna("") for name in texts}),
    ]
    return _mixed(*(_frame(part) for part in parts))


def _frame(part: pd.DataFrame) -> Digest:
    """Digest of each row of a table."""
    if part.empty:
        return np.zeros(len(part), dtype=np.uint64)
    found: Digest = pd.util.hash_pandas_object(part, index=False).to_numpy()
    return found


def shapes(houses: gpd.GeoDataFrame) -> str:
    """Digest of what the walls of buildings depend on [32 hex digits].

    Parameters
    ----------
    houses
        City table of buildings.
    """
    texts = "\0".join(houses["state"].astype("str"))
    return digest(
        [
            b"".join(shapely.to_wkb(houses.geometry.to_numpy())),
            houses["height"].to_numpy(np.float64).tobytes(),
            houses["heated"].to_numpy(bool).tobytes(),
            texts.encode(),
        ]
    )


def _skies(shading: Shading) -> Digest:
    """Digest of the horizon of each building."""
    count = len(shading.index)
    parts = np.concatenate(
        [
            np.ascontiguousarray(part).view(np.uint8).reshape(count, -1)
            for part in (shading.horizon, shading.sky_view)
        ],
        axis=1,
    )
    sums = b"".join(hashlib.blake2b(row, digest_size=8).digest() for row in parts)
    return np.frombuffer(sums, dtype=np.uint64)


def _mixed(one: Digest, other: Digest) -> Digest:
    """One digest of two, in their order."""
    return np.asarray(one * np.uint64(0x100000001B3) ^ other)


def shared_key(parameters: EnergyParameters, weather: Weather, *more: str) -> str:
    """Digest of what the years of all buildings depend on [32 hex digits].

    Parameters
    ----------
    parameters
        Tables of the energy model.
    weather
        Of the year.
    more
        Names of what else matters.
    """
    rooms = parameters.rooms
    tables: list[Any] = [
        sorted(parameters.constants.items()), sorted(rooms.figures.items()),
        sorted(rooms.living.items()), rooms.rooms.to_csv(), rooms.mass.to_csv(), more,
        weather.altitude, weather.begins,
    ]  # fmt: skip
    arrays = [*rooms.schedules.values(), weather.temperature, weather.wind, weather.sky,
              weather.ground, weather.sun.dni, weather.sun.dhi, weather.sun.ghi,
              weather.sun.height, weather.sun.azimuth]  # fmt: skip
    return digest([repr(tables).encode(), *(np.ascontiguousarray(one).tobytes() for one in arrays)])


def digest(parts: Iterable[bytes]) -> str:
    """Digest of pieces of data [32 hex digits]."""
    sums = hashlib.blake2b(digest_size=BYTES)
    for part in parts:
        sums.update(part)
    return sums.hexdigest()
