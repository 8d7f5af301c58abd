"""A small timetable in Lilleby: line 1 along Hovedgaden and back, a train that is none of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.twin.cities import frame, place, tiny
from twin.mobility import transit_lines
from twin.mobility.timetable_edits import Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city import City

STOPS: Mapping[str, tuple[float, float]] = {
    "b:w": (0, 100), "b:m": (100, 100), "b:e": (200, 100), "b:n": (100, 195),
}  # fmt: skip
HOUR = 3600
DAYS = {"b:work": ["2024-05-13", "2024-05-14", "2024-05-15"], "b:sat": ["2024-05-18"]}
EAST, WEST = ("b:w", "b:m", "b:e"), ("b:e", "b:m", "b:w")

Trip = tuple[str, str, tuple[str, ...], int]
"""Line, service, stops, first departure [s]; a minute from stop to stop, no time at stops."""

TRIPS: Mapping[str, Trip] = {
    **{f"b:{name}{minute}": ("b:1", "b:work", run, 7 * HOUR + 60 * minute)
       for name, run in (("o", EAST), ("i", WEST)) for minute in (0, 30, 60, 90)},
    "b:night": ("b:1", "b:work", EAST, 24 * HOUR + 600),
    "b:s": ("b:1", "b:sat", EAST, 9 * HOUR),
    "b:t": ("b:2", "b:work", ("b:m", "b:n"), 7 * HOUR),
}  # fmt: skip


def service(trips: Mapping[str, Trip] = TRIPS) -> Service:
    """The five tables."""
    rows = [(trip, stop, number, start + 60 * number)
            for trip, (_, _, run, start) in trips.items()
            for number, stop in enumerate(run)]  # fmt: skip
    called, at, order, time = (list(column) for column in zip(*rows, strict=True))
    times = frame("transit_times", range(len(rows)), trip=called, stop=at, sequence=order,
                  arrival=time, departure=time, given=True, pickup=True, drop_off=True)  # fmt: skip
    line, used, _, _ = (list(column) for column in zip(*trips.values(), strict=True))
    table = frame("transit_trips", trips, route=line, name=[one[2:] for one in line],
                  mode=["train" if one == "b:2" else "bus" for one in line], service=used,
                  feed="b").assign(revision=0)  # fmt: skip
    stops = frame("transit_stops", STOPS, geometry=[place(*at) for at in STOPS.values()],
                  name=[one[2:].upper() for one in STOPS], feed="b", door=0.0)  # fmt: skip
    dates = [(name, date) for name, found in DAYS.items() for date in found]
    services = frame("transit_services", range(len(dates)), service=[one for one, _ in dates],
                     date=[date for _, date in dates])  # fmt: skip
    return Service(transit_lines.of(table, times, stops), stops, table, times, services)


def served() -> City:
    """Lilleby with this timetable."""
    found = service()
    return tiny().replace(**{f"transit_{name}": table for name, table in vars(found).items()})


def departures(found: Service, line: str = "b:1") -> dict[tuple[str, str], list[float]]:
    """Minutes after seven at which trips that run leave, by first stop and service."""
    trips = transit_lines.active(found.trips, found.lines)
    trips = trips[trips["route"] == line]
    calls = found.times.sort_values(["trip", "sequence"]).drop_duplicates("trip")
    calls = calls.set_index("trip").loc[trips.index]
    minutes = (calls["departure"] / 60 - 420).groupby([calls["stop"], trips["service"]])
    return {key: sorted(part) for key, part in minutes}
