"""Energy and air pollutants of road traffic by street: a fleet driven at the speeds of the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import wear
from twin.mobility.fleet import ELECTRICITY, VEHICLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from twin.mobility.fleet import Fleet
    from twin.mobility.hot_emissions import SpeedFunction

    Floats = NDArray[np.float64]

MOTORWAYS: Final = frozenset({"motorway", "motorway_link"})
CARRIERS: Final = ("petrol", "diesel", ELECTRICITY)
END_USES: Final = {"car": "cars", "van": "vans", "lorry": "lorries", "bus": "buses"}
SCOPES: Final = {ELECTRICITY: "2"}
MASSES: Final = ("nox_kg", "pm10_kg", "pm25_kg", "wear_kg", "co_kg", "voc_kg")
"""Columns of the frame in kilograms a year; wear_kg is the part of pm10_kg that is no exhaust."""
SPREADS: Final = {"nox_kg": "nox", "wear_kg": "wear", "co_kg": "co", "voc_kg": "voc"}
"""Row of emission_spread.csv by column; energy has that of fuel, particles are made of two."""
EXHAUST: Final = {"nox_kg": "nox", "co_kg": "co", "voc_kg": "voc"}
METRES_PER_KM = 1000.0
GRAMS_PER_KG = 1000.0
MJ_PER_KWH = 3.6
PER_100_KM = 100.0

CITATIONS: Final = (
    (
        "EMEP/EEA air pollutant emission inventory guidebook, chapter 1.A.3.b.i-iv Road transport "
        "(tier 3, hot emissions as functions of mean speed) and chapters 1.A.3.b.vi-vii (wear)."
    ),
)


@dataclass(frozen=True)
class EmissionRun:
    """Energy and air pollutants of an average year.

    Parameters
    ----------
    frame
        Index of the streets. Columns energy_petrol, energy_diesel, energy_electricity [kWh/a] and
        `MASSES` [kg/a]. A street without traffic has zeros.
    activity
        Final energy by street inside the boundary, kind of vehicle and carrier [kWh/a], as rows
        of activity for the ledger.
    totals
        Index: columns of the frame. value, low and high (10th and 90th percentile of the factor,
        taken alike on all streets) inside the boundary [unit of the column].
    counts
        vehicle_km_<vehicle> [veh km/a] inside the boundary, beyond_speeds: share of all vehicle
        kilometres at speeds that no function was fitted to [1], speed_missing: streets whose
        speed is not known in some period [1].
    limits, citations
        What the model cannot see, and its sources.
    """

    frame: pd.DataFrame
    activity: pd.DataFrame
    totals: pd.DataFrame
    counts: dict[str, float]
    limits: tuple[str, ...]
    citations: tuple[str, ...]


def run(
    streets: pd.DataFrame,
    flow: Mapping[str, Floats],
    speed: Floats | Mapping[str, Floats],
    fleet: Fleet,
    *,
    days: float,
    periods: Sequence[str] = (),
) -> EmissionRun:
    """Work out energy and air pollutants of every street.

    Parameters
    ----------
    streets
        City table or some of its rows: length [m], highway, speed_kph [km/h], inside, state and,
        where it is there, low_emission: the rule that vehicles on the street meet.
    flow
        By vehicle (car, van, lorry, bus): vehicles in each period of a day, both directions
        together (streets, periods) [veh/d].
    speed
        Mean speed in each period (streets, periods) [km/h], for all vehicles or by vehicle; where
        it is not known, the legal speed.
    fleet
        What drives.
    days
        Days of a year like the modelled one [d].
    periods
        Names of the periods, in the order of the columns; needed where a rule has hours.

    Raises
    ------
    ValueError
        If shapes do not fit, or a flow is negative or not finite.
    """
    _refuse(streets, flow)
    speeds, missing = _speeds(streets, flow, speed)
    length = streets["length"].to_numpy(np.float64)[:, None] / METRES_PER_KM
    driven = {name: values * length * days for name, values in flow.items()}
    parts = _by_vehicle(streets, driven, speeds, fleet, periods)
    frame = _frame(streets.index, parts)
    inside = streets["inside"].to_numpy(dtype=bool)
    return EmissionRun(
        frame=frame,
        activity=_activity(streets[inside], {k: v[inside] for k, v in parts.items()}),
        totals=_totals(frame[inside], fleet),
        counts=_counts(driven, speeds, fleet, inside, missing),
        limits=_limits(driven, speeds, fleet, missing),
        citations=CITATIONS,
    )


def _refuse(streets: pd.DataFrame, flow: Mapping[str, Floats]) -> None:
    unknown = sorted(set(flow) - set(VEHICLES))
    if unknown:
        raise ValueError(f"unknown kinds of vehicle: {', '.join(unknown)}")
    for name, values in flow.items():
        if values.shape != (len(streets), *values.shape[1:2]):
            raise ValueError(f"flow of {name}: {values.shape} for {len(streets)} streets")
        if not np.isfinite(values).all() or (values < 0.0).any():
            raise ValueError(f"flow of {name} is negative or not finite")


def _speeds(
    streets: pd.DataFrame, flow: Mapping[str, Floats], speed: Floats | Mapping[str, Floats]
) -> tuple[dict[str, Floats], int]:
    """Speeds by vehicle with the legal one where none is known, and how many streets need that."""
    legal = streets["speed_kph"].to_numpy(np.float64)[:, None]
    gaps = np.zeros(len(streets), dtype=bool)
    found = {}
    for name, values in flow.items():
        given = speed[name] if isinstance(speed, Mapping) else speed
        if given.shape != values.shape:
            raise ValueError(f"speed of {name}: {given.shape}, flow: {values.shape}")
        unknown = ~(np.isfinite(given) & (given > 0.0))
        gaps |= (unknown & (values > 0.0)).any(axis=1)
        found[name] = np.where(unknown, legal, given)
    return found, int(gaps.sum())


def _by_vehicle(
    streets: pd.DataFrame,
    driven: Mapping[str, Floats],
    speeds: Mapping[str, Floats],
    fleet: Fleet,
    periods: Sequence[str],
) -> dict[str, pd.DataFrame]:
    """Energy by carrier and masses of each kind of vehicle, by street."""
    fast = streets["highway"].isin(MOTORWAYS).to_numpy()
    columns = [*(f"energy_{name}" for name in CARRIERS), *MASSES]
    found = {}
    for vehicle, kilometres in driven.items():
        values = np.zeros((len(streets), len(columns)))
        for rows, held, allowed in _rules(streets, vehicle, kilometres.shape[1], fleet, periods):
            part = vehicle_emissions(
                vehicle, kilometres[rows] * held, speeds[vehicle][rows], fast[rows], allowed
            )
            values[rows] += np.column_stack([part[name] for name in columns])
        found[vehicle] = pd.DataFrame(values, index=streets.index, columns=columns)
    return found


def _rules(
    streets: pd.DataFrame, vehicle: str, width: int, fleet: Fleet, periods: Sequence[str]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_], Fleet]]:
    """Rows of streets, the periods of them (width,), and the fleet that drives there then."""
    none = pd.Series("", index=streets.index, dtype="str")
    always = np.ones(width, dtype=bool)
    if vehicle == "bus" or "low_emission" not in streets:
        yield np.arange(len(streets)), always, fleet
        return
    rules = streets["low_emission"].fillna("")
    hours = streets.get("low_emission_hours", none).fillna("")
    places = pd.Series(np.arange(len(streets)))
    for (rule, named), rows in places.groupby([rules.to_numpy(), hours.to_numpy()]):
        held = np.array([period in str(named).split() for period in periods], dtype=bool)
        if named and len(held) != width:
            raise ValueError(f"a rule holds in {named!r}: name the {width} periods")
        inside = held if named else always
        if not rule:
            yield rows.to_numpy(), always, fleet
            continue
        yield rows.to_numpy(), inside, fleet.under(str(rule))
        if not inside.all():
            yield rows.to_numpy(), ~inside, fleet


def vehicle_emissions(
    vehicle: str, kilometres: Floats, speed: Floats, motorway: NDArray[np.bool_], fleet: Fleet
) -> dict[str, Floats]:
    """Energy [kWh/a] and masses [kg/a] that one kind of vehicle causes, summed over periods.

    Parameters
    ----------
    vehicle
        car, van, lorry or bus.
    kilometres : (streets, periods) [veh km/a]
    speed : (streets, periods) [km/h]
    motorway : (streets,)
        Whether the street is a motorway: electric vehicles use more there.
    fleet
        Mix, functions and figures.

    Returns
    -------
    values
        energy_<carrier> and `MASSES`, each (streets,).
    """
    rows = fleet.of(vehicle)
    electric = float(rows.loc[rows["carrier"] == ELECTRICITY, "share"].sum())
    sums = {
        f"energy_{carrier}": _burnt(kilometres, speed, rows, carrier, fleet)
        for carrier in CARRIERS
        if carrier != ELECTRICITY
    }
    use = _electric_use(vehicle, motorway, fleet)
    sums[f"energy_{ELECTRICITY}"] = kilometres.sum(axis=1) * electric * use
    for column, pollutant in EXHAUST.items():
        sums[column] = _emitted(kilometres, speed, rows, pollutant, fleet) / GRAMS_PER_KG
    exhaust = _emitted(kilometres, speed, rows, "pm", fleet) / GRAMS_PER_KG
    ten, fine = np.zeros(len(kilometres)), np.zeros(len(kilometres))
    for is_electric, share in ((False, 1.0 - electric), (True, electric)):
        worn = wear.particles(speed, vehicle, fleet.wear, electric=is_electric)
        ten = ten + (worn["pm10"] * kilometres).sum(axis=1) * share / GRAMS_PER_KG
        fine = fine + (worn["pm25"] * kilometres).sum(axis=1) * share / GRAMS_PER_KG
    return {**sums, "pm10_kg": exhaust + ten, "pm25_kg": exhaust + fine, "wear_kg": ten}


def _burnt(
    kilometres: Floats, speed: Floats, rows: pd.DataFrame, carrier: str, fleet: Fleet
) -> Floats:
    """Energy of the fuel of one carrier, summed over periods [kWh/a]."""
    own = rows[rows["carrier"] == carrier]
    if own.empty:
        return np.zeros(len(kilometres))
    grams = _emitted(kilometres, speed, own, "fuel", fleet)
    return grams * fleet.heat[carrier] / GRAMS_PER_KG / MJ_PER_KWH


def _emitted(
    kilometres: Floats, speed: Floats, rows: pd.DataFrame, pollutant: str, fleet: Fleet
) -> Floats:
    """What rows of the mix burn or emit, summed over periods [g/a]."""
    weight: dict[SpeedFunction, float] = {}
    for row in rows[rows["carrier"] != ELECTRICITY].to_dict("records"):
        found = fleet.function(row, pollutant)
        weight[found] = weight.get(found, 0.0) + row["share"]
    mean = sum((share * found(speed) for found, share in weight.items()), np.zeros_like(speed))
    return np.asarray((mean * kilometres).sum(axis=1))


def _electric_use(vehicle: str, motorway: NDArray[np.bool_], fleet: Fleet) -> Floats:
    """Electricity of a kilometre [kWh/km]."""
    use = np.where(
        motorway, fleet.electricity[vehicle, "motorway"], fleet.electricity[vehicle, "urban"]
    )
    return np.asarray(use / PER_100_KM)


def _frame(index: pd.Index, parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    columns = [*(f"energy_{name}" for name in CARRIERS), *MASSES]
    total = pd.DataFrame(0.0, index=index, columns=columns)
    for part in parts.values():
        total = total + part
    return total


def _activity(streets: pd.DataFrame, parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows for the ledger, territorial after the GHG Protocol for Cities, II.1."""
    rows = [
        pd.DataFrame({
            "object_id": streets.index.astype("str"),
            "layer": "streets",
            "scope": SCOPES.get(carrier, "1"),
            "sector": "transport",
            "gpc_ref": "II.1",
            "end_use": END_USES[vehicle],
            "carrier": carrier,
            "activity": table[f"energy_{carrier}"].to_numpy(),
            "unit": "kWh",
            "state": streets["state"].to_numpy(),
            "privacy": "public",
            "evidence": "assumed",
        })
        for vehicle, table in parts.items()
        for carrier in CARRIERS
        if carrier != "petrol" or vehicle == "car"
    ]  # fmt: skip
    return pd.concat(rows, ignore_index=True).sort_values(
        ["object_id", "end_use", "carrier"], kind="stable", ignore_index=True
    )


