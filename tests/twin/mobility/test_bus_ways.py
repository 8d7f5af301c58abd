from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from layers.errors import InputError
from tests.twin.cities import CRS, frame, place, tiny
from tests.twin.mobility.service import service
from twin.mobility import bus_times, bus_ways, transit_lines
from twin.mobility.transit_parameters import transit_parameters

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.mobility.bus_ways import BusStreets, BusWays

FIGURES = replace(transit_parameters(), snap=30.0, detour=4.0)
CITY = tiny()
FOUND = service()
HOPS = transit_lines.hops(FOUND.trips, FOUND.times, FOUND.stops).query("mode == 'bus'")
FIRST = "w102:21-22"
FREE = 100 / 50_000 * 60
"""A block of Hovedgaden at 50 km/h [min]."""
CALM = 100 / 30_000 * 60


def _links(**changes: Any) -> BusStreets:
    """Links of Lilleby with columns of the first street of the line changed."""
    streets = CITY.streets
    for name, value in changes.items():
        if name not in streets:
            streets[name] = False if isinstance(value, bool) else np.nan
        streets.loc[FIRST, name] = value
    return bus_ways.streets_for_buses(streets, CITY.junctions)


def _closed(**changes: Any) -> BusStreets:
    return _links(drive_forward=False, drive_backward=False, **changes)


WAYS = bus_ways.match(HOPS, FOUND.stops, _links(), FIGURES)


def _of(ways: BusWays, start: str, end: str) -> pd.DataFrame:
    hop = ways.hops.index[(ways.hops["from_stop"] == start) & (ways.hops["to_stop"] == end)]
    return ways.pieces[ways.pieces["hop"] == hop[0]]


def _ratio(before: BusStreets, after: BusStreets, **traffic: Any) -> dict[tuple[str, str], float]:
    now = bus_ways.rerouted(WAYS, HOPS, FOUND.stops, after, FIGURES)
    after_time = bus_ways.minutes(now, after, **traffic)
    return dict(bus_times.slowed(bus_ways.minutes(WAYS, before), after_time, WAYS))


def test_buses_drive_along_the_street_of_their_stops() -> None:
    assert WAYS.metres.tolist() == pytest.approx([100.0] * 4)
    there, back = _of(WAYS, "b:w", "b:m"), _of(WAYS, "b:m", "b:w")
    assert there[["link", "share"]].to_numpy().tolist() == [[f"{FIRST} forward", 1.0]]
    assert back[["link", "share"]].to_numpy().tolist() == [[f"{FIRST} backward", 1.0]]
    assert bus_ways.minutes(WAYS, _links()) == pytest.approx([FREE] * 4)


def _points(*at: tuple[float, float]) -> gpd.GeoDataFrame:
    ids = [f"s{number}" for number in range(len(at))]
    return frame("transit_stops", ids, geometry=[place(*one) for one in at], feed="b")


def _pairs(stops: gpd.GeoDataFrame, *pairs: tuple[int, int]) -> pd.DataFrame:
    names = pd.DataFrame([(f"s{a}", f"s{b}") for a, b in pairs], columns=["from_stop", "to_stop"])
    start, end = (stops.geometry.loc[names[name]].reset_index(drop=True) for name in names)
    return names.assign(line="b:1", straight=start.distance(end).to_numpy())


def test_stops_lie_along_streets_and_beside_them() -> None:
    """From 30 m along the first block, 10 m aside, to the middle of the second."""
    stops = _points((30, 110), (150, 100))
    found = bus_ways.match(_pairs(stops, (0, 1), (1, 0)), stops, _links(), FIGURES)
    assert found.metres.tolist() == pytest.approx([120.0, 120.0])
    assert found.pieces["share"].tolist() == pytest.approx([0.7, 0.5, 0.5, 0.7])
    same = bus_ways.match(_pairs(_points((30, 100), (80, 100)), (0, 1)),
                          _points((30, 100), (80, 100)), _links(), FIGURES)  # fmt: skip
    assert same.pieces["share"].tolist() == pytest.approx([0.5])


def test_every_way_is_the_quickest_that_a_search_on_the_graph_finds() -> None:
    """Stops at all junctions; the one-way street and the path without cars count."""
    links = _links().links
    nodes = CITY.junctions
    stops = frame("transit_stops", [f"s{node}" for node in nodes.index],
                  geometry=list(nodes.geometry), feed="b")  # fmt: skip
    graph = nx.DiGraph()
    for link in links.itertuples():
        graph.add_edge(link.tail, link.head, weight=link.minutes)
    pairs = [(a, b) for a, b in product(nodes.index, repeat=2) if a != b]
    hops = pd.DataFrame([(f"s{a}", f"s{b}") for a, b in pairs], columns=["from_stop", "to_stop"])
    ends = [stops.geometry.loc[hops[name]].reset_index(drop=True) for name in hops]
    hops = hops.assign(straight=ends[0].distance(ends[1]))
    wide = replace(FIGURES, detour=np.inf, snap=1.0)
    found = bus_ways.match(hops, stops, _links(), wide)
    least = [nx.dijkstra_path_length(graph, a, b) for a, b in pairs]
    assert bus_ways.minutes(found, _links()) == pytest.approx(least)
    chain = found.pieces.join(links[["tail", "head"]], on="link")
    for _, one in chain.groupby("hop"):
        whole = one[one["share"] > 0.5]
        assert (whole["head"].to_numpy()[:-1] == whole["tail"].to_numpy()[1:]).all()


