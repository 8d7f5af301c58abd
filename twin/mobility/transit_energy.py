"""Energy of public transport: what its vehicles use between stops, booked at the stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility.emissions import CARRIERS, MASSES, PER_100_KM, vehicle_emissions
from twin.mobility.fleet import ELECTRICITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.mobility.fleet import Fleet

ENERGY: Final = tuple(f"energy_{name}" for name in CARRIERS)
BUS, TRAM = "bus", "tram"
KINDS: Final[Mapping[str, tuple[str, str]]] = {BUS: ("buses", "II.1"), TRAM: ("trams", "II.2")}
"""End use and reference of the GHG Protocol for Cities by mode."""
SHARED = 0.5
"""Share of the way between two stops that each of them stands for [1]."""


@dataclass(frozen=True)
class TransitEnergyRun:
    """Energy and air pollutants of public transport of an average year.

    Parameters
    ----------
    lines
        Index of the lines. mode, vehicle_km [veh km/a], energy by carrier [kWh/a] and masses
        [kg/a] of the whole line, inside the boundary or not; NaN where the mode is not computed.
    stops
        Index of the stops inside the boundary that anything runs between: transit_km [veh km/a],
        bus_km [veh km/a] of buses alone, and masses [kg/a] of the modes that are computed.
    activity
        Rows of activity for the ledger on the transit stops inside the boundary [kWh/a].
    counts
        lines, lines_not_computed, vehicle_km_inside: that of the rows.
    limits
        What is not in it.
    """

    lines: pd.DataFrame
    stops: pd.DataFrame
    activity: pd.DataFrame
    counts: dict[str, float]
    limits: tuple[str, ...]


def run(
    legs: pd.DataFrame, stops: pd.DataFrame, fleet: Fleet, figures: Mapping[str, float]
) -> TransitEnergyRun:
    """Work out what the vehicles of each line use, and book it at the stops they run between.

    Half the way between two stops belongs to each; territorial, so stops outside the boundary
    have no row.

    Parameters
    ----------
    legs
        One row per line and pair of stops that follow each other: line, mode, from_stop, to_stop,
        vehicle_km [veh km/a] and speed [km/h], stops included.
    stops
        City table transit_stops: inside.
    fleet
        What buses burn.
    figures
        Of vehicle_energy.csv by key.

    Raises
    ------
    ValueError
        If kilometres or speeds are no numbers, or a stop is not in the table.
    """
    _refuse(legs, stops)
    used = _used(legs, fleet, figures)
    computed = legs["mode"].isin(list(KINDS))
    sums = used.groupby(legs["line"]).sum(min_count=1)
    lines = pd.DataFrame({
        "mode": legs.groupby("line")["mode"].first(),
        "vehicle_km": legs.groupby("line")["vehicle_km"].sum(),
    }).join(sums)  # fmt: skip
    ends = _ends(legs[computed], used[computed], stops)
    activity, inside = _activity(ends)
    left_out = sorted(legs.loc[~computed, "mode"].unique())
    return TransitEnergyRun(
        lines=lines,
        stops=_by_stop(ends),
        activity=activity,
        counts={
            "lines": float(len(lines)),
            "lines_not_computed": float(lines[list(ENERGY)].isna().all(axis=1).sum()),
            "vehicle_km_inside": inside,
        },
        limits=_limits(left_out),
    )


def _refuse(legs: pd.DataFrame, stops: pd.DataFrame) -> None:
    numbers = legs[["vehicle_km", "speed"]].to_numpy(np.float64)
    if not np.isfinite(numbers).all() or (numbers < 0.0).any():
        raise ValueError("kilometres or speeds of lines are negative or not finite")
    named = pd.Index(legs[["from_stop", "to_stop"]].to_numpy().ravel()).unique()
    if not named.isin(stops.index).all():
        raise ValueError(f"stop {named[~named.isin(stops.index)][0]} is not in the table")


def _used(legs: pd.DataFrame, fleet: Fleet, figures: Mapping[str, float]) -> pd.DataFrame:
    """Energy [kWh/a] and masses [kg/a] of each leg; NaN where the mode is not computed."""
    used = pd.DataFrame(np.nan, index=legs.index, columns=[*ENERGY, *MASSES])
    bus = legs["mode"].eq(BUS).to_numpy()
    driven = legs.loc[bus, ["vehicle_km"]].to_numpy(np.float64)
    speed = legs.loc[bus, ["speed"]].to_numpy(np.float64)
    found = vehicle_emissions(BUS, driven, speed, np.zeros(len(driven), dtype=bool), fleet)
    used.loc[bus, :] = np.column_stack([found[name] for name in used.columns])
    tram = legs["mode"].eq(TRAM)
    used.loc[tram, :] = 0.0
    used.loc[tram, f"energy_{ELECTRICITY}"] = (
        legs.loc[tram, "vehicle_km"] * figures[f"{TRAM}.{ELECTRICITY}"] / PER_100_KM
    )
    return used


def _ends(legs: pd.DataFrame, used: pd.DataFrame, stops: pd.DataFrame) -> pd.DataFrame:
    """Half of each leg at each of its stops inside the boundary."""
    parts = [
        pd.DataFrame({
            "stop": legs[end].to_numpy(), "mode": legs["mode"].to_numpy(),
            "vehicle_km": SHARED * legs["vehicle_km"].to_numpy(np.float64),
            **{name: SHARED * used[name].to_numpy(np.float64) for name in used},
        })
        for end in ("from_stop", "to_stop")
    ]  # fmt: skip
    ends = pd.concat(parts, ignore_index=True)
    return ends[ends["stop"].map(stops["inside"]).astype(bool)]


def _by_stop(ends: pd.DataFrame) -> pd.DataFrame:
    """What runs at each stop, all modes that are computed together."""
    buses = ends["vehicle_km"].where(ends["mode"] == BUS, 0.0)
    found = ends.assign(bus_km=buses).groupby("stop")[["vehicle_km", "bus_km", *MASSES]].sum()
    found.index = found.index.astype("str")
    return found.rename(columns={"vehicle_km": "transit_km"})


def _activity(ends: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Rows by stop, end use and carrier, and the vehicle kilometres they stand for [veh km/a]."""
    sums = ends.groupby(["stop", "mode"])[[*ENERGY, "vehicle_km"]].sum().reset_index()
    rows = sums.melt(["stop", "mode"], list(ENERGY), "carrier", "activity")
    rows["carrier"] = rows["carrier"].str.removeprefix("energy_")
    rows = rows[rows["activity"] > 0.0].sort_values(["stop", "mode", "carrier"], ignore_index=True)
    table = pd.DataFrame({
        "object_id": rows["stop"].astype("str"),
        "layer": "transit_stops",
        "scope": np.where(rows["carrier"] == ELECTRICITY, "2", "1"),
        "sector": "transport",
        "gpc_ref": rows["mode"].map({mode: ref for mode, (_, ref) in KINDS.items()}),
        "end_use": rows["mode"].map({mode: use for mode, (use, _) in KINDS.items()}),
        "carrier": rows["carrier"],
        "activity": rows["activity"],
        "unit": "kWh",
        "state": "standing",
        "privacy": "public",
        "evidence": "assumed",
    })  # fmt: skip
    return table, float(sums["vehicle_km"].sum())


def _limits(left_out: list[str]) -> tuple[str, ...]:
    sentences = [
        (
            "Public transport is booked at its stops inside the boundary, half the way between "
            "two stops at each; empty runs to and from the depot are not in it."
        ),
    ]
    if left_out:
        sentences.append(f"The energy of these modes is not computed: {', '.join(left_out)}.")
    return tuple(sentences)
