"""An average day of a town: who travels how, how full each street is, and what that emits.

People's trips by purpose and mode (`persons`), cars in congested equilibrium in the busiest hour of
each period of the day with the choice of mode in the same loop (`car_classes`, `equilibrium`),
bicycles on the ways that feel shortest, energy and pollutants by speed (`emissions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from twin.mobility import (
    car_skim,
    cut_off,
    day_choice,
    day_figures,
    day_hours,
    emissions,
    fleet,
    network,
    noise_traffic,
    own_ways,
    profiles,
    street_traffic,
)
from twin.mobility.car_classes import CAR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters
    from twin.mobility.choice import Skims
    from twin.mobility.day_choice import Choice
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.persons import Habits
    from twin.mobility.street_traffic import Hour
    from twin.mobility.walking import ActiveSkim
    from twin.mobility.warmstart import Warm

PEAK: Final = "morning"
"""Period whose speeds people know when they choose places and modes."""
TRANSIT: Final = "transit"


@dataclass(frozen=True)
class Town:
    """What a day needs to know of a City, after its tables.

    Parameters
    ----------
    streets, junctions, turns, zones, buildings
        City tables.
    gates
        City table of gateways; without it through traffic is unknown.
    transit
        Time and fare by public transport between zones [min], [EUR]; none where no timetable is.
    matrices
        The user's own trips of a purpose [1/d].
    left_hand
        Whether traffic keeps left.
    """

    streets: gpd.GeoDataFrame
    junctions: gpd.GeoDataFrame
    turns: pd.DataFrame
    zones: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    gates: gpd.GeoDataFrame | None = None
    transit: Skims | None = None
    matrices: Mapping[str, NDArray[np.float64]] | None = None
    left_hand: bool = False

    @property
    def points(self) -> gpd.GeoSeries:
        """Where the trips of each zone begin and end: its junction, else the middle of its cell."""
        at = self.junctions.geometry.reindex(self.zones["node"])
        middle = self.zones.geometry.centroid
        return middle.where(at.isna().to_numpy(), at.set_axis(self.zones.index))


@dataclass(frozen=True)
class DayWarm:
    """What a run of a changed town starts from and keeps.

    Parameters
    ----------
    zones
        Zones in the order of their numbers.
    habits
        Deterrence and constants of modes.
    known
        Time on each link that people had in mind when they chose, by link id [min].
    hours
        Equilibrium of each period.
    surroundings
        Digest of all that ways on foot and by bicycle depend on, by network.
    others
        These ways by mode.
    """

    zones: pd.Index
    habits: Habits
    known: pd.Series
    hours: Mapping[str, Warm]
    surroundings: Mapping[str, str]
    others: Mapping[str, ActiveSkim]


@dataclass(frozen=True)
class DayRun:
    """An average day of a town.

    Parameters
    ----------
    streets
        Index: streets that cars or bicycles may use. vehicles [veh/d], speed [km/h] and delay
        [s/veh] in the busiest hour, vehicle_km [veh km/a], load [1], lorries and through [veh/d],
        vehicles_<period> [veh/d], speed_<period> [km/h], bicycles [1/d], stress [1], nox_kg,
        pm10_kg, pm25_kg [kg/a].
    zones
        Index: zones. Trips that begin there by mode [1/d].
    activity
        Energy of vehicles by street inside the boundary, kind and carrier [kWh/a].
    totals
        Energy and pollutants inside the boundary with low and high.
    people
        Trips by purpose and mode [1/d].
    home : (purposes, zones, zones) [1/d]
        Trips from home to place and back, by home and place.
    expansion
        Vehicles of a period over those of its busiest hour, by period [1].
    minutes
        Time of all residents of a zone by active mode (zones,) [min/d].
    slots
        Traffic by part of the day, for noise.
    profile : (24,) [1/h]
        Car trips that begin in each hour.
    car_minutes
        Time on each street in the busiest hour, columns forward and backward [min], for access.
    hours
        Busiest hour of each period: network, who drives, flows.
    certificate
        Checks of every hour's assignment and of the trip table, as plain numbers.
    limits, citations
        What the model cannot see; papers behind it.
    warm
        Start for a run of a changed town.
    skims
        What a trip between zones takes by each mode once the streets are as full as they get.
    by_mode : mode -> (zones, zones) [1/d]
        Trips of residents from row to column.
    """

    streets: pd.DataFrame
    zones: pd.DataFrame
    activity: pd.DataFrame
    totals: pd.DataFrame
    people: pd.DataFrame
    home: NDArray[np.float64]
    expansion: Mapping[str, float]
    minutes: Mapping[str, NDArray[np.float64]]
    slots: Sequence[noise_traffic.Slot]
    profile: NDArray[np.float64]
    car_minutes: pd.DataFrame
    hours: Sequence[Hour]
    certificate: dict[str, float]
    limits: tuple[str, ...]
    citations: tuple[str, ...]
    warm: DayWarm
    skims: Skims
    by_mode: Mapping[str, NDArray[np.float64]]


def run(
    town: Town,
    parameters: MobilityParameters,
    active: ActiveParameters,
    *,
    warm: DayWarm | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> DayRun:
    """Work out an average day.

    Parameters
    ----------
    town
        Tables and skims.
    parameters, active
        Figures of the country.
    warm
        Of a run of the same town with other streets: habits are kept, paths are the start.
    progress
        Told the stage and the share done.
    """
    tell = progress or (lambda _stage, _done: None)
    same = warm if warm is not None and warm.zones.equals(town.zones.index) else None
    tell("ways on foot and by bicycle", 0.0)
    surroundings = {mode: own_ways.surroundings(town, active, mode) for mode in own_ways.NETWORKS}
    ridden = own_ways.between(town, active, surroundings, same)
    others = own_ways.skims(town, ridden, active)
    tell("laying out the road network", 0.1)
    roads = roads_of(town, parameters)
    known, first = day_hours.known(town, roads[PEAK], PEAK, others, parameters, same, tell)
    tell("where people go and how", 0.2)
    habits = same.habits if same is not None else None
    asked = day_choice.choose(town, roads[PEAK], others, parameters, known, habits, first)
    starts = same.hours if same is not None else {}
    tell("assigning cars to streets", 0.3)
    hours = day_hours.solved(roads, asked, parameters, starts, tell)
    tell("how people go on streets so full", 0.9)
    kept_out = day_hours.kept_out(roads[PEAK], parameters).get(CAR, {})
    choice = day_choice.settled(town, roads[PEAK], others, asked, hours, parameters, kept_out)
    tell("loading bicycles and working out emissions", 0.93)
    start = DayWarm(
        town.zones.index, choice.found.habits, known,
        {hour.period.name: hour.found.warm for hour in hours}, surroundings, ridden,
    )  # fmt: skip
    return _result(town, choice, hours, start, parameters, active)


def roads_of(town: Town, parameters: MobilityParameters) -> dict[str, Roads]:
    """Road network of every period of the day.

    Parameters
    ----------
    town
        Tables.
    parameters
        Figures of the country.
    """
    return network.of_day(
        town.streets, town.junctions, town.zones, parameters, profiles.names(), turns=town.turns,
        gateways=town.gates, value_of_time=car_skim.value_of_time(parameters.demand),
    )  # fmt: skip


def _result(
    town: Town,
    choice: Choice,
    hours: list[Hour],
    start: DayWarm,
    parameters: MobilityParameters,
    active: ActiveParameters,
) -> DayRun:
    table = street_traffic.by_street(town.streets, hours, parameters)
    cars = town.streets.loc[table.index]
    flows = street_traffic.by_vehicle(town.streets, hours)
    burnt = emissions.run(
        cars, flows, street_traffic.speeds(table, hours),
        fleet.fleet(parameters.country, cars=parameters.shares), days=parameters.days,
        periods=[hour.period.name for hour in hours],
    )  # fmt: skip
    pollutants = burnt.frame[["nox_kg", "pm10_kg", "pm25_kg"]]
    cycled = day_figures.ridden(town, choice, active, table["vehicles"])
    frame = pd.concat([table, pollutants, cycled.frame], axis=1)
    return DayRun(
        streets=frame,
        zones=day_figures.by_zone(town, choice),
        activity=burnt.activity,
        totals=burnt.totals,
        people=choice.found.trips,
        home=choice.found.home,
        expansion={hour.period.name: hour.period.expansion for hour in hours},
        minutes=day_figures.minutes(choice),
        slots=street_traffic.slots(table, flows, hours),
        profile=profiles.by_hour(
            choice.found.trips["car_driver"].to_numpy(), parameters.demand.hours
        ),
        car_minutes=street_traffic.street_minutes(hours),
        hours=hours,
        certificate=day_figures.certificate(choice, hours, cycled, burnt),
        limits=(
            *day_figures.limits(choice, hours, cycled, burnt, parameters),
            *cut_off.sentences(hours, town.streets),
        ),
        citations=day_figures.citations(burnt),
        warm=start,
        skims=choice.skims,
        by_mode=dict(zip(choice.found.trips.columns, choice.found.by_mode, strict=True)),
    )  # fmt: skip
