"""Car traffic of a city on an average day: demand, assignment, and energy by street."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import demand, distribution, equilibrium, network, road_links
from twin.mobility.network import METRES_PER_KM, MINUTES_PER_HOUR, STREET

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.demand import Demand
    from twin.mobility.equilibrium import Equilibrium, Warm
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters

SECONDS_PER_MINUTE = 60.0
PER_100_KM = 100.0
MOTORWAYS: Final = frozenset({"motorway", "motorway_link"})

CITATIONS: Final = (
    "Wardrop 1952, Some theoretical aspects of road traffic research, Proc. ICE 1(3), 325-362.",
    "Bureau of Public Roads 1964, Traffic Assignment Manual, US Department of Commerce.",
    (
        "Jayakrishnan, Tsai, Prashker, Rajadhyaksha 1994, A faster path-based algorithm for "
        "traffic assignment, Transportation Research Record 1443, 75-83."
    ),
    (
        "Boyce, Ralevic-Dekic, Bar-Gera 2004, Convergence of traffic assignments: how much is "
        "enough?, Journal of Transportation Engineering 130(1), 49-55."
    ),
    "Wilson 1971, A family of spatial interaction models, Environment and Planning A 3, 1-32.",
    "Furness 1965, Time function iteration, Traffic Engineering and Control 7, 458-460.",
    "Hyman 1969, The calibration of trip distribution models, Environment and Planning 1, 105-112.",
)


@dataclass(frozen=True)
class TrafficWarm:
    """What a run of a changed city starts from and keeps.

    Parameters
    ----------
    zones
        Zones in the order of their numbers.
    deterrence
        How strongly time deters [1/min]: people keep their habits when streets change.
    fitted
        Whether that met the mean trip length of the survey.
    assignment
        Paths in use.
    """

    zones: pd.Index
    deterrence: float
    fitted: bool
    assignment: Warm


@dataclass(frozen=True)
class TrafficRun:
    """Car traffic of an average day.

    Parameters
    ----------
    frame
        Index: ids of the streets that cars may use, inside the boundary or not. Columns vehicles
        [veh/d] in both directions together, speed [km/h] and delay [s/veh] in the busiest hour,
        vehicle_km [veh km/a]. A street that nobody takes has 0 vehicles; a street where no car may
        drive has no row.
    activity
        Energy of cars [kWh/a] by street inside the boundary and carrier.
    certificate
        Checks of the assignment and of the trip table, as plain numbers.
    limits
        What the model cannot see, in plain sentences.
    citations
        Papers behind it.
    warm
        Start for a run of a changed city.
    """

    frame: pd.DataFrame
    activity: pd.DataFrame
    certificate: dict[str, float]
    limits: tuple[str, ...]
    citations: tuple[str, ...]
    warm: TrafficWarm


def run(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    parameters: MobilityParameters,
    *,
    turns: pd.DataFrame | None = None,
    warm: TrafficWarm | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> TrafficRun:
    """Work out the car traffic of an average day and the energy it takes.

    Parameters
    ----------
    streets, junctions, zones
        City tables.
    parameters
        Figures of the country.
    turns
        City table of turn restrictions; None applies none.
    warm
        Of a run of the same city with other streets: its deterrence is kept, its paths are the
        start. Without it the deterrence is fitted to these streets.
    progress
        Told the stage and the share done.
    """
    _tell(progress, "laying out the road network", 0.0)
    roads = network.build(streets, junctions, zones, parameters, turns=turns)
    same = warm is not None and warm.zones.equals(zones.index)
    _tell(progress, "working out who drives where", 0.0)
    travel = demand.run(roads, zones, parameters, deterrence=warm.deterrence if warm else None)
    found = equilibrium.solve(
        roads.network,
        travel.trips,
        gap=parameters.gap,
        max_iterations=parameters.iterations,
        warm=warm.assignment if warm is not None and same else None,
        progress=progress,
    )
    frame = by_street(streets, roads, found, parameters)
    fitted = warm.fitted if warm else travel.fitted
    return TrafficRun(
        frame=frame,
        activity=energy(frame, streets, parameters),
        certificate=_certificate(travel, found),
        limits=tuple(_limits(roads, travel, found, parameters, fitted=fitted)),
        citations=CITATIONS,
        warm=TrafficWarm(zones.index, travel.deterrence, fitted, found.warm),
    )


def _tell(progress: Callable[[str, float], None] | None, stage: str, done: float) -> None:
    if progress is not None:
        progress(stage, done)


def by_street(
    streets: gpd.GeoDataFrame, roads: Roads, found: Equilibrium, parameters: MobilityParameters
) -> pd.DataFrame:
    """Gather both directions of every street that cars may use.

    Parameters
    ----------
    streets
        City table.
    roads, found
        Network and its flows.
    parameters
        Peak share and days of the year.
    """
    ids = streets.index[road_links.driven(road_links.open_streets(streets))]
    own = (roads.links["kind"] == STREET).to_numpy()
    place = ids.get_indexer(roads.links["street"][own])
    flow, net = found.flow[own], roads.network

    def summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(place, weights=values, minlength=len(ids)).astype(np.float64)

    weight = np.where(summed(flow)[place] > 0.0, flow, 1.0)
    total = summed(weight)
    there = total > 0.0
    time = np.divide(
        summed(weight * found.time[own]), total, out=np.full(len(ids), np.nan), where=there
    )
    free = np.divide(
        summed(weight * net.free_time[own]), total, out=np.full(len(ids), np.nan), where=there
    )
    length = streets["length"].loc[ids].to_numpy() / METRES_PER_KM
    vehicles = summed(flow) / parameters.peak_share
    moving = np.where(time > 0.0, time, np.nan)
    return pd.DataFrame({
        "vehicles": vehicles,
        "speed": length / moving * MINUTES_PER_HOUR,
        "delay": (time - free) * SECONDS_PER_MINUTE,
        "vehicle_km": vehicles * length * parameters.days,
    }, index=ids)  # fmt: skip


def energy(
    frame: pd.DataFrame, streets: gpd.GeoDataFrame, parameters: MobilityParameters
) -> pd.DataFrame:
    """Final energy of cars by street inside the boundary and carrier, as activity rows [kWh/a].

    Territorial, after the GHG Protocol for Cities, II.1: what is burnt inside the boundary is
    scope 1, electricity taken from the grid scope 2.

    Parameters
    ----------
    frame
        Vehicle kilometres by street [veh km/a].
    streets
        City table.
    parameters
        Carrier shares and energy per kilometre.
    """
    inside = streets.loc[frame.index, "inside"].to_numpy()
    table = streets.loc[frame.index[inside]]
    driven = frame.loc[table.index, "vehicle_km"].to_numpy()
    fast = table["highway"].isin(MOTORWAYS).to_numpy()
    parts = []
    for carrier, share in parameters.shares.items():
        use = np.where(
            fast, parameters.energy["motorway", carrier], parameters.energy["urban", carrier]
        )
        parts.append(pd.DataFrame({
            "object_id": table.index.astype("str"),
            "layer": "streets",
            "scope": "2" if carrier == "electricity" else "1",
            "sector": "transport",
            "gpc_ref": "II.1",
            "end_use": "cars",
            "carrier": carrier,
            "activity": driven * share * use / PER_100_KM,
            "unit": "kWh",
            "state": table["state"].to_numpy(),
            "privacy": "public",
            "evidence": parameters.evidence,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True).sort_values(
        ["object_id", "carrier"], kind="stable", ignore_index=True
    )


def _certificate(travel: Demand, found: Equilibrium) -> dict[str, float]:
    return {
        **found.certificate.to_dict(),
        "iterations": len(found.history),
        "trips_per_day": travel.daily,
        "trips_cut_off": travel.cut_off,
        "zones_cut_off": len(travel.cut_off_zones),
        "trip_table_residual": travel.residual,
        "deterrence": travel.deterrence,
        "mean_trip_km": travel.length,
    }


def _limits(
    roads: Roads,
    travel: Demand,
    found: Equilibrium,
    parameters: MobilityParameters,
    *,
    fitted: bool,
) -> list[str]:
    """What the model cannot see, and what it left out this time."""
    proof = found.certificate
    sentences = [
        (
            "Through traffic is unknown: trips of commuters and visitors that begin or end outside "
            "the model area are not on its streets, and residents' trips to places outside are "
            "turned to places inside."
        ),
        "Only cars of residents are modelled: no lorries, vans, buses or motorcycles.",
        (
            f"The busiest hour holds {parameters.peak_share:.0%} of the day's trips, the same in "
            "both directions; speed and delay are those of that hour, vehicles those of the day."
        ),
        *roads.limits,
        (
            "Trip rates and car use are national means (assumed), not a survey of this place; "
            "people do not change to other means of travel when streets change."
        ),
        (
            "The energy of a kilometre does not depend on speed or congestion, only on the road "
            "being a motorway."
        ),
        (
            f"{_share(proof.intrazonal, proof.demand)} of the trips stay inside one zone, and the "
            "ways to and from the junction of a zone are on no street: their kilometres are "
            "missing."
        ),
        *parameters.substitutes,
    ]
    if not fitted:
        sentences.append(
            f"The mean trip in the model is {travel.length:.1f} km, that of the survey "
            f"{parameters.trip_length:g} km: the model area is too small, or its zones too "
            "coarse, to hold trips of that length; the residents' kilometres outside are missing."
        )
    if travel.cut_off > 0.0:
        sentences.append(
            "No car can get from some zones to the rest of the area and back; left out: "
            f"{travel.cut_off:.0f} trips a day (zones: {len(travel.cut_off_zones)})."
        )
    if travel.residual > distribution.TOLERATED:
        sentences.append(
            f"The sums of the trip table are met to {travel.residual:.0e} only: some zones lie too "
            "far from all others."
        )
    if proof.unreachable > 0.0:
        sentences.append(f"Trips without a way by car: {proof.unreachable:.1f} an hour.")
    if len(roads.loose):
        sentences.append(
            "Streets that end at no known junction are closed to cars in the model: "
            f"{len(roads.loose)}."
        )
    if found.relative_gap > parameters.gap:
        sentences.append(
            f"The assignment stopped at a relative gap of {found.relative_gap:.1e}; "
            f"{parameters.gap:.0e} was wanted."
        )
    return sentences


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole > 0.0 else "None"
