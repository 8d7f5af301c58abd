from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pvlib import irradiance, solarposition
from pyproj import Geod

from layers import tables, weather
from layers.errors import InputError
from twin.city import schema

KLEIN_DAYS = np.array([17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344])
MONTH_LENGTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def test_helsinki_gets_its_own_row() -> None:
    found = weather.nearest(60.17, 24.95)
    assert found.place == "Helsinki"
    assert found.distance_km < 2
    assert found.evidence == "assumed"
    assert "Helsinki" in str(found)
    assert "assumed" in str(found)


@pytest.mark.parametrize(
    ("place", "annual"),
    list(tables.load("climate_annual")[["place", "value"]].itertuples(index=False, name=None)),
)
def test_months_are_scaled_to_a_published_year(place: str, annual: float) -> None:
    rows = tables.load("climate_monthly").query("place == @place")
    found = weather.nearest(rows["latitude"].iloc[0], rows["longitude"].iloc[0])
    assert found.frame["ghi"].sum() == pytest.approx(annual)
    share = rows.set_index("month")["dhi"] / rows.set_index("month")["ghi"]
    assert (found.frame["dhi"] / found.frame["ghi"]).to_numpy() == pytest.approx(share.to_numpy())
    assert f"scaled to {annual:g} kWh/m2 a year" in found.doubt
    # 8,760 hours whose months sum to these: no month asks for more than a clear sky gives.
    assert weather.hourly(found, 1.0).dataset["ghi"].sum() / 1000 == pytest.approx(annual)


def test_what_is_weak_is_said() -> None:
    assert "15 to 25 % low" in weather.nearest(59.93, 10.74).doubt
    assert "nobody verified" in weather.nearest(47.14, 9.52).doubt
    assert weather.nearest(37.97, 23.74).doubt == ""


def test_samsoe_borrows_copenhagen_and_says_how_far() -> None:
    found = weather.nearest(55.86, 10.60)
    # Haversine on a sphere as the second route to the distance.
    lat, other = np.radians([55.86, 55.68])
    half = (
        np.sin((other - lat) / 2) ** 2
        + np.cos(lat) * np.cos(other) * np.sin(np.radians(12.57 - 10.60) / 2) ** 2
    )
    assert found.place == "Copenhagen"
    assert found.distance_km == pytest.approx(2 * 6371 * np.arcsin(np.sqrt(half)), rel=0.01)


@pytest.mark.parametrize("place", tables.load("climate_monthly")["place"].unique())
def test_every_place_satisfies_the_contract_of_the_city(place: str) -> None:
    rows = tables.load("climate_monthly").query("place == @place")
    frame = weather.nearest(rows["latitude"].iloc[0], rows["longitude"].iloc[0]).frame
    assert schema("weather").faults(frame) == []
    assert list(frame.index) == list(range(1, 13))
    assert (frame["dhi"] <= frame["ghi"]).all()
    # The sun of midsummer outshines midwinter at every shipped (northern) place.
    assert frame["ghi"].loc[6] > frame["ghi"].loc[12]


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        pytest.param(-30.03, -51.23, id="porto-alegre"),
        pytest.param(0.0, 0.0, id="null-island"),
        pytest.param(-60.17, -155.0, id="antipode"),
    ],
)
def test_far_places_are_told_to_give_a_file(latitude: float, longitude: float) -> None:
    with pytest.raises(InputError, match=r"limit is 1,000 km.*--weather"):
        weather.nearest(latitude, longitude)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        pytest.param(float("nan"), 10.0, id="nan"),
        pytest.param(float("inf"), 10.0, id="infinite"),
        pytest.param(6_175_000.0, 724_000.0, id="metres"),
        pytest.param(10.0, 190.0, id="longitude-beyond-180"),
    ],
)
def test_positions_that_are_none_are_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(InputError, match="no position in degrees"):
        weather.nearest(latitude, longitude)


@given(
    latitude=st.floats(35.5, 60.0),
    longitude=st.floats(0.0, 24.0),
)
def test_no_other_place_is_nearer(latitude: float, longitude: float) -> None:
    found = weather.nearest(latitude, longitude)
    for place, lat, lon in (
        tables.load("climate_monthly")
        .drop_duplicates("place")[["place", "latitude", "longitude"]]
        .itertuples(index=False)
    ):
        if place != found.place:
            other = Geod(ellps="WGS84").inv(lon, lat, longitude, latitude)[2] / 1000
            assert found.distance_km <= other + 1e-6


def test_source_counts_its_rows() -> None:
    source = weather.nearest(48.2, 16.4).source
    assert source.rows_in == source.rows_kept + source.rows_refused == 12
    assert len(source.digest) == 64


@pytest.mark.parametrize("place", ["Helsinki", "Copenhagen", "Vaduz"])
def test_diffuse_of_the_normals_follows_erbs(place: str) -> None:
    rows = tables.load("climate_monthly").query("place == @place")
    latitude = np.radians(rows["latitude"].iloc[0])
    declination = solarposition.declination_cooper69(KLEIN_DAYS)
    sunset = np.arccos(-np.tan(latitude) * np.tan(declination))
    extra = irradiance.get_extra_radiation(KLEIN_DAYS, method="asce") / 1000
    outside = (
        24 / np.pi * extra
        * (np.cos(latitude) * np.cos(declination) * np.sin(sunset)
           + sunset * np.sin(latitude) * np.sin(declination))
    )  # fmt: skip
    clearness = np.clip(rows["ghi"].to_numpy() / (outside * MONTH_LENGTHS), 0.3, 0.8)
    winter = np.polyval([-2.137, 4.189, -3.560, 1.391], clearness)
    summer = np.polyval([-1.821, 3.427, -3.022, 1.311], clearness)
    share = np.where(np.degrees(sunset) <= 81.4, winter, summer)
    assert rows["dhi"].to_numpy() == pytest.approx(share * rows["ghi"].to_numpy(), rel=0.02)


def test_no_row_is_called_published_that_was_not_read() -> None:
    rows = tables.load("climate_monthly")
    normals = rows[rows["source"] == "normals"]
    assert (normals["temperature_evidence"] == "assumed").all()
    north = rows[rows["latitude"] > 50]
    assert (north["irradiance_evidence"] == "assumed").all()
