"""How buildings are heated, cooled, aired and lived in, hour by hour of a week.

Two ways to live. ``standard`` is the use that certificates assume: homes at their set-point day and
night, in all rooms. ``lived`` is what people of the country do: part of the rooms, at night or for
hours, their own number of people and devices, windows open when it is warm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.energy import appliances, constructions
from twin.energy.zones import OFF

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from twin.energy.parameters import EnergyParameters
    from twin.energy.stock import Stock
    from twin.energy.stock_tables import RoomTables

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

STANDARD: Final = "standard"
LIVED: Final = "lived"
LIVINGS: Final = (LIVED, STANDARD)
WEEK: Final = 168
HOURS_OF_YEAR: Final = 8.76
"""Thousands of hours of a year: kWh/a by W."""

WAYS: Final = ("continuous", "night", "hours")
"""Ways in which homes are heated as lived."""

MOST: Final = 0.5
"""Share of buildings with cooling from which a building is taken to have it [1]."""

NO_COOLING: Final = "none"
ROOM_UNIT: Final = "room_unit"
"""Kind of heating that cools too."""


@dataclass(frozen=True)
class Occupancy:
    """Use of n buildings.

    Parameters
    ----------
    schedule : (n, 5)
        Rows of `profiles`: heating and cooling set-point, ventilation, gains, infiltration.
    profiles : (p, 168)
        [degC] or [1].
    gains : (n,)
        Mean heat of people, appliances and light [W].
    """

    schedule: Whole
    profiles: Floats
    gains: Floats


@dataclass(frozen=True)
class Shares:
    """What part of a need is met as lived, by building, (n,) [1].

    Parameters
    ----------
    heated
        Share of the heat need that is met: homes without heating or with portable devices meet
        less.
    cooled
        Share of buildings like this one that are cooled; 0 or 1 where it is known.
    cooled_part
        Share of a cooled building's need that is met, as most cool some rooms only.
    """

    heated: Floats
    cooled: Floats
    cooled_part: Floats

    @property
    def cools(self) -> NDArray[np.bool_]:
        """Whether the building is simulated with cooling as lived."""
        return self.cooled >= MOST


def shares(stock: Stock, parameters: EnergyParameters) -> Shares:
    """What part of the need of each building is met as lived."""
    living, rooms = parameters.rooms.living, parameters.rooms.rooms
    home, heating = homes(stock, parameters), stock.buildings["heating"]
    met = 1.0 - living["none"] - living["portable"] * (1.0 - living["portable_part"])
    unknown = home & (heating == "mix").to_numpy()
    use = constructions.known_use(stock.buildings["use"], parameters)
    usual = np.where(home, living["cooled"], rooms["cooled"].reindex(use).to_numpy())
    given = stock.buildings.get("cooling", pd.Series(None, index=heating.index, dtype="str"))
    known = given.notna().to_numpy()
    cooled = np.where(known, (given != NO_COOLING).to_numpy(), usual)
    cooled = np.where(~known & (heating == ROOM_UNIT).to_numpy(), 1.0, cooled)
    return Shares(
        heated=np.where(unknown, met, 1.0),
        cooled=cooled.astype(np.float64),
        cooled_part=np.where(home, living["cooled_part"], 1.0),
    )


def homes(stock: Stock, parameters: EnergyParameters) -> NDArray[np.bool_]:
    """Whether each building is a home."""
    return np.asarray(constructions.residential(stock.buildings["use"], parameters), dtype=bool)


def occupancy(stock: Stock, parameters: EnergyParameters, living: str, begins: int) -> Occupancy:
    """Schedules of each building.

    Parameters
    ----------
    stock
        Of `stock.assemble`.
    parameters
        Tables of the energy model.
    living
        `STANDARD` or `LIVED`.
    begins
        Hour of the local week, from Monday's midnight, at which the weather begins [h].
    """
    tables, home = parameters.rooms, homes(stock, parameters)
    use = constructions.known_use(stock.buildings["use"], parameters)
    kind, kinds = pd.factorize(tables.rooms["schedule"].reindex(use), sort=True)
    lived = home & (living == LIVED)
    low, high = set_points(stock, parameters, lived)
    masks = np.array([tables.schedules[name, "heating"] for name in kinds] + [_lived_mask(tables)])
    mask = np.where(lived, len(kinds), kind)
    found: list[Floats] = []
    heating = _rows(np.column_stack([mask, low, high]), found, lambda key: _heat(masks, key))
    cooling = _cooling(stock, parameters, living)
    cold = _rows(np.column_stack([kind, cooling]), found, lambda key: _cold(masks, key))
    shapes = []
    for what in ("air", "gains"):
        base = sum(len(part) for part in found)
        shape = [_shape(tables.schedules[name, what]) for name in kinds]
        found.append(np.array(shape).reshape(-1, WEEK))
        shapes.append(base + kind)
    ones = np.full(len(kind), sum(len(part) for part in found))
    found.append(np.ones((1, WEEK)))
    profiles = np.roll(np.concatenate(found), -begins, axis=1)
    schedule = np.column_stack([heating, cold, *shapes, ones]).astype(np.int64)
    return Occupancy(schedule, np.ascontiguousarray(profiles), gains(stock, parameters, lived))


def set_points(
    stock: Stock, parameters: EnergyParameters, lived: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Lowered and full set-point of heating of each building, mean of its rooms [degC].

    A set-point that is known of a building is how it is lived in; certificates ignore it.
    """
    living, profile = parameters.rooms.living, stock.profile
    use = constructions.known_use(stock.buildings["use"], parameters)
    usual = parameters.rooms.rooms["setback"].reindex(use).to_numpy()
    plain = profile["standard_setpoint"].to_numpy()
    own_high, own_low = profile["own_setpoint"].to_numpy(), profile["own_setback"].to_numpy()
    high = np.where(np.isnan(own_high), np.where(lived, living["setpoint"], plain), own_high)
    high = high + profile["own_shift"].to_numpy()
    low = np.where(np.isnan(own_low), np.where(lived, living["setback"], usual), own_low)
    part, rest = living["heated"], living["unheated"]
    mean_high = part * high + (1.0 - part) * np.minimum(rest, high)
    mean_low = part * low + (1.0 - part) * np.minimum(rest, low)
    as_lived = lived | ~homes(stock, parameters)
    high = np.where(lived, mean_high, np.where(as_lived, high, plain))
    low = np.where(lived, mean_low, np.where(as_lived, low, usual))
    return np.minimum(low, high), high


