"""What the heat, cold and electricity supply of houses is like, and the steps of a year."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin import tariffs
from twin.energy import facade_sun, heat_areas, heat_pumps, solar_thermal, use_hours
from twin.energy.delivery_kernel import (
    APPLIANCES,
    BATTERY,
    CONSTANTS,
    COOLER,
    COUNTED,
    COVER,
    DIRECT,
    DIRECT_WATER,
    HOT_WATER,
    NUMBERS,
    PUMP,
    PUMP_WATER,
    PV,
    RISE,
    SOURCE,
    SUN,
    USE_SHAPE,
    WATER_SHAPE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.energy.parameters import EnergyParameters
    from twin.energy.stock import Stock
    from twin.energy.zones import Weather

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

ELECTRICITY: Final = "electricity"
ROOM_UNIT: Final = "room_unit"
MONTHS: Final = 12
KILO: Final = 1000.0


@dataclass(frozen=True)
class Hours:
    """What every house of a place shares in each step of a year.

    Parameters
    ----------
    outdoor, ground : (steps,)
        Temperature of air and undisturbed ground [degC].
    length : (steps,)
        Length of each step [h].
    months, bands : (steps,)
        0 to 11, and band of the electricity price from 0.
    shapes
        Of electricity and hot water.
    collectors : (12,)
        Sun on the usual plane of collectors in each month [kWh/m2].
    hourly
        Whether steps are hours: peaks, heaters beside heat pumps and the use of the own sun need
        them.
    """

    outdoor: Floats
    ground: Floats
    length: Floats
    months: Whole
    bands: Whole
    shapes: use_hours.Shapes
    collectors: Floats
    hourly: bool


@dataclass(frozen=True)
class Homes:
    """What the supply of n houses is like.

    Parameters
    ----------
    index
        Ids of the houses.
    constants, numbers, solar
        See `delivery_kernel.years`.
    fuels
        Rows houses; columns carriers but electricity: delivered energy by useful heat of rooms [1].
    water_fuels
        The same for hot water.
    parts
        Share of the electricity of appliances by end use [1].
    """

    index: pd.Index
    constants: Floats
    numbers: Whole
    solar: Floats
    fuels: pd.DataFrame
    water_fuels: pd.DataFrame
    parts: pd.DataFrame

    def __len__(self) -> int:
        return len(self.index)

    def part(self, first: int, last: int) -> Homes:
        """Houses from number `first` to before `last`."""
        cut = {
            field.name: getattr(self, field.name)[first:last]
            for field in fields(self)
        }  # fmt: skip
        return replace(self, **cut)


def hours(weather: Weather, timezone: str, country: str = "") -> Hours:
    """Steps of a year of hourly weather.

    Parameters
    ----------
    weather
        Of `zones.weather`.
    timezone
        Name of the local time zone, as Europe/Copenhagen.
    country
        Whose bands of the electricity price count; without it there is one band.
    """
    local = weather.times.tz_localize("UTC").tz_convert(timezone).tz_localize(None)
    figure = solar_thermal.figures()
    plane = facade_sun.Plane(figure["tilt"], figure["azimuth"])
    sun = facade_sun.light(plane, None, weather.sun, figure["albedo"])[0]
    return Hours(
        outdoor=weather.temperature,
        ground=weather.ground,
        length=np.ones(len(local)),
        months=weather.months,
        bands=tariffs.bands(country, local),
        shapes=use_hours.of_times(local),
        collectors=np.bincount(weather.months, sun, MONTHS) / KILO,
        hourly=True,
    )


def months(temperature: Floats, lengths: Floats) -> Hours:
    """Steps of a year of which only months are known.

    Parameters
    ----------
    temperature, lengths : (12,)
        Mean of the air outside [degC] and hours of each month [h].
    """
    return Hours(
        outdoor=temperature,
        ground=np.full(MONTHS, np.average(temperature, weights=lengths)),
        length=lengths.astype(np.float64),
        months=np.arange(MONTHS),
        bands=np.zeros(MONTHS, dtype=np.int64),
        shapes=use_hours.steady(lengths),
        collectors=np.zeros(MONTHS),
        hourly=False,
    )


def homes(
    stock: Stock,
    parameters: EnergyParameters,
    steps: Hours,
    *,
    water: pd.Series,
    power: pd.DataFrame,
    sun: Whole | None = None,
) -> Homes:
    """Supply of the houses of a stock.

    Parameters
    ----------
    stock, parameters
        Of `stock.assemble` and `parameters.energy_parameters`.
    steps
        Of `hours` or `months`.
    water
        Useful heat for hot water [kWh/a].
    power
        Electricity by end use without heating and cooling [kWh/a].
    sun : (n,)
        Row of the sun on each house's modules; the first if None.
    """
    figure = heat_pumps.figures()
    houses = stock.buildings
    kinds, ratio = _supply(houses, parameters)
    constants = np.zeros((len(houses), CONSTANTS))
    numbers = np.zeros((len(houses), NUMBERS), dtype=np.int64)
    wet = _watery(kinds)
    table = parameters.systems
    pumps = [name for name in heat_pumps.PUMPS if name in kinds]
    fixed = _column(houses, "heating_efficiency", np.nan).notna().to_numpy()
    for share, pump, direct in ((kinds, PUMP, DIRECT), (wet, PUMP_WATER, DIRECT_WATER)):
        by_pump = share[pumps].sum(axis=1).to_numpy()
        constants[:, pump] = np.where(fixed, 0.0, by_pump)
        electric = [name for name in share if table.loc[name, "carrier"] == ELECTRICITY]
        given = share[electric] / ratio[electric]
        spared = given[pumps].sum(axis=1).to_numpy()
        constants[:, direct] = given.sum(axis=1).to_numpy() - np.where(fixed, 0.0, spared)
    constants[:, RISE] = heat_pumps.slope(
        _flow(houses, figure), heat_pumps.design_temperature(steps.outdoor, figure), figure
    )
    constants[:, COVER] = _cover(kinds, pumps, figure) if steps.hourly else 1.0
    constants[:, HOT_WATER] = water.to_numpy()
    constants[:, APPLIANCES] = power.sum(axis=1).to_numpy()
    constants[:, PV] = _column(houses, "pv", 0.0).to_numpy() if steps.hourly else 0.0
    constants[:, BATTERY] = _column(houses, "battery", 0.0).to_numpy()
    numbers[:, SOURCE] = _sources(kinds, pumps)
    use = houses["use"].where(houses["use"].isin(parameters.profiles.index), "other")
    numbers[:, WATER_SHAPE] = steps.shapes.number(use, "hot_water")
    numbers[:, USE_SHAPE] = steps.shapes.number(use, ELECTRICITY)
    numbers[:, COOLER] = coolers(houses)
    numbers[:, SUN] = 0 if sun is None else sun
    numbers[:, COUNTED] = _column(houses, "inside", 1).to_numpy().astype(bool)
    total = power.sum(axis=1)
    return Homes(
        index=houses.index,
        constants=constants,
        numbers=numbers,
        solar=_solar(houses, water, steps),
        fuels=_fuels(kinds, ratio, table),
        water_fuels=_fuels(wet, ratio, table),
        parts=power.div(total.where(total > 0.0), axis=0).fillna(0.0),
    )


def coolers(houses: pd.DataFrame) -> Whole:
    """Kind of cooling of each house, as a number of `heat_pumps.COOLERS`.

    Parameters
    ----------
    houses
        With heating, and cooling if anybody said; room units that heat also cool.
    """
    said = _column(houses, "cooling", None)
    kind = said.where(said.notna(), np.where(houses["heating"] == ROOM_UNIT, "room_units", "none"))
    place = {name: number for number, name in enumerate(heat_pumps.COOLERS)}
    found: Whole = kind.map(place).fillna(0).to_numpy().astype(np.int64)
    return found


def _supply(
    houses: pd.DataFrame, parameters: EnergyParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Share of each kind in the heat of each house [1], and useful by delivered energy [1]."""
    share = heat_areas.shares(houses, parameters)
    values = parameters.systems["value"].to_numpy()
    ratio = pd.DataFrame(
        np.tile(values, (len(houses), 1)), index=houses.index, columns=share.columns
    )
    own = _column(houses, "heating_efficiency", np.nan)
    known = own.notna()
    ratio[known] = ratio[known].mul(0.0).add(own[known], axis=0)
    return share, ratio


