from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import tables
from tests.twin.complete import frames
from twin.complete import site

if TYPE_CHECKING:
    import pandas as pd

VADUZ, HELSINKI = (9.52, 47.14), (24.94, 60.17)


@pytest.mark.parametrize(
    ("at", "country", "crs"),
    [
        (VADUZ, "LI", "EPSG:25832"),
        (HELSINKI, "FI", "EPSG:25835"),
        ((12.40, 55.68), "DK", "EPSG:25833"),
        ((-8.6, 41.15), "PT", "EPSG:25829"),
        ((24.1, 56.95), "LV", "EPSG:25835"),
        ((-15.43, 28.12), "ES", "EPSG:4083"),
        ((-16.9, 32.65), "PT", "EPSG:32628"),
        ((-51.2, -30.03), "BR", "EPSG:32722"),
        ((10.18, 36.8), "TN", "EPSG:32632"),
        ((-21.9, 64.15), "IS", "EPSG:32627"),
    ],
)
def test_crs_of_a_place(at: tuple[float, float], country: str, crs: str) -> None:
    assert site.crs_of(*at, country) == crs


@settings(deadline=None)  # the EPSG registry is opened on the way
@given(st.floats(-179.9, 179.9), st.floats(-79.9, 83.9), st.sampled_from(["DK", "BR", "ES"]))
def test_a_kilometre_stays_a_kilometre(longitude: float, latitude: float, country: str) -> None:
    crs = site.crs_of(longitude, latitude, country)
    to = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    geod = pyproj.Geod(ellps="WGS84")
    east, north, _ = geod.fwd(longitude, latitude, 0, 1000.0)
    a, b = np.array(to.transform(longitude, latitude)), np.array(to.transform(east, north))
    assert np.hypot(*(b - a)) == pytest.approx(1000.0, rel=2e-3)  # UTM: 0.9996 to 1.001


@pytest.mark.parametrize(
    ("crs", "word"),
    [("EPSG:4326", "metres"), ("EPSG:2263", "metres"), ("nonsense", "known"), ("EPSG:25832", None)],
)
def test_a_crs_must_be_metric(crs: str, word: str | None) -> None:
    faults = site.crs_faults(crs)
    assert [str(word) in str(fault) for fault in faults] == ([True] if word else [])


def boundaries(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    found = frames.found("boundaries", rows, [f"r{number}" for number in range(len(rows))])
    return found.set_crs("EPSG:4326", allow_override=True)


def addresses(*codes: str | None) -> pd.DataFrame:
    rows = [{"geometry": shapely.Point(VADUZ), "country": code} for code in codes]
    return frames.found("addresses", rows, [f"n{number}" for number in range(len(rows))])


STATE = {"geometry": shapely.box(9, 47, 10, 48), "admin_level": 2.0, "country": "LI"}


@pytest.mark.parametrize(
    ("states", "codes", "at", "country"),
    [
        ((STATE,), ("AT", "AT"), VADUZ, "LI"),
        ((), ("AT", "AT", "CH", None), VADUZ, "AT"),
        ((), ("zz",), VADUZ, "LI"),
        (({**STATE, "admin_level": 8.0},), (), HELSINKI, "FI"),
        ((), (), (-40.0, 45.0), ""),
    ],
    ids=["state", "addresses", "time zone", "no state", "open sea"],
)
def test_country(
    states: tuple[dict[str, object], ...],
    codes: tuple[str, ...],
    at: tuple[float, float],
    country: str,
) -> None:
    assert site.country_of(boundaries(*states), addresses(*codes), *at)[0] == country


def test_names_of_boundaries() -> None:
    rows = boundaries(
        *[
            {"geometry": shapely.box(n, 0, n + 1, 1), "name": name, "admin_level": 8.0}
            for n, name in enumerate(("Ny By", "Triesen", "triesen"))
        ]
    )
    assert site.named_boundary(rows, " ny by ")[0] == rows.geometry.iloc[0]
    assert site.named_boundary(rows, "r2")[0] == rows.geometry.iloc[2]
    area, faults = site.named_boundary(rows, "Triesen")
    assert area is None
    assert "Triesen (id r1, level 8), triesen (id r2, level 8)" in str(faults[0])
    assert "Ny By" in str(site.named_boundary(rows, "Vaduz")[1][0])


DATA = shapely.box(9.4, 47.0, 9.7, 47.3)


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (shapely.box(9.5, 47.1, 9.6, 47.2), None),
        (shapely.box(47.1, 9.5, 47.2, 9.6), "axes exchanged"),
        (shapely.box(20, 60, 21, 61), "do not meet"),
        (shapely.box(760_000, 220_000, 770_000, 230_000), "not on Earth"),
        (shapely.Point(9.5, 47.1), "not an area"),
        (shapely.Polygon(), "not an area"),
        (shapely.Polygon([(9.5, 47.1), (9.6, 47.2), (9.6, 47.1), (9.5, 47.2)]), "crosses itself"),
        (shapely.Polygon([(9.5, 47.1), (9.6, np.inf), (9.6, 47.1)]), "finite"),
        ("Vaduz", "not an area"),
    ],
    ids=[
        "good",
        "swapped axes",
        "elsewhere",
        "metres",
        "point",
        "empty",
        "bow-tie",
        "infinite",
        "text",
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_is_wrong_with_a_boundary(area: object, words: str | None) -> None:
    faults = site.area_faults(area, DATA)
    assert [str(words) in str(fault) for fault in faults] == ([True] if words else [])


@pytest.mark.parametrize(
    ("area", "count"),
    [(DATA, 0), (shapely.box(-10, 35, 30, 60), 1), (shapely.box(-179.9, -17, 179.9, -16), 1)],
    ids=["a valley", "a continent", "across the antimeridian"],
)
def test_a_city_is_not_a_continent(area: shapely.Polygon, count: int) -> None:
    assert len(site.extent_faults(area)) == count


def test_a_tagged_population_counts_only_for_its_own_area() -> None:
    area = shapely.box(0, 0, 1000, 1000)
    rows = frames.found(
        "boundaries",
        [
            {"geometry": area, "population": 500.0, "admin_level": 8.0},
            {"geometry": shapely.box(0, 0, 9000, 9000), "population": 9000.0, "admin_level": 4.0},
        ],
        ["r1", "r2"],
    )
    assert site.population_of(rows, area, 0.9) == (500.0, "r1")
    assert site.population_of(rows, shapely.box(0, 0, 1000, 800), 0.9) is None


@given(st.integers(0, 999))
def test_nothing_lies_inside_two_neighbours(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 90, (2, 20))
    shapes = gpd.GeoDataFrame(
        geometry=gpd.GeoSeries(
            [shapely.box(a, b, a + 10, b + 10) for a, b in zip(x, y, strict=True)], crs=frames.CRS
        )
    )
    west, east = shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100)
    both = site.inside(shapes, west).astype(int) + site.inside(shapes, east).astype(int)
    touching = shapely.get_x(shapely.point_on_surface(shapes.geometry.to_numpy())) == 50.0
    assert (both[~touching] == 1).all()


def test_every_zone_of_the_time_zone_table_has_a_country() -> None:
    assert set(site.country_by_zone().values()) <= site.countries()
    assert site.country_by_zone()["Europe/Vaduz"] == "LI"
    assert set(tables.load("etrs89_countries")["country"]) <= site.countries() | {"XK"}
