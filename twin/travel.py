"""Domains of travel: public transport, traffic, road noise, and minutes to what people need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from layers import tables
from twin.complete import zones
from twin.domain import Domain, Outcome
from twin.errors import NotComputedError
from twin.mobility import (
    access,
    bus_times,
    day,
    matrices,
    noise,
    noise_traffic,
    riding,
    timetable,
    transit,
    transit_lines,
)
from twin.mobility.active import active_parameters
from twin.mobility.choice import Skims
from twin.mobility.noise_parameters import noise_parameters
from twin.mobility.parameters import mobility_parameters
from twin.mobility.timetable_edits import Service
from twin.mobility.transit_parameters import transit_parameters

if TYPE_CHECKING:
    import pandas as pd

    from layers.schema import Progress, Timetable
    from twin.city import City
    from twin.mobility.bus_times import BusTimes
    from twin.mobility.day import DayRun
    from twin.mobility.parameters import MobilityParameters

SECONDS_PER_HOUR: Final = 3600
PEAK: Final = (7, 8)
"""First and last full hour of departures that stand for public transport [h]."""
WALKED: Final = (
    "geometry", "from_node", "to_node", "length", "highway", "state", "walk_forward",
    "walk_backward", "bicycle_forward", "bicycle_backward", "grade",
)  # fmt: skip
"""Columns of streets that ways to stops depend on."""
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


def _no_transit(city: City) -> str:
    if city.transit_trips.empty:
        return "Public transport is not computed: no timetable is attached."
    if city.zones.empty:
        return "Public transport is not computed: no zones are known."
    return ""


def _driven(city: City) -> BusTimes:
    """The timetable on the streets as they are: buses go round closed ones, or the run fails."""
    service = Service(
        city.transit_lines, city.transit_stops, city.transit_trips, city.transit_times,
        city.transit_services,
    )  # fmt: skip
    return bus_times.follow(service, city.streets, city.junctions, transit_parameters())


def _timetable(city: City, driven: BusTimes) -> tuple[Timetable, str]:
    """Connections of the busiest ordinary weekday from the peak on, and that day."""
    trips = transit_lines.active(city.transit_trips, city.transit_lines)
    chosen = transit_lines.busiest_day(trips, city.transit_services)
    assert chosen is not None, "a timetable has a day"
    longest = round(transit_parameters().longest / 60.0 + 1.0)
    window = (PEAK[0] * SECONDS_PER_HOUR, (PEAK[1] + longest) * SECONDS_PER_HOUR)
    found = timetable.of_day(
        city.transit_stops, trips, driven.times, city.transit_services, chosen, city.timezone,
        window,
    )  # fmt: skip
    return found, chosen


def _transit(city: City, _warm: Any, progress: Progress) -> Outcome:
    """Skim of public transport between zones, and the table of its lines."""
    figures = transit_parameters()
    driven = _driven(city)
    connections, chosen = _timetable(city, driven)
    points = town_of(city, None).points
    progress("ways to stops", 0.1)
    ways = transit.ways(points, city.transit_stops, city.streets, city.junctions, figures)
    progress("journeys between all zones", 0.4)
    window = (PEAK[0] * SECONDS_PER_HOUR, PEAK[1] * SECONDS_PER_HOUR)
    found = transit.skim(ways, connections, window, figures)
    table = transit_lines.table(
        city.transit_lines, transit_lines.active(city.transit_trips, city.transit_lines),
        driven.times, city.transit_services, city.transit_stops, figures, day=chosen,
        metres=driven.ways.metres,
    )  # fmt: skip
    return Outcome(
        frames={"transit_lines": table.assign(line_delay=driven.delay.reindex(table.index))},
        certificate={**found.counts, "ways_rerouted": driven.rerouted},
        limits=(
            f"Public transport runs as on {chosen}, its busiest ordinary weekday.",
            *found.limits,
            *driven.limits,
        ),
        citations=found.citations,
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
    if _no_transit(city):
        return None
    return _felt(_transit(city, None, progress).made, city, parameters)


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


def _no_traffic(city: City) -> str:
    streets = city.streets
    if not (streets["drive_forward"] | streets["drive_backward"]).any():
        return "Car traffic is not computed: no street of the area is open to cars."
    if city.zones.empty or not (city.zones["people"] > 0).any():
        return "Car traffic is not computed: no residents are known, so no trips begin anywhere."
    return ""


def _traffic(
    city: City, warm: Any, progress: Progress, *, public_transport: Outcome | None
) -> Outcome:
    parameters = mobility_parameters(city.country, city.parameters)
    skim = _felt(public_transport.made, city, parameters) if public_transport else None
    town = town_of(city, skim)
    _, moved = zones.reattach(city.zones, town.streets, town.junctions)
    found = day.run(town, parameters, active_parameters(), warm=warm, progress=progress)
    return Outcome(
        frames={"streets": found.streets, "zones": found.zones},
        activity=found.activity,
        certificate={**found.certificate, "zones_moved": len(moved)},
        limits=(*found.limits, *_moved(moved)),
        substitutes=parameters.substitutes,
        citations=found.citations,
        warm=found.warm,
        made=found,
    )


def _moved(moved: pd.Series) -> tuple[str, ...]:
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
    if public_transport is not None:
        connections, _ = _timetable(city, _driven(city))
        window = (PEAK[0] * SECONDS_PER_HOUR, PEAK[1] * SECONDS_PER_HOUR)
        rides = riding.by_timetable(
            city.transit_stops, connections, city.streets, city.junctions, window,
            transit_parameters(),
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
        "public_transport", "Public transport", (*TIMETABLE, "junctions", "zones"), _no_transit,
        _transit, columns={"streets": (*WALKED, *DRIVEN)},
    ),
    Domain(
        "traffic", "Traffic",
        ("streets", "junctions", "turns", "zones", "gateways", "trips", "parameters"),
        _no_traffic, _traffic, needs=("public_transport",),
        columns={"buildings": ("use", "floor_area", "zone", "state", "inside")},
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