def _watery(kinds: pd.DataFrame) -> pd.DataFrame:
    """Shares for hot water: what cannot heat water leaves it to an electric heater."""
    if ROOM_UNIT not in kinds:
        return kinds
    return kinds.assign(**{ROOM_UNIT: 0.0, ELECTRICITY: kinds[ELECTRICITY] + kinds[ROOM_UNIT]})


def _fuels(share: pd.DataFrame, ratio: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Delivered energy by useful heat [1] of all carriers but electricity."""
    other = [name for name in share if table.loc[name, "carrier"] != ELECTRICITY]
    energy = share[other] / ratio[other]
    return energy.T.groupby(table.loc[other, "carrier"]).sum().T


def _solar(houses: pd.DataFrame, water: pd.Series, steps: Hours) -> Floats:
    """Share of the hot water that the collectors of each house heat, by month [1]."""
    area = _column(houses, "solar_thermal", 0.0).to_numpy(dtype=np.float64)
    if not (area > 0.0).any():
        return np.zeros((len(houses), MONTHS))
    lengths = np.bincount(steps.months, steps.length, MONTHS).astype(np.float64)
    air = np.bincount(steps.months, steps.length * steps.outdoor, MONTHS)
    mean = np.divide(air, lengths, out=np.zeros(MONTHS), where=lengths > 0.0)
    return solar_thermal.fraction(
        area, water.to_numpy(), steps.collectors, mean, lengths, solar_thermal.figures()
    )


def _flow(houses: pd.DataFrame, figure: Mapping[str, float]) -> Floats:
    """Flow temperature of each house on the coldest day [degC]."""
    usual = np.where(
        houses["heating"] == ROOM_UNIT, figure["flow.room_unit"], figure["flow.radiator"]
    )
    said = _column(houses, "heating_flow", np.nan).to_numpy()
    return np.where(np.isnan(said), usual, said)


def _sources(kinds: pd.DataFrame, pumps: Sequence[str]) -> Whole:
    """Source of each house's pump: that of the kind with the largest share."""
    if not pumps:
        return np.zeros(len(kinds), dtype=np.int64)
    numbers = np.array([heat_pumps.PUMPS[name] for name in pumps])
    found: Whole = numbers[kinds[pumps].to_numpy().argmax(axis=1)]
    return found


def _cover(kinds: pd.DataFrame, pumps: Sequence[str], figure: Mapping[str, float]) -> Floats:
    """Heat that each house's pump gives without its heater, by its largest hour [1]."""
    if not pumps:
        return np.ones(len(kinds))
    keys = [name if name == ROOM_UNIT else heat_pumps.SOURCES[heat_pumps.PUMPS[name]]
            for name in pumps]  # fmt: skip
    cover = np.array([figure[f"{key}.cover"] for key in keys])
    found: Floats = cover[kinds[pumps].to_numpy().argmax(axis=1)]
    return found


def _column(houses: pd.DataFrame, name: str, default: float | None) -> pd.Series:
    """An optional column, or its default."""
    if name not in houses:
        return pd.Series(default, index=houses.index)
    found = houses[name]
    return found if default is None else found.fillna(default)
