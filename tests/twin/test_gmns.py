from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely

from layers import network as reader
from tests.twin.cities import tiny
from tests.twin.mobility.roads import trips
from twin import export, gmns
from twin.mobility import equilibrium
from twin.mobility import network as roads
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import RoadNetwork

PARAMETERS = mobility_parameters("DK")


def read(folder: Path) -> reader.Gmns:
    return reader.read_gmns(
        folder, delay_alpha=PARAMETERS.delay_alpha, delay_power=PARAMETERS.delay_power
    )


def links(network: RoadNetwork) -> pd.DataFrame:
    columns = ("capacity", "free_time", "alpha", "power")
    table = pd.DataFrame({name: getattr(network, name) for name in columns}, network.link_ids)
    return table.sort_index()


def test_what_is_written_is_read_as_the_network_that_is_simulated(tmp_path: Path) -> None:
    city = tiny()
    target = export.write(city, tmp_path / "lilleby", form="gmns")
    found = read(target)
    # GMNS names no waiting at junctions; the file holds the network without it.
    ours = roads.build(city.streets, city.junctions, city.zones, PARAMETERS, delays=False).network
    pd.testing.assert_frame_equal(links(found.network), links(ours), rtol=1e-12)
    assert found.zones.tolist() == city.zones.index.tolist()
    assert found.crs == city.crs
    demand = trips([(0, 2, 900.0), (2, 0, 300.0), (1, 2, 400.0)])
    first = equilibrium.solve(found.network, demand, gap=1e-10)
    second = equilibrium.solve(ours, demand, gap=1e-10)
    assert first.cost @ first.flow == pytest.approx(second.cost @ second.flow, rel=1e-9)
    # Cars may not use the path w204 in either direction.
    assert found.drops[["reason", "count"]].to_numpy().tolist() == [["not for auto", 6]]


def test_the_tables_hold_what_the_specification_asks_for(tmp_path: Path) -> None:
    tables = gmns.network(tiny())
    node, link = tables["node"].set_index("node_id"), tables["link"].set_index("link_id")
    assert node.index.is_unique
    assert link.index.is_unique
    assert set(link["from_node_id"]) | set(link["to_node_id"]) <= set(node.index)
    assert node[["x_coord", "y_coord"]].notna().all(axis=None)
    assert set(node["zone_id"].dropna()) == set(tables["zone"]["zone_id"])
    assert (link["directed"] == "true").all()
    assert set(node["ctrl_type"].dropna()) <= {"none", "yield", "stop", "4_stop", "signal"}
    uses = {use for text in link["allowed_uses"] for use in text.split(",")}
    assert uses == set(tables["use_definition"]["use"]) == {"auto", "bike", "walk"}
    assert len(tables["config"]) == 1
    one_way = link.loc["w203:13-23 backward", "allowed_uses"]
    assert one_way == "walk"
    assert link.loc["w203:13-23 forward", "allowed_uses"] == "auto,bike,walk"


def test_each_link_is_drawn_from_its_first_to_its_last_node() -> None:
    tables = gmns.network(tiny())
    node = tables["node"].set_index("node_id")[["x_coord", "y_coord"]]
    shapes = shapely.from_wkt(tables["link"]["geometry"].to_numpy())
    for end, column in ((0, "from_node_id"), (-1, "to_node_id")):
        spots = shapely.get_coordinates(shapely.get_point(shapes, end))
        at = node.loc[tables["link"][column]].to_numpy()
        assert np.abs(spots - at).max() < 1e-6


def test_a_removed_street_and_a_zone_without_cars_stay_out() -> None:
    city = tiny()
    streets = city.streets
    streets.loc["w102:21-22", "state"] = "removed"
    streets.loc[
        streets["way_id"].isin([201, 101, 103, 102]), ["drive_forward", "drive_backward"]
    ] = False
    link = gmns.network(city.replace(streets=streets))["link"]
    assert not link["link_id"].str.startswith("w102:21-22").any()
    assert "z0_0 out" not in set(link["link_id"])
    assert "z1_0 out" in set(link["link_id"])


def test_a_city_without_streets_gives_empty_tables(tmp_path: Path) -> None:
    city = tiny()
    bare = city.replace(streets=city.streets.iloc[:0], zones=city.zones.iloc[:0])
    tables = gmns.network(bare)
    assert tables["link"].empty
    assert tables["node"].empty


def test_no_byte_order_mark_and_the_licence_beside(tmp_path: Path) -> None:
    target = export.write(tiny(), tmp_path / "g", form="gmns")
    assert sorted(path.name for path in target.iterdir()) == [
        "config.csv", "licence.csv", "link.csv", "node.csv", "use_definition.csv", "zone.csv"
    ]  # fmt: skip
    assert (target / "node.csv").read_bytes().startswith(b"node_id,")
    assert "OpenStreetMap" in (target / "licence.csv").read_text(encoding="utf-8")
