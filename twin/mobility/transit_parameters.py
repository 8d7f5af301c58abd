"""Load the figures of public transport; engines get them as a record."""

from __future__ import annotations

from dataclasses import dataclass

from layers import tables


@dataclass(frozen=True)
class TransitParameters:
    """Figures of public transport and the ways to it; the same in every country.

    Parameters
    ----------
    walk_speed, walk_leg, walk_fragment
        Walking speed [km/h]; farthest door from its street [m]; shortest connected piece of
        network in use [m].
    access, transfer
        Longest walk to and from stops, and between two rides [m].
    change
        Least time between two rides beside the walk [s].
    step
        Time between two departures of a window [s].
    rides, penalty
        Most rides of a journey [1]; what a change counts when journeys are compared [s].
    longest
        Longest journey that counts [min].
    bicycle_access, bicycle_speed, bicycle_park
        Longest way by bicycle to a stop [m]; speed [km/h]; time to park [s].
    dwell
        What a further stop takes beside the way [s].
    layover
        Share of a run's time that a vehicle stands before its next run [1].
    snap, detour
        Farthest street that a bus at a stop can be on [m]; longest way of a bus between two stops
        relative to the straight line, beyond which the streets are taken not to show it [1].
    stop_reach
        Farthest that a new stop may lie beside its line [1 of the way between two stops].
    morning_share
        Departures of an hour of the morning over those of the busiest hour of the day from which on
        the morning stands for public transport [1].
    settled
        Change of the time of a line that people do not answer to [min].
    """

    walk_speed: float
    walk_leg: float
    walk_fragment: float
    access: float
    transfer: float
    change: int
    step: int
    rides: int
    penalty: int
    longest: float
    bicycle_access: float
    bicycle_speed: float
    bicycle_park: int
    dwell: int
    layover: float
    snap: float
    detour: float
    stop_reach: float
    morning_share: float
    settled: float


def transit_parameters() -> TransitParameters:
    """Load every figure of public transport."""
    walk, own = tables.figures("mobility"), tables.figures("transit")
    return TransitParameters(
        walk_speed=walk["walk.speed"],
        walk_leg=walk["walk.leg"],
        walk_fragment=walk["walk.fragment"],
        access=own["access"],
        transfer=own["transfer"],
        change=int(own["change"]),
        step=int(own["step"]),
        rides=int(own["rides"]),
        penalty=int(own["penalty"]),
        longest=own["longest"],
        bicycle_access=own["bicycle.access"],
        bicycle_speed=tables.figures("active")["bicycle.speed"],
        bicycle_park=int(own["bicycle.park"]),
        dwell=int(own["dwell"]),
        layover=own["layover"],
        snap=own["snap"],
        detour=own["detour"],
        stop_reach=own["stop.reach"],
        morning_share=own["morning.share"],
        settled=own["settled"],
    )
