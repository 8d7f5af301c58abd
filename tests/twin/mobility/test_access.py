from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.cities import frame, place, tiny
from twin.mobility import access, bicycle, moving, walking
from twin.mobility.active import active_parameters
from twin.mobility.riding import Riding

USUAL = active_parameters()
CALM = replace(USUAL.crossing, most=0.0, walk_green=USUAL.crossing.cycle,
               bicycle_green=USUAL.crossing.cycle)  # fmt: skip
PARAMETERS = replace(USUAL, crossing=CALM)
"""Nobody waits at crossings, so that minutes are metres."""

MINUTES_PER_METRE = 60 / 4800


def _run(parameters: Any = PARAMETERS, **changes: Any) -> access.AccessRun:
    city = tiny()
    names = ("buildings", "places", "streets", "junctions", "stops")
    tables = {name: changes.pop(name, city.table(name)) for name in names}
    return access.run(**tables, parameters=parameters, **changes)


@pytest.mark.parametrize(
    ("building", "need", "metres"),
    [
        ("w1001", "groceries", 25 + 50 + 50 + 25),  # to the street, up to the main road, on, in
        ("w1001", "transit", 25 + 50 + 100),
        ("w1002", "school", 25 + 50 + 200 + 50 + 25),
        ("w1007", "pharmacy", 25 + 25),  # both on one segment, halfway up
        ("w1012", "park", 25 + 50),
        ("w1003", "kindergarten", 25 + 50),
        ("w1006", "doctor", 25 + 50 + 200 + 50 + 25),
    ],
)
def test_walks_by_hand(building: str, need: str, metres: float) -> None:
    found = _run().frame
    assert found.loc[building, f"walk_{need}"] == pytest.approx(metres * MINUTES_PER_METRE)


def test_all_needs_are_met_in_a_small_town_and_few_in_a_hurry() -> None:
    assert set(_run().frame["needs_met"]) == {7.0}
    hurry = replace(PARAMETERS, walk_limit=0.7)
    met = _run(hurry).frame["needs_met"]
    assert met["w1007"] == 2.0  # groceries and pharmacy, 50 m each
    assert met["w1001"] == 0.0


def _oracle(streets: pd.DataFrame, home: tuple[Any, ...], spots: list[tuple[Any, ...]]) -> float:
    """Nearest spot by networkx, with homes and spots as nodes of their own on cut segments."""
    graph = nx.DiGraph()
    cuts: dict[str, list[tuple[float, Any]]] = {}
    for name, (segment, along, leg) in [
        ("home", home),
        *((f"s{k}", s) for k, s in enumerate(spots)),
    ]:
        cuts.setdefault(segment, []).append((along, name))
        graph.add_edge(name, (name, "at"), weight=leg)
        graph.add_edge((name, "at"), name, weight=leg)
    for street in streets.itertuples():
        stations = [(0.0, street.from_node), (street.length, street.to_node)]
        stations += [(along, (name, "at")) for along, name in cuts.get(str(street.Index), [])]
        stations.sort(key=lambda one: one[0])
        for (a, tail), (b, head) in pairwise(stations):
            for allowed, start, end in ((street.walk_forward, tail, head),
                                        (street.walk_backward, head, tail)):  # fmt: skip
                if allowed and (not graph.has_edge(start, end) or
                                graph.edges[start, end]["weight"] > b - a):  # fmt: skip
                    graph.add_edge(start, end, weight=b - a)
    far = nx.single_source_dijkstra_path_length(graph, "home")
    return min((far.get(f"s{k}", np.inf) for k in range(len(spots))), default=np.inf)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_walks_agree_with_networkx_also_on_one_way_paths(seed: int) -> None:
    draw = np.random.default_rng(seed)
    streets = tiny().streets
    streets["walk_forward"] = draw.random(len(streets)) < 0.7
    streets["walk_backward"] = draw.random(len(streets)) < 0.7
    usable = streets[streets["walk_forward"] | streets["walk_backward"]]
    count = 4
    chosen = draw.integers(0, len(usable), count)
    share, leg = draw.uniform(0.05, 0.95, count), draw.uniform(0.0, 3.0, count)
    points, ties = [], []
    for segment, at, off in zip(chosen, share, leg, strict=True):
        line = usable.geometry.iloc[segment]
        (x0, y0), (x1, y1) = line.coords
        middle = line.interpolate(at, normalized=True)
        side = np.array([y0 - y1, x1 - x0]) / 100 * off
        points.append(type(middle)(middle.x + side[0], middle.y + side[1]))
        ties.append((usable.index[segment], at * 100, off))
    city = tiny()
    buildings = city.buildings.iloc[:1].copy()
    buildings["geometry"] = gpd.GeoSeries([points[0].buffer(0.01)], index=buildings.index)
    places = frame("places", ["n1", "n2", "n3"], geometry=points[1:], key="shop",
                   value="supermarket", need="groceries")  # fmt: skip
    needs = PARAMETERS.needs[PARAMETERS.needs["need"] == "groceries"]
    tied = replace(PARAMETERS, needs=needs, walk_fragment=0.0)
    found = _run(tied, buildings=buildings, places=places, streets=streets)
    expected = _oracle(usable, ties[0], ties[1:])
    got = found.frame["walk_groceries"].iloc[0] / MINUTES_PER_METRE
    if np.isinf(expected):
        assert np.isnan(got)
    else:
        assert got == pytest.approx(expected, abs=1e-3)


