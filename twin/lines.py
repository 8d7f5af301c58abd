"""Lines of a City: change its timetable, say what its lines run, and price the difference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.errors import Fault, InputError
from twin.errors import NotComputedError, ScenarioError
from twin.mobility import bus_times, bus_ways, transit_lines, walking
from twin.mobility.timetable_edits import Service
from twin.mobility.transit_parameters import transit_parameters
from twin.pricing import Cost, priced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import Point

    from twin.city import City

WGS84 = "EPSG:4326"
SECONDS_PER_HOUR = 3600.0
METRES_PER_KM = 1000.0
HOP = ["from_stop", "to_stop"]


def service(city: City) -> Service:
    """The tables of public transport of a City."""
    return Service(city.transit_lines, city.transit_stops, city.transit_trips, city.transit_times,
                   city.transit_services)  # fmt: skip


def with_service(city: City, changed: Service) -> City:
    """A City with other tables of public transport."""
    return city.replace(**{f"transit_{name}": frame for name, frame in vars(changed).items()})


def ways(city: City, hops: pd.DataFrame) -> bus_ways.BusWays:
    """Streets that buses of a City take from stop to stop.

    Parameters
    ----------
    city
        Its streets and stops.
    hops
        Columns from_stop, to_stop, straight [m].
    """
    streets = bus_ways.streets_for_buses(city.streets, city.junctions)
    return bus_ways.match(hops, city.transit_stops, streets, transit_parameters())


def table(city: City, chosen: pd.Index | None = None, *, day: str | None = None) -> pd.DataFrame:
    """What the lines of a City run on its streets as they are.

    Columns of `transit_lines.table`, and line_delay [min], what a mean trip loses on the way round
    closed streets (`bus_times.follow`).

    Parameters
    ----------
    city
        A City with timetables.
    chosen
        Lines; all without it.
    day
        Service day (ISO 8601); default: the busiest ordinary weekday.

    Raises
    ------
    InputError
        If a line cannot get from a stop to the next; names every such line.
    """
    found, figures = service(city), transit_parameters()
    trips = transit_lines.active(found.trips, found.lines)
    day = transit_lines.busiest_day(trips, found.services) if day is None else day
    kept = found.lines if chosen is None else found.lines[found.lines.index.isin(chosen)]
    trips = trips[trips["route"].isin(kept.index)]
    driven = bus_times.follow(
        replace(found, lines=kept, trips=trips), city.streets, city.junctions, figures
    )
    frame = transit_lines.table(kept, trips, driven.times, found.services, found.stops, figures,
                                day=day, metres=driven.ways.metres)  # fmt: skip
    return frame.assign(line_delay=driven.delay.reindex(frame.index).fillna(0.0))


def difference(before: City, after: City, chosen: pd.Index) -> tuple[float, float]:
    """Vehicles and kilometres that some lines need more.

    Parameters
    ----------
    before, after
        The City without and with a change.
    chosen
        Lines that it is about, some perhaps new.

    Returns
    -------
    vehicles, kilometres
        Of either sign [1] and [km/a].
    """
    columns = ["line_vehicles", "line_vehicle_km_year"]
    sums = [table(city, chosen)[columns].sum() for city in (before, after)]
    more = sums[1] - sums[0]
    return float(more[columns[0]]), float(more[columns[1]])


def leg_seconds(city: City, stops: Sequence[str], speed: float, *, bus: bool) -> NDArray[np.int64]:
    """Time from each stop to the next at a mean speed [s]: by streets for a bus, else straight.

    Parameters
    ----------
    city
        Its streets and stops.
    stops
        Ids in order.
    speed
        Mean speed between stops [km/h].
    bus
        Whether it runs on streets; where they do not show the way the straight line counts.
    """
    points = city.transit_stops.geometry.loc[list(stops)].reset_index(drop=True)
    straight = points.iloc[:-1].distance(points.shift(-1).iloc[:-1]).to_numpy()
    hops = pd.DataFrame({"from_stop": stops[:-1], "to_stop": stops[1:], "straight": straight})
    metres = pd.Series(straight)
    if bus:
        known = ways(city, hops).metres.reindex(pd.MultiIndex.from_frame(hops[HOP]))
        metres = pd.Series(known.to_numpy()).fillna(metres)
    time = metres.to_numpy() / METRES_PER_KM / speed * SECONDS_PER_HOUR
    return np.asarray(np.maximum(np.rint(time), 1.0), dtype=np.int64)


def placed(city: City, at: tuple[float, float], name: str) -> tuple[Point, str, float]:
    """A new stop in the City's CRS, the street that it is reached from, and how far that is [m].

    Parameters
    ----------
    city
        Where it will stand.
    at
        Longitude and latitude [deg].
    name
        Name of the measure, for errors.

    Raises
    ------
    ScenarioError
        If it lies outside the model area or no walkable street is near.
    """
    point = gpd.GeoSeries.from_xy([at[0]], [at[1]], crs=WGS84).to_crs(city.crs)
    figures = transit_parameters()
    walks = walking.network(city.streets, city.junctions, figures.walk_fragment)
    tie = walking.tie(walks, point, figures.walk_leg)
    if tie.segment[0] < 0 or not city.model_area.covers(point.iloc[0]):
        reason = f"{at[0]:g}, {at[1]:g} is out of the model area or far from every street."
        raise ScenarioError(f"intervention {name}", "at", reason, "Give longitude, latitude.")
    return point.iloc[0], str(walks.ids[tie.segment[0]]), float(tie.leg[0])


def refused(name: str, error: InputError) -> InputError:
    """The faults of a change to the timetable, told of the measure that asked for it."""
    faults = [Fault(fault.place, fault.reason, fault.advice) for fault in error.faults]
    return ScenarioError.of(f"intervention {name}", faults)


def run_cost(
    rows: pd.DataFrame,
    before: City,
    after: City,
    lines: pd.Index,
    *,
    stops: int = 0,
) -> Cost:
    """Cost of a change to lines: vehicles and stops are bought, kilometres are paid every year.

    Fewer vehicles are no income. The lifetime is that of vehicles where any are bought, else that
    of stops.

    Parameters
    ----------
    rows
        Unit costs of public_transport.
    before, after
        The City without and with the change.
    lines
        Lines that it is about.
    stops
        New stops [1].

    Raises
    ------
    NotComputedError
        If no unit costs of a mode are known.
    """
    table = after.transit_lines
    modes = table.loc[table.index.isin(lines), "mode"]
    value = rows.set_index("key")["value"]
    unknown = sorted({mode for mode in modes if f"running.{mode}" not in value})
    if unknown:
        raise NotComputedError(f"No unit costs of {', '.join(unknown)}: add rows to "
                               "costs/public_transport.csv.")  # fmt: skip
    amount, running, bought, keys = 0.0, 0.0, 0.0, []
    for mode, part in modes.groupby(modes):
        vehicles, kilometres = difference(before, after, part.index)
        bought += max(vehicles, 0.0)
        amount += max(vehicles, 0.0) * value[f"vehicle.{mode}"]
        running += kilometres * value[f"running.{mode}"]
        keys += [f"vehicle.{mode}", f"running.{mode}"] + ([f"stop.{mode}"] if stops else [])
    kind = str(modes.iloc[0]) if len(modes) else "bus"
    amount += stops * value[f"stop.{kind}"]
    running += stops * value[f"stop.{kind}.running"]
    lifetime = value[f"vehicle.{kind}.lifetime" if bought or not stops else f"stop.{kind}.lifetime"]
    used = rows[rows["key"].isin(keys or ["running.bus"])]
    return priced(used, payer="municipality", quantity=float(len(lines)), unit="lines",
                  amount=amount, lifetime=float(lifetime), running=running, revenue=0.0)  # fmt: skip
