"""What a day is told by beside its streets: zones, minutes on the way, proofs and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import bicycle, network, persons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters
    from twin.mobility.day import Town
    from twin.mobility.day_choice import Choice
    from twin.mobility.emissions import EmissionRun
    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.street_traffic import Hour

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
)


def ridden(
    town: Town, choice: Choice, active: ActiveParameters, vehicles: pd.Series
) -> bicycle.BicycleRun:
    """Bicycles on the streets, on the ways that feel shortest among so many cars [veh/d]."""
    by_mode = dict(zip(choice.found.trips.columns, choice.found.by_mode, strict=True))
    trips = by_mode["bicycle"] + by_mode["ebike"]
    return bicycle.run(
        town.streets, town.junctions, town.points, trips, active, vehicles=vehicles,
        left_hand=town.left_hand,
    )  # fmt: skip


def by_zone(town: Town, choice: Choice) -> pd.DataFrame:
    """Trips that begin in each zone, by mode [1/d]."""
    made = choice.found.by_mode.sum(axis=2).T
    names = [f"trips_{mode}" for mode in choice.found.trips.columns]
    return pd.DataFrame(made, index=town.zones.index, columns=names)


def minutes(choice: Choice) -> dict[str, NDArray[np.float64]]:
    """Time that residents spend on active modes, by the zone where a trip begins [min/d]."""
    found = {}
    for mode, trips in zip(choice.found.trips.columns, choice.found.by_mode, strict=True):
        if mode in {"walk", "bicycle", "ebike"}:
            time = choice.skims.time[mode]
            found[mode] = np.where(trips > 0.0, trips * np.where(trips > 0.0, time, 0.0), 0.0).sum(
                axis=1
            )
    return found


def certificate(
    choice: Choice,
    hours: Sequence[Hour],
    ridden: bicycle.BicycleRun,
    burnt: EmissionRun,
) -> dict[str, float]:
    """Checks of every hour, of the trip table and of the emissions, as plain numbers."""
    worst = {
        name: max(hour.found.certificate.to_dict()[name] for hour in hours)
        for name in hours[0].found.certificate.to_dict()
    }
    proofs = {name: value for name, value in worst.items() if name not in {"demand", "assigned"}}
    found = choice.found
    return {
        **proofs,
        "iterations": float(max(len(hour.found.history) for hour in hours)),
        "trips_per_day": found.produced,
        "trips_outside": found.outside,
        "trips_cut_off": found.cut_off,
        "zones_cut_off": float(len(found.cut_off_zones)),
        "trip_table_residual": found.residual,
        "gateways_residual": choice.external.residual,
        "assumed_share": found.assumed_share,
        "bicycle_trips_without_way": ridden.counts["trips_without_way"],
        **{name: value for name, value in burnt.counts.items() if name.startswith("vehicle_km")},
        **{f"share_{mode}": float(share) for mode, share in found.mode_shares.items()},
    }


def limits(
    choice: Choice,
    hours: Sequence[Hour],
    ridden: bicycle.BicycleRun,
    burnt: EmissionRun,
    parameters: MobilityParameters,
) -> list[str]:
    """What the model cannot see."""
    gap = max(hour.found.relative_gap for hour in hours)
    said = [
        *choice.external.limits,
        *hours[0].roads.limits,
        *choice.found.limits,
        *burnt.limits,
        *ridden.limits,
        *parameters.substitutes,
    ]
    if gap > parameters.gap:
        said.append(
            f"The assignment stopped at a relative gap of {gap:.1e}; {parameters.gap:.0e} was wanted."
        )
    if len(hours[0].roads.loose):
        said.append(
            "Streets that end at no known junction are closed to cars in the model: "
            f"{len(hours[0].roads.loose)}."
        )
    return list(dict.fromkeys(said))


def citations(burnt: EmissionRun) -> tuple[str, ...]:
    """Papers behind a day, each once."""
    return tuple(
        dict.fromkeys(
            (*CITATIONS, *persons.CITATIONS, *network.CITATIONS, *burnt.citations,
             *bicycle.CITATIONS)
        )
    )  # fmt: skip
