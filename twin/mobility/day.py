"""An average day of a town: who travels how, how full each street is, and what that emits.

People's trips by purpose and mode (`persons`), cars in congested equilibrium in the busiest hour of
each period of the day with the choice of mode in the same loop (`car_classes`, `equilibrium`),
bicycles on the ways that feel shortest, energy and pollutants by speed (`emissions`).
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.schema import UserClass
from twin.mobility import (
    bicycle,
    car_classes,
    car_skim,
    emissions,
    equilibrium,
    fleet,
    freight,
    gateways,
    low_emission,
    network,
    noise_traffic,
    persons,
    profiles,
    street_traffic,
    walking,
)
from twin.mobility.choice import Skims
from twin.mobility.paths import threads_available
from twin.mobility.street_traffic import Hour

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.active import ActiveParameters
    from twin.mobility.car_skim import CarSkim
    from twin.mobility.gateways import External
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.persons import Habits, PersonDemand
    from twin.mobility.profiles import Period
    from twin.mobility.walking import ActiveSkim
    from twin.mobility.warmstart import Warm

PEAK: Final = "morning"
"""Period whose speeds people know when they choose places and modes."""
TRANSIT: Final = "transit"
GUESSED: Final = 1e-3
"""Relative gap of the first guess at the busiest hour: it gives times to choose by, no flows [1]."""
WALKED: Final = (
    "from_node", "to_node", "length", "highway", "state", "walk_forward", "walk_backward",
    "speed_kph", "mean_speed_kph", "lanes", "grade",
)  # fmt: skip
"""Columns of streets that ways on foot depend on."""
CYCLED: Final = (
    "bicycle_forward", "bicycle_backward", "drive_forward", "drive_backward", "cycleway", "surface",
    "name", "lane_taken_for",
)  # fmt: skip
"""Those that ways by bicycle depend on beside."""
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


@dataclass(frozen=True)
class _Choice:
    """What people know when they choose, and what they choose."""

    skims: Skims
    car: CarSkim
    found: PersonDemand
    external: External


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
    surroundings = {mode: _surroundings(town, active, mode) for mode in ("walk", "bicycle")}
    ridden = _ridden_ways(town, active, surroundings, same)
    others = _others(town, ridden, active)
    tell("laying out the road network", 0.1)
    roads = _roads(town, parameters)
    known, first = _known(town, roads[PEAK], others, parameters, same, tell)
    asked = _choose(town, roads[PEAK], others, parameters, same, known, first)
    hours = _hours(roads, asked, parameters, same, tell)
    choice = _settled(town, roads[PEAK], others, asked, hours, parameters)
    tell("loading bicycles and working out emissions", 0.9)
    start = DayWarm(
        town.zones.index, choice.found.habits, known,
        {hour.period.name: hour.found.warm for hour in hours}, surroundings, ridden,
    )  # fmt: skip
    return _result(town, choice, hours, start, parameters, active)


def _surroundings(town: Town, active: ActiveParameters, mode: str) -> str:
    """Digest of what ways on foot or by bicycle depend on [32 hex digits]."""
    columns = (*WALKED, *(CYCLED if mode == "bicycle" else ()))
    streets = town.streets[[name for name in columns if name in town.streets]]
    sums = hashlib.blake2b(repr((active, mode)).encode(), digest_size=16)
    places = pd.DataFrame(town.points.get_coordinates())
    for frame in (streets, town.junctions[["control"]], places):
        sums.update(pd.util.hash_pandas_object(frame).to_numpy().tobytes())
    return sums.hexdigest()


def _roads(town: Town, parameters: MobilityParameters) -> dict[str, Roads]:
    return network.of_day(
        town.streets, town.junctions, town.zones, parameters, profiles.names(), turns=town.turns,
        gateways=town.gates, value_of_time=car_skim.value_of_time(parameters.demand),
    )  # fmt: skip


def _ridden_ways(
    town: Town, active: ActiveParameters, key: Mapping[str, str], warm: DayWarm | None
) -> dict[str, ActiveSkim]:
    """Trips on foot and by bicycle between zones; those of an earlier run where nothing changed."""
    same = {mode: warm is not None and warm.surroundings[mode] == key[mode] for mode in key}
    found: dict[str, ActiveSkim] = {}
    for mode, on in (("walk", "walk"), ("bicycle", "bicycle"), ("ebike", "bicycle")):
        if warm is not None and same[on]:
            found[mode] = warm.others[mode]
        elif mode == "walk":
            found[mode] = walking.skim(town.streets, town.junctions, town.points, active)
        else:
            found[mode] = bicycle.skim(
                town.streets, town.junctions, town.points, active, ebike=mode == "ebike",
                left_hand=town.left_hand,
            )  # fmt: skip
    return found


def _others(town: Town, ridden: Mapping[str, ActiveSkim], active: ActiveParameters) -> Skims:
    """Trips on foot, by bicycle and by public transport between zones."""
    own = 0.5 * np.sqrt(town.zones.geometry.area.to_numpy()) / network.METRES_PER_KM
    time, length = {}, {}
    for mode, one in ridden.items():
        speed = _mean_speed(one, active)
        time[mode], length[mode] = one.time.copy(), one.length.copy()
        np.fill_diagonal(length[mode], own)
        np.fill_diagonal(time[mode], own / speed)
    if town.transit is None:
        return Skims(time, length)
    more = town.transit
    return Skims(
        {**time, **more.time}, {**length, **more.length}, dict(more.cost), dict(more.perceived)
    )


def _mean_speed(one: ActiveSkim, active: ActiveParameters) -> float:
    """Mean speed over all pairs [km/min]; that of a walk where there is none."""
    there = np.isfinite(one.time) & (one.time > 0.0)
    if not there.any():
        return active.walk_speed / network.MINUTES_PER_HOUR
    return float(one.length[there].sum() / one.time[there].sum())


def _known(
    town: Town,
    roads: Roads,
    others: Skims,
    parameters: MobilityParameters,
    warm: DayWarm | None,
    tell: Callable[[str, float], None],
) -> tuple[pd.Series, Habits | None]:
    """Times that people have in mind, of an earlier run or a first guess, and habits of the guess."""
    net = roads.network
    if warm is not None:
        free = pd.Series(net.free_time, net.link_ids)
        return warm.known.reindex(net.link_ids).fillna(free), None
    tell("a first guess at the busiest hour", 0.15)
    empty = pd.Series(net.free_time, net.link_ids)
    choice = _choose(town, roads, others, parameters, None, empty, None)
    period = next(one for one in car_classes.day(choice.found, parameters) if one.name == PEAK)
    rough = replace(parameters, gap=max(parameters.gap, GUESSED))
    found = _solve(roads, choice, rough, period, None, None).found
    return pd.Series(found.time, net.link_ids), choice.found.habits


def _choose(
    town: Town,
    roads: Roads,
    others: Skims,
    parameters: MobilityParameters,
    warm: DayWarm | None,
    known: pd.Series,
    first: Habits | None,
) -> _Choice:
    car = car_skim.between(roads, town.zones, parameters, time=known.to_numpy())
    zones = len(town.zones)
    skims = car_skim.with_car(others, car, zones)
    drawn = (town.zones["people"] + town.zones["jobs"]).to_numpy(dtype=np.float64)
    external = gateways.external(town.gates, car.network, drawn, parameters.demand)
    found = persons.person_trips(
        town.zones, skims, parameters.demand, buildings=town.buildings,
        habits=warm.habits if warm is not None else None, start=first, matrices=town.matrices,
        outside=gateways.residents_outside(external, parameters.demand),
    )  # fmt: skip
    return _Choice(skims, car, found, external)


def _settled(
    town: Town,
    roads: Roads,
    others: Skims,
    asked: _Choice,
    hours: list[Hour],
    parameters: MobilityParameters,
) -> _Choice:
    """What people choose once the streets are as full as they get, mean over the periods."""
    names = roads.network.link_ids
    times = pd.DataFrame(
        {hour.period.name: pd.Series(hour.found.time, hour.roads.network.link_ids).reindex(names)
         for hour in hours}
    )  # fmt: skip
    cars = np.array([float(hour.found.flow.sum()) * hour.period.expansion for hour in hours])
    weight = times.notna() * np.maximum(cars, np.finfo(float).tiny)
    mean = (times.fillna(0.0) * weight).sum(axis=1) / weight.sum(axis=1)
    car = car_skim.between(roads, town.zones, parameters, time=mean.to_numpy())
    skims = car_skim.with_car(others, car, len(town.zones))
    found = persons.settled(asked.found, skims, parameters.demand)
    return replace(asked, skims=skims, car=car, found=found)


def _hours(
    roads: Mapping[str, Roads],
    choice: _Choice,
    parameters: MobilityParameters,
    warm: DayWarm | None,
    tell: Callable[[str, float], None],
) -> list[Hour]:
    """Traffic of the busiest hour of every period; those that need no other side by side."""
    periods = car_classes.day(choice.found, parameters)
    starts = {one.name: warm.hours.get(one.name) if warm is not None else None for one in periods}
    found: dict[str, Hour] = {}
    if any(start is None for start in starts.values()):
        first = periods[0]

        def told(stage: str, done: float) -> None:
            tell(stage, 0.3 + 0.15 * done)

        found[first.name] = _solve(
            roads[first.name], choice, parameters, first, starts[first.name], told
        )
    rest = [one for one in periods if one.name not in found]
    known = next(iter(found.values())).found.warm if found else None

    def solved(one: Period) -> Hour:
        start = starts[one.name] or known
        return _solve(roads[one.name], choice, parameters, one, start, None, threads=1)

    with ThreadPoolExecutor(threads_available()) as pool:
        for number, hour in enumerate(pool.map(solved, rest)):
            tell("assigning cars to streets", 0.45 + 0.45 * (number + 1) / len(rest))
            found[hour.period.name] = hour
    return [found[one.name] for one in periods]


def _solve(
    roads: Roads,
    choice: _Choice,
    parameters: MobilityParameters,
    period: Period,
    start: Warm | None,
    tell: Callable[[str, float], None] | None,
    threads: int | None = None,
) -> Hour:
    users = car_classes.of_period(
        choice.found, choice.skims, choice.car, roads, parameters, period,
        external=choice.external, low_emission=_kept_out(roads, parameters),
    )  # fmt: skip
    nobody = UserClass(car_classes.CAR, freight.table_of(np.zeros((1, 1))))
    found = equilibrium.solve(
        roads.network, users.classes or (nobody,), gap=parameters.gap, max_iterations=parameters.iterations,
        warm=start, progress=tell, threads=threads,
    )  # fmt: skip
    return Hour(period, roads, found, users.classes)


def _kept_out(roads: Roads, parameters: MobilityParameters) -> dict[str, dict[str, float]]:
    """By kind of vehicle the share that each rule on a street keeps out [1]."""
    rules = sorted(roads.links["low_emission"].dropna().unique())
    if not rules:
        return {}
    mix = fleet.fleet(parameters.country, cars=parameters.shares).mix
    return low_emission.kept_out(mix, rules)


def _result(
    town: Town,
    choice: _Choice,
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
    ridden = _ridden(town, choice, active, table["vehicles"])
    frame = pd.concat([table, pollutants, ridden.frame], axis=1)
    return DayRun(
        streets=frame,
        zones=_by_zone(town, choice),
        activity=burnt.activity,
        totals=burnt.totals,
        people=choice.found.trips,
        home=choice.found.home,
        expansion={hour.period.name: hour.period.expansion for hour in hours},
        minutes=_minutes(choice),
        slots=street_traffic.slots(table, flows, hours),
        profile=profiles.by_hour(
            choice.found.trips["car_driver"].to_numpy(), parameters.demand.hours
        ),
        car_minutes=street_traffic.street_minutes(hours),
        hours=hours,
        certificate=_certificate(choice, hours, ridden, burnt),
        limits=tuple(_limits(choice, hours, ridden, burnt, parameters)),
        citations=_citations(burnt),
        warm=start,
        skims=choice.skims,
        by_mode=dict(zip(choice.found.trips.columns, choice.found.by_mode, strict=True)),
    )  # fmt: skip


def _ridden(
    town: Town, choice: _Choice, active: ActiveParameters, vehicles: pd.Series
) -> bicycle.BicycleRun:
    by_mode = dict(zip(choice.found.trips.columns, choice.found.by_mode, strict=True))
    trips = by_mode["bicycle"] + by_mode["ebike"]
    return bicycle.run(
        town.streets, town.junctions, town.points, trips, active, vehicles=vehicles,
        left_hand=town.left_hand,
    )  # fmt: skip


def _by_zone(town: Town, choice: _Choice) -> pd.DataFrame:
    made = choice.found.by_mode.sum(axis=2).T
    names = [f"trips_{mode}" for mode in choice.found.trips.columns]
    return pd.DataFrame(made, index=town.zones.index, columns=names)


def _minutes(choice: _Choice) -> dict[str, NDArray[np.float64]]:
    """Time that residents spend on active modes, by the zone where a trip begins [min/d]."""
    found = {}
    for mode, trips in zip(choice.found.trips.columns, choice.found.by_mode, strict=True):
        if mode in {"walk", "bicycle", "ebike"}:
            time = choice.skims.time[mode]
            found[mode] = np.where(trips > 0.0, trips * np.where(trips > 0.0, time, 0.0), 0.0).sum(
                axis=1
            )
    return found


def _certificate(
    choice: _Choice,
    hours: list[Hour],
    ridden: bicycle.BicycleRun,
    burnt: emissions.EmissionRun,
) -> dict[str, float]:
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


def _limits(
    choice: _Choice,
    hours: list[Hour],
    ridden: bicycle.BicycleRun,
    burnt: emissions.EmissionRun,
    parameters: MobilityParameters,
) -> list[str]:
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


def _citations(burnt: emissions.EmissionRun) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            (*CITATIONS, *persons.CITATIONS, *network.CITATIONS, *burnt.citations,
             *bicycle.CITATIONS)
        )
    )  # fmt: skip
