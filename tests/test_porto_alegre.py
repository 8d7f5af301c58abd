"""The example of Porto Alegre on its real files, checked by a second way to read a timetable."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from layers.errors import InputError
from twin import lines, store
from twin.mobility import (
    bus_times,
    connection_scan,
    patterns,
    raptor,
    rounds,
    timetable,
    transit,
    walking,
)
from twin.mobility.legs import NEVER
from twin.mobility.transit_parameters import transit_parameters

if TYPE_CHECKING:
    from twin.city import City
    from twin.mobility.transit import TransitRun

pytestmark = pytest.mark.data
SCRIPT = Path(__file__).parents[1] / "examples" / "porto_alegre" / "run.py"


@pytest.fixture(scope="module")
def example(
    data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], City, TransitRun, Path]:
    out = tmp_path_factory.mktemp("poa")
    script = runpy.run_path(str(SCRIPT))
    city, run = script["main"](data_dir, out)
    return script, city, run, out


def test_the_twin_holds_streets_timetables_and_terrain(example: Any) -> None:
    _, city, _, out = example
    assert store.open(out / "porto-alegre.twin") == city
    assert len(city.transit_stops) > 3900
    assert set(city.transit_trips["mode"]) == {"bus", "train"}
    assert city.streets["grade"].notna().mean() > 0.95
    assert set(city.sources.index) >= {"osm", "poa_eptc", "poa_trensurb", "population"}
    sources = city.sources.loc[["poa_eptc", "poa_trensurb"]]
    assert (sources["rows_in"] == sources["rows_kept"] + sources["rows_refused"]).all()


def test_the_answer_is_in_order(example: Any, data_dir: Path) -> None:
    script, city, run, out = example
    people = script["hexagons_of"](data_dir, city)["people"]
    lines = script["answer"](people, run)
    assert lines[0].startswith("812,935 people live in 1,227 hexagons.")
    shares = [float(line.split()[1].rstrip("%")) for line in lines[1:]]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 100
    frame = run.frame
    assert not (frame["fastest"] > frame["walk"]).any()
    assert not (frame["slowest"] > frame["walk"]).any()
    assert (frame["fastest"].dropna() <= script["LIMIT"]).all()
    assert len(pd.read_csv(out / "minutes.csv")) == len(people)


def _by_rounds(
    city: City, day: str, ready: dict[str, int], walks: dict[str, Any]
) -> dict[str, int]:
    """Earliest arrival by ride at every stop: trip after trip, until nothing gets better."""
    runs = city.transit_services.query("date == @day")["service"]
    trips = city.transit_trips.index[city.transit_trips["service"].isin(runs)]
    times = city.transit_times
    times = times[times["trip"].isin(trips) & (times["departure"] >= min(ready.values()))]
    times = times[times["departure"] <= min(ready.values()) + 1800]
    calls = [list(zip(part["stop"], part["arrival"], part["departure"], strict=True))
             for _, part in times.sort_values("sequence").groupby("trip")]  # fmt: skip
    left: dict[str, int] = {}
    before = None
    while before != left:
        before = dict(left)
        for trip in calls:
            aboard = False
            for stop, arrival, departure in trip:
                if aboard and arrival < left.get(stop, arrival + 1):
                    left[stop] = arrival
                    for other, seconds in [(stop, 0), *walks.get(stop, [])]:
                        time = arrival + seconds + transit_parameters().change
                        ready[other] = min(ready.get(other, time), time)
                aboard |= ready.get(stop, departure + 1) <= departure
    return left


def _seconds(pairs: pd.DataFrame) -> pd.DataFrame:
    pace = 3.6 / transit_parameters().walk_speed
    return pairs.assign(seconds=np.ceil(pairs["metres"] * pace).astype(int))


def test_some_hexagons_by_a_second_way(example: Any, data_dir: Path) -> None:
    script, city, run, _ = example
    parameters, limit = transit_parameters(), script["LIMIT"] * 60
    hexagons = script["hexagons_of"](data_dir, city)
    walks = walking.network(city.streets, city.junctions, parameters.walk_fragment)
    rides = run.frame["walk"].isna() & run.frame["share"].between(0.2, 0.9)
    chosen = hexagons.geometry[rides].sort_index().iloc[:: max(int(rides.sum()) // 3, 1)]
    assert len(chosen) >= 3
    goals = hexagons.geometry[hexagons["healthcare"] >= script["LARGE"]]
    stops = city.transit_stops
    homes, halts, ends = (walking.tie(walks, points, parameters.walk_leg)
                          for points in (chosen, stops.geometry, goals))  # fmt: skip
    access = _seconds(walking.pairs(walks, homes, halts, parameters.access))
    egress = _seconds(walking.pairs(walks, halts, ends, parameters.access))
    nearest = egress.groupby("origin")["seconds"].min()
    change = _seconds(walking.pairs(walks, halts, halts, parameters.transfer))
    change = change[change["origin"] != change["target"]]
    around = {
        stops.index[stop]: list(zip(stops.index[part["target"]], part["seconds"], strict=True))
        for stop, part in change.groupby("origin")
    }
    column = 17
    start = int(run.departures[column])
    for number, name in enumerate(chosen.index):
        near = access[access["origin"] == number]
        ready = dict(zip(stops.index[near["target"]], start + near["seconds"], strict=True))
        left = _by_rounds(city, script["DAY"], ready, around)
        ways = [left[stops.index[stop]] + seconds - start for stop, seconds in nearest.items()
                if stops.index[stop] in left]  # fmt: skip
        least = min(ways, default=limit + 1)
        found = run.seconds[hexagons.index.get_loc(name), column]
        assert found == least if least <= limit else found > limit


def _connections(city: City, day: str, window: tuple[int, int]) -> Any:
    return timetable.of_day(
        city.transit_stops, city.transit_trips, city.transit_times, city.transit_services, day,
        city.timezone, window,
    )  # fmt: skip


def test_rounds_and_the_scan_agree_on_the_whole_feed(example: Any, data_dir: Path) -> None:
    """Every minute of an hour between hexagons all over the town, found in two ways."""
    script, city, _, _ = example
    figures, limit = transit_parameters(), 7200
    points = script["hexagons_of"](data_dir, city).geometry.iloc[::120]
    starts = np.arange(13 * 3600, 14 * 3600, 60)
    connections = _connections(city, script["DAY"], (13 * 3600, 16 * 3600))
    ways = transit.ways(points, city.transit_stops, city.streets, city.junctions, figures)
    lines_of = patterns.of(connections)
    start, count = np.repeat(np.arange(len(ways.egress.first) - 1), np.diff(ways.egress.first)), 0
    tables = [raptor.table(lines_of, ways.access, ways.change, ways.egress, len(points), starts,
                           limit, figures.change, 12, origin=one)[:, :, rounds.TIME]
              for one in range(len(points))]  # fmt: skip
    for target in range(len(points)):
        egress = np.full(len(city.transit_stops), NEVER)
        near = ways.egress.to == target
        egress[start[near]] = ways.egress.time[near]
        found = connection_scan.travel_times(
            connections, ways.access, ways.change, egress, np.full(len(points), NEVER), starts,
            limit, figures.change,
        )  # fmt: skip
        for origin in range(len(points)):
            time = tables[origin][target]
            assert np.array_equal(np.where(time < NEVER, time - starts, NEVER), found[origin])
            count += int((time < NEVER).sum())
    assert count > 2_000


def test_lines_run_along_their_streets_and_round_a_closed_one(example: Any) -> None:
    script, city, _, _ = example
    table = lines.table(city, day=script["DAY"])
    assert len(table) == len(city.transit_lines) > 100
    kilometres = table["line_km"].dropna()
    assert kilometres.between(1, 60).all()
    speed = kilometres / table["line_minutes"].dropna() * 60
    assert speed.between(5, 70).all()
    assert table["line_by_street"].mean() > 0.6
    service, figures = lines.service(city), transit_parameters()
    today = bus_times.follow(service, city.streets, city.junctions, figures)
    assert today.times.equals(service.times)
    used = today.ways.pieces["link"].str.rsplit(" ", n=1).str[0].value_counts()
    late = [_late(city, str(street)) for street in used.index[:8]]
    assert sum(one is None for one in late) < len(late)
    assert max(one or 0.0 for one in late) > 0


def _late(city: City, street: str) -> float | None:
    """Minutes that the worst line loses where a street is closed; None if it cannot get through."""
    streets = city.streets
    streets.loc[street, ["drive_forward", "drive_backward"]] = False
    try:
        closed = bus_times.follow(
            lines.service(city), streets, city.junctions, transit_parameters()
        )
    except InputError:
        return None
    assert closed.rerouted > 0
    assert closed.delay.min() >= 0
    return float(closed.delay.max())
