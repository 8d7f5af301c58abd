"""Domains of travel: public transport, traffic, road noise, and minutes to what people need."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from layers import tables
from twin import transit_network
from twin.complete import zones
from twin.domain import Domain, Outcome
from twin.errors import NotComputedError
from twin.mobility import access, day, matrices, noise, noise_traffic, riding
from twin.mobility.active import active_parameters
from twin.mobility.choice import Skims
from twin.mobility.noise_parameters import noise_parameters
from twin.mobility.parameters import mobility_parameters
from twin.mobility.transit_parameters import transit_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from layers.schema import Progress
    from twin.city import City
    from twin.mobility import transit
    from twin.mobility.day import DayRun, DayWarm
    from twin.mobility.parameters import MobilityParameters
    from twin.transit_network import CarTimes, Running

DRIVEN: Final = (
    "speed_kph", "drive_forward", "drive_backward", "bus_gate", "bus_lanes_forward",
    "bus_lanes_backward", "bus_forward", "bus_backward",
)  # fmt: skip
"""Columns of streets that the way of a bus depends on besides."""
TIMETABLE: Final = (
    "transit_stops", "transit_lines", "transit_trips", "transit_times", "transit_services",
)  # fmt: skip


def left_hand(country: str) -> bool:
    """Whether traffic keeps left in a country."""
    return country in set(tables.load("left_hand")["country"])


def _transit(city: City, warm: Running | None, progress: Progress) -> Outcome:
    """Public transport between zones, without regard to cars."""
    found = transit_network.run(city, town_of(city, None).points, warm=warm, progress=progress)
    return Outcome(
        frames={},
        certificate={
            **found.skim.counts,
            "ways_rerouted": found.times.rerouted,
            "hour_begins": found.hour.start,
        },
        limits=(
            f"Public transport runs as on {found.day}, its busiest ordinary weekday.",
            found.hour.sentence,
            *found.skim.limits,
            *found.times.limits,
        ),
        citations=found.skim.citations,
        warm=found,
        made=found,
    )


def by_transit(city: City, parameters: MobilityParameters, progress: Progress) -> Skims | None:
    """Public transport between the zones of a City; None where no timetable is attached.

    Parameters
    ----------
    city
        The City.
    parameters
        How walks, waits and changes feel, and the fare.
    progress
        Told the stage and the share done.
    """
    if transit_network.missing(city):
        return None
    found = transit_network.run(city, town_of(city, None).points, progress=progress)
    return _felt(found.skim, city, parameters)


def _felt(found: transit.TransitSkim, city: City, parameters: MobilityParameters) -> Skims:
    """Public transport as the choice of mode sees it: walks, waits and changes felt longer."""
    demand = parameters.demand
    centre = city.zones.geometry.centroid
    x, y = centre.x.to_numpy(), centre.y.to_numpy()
    far = np.hypot(x[:, None] - x, y[:, None] - y) / 1000.0 * demand["detour"]
    there = np.isfinite(found.time)
    felt = np.full_like(found.time, np.inf)
    felt[there] = (
        found.ride
        + demand["weight.transit_walk"] * found.walk
        + demand["weight.transit_wait"] * (found.wait + found.first_wait)
        + demand["transit.transfer"] * found.transfers
    )[there]
    name = day.TRANSIT
    fare = np.full_like(far, demand["transit_fare_eur"])
    return Skims({name: found.time}, {name: far}, {name: fare}, {name: felt})


def town_of(city: City, by_transit: Skims | None) -> day.Town:
    """What a day needs to know of a City.

    Parameters
    ----------
    city
        The City.
    by_transit
        Public transport between its zones; None where no timetable is.
    """
    streets = city.streets
    joined, _ = zones.reattach(city.zones, streets, city.junctions)
    gates = city.gateways
    return day.Town(
        streets, city.junctions, city.turns, joined, city.buildings,
        gates=None if gates.empty else gates, transit=by_transit,
        matrices=matrices.by_purpose(city.trips, joined.index),
        left_hand=left_hand(city.country),
    )  # fmt: skip


def no_traffic(city: City) -> str:
    """Why traffic cannot be computed; empty if it can.

    Parameters
    ----------
    city
        The City.
    """
    streets = city.streets
    if not (streets["drive_forward"] | streets["drive_backward"]).any():
        return "Car traffic is not computed: no street of the area is open to cars."
    if city.zones.empty or not (city.zones["people"] > 0).any():
        return "Car traffic is not computed: no residents are known, so no trips begin anywhere."
    return ""


class Met(NamedTuple):
    """Cars and buses that have met, and what the next run starts from.

    Parameters
    ----------
    day
        Start of the next day.
    usual
        Times of cars in the run that nothing was changed in: what the timetable holds.
    running
        Public transport in this traffic; None where there is none.
    """

    day: DayWarm
    usual: CarTimes
    running: Running | None


def _traffic(
    city: City, warm: Met | None, progress: Progress, *, public_transport: Outcome | None
) -> Outcome:
    parameters = mobility_parameters(city.country, city.parameters)
    base: Running | None = public_transport.made if public_transport else None
    town = town_of(city, _felt(base.skim, city, parameters) if base else None)
    _, cut_off = zones.reattach(city.zones, town.streets, town.junctions)

    def day_of(of: Running | None, start: DayWarm | None) -> DayRun:
        skim = _felt(of.skim, city, parameters) if of else None
        asked = replace(town, transit=skim)
        return day.run(asked, parameters, active_parameters(), warm=start, progress=progress)

    found = day_of(base, warm.day if warm else None)
    usual = warm.usual if warm else transit_network.car_times(found.hours)
    found, running, steps = _met(city, found, base, usual, day_of)
    return Outcome(
        frames={"streets": found.streets, "zones": found.zones},
        activity=found.activity,
        certificate={**found.certificate, **steps, "zones_moved": len(cut_off)},
        limits=(
            *found.limits,
            *moved_zones(cut_off),
            *([transit_network.SLOWED] if running else []),
        ),
        substitutes=parameters.substitutes,
        citations=found.citations,
        warm=Met(found.warm, usual, running),
        made=found,
    )


def _met(
    city: City,
    found: DayRun,
    base: Running | None,
    usual: CarTimes,
    day_of: Callable[[Running | None, DayWarm | None], DayRun],
) -> tuple[DayRun, Running | None, dict[str, float]]:
    """Let buses drive in the traffic, and people choose again where lines change noticeably."""
    if base is None:
        return found, None, {}

    def slowed(by: DayRun) -> Running:
        cars = transit_network.car_times(by.hours)
        traffic = transit_network.changed(usual, cars, base.driven)
        return transit_network.in_traffic(city, base, traffic)

    first = slowed(found)
    felt = transit_network.shift(first, base)
    if felt <= transit_parameters().settled:
        return found, first, {"bus_steps": 1, "bus_residual_min": felt}
    again = day_of(transit_network.journeys(first), found.warm)
    second = slowed(again)
    residual = transit_network.shift(second, first)
    return again, second, {"bus_steps": 2, "bus_residual_min": residual}


def moved_zones(moved: pd.Series) -> tuple[str, ...]:
    """Say how many zones closed streets cut off.

    Parameters
    ----------
    moved
        How far the junction of each has moved [m].
    """
    if moved.empty:
        return ()
    said = (
        f"Closed streets cut off {len(moved)} zones; their trips begin and end at the nearest "
        f"junction that cars still reach, {moved.mean():.0f} m away on average."
    )
    return (said,)


def _no_noise(city: City) -> str:
    return "Road noise is not computed: the area has no buildings." if city.buildings.empty else ""


def _noise(city: City, warm: Any, progress: Progress, *, traffic: Outcome | None) -> Outcome:
    if traffic is None:
        raise NotComputedError("Car traffic is not computed, so its noise is not.")
    made: DayRun = traffic.made
    parameters = noise_parameters(city.country)
    cars = made.streets.index[made.streets["vehicles"].notna()]
    loud = noise_traffic.by_part(made.slots, cars, parameters, profile=made.profile)
    found = noise.run(
        city.streets, city.junctions, loud, city.buildings, city.land, parameters, warm=warm,
        progress=progress,
    )  # fmt: skip
    return Outcome(
        frames={"buildings": found.frame},
        certificate=found.counts,
        limits=found.limits,
        citations=found.citations,
        warm=found.warm,
    )


def _no_access(city: City) -> str:
    if city.buildings.empty:
        return "Minutes to daily needs are not computed: the area has no buildings."
    streets = city.streets
    if not (streets["walk_forward"] | streets["walk_backward"]).any():
        return "Walking times are not computed: no street of the area is open to people on foot."
    return ""


def _running(traffic: Outcome | None, public: Outcome | None) -> Running | None:
    """Public transport in the traffic of cars, or without regard to it where that is not known."""
    if traffic is not None and traffic.warm.running is not None:
        found: Running = traffic.warm.running
        return found
    return public.made if public is not None else None


class _Lines(NamedTuple):
    """A table of lines, and what it was made from."""

    running: Running
    base: Running
    frame: pd.DataFrame

    def holds(self, running: Running, base: Running) -> bool:
        """Whether the table is still that of the lines."""
        return transit_network.same_service(self.running, running) and bool(
            self.base.times.times.equals(base.times.times)
        )


def _lines(
    city: City,
    warm: _Lines | None,
    _progress: Progress,
    *,
    traffic: Outcome | None,
    public_transport: Outcome | None,
) -> Outcome:
    running = _running(traffic, public_transport)
    if running is None or public_transport is None:
        raise NotComputedError("Public transport is not computed, so its lines are not.")
    base: Running = public_transport.made
    if warm is not None and warm.holds(running, base):
        frame = warm.frame
    else:
        frame = transit_network.lines(city, running, base)
    return Outcome(frames={"transit_lines": frame}, warm=_Lines(running, base, frame), made=running)


def _access(
    city: City,
    _warm: Any,
    _progress: Progress,
    *,
    traffic: Outcome | None,
    public_transport: Outcome | None,
) -> Outcome:
    made: DayRun | None = traffic.made if traffic else None
    rides = None
    running = _running(traffic, public_transport)
    if running is not None:
        rides = riding.by_timetable(
            city.transit_stops, running.connections, city.streets, city.junctions,
            running.hour.window, transit_parameters(),
        )  # fmt: skip
    found = access.run(
        city.buildings, city.places, city.streets, city.junctions, active_parameters(),
        stops=city.stops,
        addresses=city.addresses,
        ways=("walk", "bicycle", "ebike", "car"),
        vehicles=made.streets["vehicles"].dropna() if made else None,
        car_minutes=made.car_minutes if made else None,
        riding=rides,
        left_hand=left_hand(city.country),
    )  # fmt: skip
    return Outcome(
        frames={"buildings": found.frame, "addresses": found.addresses},
        certificate=found.counts,
        limits=tuple(found.limits),
        citations=found.citations,
    )


DOMAINS: Final = (
    Domain(
        "public_transport", "Public transport", (*TIMETABLE, "junctions", "zones"),
        transit_network.missing, _transit,
        columns={"streets": ("geometry", *transit_network.WALKED, *DRIVEN)},
    ),
    Domain(
        "traffic", "Traffic",
        ("streets", "junctions", "turns", "zones", "gateways", "trips", "parameters"),
        no_traffic, _traffic, needs=("public_transport",),
        columns={"buildings": ("use", "floor_area", "zone", "state", "inside")},
    ),
    Domain(
        "lines", "Lines of public transport", TIMETABLE, transit_network.missing, _lines,
        needs=("traffic", "public_transport"),
    ),
    Domain(
        "noise", "Road noise", ("streets", "junctions", "land"), _no_noise, _noise,
        needs=("traffic",),
        columns={"buildings": ("geometry", "height", "heated", "people", "state", "inside", "use")},
    ),
    Domain(
        "access", "Minutes to daily needs", ("places", "stops", "streets", "junctions", "addresses"),
        _no_access, _access, needs=("traffic", "public_transport"),
        columns={"buildings": ("geometry", "state", "inside", "jobs", "people", "use", "floor_area")},
    ),
)  # fmt: skip
"""Domains of travel, in order."""