def _totals(frame: pd.DataFrame, fleet: Fleet) -> pd.DataFrame:
    """Sums with their range; particles are the exhaust and the wear, each with its own."""
    value = frame.sum()
    exhaust = value["pm10_kg"] - value["wear_kg"]
    ends = {}
    for name, end in (("low", 0), ("high", 1)):
        factor = {
            column: fleet.spread[SPREADS.get(str(column), "fuel")][end] for column in value.index
        }
        ends[name] = value * pd.Series(factor)
        for column in ("pm10_kg", "pm25_kg"):
            worn = value[column] - exhaust
            ends[name][column] = (
                exhaust * fleet.spread["pm"][end] + worn * fleet.spread["wear"][end]
            )
    return pd.DataFrame({"value": value, **ends})


def _beyond(driven: Mapping[str, Floats], speeds: Mapping[str, Floats], fleet: Fleet) -> float:
    """Share of vehicle kilometres at speeds outside the range of the functions of fuel [1]."""
    outside = total = 0.0
    for vehicle, kilometres in driven.items():
        rows = fleet.of(vehicle)
        for row in rows[rows["carrier"] != ELECTRICITY].to_dict("records"):
            found = fleet.function(row, "fuel")
            away = (speeds[vehicle] < found.slowest) | (speeds[vehicle] > found.fastest)
            outside += float((kilometres * away).sum()) * row["share"]
            total += float(kilometres.sum()) * row["share"]
    return outside / total if total > 0.0 else 0.0


