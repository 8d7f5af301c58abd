"""Domains of what travel does to people: health, crashes, dirty air, noise, energy of buses."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from layers import tables
from twin import money, transit_network
from twin.domain import Domain, Indicator, Outcome
from twin.errors import NotComputedError
from twin.mobility import (
    accidents,
    emissions,
    external,
    fleet,
    health,
    residents,
    street_traffic,
    transit_energy,
    transit_lines,
)
from twin.mobility.network import METRES_PER_KM
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.schema import Progress
    from twin.city import City
    from twin.mobility.day import DayRun
    from twin.mobility.transit_energy import TransitEnergyRun
    from twin.transit_network import Running

EUR: Final = "EUR"
TRANSPORT: Final = "transport"
SOCIETY: Final = "society"
"""Who bears what is external."""
AGAINST_NONE: Final = (
    "Deaths that walking and cycling prevents are told against nobody walking or cycling; between "
    "two runs the difference is what a plan changes."
)
LEGAL_ONLY: Final = (
    "What noise costs is told only where the method of its levels is the country's legal one."
)
LOUDEST: Final = "Households are taken to hear the level at the loudest facade of their building."


def day_of(traffic: Outcome | None, what: str) -> DayRun:
    """The modelled day that something rests on.

    Parameters
    ----------
    traffic
        Of the domain traffic; None where it is not computed.
    what
        What rests on it, for the message.

    Raises
    ------
    NotComputedError
        If there is none.
    """
    if traffic is None:
        raise NotComputedError(f"Traffic is not computed, so {what}.")
    made: DayRun = traffic.made
    return made


def prices(year: float) -> dict[str, str]:
    """Columns of money that is valued in euros of a year."""
    return {"currency": EUR, "price_basis": f"{year:.0f}, VAT unknown", "sector": TRANSPORT}


# ---------------------------------------------------------------- walking and cycling


def _health(city: City, _warm: Any, _progress: Progress, *, traffic: Outcome | None) -> Outcome:
    made = day_of(traffic, "how much people walk and cycle is not known")
    zones = city.zones.loc[made.zones.index]
    figures = health.parameters(city.country)
    times = {mode: made.skims.time[mode] for mode in health.MODES if mode in made.skims.time}
    minutes = residents.of_homes(made.home, made.by_mode, times)
    found = health.run({}, minutes, zones["people"], figures)
    inside = zones["inside"].to_numpy(dtype=bool)
    parts = health.prevented(minutes, zones["people"].to_numpy(np.float64), figures)
    gained = {mode: fsum(part[inside].tolist()) for mode, part in parts.items()}
    year = tables.load("health").set_index("key").loc["death.value", "year"]
    return Outcome(
        frames={"zones": found.frame},
        money=money.rows(
            -found.frame["health_value"], kind="external", layer="zones", payer=SOCIETY,
            end_use="health by walking and cycling", **prices(year),
        ),
        people={
            **_totals(gained, figures),
            **{f"deaths_{mode}": _totals({mode: part}, figures)["deaths_prevented"]
               for mode, part in gained.items()},
        },
        certificate=found.counts,
        limits=(*found.limits, AGAINST_NONE),
        citations=found.citations,
    )  # fmt: skip


def _totals(
    gained: Mapping[str, float], figures: Mapping[str, health.Figure]
) -> dict[str, Indicator]:
    """Deaths prevented and their value, with their range."""
    return {
        str(row.Index): Indicator(float(row.value), float(row.low), float(row.high), "assumed")
        for row in health.totals(gained, figures).itertuples()
    }


# ---------------------------------------------------------------- crashes, air, noise


class _Rates(NamedTuple):
    """What a kilometre costs others by crashes [EUR/km], and whether crashes here set it."""

    by_vehicle: Mapping[str, float]
    scaled: bool


def _external(
    city: City,
    warm: _Rates | None,
    _progress: Progress,
    *,
    traffic: Outcome | None,
    noise: Outcome | None,
) -> Outcome:
    made = day_of(traffic, "what it costs others is not known")
    rows = tables.load("external_costs").set_index("key")
    figures = tables.figures("external_costs")
    streets, index = city.streets, street_traffic.driven(city.streets)
    inside = streets.loc[index, "inside"].to_numpy(dtype=bool)
    days = mobility_parameters(city.country, city.parameters).days
    driven = _kilometres(city, made, days)
    seen = accidents.observed(city.points, streets, figures)
    rates = warm or _rates(seen, streets, {k: v[inside] for k, v in driven.items()}, figures)
    frame = pd.DataFrame({
        "crash_cost": accidents.cost(driven, index, rates.by_vehicle),
        "air_cost": external.air(made.streets.loc[index], figures),
    })  # fmt: skip
    homes, quiet = _noise(city, noise, rows)
    people = {
        "crash_cost": _crash_range({k: v[inside] for k, v in driven.items()}, rates, rows),
        "air_cost": _air_range(made.streets.loc[index][inside], rows),
        **quiet,
    }
    if seen.counts["crashes"]:
        frame = frame.join(seen.frame, how="outer")
        counted = seen.frame.loc[streets["inside"], "crashes"]
        people["crashes"] = Indicator(fsum(counted.tolist()), evidence="observed")
    same = prices(rows.loc["crash.car", "year"]) | {"kind": "external", "payer": SOCIETY}
    on_streets = {"crash_cost": "crashes", "air_cost": "dirty air"}
    return Outcome(
        frames={"streets": frame, **({"zones": homes.to_frame()} if len(homes) else {})},
        money=pd.concat([
            *(money.rows(frame[name], layer="streets", end_use=use, **same)
              for name, use in on_streets.items()),
            money.rows(homes, layer="zones", end_use="road noise",
                       **(same | prices(rows.loc["noise.household", "year"]))),
        ], ignore_index=True),
        people=people,
        limits=(*accidents.limits(seen, scaled=rates.scaled),
                *((LOUDEST,) if len(homes) else (LEGAL_ONLY,))),
        citations=tuple(dict.fromkeys((*accidents.CITATIONS, *external.CITATIONS))),
        warm=rates,
    )  # fmt: skip


def _kilometres(city: City, made: DayRun, days: float) -> dict[str, Any]:
    """Kilometres on each street that cars may use by kind of vehicle [veh km/a]."""
    flows = street_traffic.by_vehicle(city.streets, list(made.hours))
    index = street_traffic.driven(city.streets)
    length = city.streets.loc[index, "length"].to_numpy(np.float64) / METRES_PER_KM
    return {name: flow.sum(axis=1) * length * days for name, flow in flows.items()}


def _rates(
    seen: accidents.Observed,
    streets: pd.DataFrame,
    driven: Mapping[str, Any],
    figures: Mapping[str, float],
) -> _Rates:
    """Rates of the table, or those that make this traffic cost what its crashes cost."""
    loss = fsum(seen.frame.loc[streets["inside"], "crash_loss"].tolist())
    if not seen.years or loss <= 0.0:
        return _Rates(accidents.rates(figures), scaled=False)
    sums = {name: fsum(values.tolist()) for name, values in driven.items()}
    return _Rates(accidents.rates(figures, sums, loss), scaled=True)


def _crash_range(driven: Mapping[str, Any], rates: _Rates, rows: pd.DataFrame) -> Indicator:
    """Cost of crashes inside, with all rates at their low and high ends together."""
    parts = {name: fsum((values * rates.by_vehicle[name]).tolist())
             for name, values in driven.items()}  # fmt: skip
    low, high = (
        fsum(part * rows.loc[f"crash.{name}", end] / rows.loc[f"crash.{name}", "value"]
             for name, part in parts.items())
        for end in ("low", "high")
    )  # fmt: skip
    return Indicator(fsum(parts.values()), low, high, "assumed")


def _air_range(streets: pd.DataFrame, rows: pd.DataFrame) -> Indicator:
    """Damage of exhaust inside, with both prices at their low and high ends together."""
    sums = {name: fsum(streets[name].dropna().tolist()) for name in external.POLLUTANTS}
    whole, low, high = (fsum(mass * rows.loc[f"air.{name}", end] for name, mass in sums.items())
                        for end in ("value", "low", "high"))  # fmt: skip
    return Indicator(whole, low, high, "assumed")


def _noise(
    city: City, noise: Outcome | None, rows: pd.DataFrame
) -> tuple[pd.Series, dict[str, Indicator]]:
    """Cost of noise by zone where its levels are legal ones, and the level that people hear."""
    none = pd.Series(dtype="float64", name="noise_cost")
    if noise is None:
        return none, {}
    levels, buildings = noise.frames["buildings"], city.buildings
    legal = "lden" in levels
    level = levels["lden" if legal else "lden_compare"].reindex(buildings.index)
    heard = {"noise_level" if legal else "noise_compare": _mean_level(level, buildings)}
    found = {name: one for name, one in heard.items() if one is not None}
    if not legal:
        return none, found
    threshold = float(rows.loc["noise.threshold", "value"])
    loud = level.to_numpy(np.float64)
    price = {"noise.household": float(rows.loc["noise.household", "value"])}
    homes = buildings["dwellings"].fillna(0.0).to_numpy(np.float64)
    cost = external.noise(homes, np.fmax(loud, threshold), np.full(len(loud), threshold), price)
    cost = np.where(buildings["inside"], cost, 0.0)
    by_zone = pd.Series(cost, index=buildings.index).groupby(buildings["zone"]).sum()
    by_zone = by_zone.reindex(city.zones.index, fill_value=0.0).rename("noise_cost")
    return by_zone, {**found, "noise_cost": _scaled(by_zone, rows.loc["noise.household"])}


def _mean_level(level: pd.Series, buildings: pd.DataFrame) -> Indicator | None:
    """Mean level at the loudest facade of people inside [dB(A)]."""
    people = buildings["people"].where(buildings["inside"], 0.0).fillna(0.0)
    known = level.notna() & (people > 0.0)
    if not known.any():
        return None
    return Indicator(float(np.average(level[known], weights=people[known])))


# ---------------------------------------------------------------- buses and trams


class _Energy(NamedTuple):
    """What public transport uses, and the service that it was worked out for."""

    running: Running
    found: TransitEnergyRun


def _transit_energy(
    city: City, warm: _Energy | None, _progress: Progress, *, lines: Outcome | None
) -> Outcome:
    if lines is None:
        raise NotComputedError("Public transport is not computed, so its energy is not.")
    running: Running = lines.made
    same = warm is not None and transit_network.same_service(warm.running, running)
    found = warm.found if warm is not None and same else _of_lines(city, running)
    figures = tables.figures("external_costs")
    rows = tables.load("external_costs").set_index("key")
    stops = found.stops.assign(
        crash_cost=found.stops["bus_km"] * figures["crash.bus"],
        air_cost=external.air(found.stops, figures),
    )
    names = ["transit_km", "nox_kg", "pm10_kg", "pm25_kg", "crash_cost", "air_cost"]
    same_rows = prices(rows.loc["crash.bus", "year"]) | {
        "kind": "external", "payer": SOCIETY, "layer": "transit_stops",
    }  # fmt: skip
    return Outcome(
        frames={"transit_stops": stops[names]},
        activity=found.activity,
        money=pd.concat([
            money.rows(stops["crash_cost"], end_use="crashes", **same_rows),
            money.rows(stops["air_cost"], end_use="dirty air", **same_rows),
        ], ignore_index=True),
        people={
            "bus_crash_cost": _scaled(stops["crash_cost"], rows.loc["crash.bus"]),
            "bus_air_cost": _air_range(stops, rows),
        },
        certificate=found.counts,
        limits=found.limits,
        citations=tuple(dict.fromkeys((*emissions.CITATIONS, *external.CITATIONS))),
        warm=_Energy(running, found),
    )  # fmt: skip


def _of_lines(city: City, running: Running) -> TransitEnergyRun:
    legs = transit_lines.legs_of_year(
        running.driven.trips, running.times.times, city.transit_services, city.transit_stops,
        running.times.ways.metres,
    )  # fmt: skip
    parameters = mobility_parameters(city.country, city.parameters)
    mix = fleet.fleet(parameters.country, cars=parameters.shares)
    return transit_energy.run(legs, city.transit_stops, mix, tables.figures("vehicle_energy"))


def _scaled(cost: pd.Series, row: pd.Series) -> Indicator:
    whole = fsum(cost.tolist())
    return Indicator(
        whole, whole * row["low"] / row["value"], whole * row["high"] / row["value"], "assumed"
    )


def _nothing_missing(_city: City) -> str:
    return ""


DOMAINS: Final = (
    Domain(
        "transit_energy", "Energy of public transport", ("transit_services",),
        transit_network.missing,
        _transit_energy, needs=("lines",), columns={"transit_stops": ("inside",)},
    ),
    Domain(
        "health", "Health by walking and cycling", ("zones",), _nothing_missing, _health,
        needs=("traffic",),
    ),
    Domain(
        "external_costs", "Crashes, dirty air and noise", ("zones", "points", "parameters"),
        _nothing_missing, _external, needs=("traffic", "noise"),
        columns={"buildings": ("people", "dwellings", "zone", "inside"),
                 "streets": ("length", "inside", "state")},
    ),
)  # fmt: skip
"""Domains of what travel does, in order."""
