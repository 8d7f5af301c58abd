"""A year of every building of a town by the hourly model, as lived and by standard use.

Worked out in chunks; of the hours only sums over the town are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.schema import silent
from twin.energy import occupancy, stock_zones, thermal
from twin.energy.occupancy import LIVED, STANDARD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.energy.parameters import EnergyParameters
    from twin.energy.stock import Stock
    from twin.energy.zones import Weather

    Floats = NDArray[np.float64]
    Visit = Callable[[slice, Floats, Floats], None]

CHUNK: Final = 400
"""Buildings whose hours are held at a time; they take 2 x 84 MB."""

KILO: Final = 1000.0
HEATING, COOLING = 0, 1
COLUMNS: Final = (
    "heat", "heat_standard", "cooling", "cooling_standard", "heat_peak", "cooling_peak",
    "overheating_hours", "residual",
)  # fmt: skip


@dataclass(frozen=True)
class StockYear:
    """A year of n buildings.

    Parameters
    ----------
    frame
        Index building id; heat and cooling [kWh/a] of the rooms as lived, heat_standard and
        cooling_standard [kWh/a] by standard use, heat_peak and cooling_peak [kW] by standard use,
        overheating_hours [h] as lived, residual: what does not close, by the heat that moved [1].
    monthly : (n, 2, 12)
        Heat and cooling of each month as lived [kWh].
    monthly_standard : (n, 2, 12)
        The same by standard use [kWh].
    load
        Index begin of the hour in UTC; heating and cooling of all rooms of the town as lived [kW].
    balance
        Where the heat came from and went to, for the record.
    model
        One of `thermal.MODELS`.
    """

    frame: pd.DataFrame
    monthly: Floats
    monthly_standard: Floats
    load: pd.DataFrame
    balance: Mapping[str, float]
    model: str


def run(
    stock: Stock,
    weather: Weather,
    parameters: EnergyParameters,
    *,
    model: str = thermal.ISO_52016,
    progress: Progress | None = None,
    threads: int | None = None,
    visit: Visit | None = None,
) -> StockYear:
    """Work out a year of every building of a stock, as lived and by standard use.

    Parameters
    ----------
    stock
        Of `stock.assemble`.
    weather
        Of `zones.weather`.
    parameters
        Tables of the energy model.
    model
        One of `thermal.MODELS`.
    progress
        Called with the stage and the share done.
    threads
        How many at most; the result does not depend on it, bit for bit.
    visit
        Called for each chunk, in order: its rows of the stock, and heat and cold of its buildings
        as lived, (rows, hours) [W].
    """
    tell, count = progress or silent, len(stock.buildings)
    many = {
        living: stock_zones.zones_of(stock, parameters, weather, living=living)
        for living in (STANDARD, LIVED)
    }
    met, hours = occupancy.shares(stock, parameters), len(weather.temperature)
    light = thermal.sun_table(many[LIVED], weather) if count else np.zeros((hours, 0))
    load = np.zeros((2, hours))
    annual: dict[str, list[pd.DataFrame]] = {STANDARD: [], LIVED: []}
    monthly = np.zeros((2, count, 2, 12))
    real = stock.area.to_numpy() > 0.0
    weights = (
        np.stack([np.zeros(count), np.where(met.cools, 0.0, met.cooled) * met.cooled_part]) * real,
        np.stack([met.heated, np.where(met.cools, met.cooled_part, 0.0)]) * real,
    )
    for first in range(0, count, CHUNK):
        rows = slice(first, min(first + CHUNK, count))
        needs = np.zeros((2, rows.stop - first, hours))
        for number, living in enumerate((STANDARD, LIVED)):
            zones = stock_zones.piece(many[living], first, rows.stop)
            found = thermal.simulate(
                zones, weather, model=model, hourly=True, threads=threads, sun=light
            )
            annual[living].append(found.annual)
            monthly[number, rows] = found.monthly
            assert found.hourly is not None
            for kind in (HEATING, COOLING):
                needs[kind] += found.hourly[:, kind] * weights[number][kind, rows, None]
        load += needs.sum(axis=1)
        if visit is not None:
            visit(rows, needs[HEATING], needs[COOLING])
        tell("hours of buildings", rows.stop / count)
    both = {living: _joined(parts) for living, parts in annual.items()}
    return _gathered(stock, both, monthly, weights, load, weather, model)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts) if parts else pd.DataFrame(columns=[*NEEDED], dtype="float64")


NEEDED: Final = (
    "heating", "cooling", "sunlight", "gains", "air", "outside", "stored", "heating_peak",
    "cooling_peak", "warm_hours", "residual",
)  # fmt: skip
"""Figures of `thermal.ThermalRun` that are taken on."""


def _gathered(
    stock: Stock,
    annual: Mapping[str, pd.DataFrame],
    monthly: Floats,
    weights: tuple[Floats, Floats],
    load: Floats,
    weather: Weather,
    model: str,
) -> StockYear:
    """The year of a stock from the years of its zones."""
    plain, lived = annual[STANDARD], annual[LIVED]
    real = stock.area.to_numpy() > 0.0
    by_month = np.stack(
        [
            sum(monthly[way][:, kind] * weights[way][kind][:, None] for way in (0, 1))
            for kind in (HEATING, COOLING)
        ],
        axis=1,
    )
    standard = monthly[0] * real[:, None, None]
    frame = pd.DataFrame(
        {
            "heat": by_month[:, HEATING].sum(axis=1),
            "heat_standard": standard[:, HEATING].sum(axis=1),
            "cooling": by_month[:, COOLING].sum(axis=1),
            "cooling_standard": standard[:, COOLING].sum(axis=1),
            "heat_peak": plain["heating_peak"].to_numpy() * real,
            "cooling_peak": plain["cooling_peak"].to_numpy() * real,
            "overheating_hours": lived["warm_hours"].to_numpy(),
            "residual": np.maximum(plain["residual"].abs(), lived["residual"].abs()).to_numpy(),
        },
        index=stock.buildings.index,
        columns=list(COLUMNS),
    )
    return StockYear(
        frame=frame,
        monthly=by_month,
        monthly_standard=standard,
        load=pd.DataFrame({"heating": load[0] / KILO, "cooling": load[1] / KILO},
                          index=pd.DatetimeIndex(weather.times, name="time")),
        balance=_balance(lived, frame, load),
        model=model,
    )  # fmt: skip


def _balance(lived: pd.DataFrame, frame: pd.DataFrame, load: Floats) -> dict[str, float]:
    """Heat of all zones as lived, before what part of it is met, and what does not close."""
    found = {
        f"{name} of the rooms [kWh/a]": float(lived[column].sum())
        for column, name in (
            ("heating", "heat"), ("cooling", "cooling"), ("sunlight", "sunlight"),
            ("gains", "gains"), ("air", "exchange of air"), ("outside", "loss through surfaces"),
            ("stored", "stored heat"),
        )
    }  # fmt: skip
    met = float(frame["heat"].sum())
    apart = abs(float(load[HEATING].sum()) / KILO - met) / max(met, 1.0)
    return {
        **found,
        "heat that is met as lived [kWh/a]": met,
        "largest residual of a building and year [1]": float(frame["residual"].max())
        if len(frame)
        else 0.0,
        "residual of the load curve [1]": apart,
    }