def test_ways_that_are_too_long_are_not_believed() -> None:
    """Across the northern end of the one-way street and back: 100 m one way, 300 m the other."""
    stops = _points((200, 150), (200, 130))
    found = bus_ways.match(_pairs(stops, (0, 1)), stops, _links(), replace(FIGURES, snap=5.0))
    assert found.hops["metres"].isna().all()
    assert found.pieces.empty
    assert np.isnan(bus_ways.minutes(found, _links())).all()


def test_a_closed_street_sends_the_line_round_the_block() -> None:
    """100 m at 50 km/h become 300 m at 30 km/h, in both directions."""
    expected = 3 * CALM / FREE
    found = _ratio(_links(), _closed())
    assert found["b:w", "b:m"] == pytest.approx(expected)
    assert found["b:m", "b:w"] == pytest.approx(expected)
    assert found["b:m", "b:e"] == 1.0
    now = bus_ways.rerouted(WAYS, HOPS, FOUND.stops, _closed(), FIGURES)
    assert now.metres["b:w", "b:m"] == pytest.approx(300.0)


def test_a_bus_gate_stays_open_to_buses() -> None:
    assert set(_ratio(_links(), _closed(bus_gate=True)).values()) == {1.0}


def test_a_line_that_cannot_get_through_is_named() -> None:
    streets = CITY.streets
    around = (streets["from_node"] == 21) | (streets["to_node"] == 21)
    streets.loc[around, ["drive_forward", "drive_backward"]] = False
    links = bus_ways.streets_for_buses(streets, CITY.junctions)
    with pytest.raises(InputError, match=r"line b:1: cannot get from stop b:m \(M\) to b:w \(W\)"):
        bus_ways.rerouted(WAYS, HOPS, FOUND.stops, links, FIGURES)


@pytest.mark.parametrize(
    ("lanes", "congested", "expected"), [(0.0, 3.0, 3.0), (1.0, 3.0, 1.0), (0.0, 0.5, 1.0)]
)
def test_buses_wait_with_the_cars_where_they_have_no_lane(
    lanes: float, congested: float, expected: float
) -> None:
    links = _links(bus_lanes_forward=lanes)
    traffic = pd.Series({f"{FIRST} forward": congested * FREE})
    found = _ratio(_links(), links, traffic=traffic)
    assert found["b:w", "b:m"] == pytest.approx(expected)
    assert found["b:m", "b:w"] == 1.0


def test_without_streets_no_way_is_known() -> None:
    none = bus_ways.streets_for_buses(CITY.streets.iloc[:0], CITY.junctions)
    found = bus_ways.match(HOPS, FOUND.stops, none, FIGURES)
    assert found.metres.empty
    assert FOUND.stops.crs == CRS


def test_a_way_round_may_be_long_and_begin_where_it_ends() -> None:
    """Two stops at one place, whose street is closed: along both ends of a street of 40 km."""
    far = CITY.streets[CITY.streets["name"] == "Hovedgaden"]
    loop = far.iloc[[0]].set_axis(pd.Index(["loop"], dtype="str")).assign(length=40_000.0)
    streets = pd.concat([far, loop])
    closed = streets.copy()
    closed.loc[FIRST, ["drive_forward", "drive_backward"]] = False
    stops = _points((0, 100), (100, 100), (100, 100))
    hops = _pairs(stops, (0, 1), (1, 2))
    open_links, shut = (
        bus_ways.streets_for_buses(one, CITY.junctions) for one in (streets, closed)
    )
    ways = bus_ways.match(hops, stops, open_links, FIGURES)
    assert ways.metres.tolist() == pytest.approx([100.0, 0.0])
    now = bus_ways.rerouted(ways, hops, stops, shut, FIGURES)
    assert now.metres.iloc[0] == pytest.approx(40_000.0)
    longer = bus_times.slowed(
        bus_ways.minutes(ways, open_links), bus_ways.minutes(now, shut), ways
    )  # fmt: skip
    assert longer.iloc[0] == pytest.approx(400.0)
    assert longer.iloc[1] == 1.0


def test_closing_a_street_never_speeds_a_bus_up() -> None:
    """The stops are nearer to Hovedgaden; Sydgade, 20 m further off, has a higher speed."""
    streets = CITY.streets.loc[[FIRST, "w101:11-12"]]
    streets.loc["w101:11-12", "speed_kph"] = 130.0
    links = bus_ways.streets_for_buses(streets, CITY.junctions)
    streets.loc[FIRST, ["drive_forward", "drive_backward"]] = False
    shut = bus_ways.streets_for_buses(streets, CITY.junctions)
    stops = _points((20, 60), (80, 60))
    wide = replace(FIGURES, snap=70.0)
    hops = _pairs(stops, (0, 1))
    ways = bus_ways.match(hops, stops, links, wide)
    assert set(ways.pieces["link"]) == {f"{FIRST} forward"}
    now = bus_ways.rerouted(ways, hops, stops, shut, wide)
    assert bus_ways.minutes(now, shut)[0] >= bus_ways.minutes(ways, links)[0]
    assert now.hops["more"].iloc[0] > 0