def _counts(
    driven: Mapping[str, Floats],
    speeds: Mapping[str, Floats],
    fleet: Fleet,
    inside: NDArray[np.bool_],
    missing: int,
) -> dict[str, float]:
    counts = {f"vehicle_km_{name}": float(values[inside].sum()) for name, values in driven.items()}
    return {**counts, "beyond_speeds": _beyond(driven, speeds, fleet), "speed_missing": missing}


def _limits(
    driven: Mapping[str, Floats], speeds: Mapping[str, Floats], fleet: Fleet, missing: int
) -> tuple[str, ...]:
    sentences = [
        (
            "Emissions are those of warm engines on level roads at the mean speed of a period: cold "
            "starts, gradients and single stops are not in them."
        ),
        *fleet.notes,
        "Electric vehicles use the same energy at all speeds of a kind of road.",
        "Dust that traffic stirs up again is not counted among the particles.",
    ]
    others = [name for name in VEHICLES if name not in driven]
    if others:
        named = " and ".join(END_USES[name] for name in others)
        sentences.append(f"Not in energy and emissions of traffic: {named}.")
    beyond = _beyond(driven, speeds, fleet)
    if beyond > 0.0:
        sentences.append(
            f"{beyond:.1%} of the kilometres are driven at speeds outside those that the "
            "functions were fitted to; there the value of the nearest speed holds."
        )
    if missing:
        sentences.append(f"Streets with traffic but no speed, taken at the legal one: {missing}.")
    return tuple(sentences)