def test_what_nobody_can_reach_is_missing_and_counted() -> None:
    streets = tiny().streets
    # The park hangs on two streets only.
    streets.loc[["w103:33-34", "w204:24-34"], ["walk_forward", "walk_backward"]] = False
    found = _run(replace(PARAMETERS, walk_leg=30.0, walk_fragment=0.0), streets=streets)
    assert found.frame["walk_park"].isna().all()
    assert found.counts["unreached_park"] == 12
    assert found.counts["places_off_network"] == 1
    assert found.frame["needs_met"].max() == 6.0
    assert any(
        limit.startswith("Places left out") and limit.endswith(": 1.") for limit in found.limits
    )


def test_a_building_far_from_every_street_has_no_walk() -> None:
    buildings = tiny().buildings
    buildings.loc["w1001", "geometry"] = place(-1000, -1000).buffer(5)
    found = _run(buildings=buildings)
    assert found.frame.loc["w1001"].isna().all()
    assert found.counts["buildings_off_network"] == 1
    assert any(
        limit.startswith("Buildings left out") and limit.endswith(": 1.") for limit in found.limits
    )


def test_scraps_of_streets_catch_nobody() -> None:
    streets = tiny().streets
    cut = streets["from_node"].isin([14, 24, 34]) | streets["to_node"].isin([14, 24, 34])
    lone = ~cut | (streets.index == "w204:14-24")
    found = _run(streets=streets[lone])
    assert found.counts["streets_left_out"] == 1
    assert found.frame.loc["w1005", "walk_school"] > 0.0


def test_needs_without_places_and_without_stops_are_said() -> None:
    city = tiny()
    places = city.places[city.places["need"] != "doctor"]
    found = access.run(city.buildings, places, city.streets, city.junctions, PARAMETERS,
                       ways=["walk"])  # fmt: skip
    assert found.frame["walk_doctor"].isna().all()
    assert "walk_transit" not in found.frame
    assert any("need doctor" in limit for limit in found.limits)
    assert any("Stops of public transport" in limit for limit in found.limits)


def test_removed_buildings_have_no_row() -> None:
    buildings = tiny().buildings
    buildings.loc["w1002", "state"] = "removed"
    assert "w1002" not in _run(buildings=buildings).frame.index


@pytest.mark.parametrize("name", ["buildings", "places", "streets", "stops"])
def test_empty_tables_are_no_problem(name: str) -> None:
    found = _run(**{name: tiny().table(name).iloc[:0]})
    assert len(found.frame) == (0 if name == "buildings" else 12)
    if name == "streets":
        assert found.frame.isna().all().all()


def test_a_longer_way_by_closing_a_path_never_shortens_a_walk() -> None:
    before = _run().frame
    streets = tiny().streets.drop(index="w202:12-22")
    after = _run(streets=streets).frame
    own = ["w1002", "w1003"]  # those tied to the lost street itself walk from elsewhere
    change = (after - before).drop(index=own, columns="needs_met")
    assert (change >= -1e-9).all().all()
    assert (change > 0.0).any().any()


def test_people_wait_at_signals_and_for_gaps() -> None:
    # From Vestvej over the main road: half a wait on leaving Vestvej, and half at the signals of 22
    # for each of the two streets that meet there.
    calm, usual = _run().frame, _run(USUAL).frame
    gap, signal = 2.1207 / 60, 70**2 / 180 / 60
    waited = usual.loc["w1001", "walk_transit"] - calm.loc["w1001", "walk_transit"]
    assert waited == pytest.approx(gap / 2 + signal, abs=1e-5)


