from __future__ import annotations

from math import fsum

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin import cities
from tests.twin.complete import frames
from twin.complete import defaults, zones

FIGURES = defaults.load("DK")


def populated(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    found = frames.buildings(*[{}] * count, spacing=90.0)
    return found.assign(people=rng.uniform(0, 50, count), jobs=rng.uniform(0, 20, count))


def cut(houses: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    roads = frames.streets((0, 1), (1, 2), (2, 3))
    return zones.complete(
        houses, roads, frames.junctions(0, 1, 2, 3), shapely.box(*houses.total_bounds), FIGURES
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 60), st.integers(0, 99))
def test_zones_hold_exactly_the_people_and_jobs_of_the_buildings(count: int, seed: int) -> None:
    cells, houses = cut(populated(count, seed))
    for column in ("people", "jobs"):
        assert fsum(cells[column]) == pytest.approx(fsum(houses[column]), rel=1e-12)
        by_zone = houses.groupby("zone")[column].sum()
        pd.testing.assert_series_equal(
            cells[column].sort_index(), by_zone.sort_index(), check_names=False
        )
    assert houses["zone"].isin(cells.index).all()


def test_each_building_stands_in_its_cell_and_cells_lie_on_a_fixed_grid() -> None:
    cells, houses = cut(populated(30))
    at = cells.geometry.reindex(houses["zone"]).reset_index(drop=True)
    assert at.contains(houses.geometry.centroid.reset_index(drop=True)).all()
    side = FIGURES.settings["zones.cell"]
    corner = cells.geometry.bounds[["minx", "miny"]].to_numpy() / side
    np.testing.assert_array_equal(corner, corner.round())
    names = [f"z{int(x)}_{int(y)}" for x, y in corner]
    assert names == cells.index.tolist()


def test_cells_without_people_and_jobs_are_no_zones() -> None:
    houses = populated(20).assign(people=0.0, jobs=0.0)
    houses.iloc[0, houses.columns.get_loc("jobs")] = 3.0
    cells, houses = cut(houses)
    assert cells["jobs"].tolist() == [3.0]
    assert houses["zone"].notna().sum() < len(houses)


def test_trips_begin_at_the_junction_nearest_to_the_weighted_centre() -> None:
    houses = frames.buildings({}, {}, spacing=200.0).assign(people=[1.0, 9.0], jobs=0.0)
    cells, _ = cut(houses)
    assert cells["node"].tolist() == [2] if len(cells) == 1 else [0, 2]


def test_cells_grow_until_there_are_few_enough() -> None:
    wide = np.random.default_rng(1).uniform(0, 40_000, (5000, 2))
    size = zones.cell_size(wide, FIGURES)
    assert len(np.unique(np.floor(wide / size), axis=0)) <= FIGURES.settings["zones.most"]
    assert len(np.unique(np.floor(wide / (size / 2)), axis=0)) > FIGURES.settings["zones.most"]


@pytest.mark.parametrize("case", ["no people", "no streets", "no cars"])
def test_nothing_to_tie_gives_no_zones(case: str) -> None:
    houses = populated(3)
    roads = frames.streets((0, 1))
    if case == "no people":
        houses = houses.assign(people=0.0, jobs=0.0)
    if case == "no streets":
        roads = roads.iloc[:0]
    if case == "no cars":
        roads = roads.assign(drive_forward=False, drive_backward=False)
    cells, houses = zones.complete(
        houses, roads, frames.junctions(0, 1), shapely.box(*houses.total_bounds), FIGURES
    )
    assert cells.empty
    assert houses["zone"].isna().all()


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=30),
    st.booleans(),
)
def test_components_are_those_of_networkx(links: list[tuple[int, int]], one_way: bool) -> None:
    roads = frames.streets(*[(a, b + 13) if a == b else (a, b) for a, b in links])
    roads["drive_backward"] = not one_way
    graph = nx.DiGraph(list(zip(roads["from_node"], roads["to_node"], strict=True)))
    if not one_way:
        graph.add_edges_from([(b, a) for a, b in graph.edges])
    for connection, parts in (
        ("strong", nx.strongly_connected_components(graph)),
        ("weak", nx.weakly_connected_components(graph)),
    ):
        ours = {frozenset(part.tolist()) for part in zones.components(roads, "drive", connection)}
        assert ours == {frozenset(part) for part in parts}


def test_a_removed_street_connects_nothing() -> None:
    roads = frames.streets((0, 1), (1, 2)).assign(state=["standing", "removed"])
    assert zones.largest_drive_component(roads).tolist() == [0, 1]


def test_the_path_of_lilleby_is_no_drive_street() -> None:
    nodes = zones.largest_drive_component(cities.tiny().streets)
    assert set(nodes) <= set(cities.tiny().junctions.index)
    assert len(nodes) == 12


def test_zones_behind_a_closed_street_leave_by_the_next_open_junction() -> None:
    city = cities.tiny()
    streets, lost = city.streets, city.zones.index[0]
    node = city.zones.loc[lost, "node"]
    ends = (streets["from_node"] == node) | (streets["to_node"] == node)
    streets.loc[ends, ["drive_forward", "drive_backward"]] = False
    joined, moved = zones.reattach(city.zones, streets, city.junctions)
    assert list(moved.index) == [lost]
    place = city.junctions.geometry
    new = joined.loc[lost, "node"]
    assert new in zones.largest_drive_component(streets)
    assert moved[lost] == place[node].distance(place[new]) == 100.0
    assert joined.drop(index=lost)["node"].equals(city.zones.drop(index=lost)["node"])


def test_zones_stay_where_every_junction_is_still_reached() -> None:
    city = cities.tiny()
    joined, moved = zones.reattach(city.zones, city.streets, city.junctions)
    assert moved.empty
    assert joined["node"].equals(city.zones["node"])