def gains(stock: Stock, parameters: EnergyParameters, lived: NDArray[np.bool_]) -> Floats:
    """Mean heat of people, appliances and light of each building [W]."""
    figure, profile = parameters.rooms.figures, stock.profile
    by_use = (profile["internal_gains"] * stock.area).to_numpy()
    factor = profile["appliance_factor"].to_numpy()
    power = figure["gains.by_power"]
    others = by_use * (1.0 - power + power * factor)
    counts = pd.DataFrame({
        "area": stock.area, "dwelling": stock.buildings["dwellings"],
        "person": stock.buildings["people"],
    })  # fmt: skip
    electric = appliances.electricity(profile, counts).sum(axis=1).to_numpy() / HOURS_OF_YEAR
    present = parameters.rooms.schedules["home", "presence"].mean()
    people = counts["person"].to_numpy() * figure["gains.person"] * present
    own = people + figure["gains.electric"] * electric
    counted = counts["dwelling"].to_numpy() > 0.0
    home = homes(stock, parameters)
    return np.asarray(np.where(lived & counted, own, np.where(home, by_use, others)))


def _cooling(stock: Stock, parameters: EnergyParameters, living: str) -> Floats:
    """Set-point of cooling of each building [degC], `OFF` for those that are not cooled."""
    use = constructions.known_use(stock.buildings["use"], parameters)
    usual = parameters.rooms.rooms["cooling_setpoint"].reindex(use).to_numpy()
    if living == STANDARD:
        return np.asarray(usual)
    own = stock.profile["own_cooling"].to_numpy()
    homely = np.where(homes(stock, parameters), parameters.rooms.living["cooling_setpoint"], usual)
    wanted = np.where(np.isnan(own), homely, own)
    return np.asarray(np.where(shares(stock, parameters).cools, wanted, OFF))


def _lived_mask(tables: RoomTables) -> Floats:
    """Mean of the ways in which homes are heated, share of the way from setback to set-point."""
    weights = np.array([tables.living[way] for way in WAYS])
    ways = np.array([tables.schedules[way, "heating"] for way in WAYS])
    return np.asarray(weights @ ways / weights.sum())


def _heat(masks: Floats, key: Floats) -> Floats:
    """Set-points of a week by mask, low and high."""
    mask = masks[key[:, 0].astype(np.int64)]
    return np.asarray(key[:, 1:2] + (key[:, 2:3] - key[:, 1:2]) * mask)


def _cold(masks: Floats, key: Floats) -> Floats:
    """Cooling set-points of a week: on where the rooms are used."""
    used = masks[key[:, 0].astype(np.int64)] > 0.0
    return np.asarray(np.where(used, key[:, 1:2], OFF))


def _shape(values: Floats) -> Floats:
    """Values by their mean."""
    return np.asarray(values / values.mean())


def _rows(keys: Floats, found: list[Floats], make: Callable[[Floats], Floats]) -> Whole:
    """Number of the profile of each key; new profiles are added to those found."""
    base = sum(len(part) for part in found)
    unique, number = np.unique(keys, axis=0, return_inverse=True)
    found.append(make(unique))
    return base + number.reshape(-1)
