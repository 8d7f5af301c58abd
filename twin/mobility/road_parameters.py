"""Load the figures of junctions and driven speeds; engines get them as a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers import tables

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class RoadParameters:
    """Figures of junctions and driven speeds (``roads.csv``, where each has its source).

    Parameters
    ----------
    saturation
        Cars that a lane lets pass in an hour of green [veh/h].
    lost, cycle
        Time lost at every change of the green, and of a whole cycle [s].
    phases
        Greens of a cycle [1].
    crossing
        Share of green of cars at a signal for people on foot [1].
    reach
        Distance within which signals and signs on the approaches belong to a junction [m].
    signal_variance, minor_variance
        Weight of random arrivals in a queue at a signal, and of those who wait for gaps [1].
    roundabout_intercept, roundabout_slope
        Capacity of the entry of an empty roundabout [veh/h], and how fast circulating cars lower
        it [h/veh].
    critical, follow
        Gap that a waiting driver accepts, and time between two who use the same gap [s].
    load
        Flow on a road with priority as a share of its capacity [1].
    stop
        Time lost by braking and starting [s].
    period
        Time during which the busiest flow lasts [h].
    sign_response, engineering_response
        Change of the mean speed as a share of the change of the limit [1]: signs only, and where
        the street is rebuilt too.
    mean_share
        Mean speed of free-flowing cars as a share of the limit where nobody measured [1].
    turn_share
        Part of a period in which a turn must be forbidden to count as forbidden [1].
    turn_round
        How far around a forbidden turn cars do not turn round in the street [m].
    rank
        Which road goes first where two meet, by class; 1 goes before all others [1].
    """

    saturation: float
    lost: float
    cycle: float
    phases: float
    crossing: float
    reach: float
    signal_variance: float
    minor_variance: float
    roundabout_intercept: float
    roundabout_slope: float
    critical: float
    follow: float
    load: float
    stop: float
    period: float
    sign_response: float
    engineering_response: float
    mean_share: float
    turn_share: float
    turn_round: float
    rank: Mapping[str, float]


def road_parameters() -> RoadParameters:
    """Load every figure of junctions and driven speeds; they are the same in every country."""
    figures = tables.figures("roads")
    return RoadParameters(
        saturation=figures["signal.saturation"],
        lost=figures["signal.lost"],
        cycle=figures["signal.cycle"],
        phases=figures["signal.phases"],
        crossing=figures["signal.crossing"],
        reach=figures["signal.reach"],
        signal_variance=figures["signal.variance"],
        minor_variance=figures["minor.variance"],
        roundabout_intercept=figures["roundabout.intercept"],
        roundabout_slope=figures["roundabout.slope"],
        critical=figures["minor.critical"],
        follow=figures["minor.follow"],
        load=figures["minor.load"],
        stop=figures["minor.stop"],
        period=figures["period"],
        sign_response=figures["sign.response"],
        engineering_response=figures["engineering.response"],
        mean_share=figures["mean.share"],
        turn_share=figures["turn.share"],
        turn_round=figures["turn.round"],
        rank=tables.load("capacities").set_index("highway")["rank"].to_dict(),
    )