def test_rides_by_hand() -> None:
    metres = 25 + 50 + 200 + 50 + 25
    found = _run(ways=["bicycle", "ebike"]).frame
    legs, ride = 50 * MINUTES_PER_METRE, (metres - 50) * 60 / 16_800
    assert found.loc["w1002", "bicycle_school"] == pytest.approx(legs + ride)
    assert found.loc["w1002", "ebike_school"] == pytest.approx(legs + ride * 16.8 / 18)
    assert (found["bicycle_school"] <= found["walk_school"] + 1e-9).all()


def test_cars_take_the_time_that_they_are_given() -> None:
    links = pd.DataFrame({
        "street": ["w201:11-21", "w201:11-21", "w202:12-22", "z1"],
        "direction": ["forward", "backward", "forward", "connector"],
    })  # fmt: skip
    minutes = moving.street_minutes(links, np.array([6.0, 40.0, 2.0, 9.0]))
    assert minutes.loc["w201:11-21"].tolist() == [6.0, 40.0]
    assert np.isnan(minutes.loc["w202:12-22", "backward"])
    free, slow = (_run(ways=["car"], car_minutes=each).frame for each in (None, minutes))
    # w1001 lies halfway up w201: north by the given time, east and in as the signs say.
    assert free.loc["w1001", "car_groceries"] == pytest.approx(
        50 * MINUTES_PER_METRE + (50 + 50) * 60 / 30_000
    )
    assert slow.loc["w1001", "car_groceries"] == pytest.approx(
        50 * MINUTES_PER_METRE + 3.0 + 50 * 60 / 30_000
    )
    assert "car_transit" not in free


def test_addresses_have_the_minutes_of_where_they_stand() -> None:
    found = _run(addresses=tiny().addresses)
    assert found.addresses.index.equals(tiny().addresses.index)
    assert list(found.addresses.columns) == list(found.frame.columns)
    alone = _run(addresses=None)
    assert alone.addresses.empty
    homes = tiny().buildings
    same = frame("addresses", ["n9"], geometry=[homes.geometry["w1001"].representative_point()])
    one = _run(addresses=same).addresses.loc["n9"]
    pd.testing.assert_series_equal(one, alone.frame.loc["w1001"], check_names=False)


def test_needs_of_the_users_own_are_looked_for() -> None:
    own = pd.DataFrame({"need": ["books", "books"], "key": ["amenity", "shop"],
                        "value": ["library", "books"]})  # fmt: skip
    places = tiny().places
    places.loc[places.index[0], ["key", "value", "need"]] = ["shop", "books", None]
    found = _run(needs=own, places=places)
    assert found.frame["walk_books"].notna().all()
    assert found.counts["places_books"] == 1
    assert found.frame["needs_met"].max() <= 8


def test_public_transport_is_taken_where_it_is_quicker() -> None:
    city = tiny()
    walked = _run().frame
    ridden = []

    def onward(egress: Any) -> Any:
        ridden.append(egress)
        return np.where(np.isfinite(egress), 0.5, np.inf)

    run = _run(riding=Riding(city.stops.geometry, onward))
    found = run.frame
    assert access.RIDDEN in run.limits
    assert set(run.citations) > set(_run().citations)
    to_stop = walked["walk_transit"]
    for need in ("school", "doctor", "groceries"):
        expected = np.minimum(walked[f"walk_{need}"], to_stop + 0.5)
        np.testing.assert_allclose(found[f"transit_{need}"], expected)
    assert "transit_transit" not in found
    assert all(len(each) == len(city.stops) for each in ridden)
    none = _run(riding=Riding(city.stops.geometry, lambda egress: egress * np.inf)).frame
    np.testing.assert_allclose(none["transit_school"], walked["walk_school"])


def test_jobs_and_shops_in_reach_are_those_that_single_ways_find() -> None:
    city = tiny()
    quick = replace(PARAMETERS, jobs_limit=3.0, shops_limit=2.0)
    found = _run(quick, opportunities=True, ways=["bicycle"]).frame
    homes = city.buildings.geometry.representative_point()
    skims = {
        "walk": walking.skim(city.streets, city.junctions, homes, quick),
        "bicycle": bicycle.skim(city.streets, city.junctions, homes, quick),
    }
    jobs = city.buildings["jobs"].to_numpy()
    for way, skim in skims.items():
        expected = (skim.time <= 3.0) @ jobs
        np.testing.assert_allclose(found[f"jobs_{way}_3"], expected)
    assert found["shops_walk_2"].max() >= 1
    assert found["jobs_bicycle_3"].min() > found["jobs_walk_3"].min()
