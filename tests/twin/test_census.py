"""Census: zones' counts reach the buildings, totals are kept, what is left is said."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from layers import population
from layers.errors import InputError
from layers.population import Population
from layers.schema import Source
from tests.twin.cities import SOUTH, WEST, tiny
from twin import census, store
from twin import counted as sharing
from twin.renewal import completed_anew

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = Source(
    "people and jobs by zone", "zones.csv", "2021", "CC0-1.0", "Town", "0" * 64, 3, 3, 0
)
NO_DROPS = pd.DataFrame({"table": [], "reason": [], "count": [], "examples": []})


def zones(rows: dict[str, tuple[Any, float, float]], reach: float = np.nan) -> Population:
    """Zones by name: shape in the plane of Lilleby (metres from its corner), people, jobs."""
    frame = gpd.GeoDataFrame(
        {"people": [row[1] for row in rows.values()], "jobs": [row[2] for row in rows.values()]},
        geometry=[row[0] for row in rows.values()],
        index=pd.Index(list(rows), dtype="str", name="id"),
        crs=tiny().crs,
    ).astype({"people": float, "jobs": float})
    return Population(frame.to_crs(4326), reach, SOURCE, NO_DROPS)


def area(west: float, south: float, east: float, north: float) -> Any:
    return box(WEST + west, SOUTH + south, WEST + east, SOUTH + north)


THREE = {
    "west": (area(0, 0, 100, 200), 100.0, 10.0),
    "east": (area(100, 0, 300, 200), 50.0, 20.0),
    "field": (area(0, 300, 10, 310), 7.0, 0.0),
}


def test_people_go_to_dwellings_by_floor_area_and_jobs_to_the_rest() -> None:
    houses = census.add(tiny(), zones(THREE)).city.buildings
    homes = houses.loc[["w1003", "w1004", "w1005", "w1009", "w1011", "w1012"]]
    expected = 50 * homes["floor_area"] / homes["floor_area"].sum()
    np.testing.assert_allclose(homes["people"], expected, rtol=1e-12)
    assert houses.loc[["w1001", "w1002"], "people"].tolist() == [50, 50]
    assert houses.loc[["w1006", "w1007", "w1008"], "people"].tolist() == [0, 0, 0]
    jobs = houses.loc[["w1006", "w1007", "w1008"], "jobs"]
    assert jobs.tolist() == pytest.approx([20, 10 * 400 / 1600, 10 * 1200 / 1600])
    assert set(houses["people_source"]) == set(houses["jobs_source"]) == {"census"}


def test_totals_are_kept_exactly_and_the_rest_is_reported() -> None:
    shared = census.add(tiny(), zones(THREE))
    people, jobs = shared.totals["people"], shared.totals["jobs"]
    assert (people["stated"], people["placed"], people["left"]) == (157, 150, 7)
    assert (jobs["stated"], jobs["placed"], jobs["zones_left"]) == (30, 30, 0)
    houses = shared.city.buildings
    assert abs(fsum(houses["people"]) - 150) < 1e-9
    assert abs(fsum(houses["jobs"]) - 30) < 1e-9
    assert abs(fsum(shared.city.zones["people"]) - 157) < 1e-9  # those of the field travel too
    drops = shared.city.drops.set_index("reason")
    assert drops.loc[sharing.EMPTY.format("people"), "examples"] == "field"
    assert "150 of 157 people" in shared.lines[0]


def test_who_is_counted_where_no_building_is_mapped_travels_from_there() -> None:
    city = census.add(tiny(), zones(THREE)).city
    assert city.census[["people_left", "jobs_left"]].loc["field"].tolist() == [7, 0]
    assert city.census["people_left"].sum() == 7
    field = city.zones.index.difference(city.buildings["zone"].dropna())
    assert city.zones.loc[field, "people"].tolist() == [7]
    assert city.zones.loc[field].geometry.iloc[0].contains(Point(WEST + 5, SOUTH + 305))
    nearest = city.junctions.geometry.distance(Point(WEST + 5, SOUTH + 305)).idxmin()
    assert city.zones.loc[field, "node"].tolist() == [nearest]
    again = completed_anew(city, city.buildings)
    pd.testing.assert_frame_equal(again.zones, city.zones)


def test_a_zone_without_dwellings_shares_out_to_all_its_buildings() -> None:
    shared = census.add(tiny(), zones({"school": (area(250, 0, 310, 100), 30.0, np.nan)}))
    assert shared.totals["people"]["fallback"] == 30
    assert fsum(shared.city.buildings["people"]) >= 30
    assert shared.city.drops["reason"].eq(sharing.FALLBACK.format("people")).sum() == 1


def test_points_hold_what_is_nearest_within_their_reach() -> None:
    near = {
        "a": (Point(WEST + 25, SOUTH + 50), 10.0, 0.0),
        "b": (Point(WEST + 275, SOUTH + 50), 20.0, 0.0),
    }
    houses = census.add(tiny(), zones(near, reach=60.0)).city.buildings
    taken = houses.index[houses["people_source"] == "census"]
    spots = houses.geometry.centroid
    for name, spot in spots.items():
        close = min(spot.distance(row[0]) for row in near.values()) <= 60
        assert (name in taken) == close


def test_a_register_keeps_its_people_and_the_others_share_the_rest() -> None:
    houses = tiny().buildings
    houses["people_source"] = houses["people_source"].mask(houses.index == "w1001", "register")
    houses["people"] = houses["people"].mask(houses.index == "w1001", 30.0)
    done = census.add(tiny().replace(buildings=houses), zones(THREE)).city.buildings
    assert done.loc["w1001", ["people", "people_source"]].tolist() == [30, "register"]
    assert done.loc["w1002", "people"] == 70


def test_what_was_shared_out_survives_a_completion_and_the_folder(tmp_path: Path) -> None:
    city = census.add(tiny(), zones(THREE)).city
    again = completed_anew(city, city.buildings)
    pd.testing.assert_series_equal(again.buildings["people"], city.buildings["people"])
    store.save(city, tmp_path / "x.twin")
    assert store.open(tmp_path / "x.twin") == city
    assert city.sources.loc["population", "licence"] == "CC0-1.0"


def test_a_later_census_replaces_the_first() -> None:
    once = census.add(tiny(), zones(THREE)).city
    twice = census.add(once, zones({"all": (area(-20, -20, 320, 220), 400.0, 80.0)})).city
    assert fsum(twice.buildings["people"]) == pytest.approx(400)
    assert twice.sources.index.tolist().count("population") == 1


def test_zones_elsewhere_are_refused_or_counted() -> None:
    far = (area(90_000, 0, 90_100, 100), 5.0, 5.0)
    with pytest.raises(InputError, match="No zone lies in the model area"):
        census.add(tiny(), zones({"far": far}))
    shared = census.add(tiny(), zones({**THREE, "far": far}))
    assert shared.city.drops["reason"].eq(census.OUTSIDE).sum() == 1
    assert shared.totals["people"]["stated"] == 157


@pytest.mark.data
def test_all_people_of_porto_alegre_are_stated_and_none_is_placed_without_buildings(
    data_dir: Path,
) -> None:
    counted = population.read(data_dir / "pop/poa_hexgrid.csv")
    zone = sharing.zone_of(tiny().buildings, counted.frame.to_crs(tiny().crs), counted.reach)
    assert (zone == -1).all()


def test_counts_are_kept_with_the_city(tmp_path: Path) -> None:
    city = census.add(tiny(), zones(THREE, reach=60.0)).city
    store.save(city, tmp_path / "a.twin")
    kept = store.open(tmp_path / "a.twin").census
    assert kept["people"].to_dict() == {"west": 100.0, "east": 50.0, "field": 7.0}
    assert (kept["reach"].tolist(), set(kept["source"])) == ([60.0] * 3, {"population"})
    again = sharing.share(store.open(tmp_path / "a.twin")).city
    assert again.digest == city.digest
