"""Years made from months, sums by month, what may be calibrated on, and future years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import tables, weather
from layers.climate import contract, morph, summary, sun, synthetic
from layers.climate.contract import Station
from layers.errors import InputError
from tests.layers.climate import made
from tests.layers.climate.test_sun import dataset
from twin.city import schema

if TYPE_CHECKING:
    from pathlib import Path

HELSINKI = (60.17, 24.95)
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@pytest.mark.parametrize("place", ["Helsinki", "Malaga", "Vaduz", "Dublin"])
def test_monthly_figures_come_back_exactly(place: str) -> None:
    row = tables.load("climate_monthly").query("place == @place").iloc[0]
    near = weather.nearest(row["latitude"], row["longitude"])
    made_year = weather.hourly(near).dataset
    back = summary.monthly(made_year)
    for name in ("temperature", "ghi", "dhi"):
        assert back[name].to_numpy() == pytest.approx(near.frame[name].to_numpy(), rel=1e-9), name
    if near.frame["wind"].notna().all():
        assert back["wind"].to_numpy() == pytest.approx(near.frame["wind"].to_numpy(), rel=1e-9)
    assert made_year.attrs["kind"] == contract.SYNTHETIC
    assert made_year.attrs["grade"] == "synthetic"
    assert contract.faults(made_year) == []
    assert (made_year["ghi_flag"] == contract.DERIVED).all()


@settings(max_examples=8, deadline=None)
@given(
    latitude=st.floats(-55, 65),
    clearness=st.floats(0.15, 0.72),
    share=st.floats(0.05, 0.95),
    warm=st.lists(st.floats(-25, 35), min_size=12, max_size=12),
)
def test_any_possible_months_come_back(
    latitude: float, clearness: float, share: float, warm: list[float]
) -> None:
    station = Station("any", latitude, 0.0, 100.0, 0.0)
    day = np.cumsum(DAYS) - DAYS // 2
    angle = np.radians(23.45) * np.sin(2 * np.pi * (284 + day) / 365)
    half = np.arccos(np.clip(-np.tan(np.radians(latitude)) * np.tan(angle), -1, 1))
    daily = 24 / np.pi * 1.361 * (
        np.cos(np.radians(latitude)) * np.cos(angle) * np.sin(half)
        + half * np.sin(np.radians(latitude)) * np.sin(angle)
    )  # fmt: skip
    ghi = clearness * daily * DAYS
    months = pd.DataFrame({"temperature": warm, "ghi": ghi, "dhi": share * ghi},
                          index=pd.RangeIndex(1, 13))  # fmt: skip
    found = synthetic.year(months, station, "any")
    back = summary.monthly(found)
    for name in months:
        assert back[name].to_numpy() == pytest.approx(months[name].to_numpy(), rel=1e-9, abs=1e-9)
    assert (found["dhi"] <= found["ghi"] + 1e-9).all()
    assert (found["ghi"].to_numpy()[sun.of_weather(found)["zenith"] > 100] == 0).all()


def test_the_day_is_warmest_in_the_afternoon_and_as_wide_as_the_table_says() -> None:
    near = weather.nearest(36.7, -4.4)
    found = weather.hourly(near).dataset
    hours = contract.local(found)
    temperature = pd.Series(found["temperature"].to_numpy(), hours)
    assert temperature.groupby(hours.hour).mean().idxmax() in {13, 14}
    assert temperature.groupby(hours.hour).mean().idxmin() == 4
    rows = tables.load("climate_monthly").query("place == 'Malaga'")
    wide = temperature.resample("D").agg(lambda day: day.max() - day.min())
    by_month = wide.groupby(wide.index.month).mean().to_numpy()
    assert by_month == pytest.approx(rows["temperature_range"].to_numpy(), abs=0.4)


def test_sunlight_closes_over_the_mean_of_the_hour() -> None:
    found = weather.hourly(weather.nearest(*HELSINKI)).dataset
    times = pd.DatetimeIndex(found["time"].to_numpy())
    about = found.attrs
    parts = [
        sun.position(times, about["latitude"], about["longitude"], float(minutes))[
            "apparent_zenith"
        ]
        for minutes in np.arange(5, 60, 10)
    ]
    cosine = np.mean([np.maximum(np.cos(np.radians(each)), 0) for each in parts], axis=0)
    closed = found["dhi"].to_numpy() + found["dni"].to_numpy() * cosine
    assert closed == pytest.approx(found["ghi"].to_numpy(), abs=1e-6)


def months(**columns: float) -> pd.DataFrame:
    base = {"temperature": 10.0, "ghi": 80.0, "dhi": 40.0} | columns
    return pd.DataFrame(base, index=pd.RangeIndex(1, 13))


@pytest.mark.parametrize(
    ("table", "latitude", "words"),
    [
        pytest.param(months(ghi=900.0), 50.0, "more than reaches the atmosphere", id="too-bright"),
        pytest.param(months(dhi=90.0), 50.0, "not between 0 and ghi", id="diffuse-above-global"),
        pytest.param(months(), 85.0, "sun does not rise", id="polar-night"),
        pytest.param(months().iloc[:11], 50.0, "not 1 to 12", id="eleven-months"),
        pytest.param(months(temperature=np.nan), 50.0, "temperature: has missing", id="no-mean"),
        pytest.param(months(ghi=-5.0), 50.0, "not between", id="negative"),
    ],
)
def test_impossible_months_are_refused(table: pd.DataFrame, latitude: float, words: str) -> None:
    with pytest.raises(InputError, match=words):
        synthetic.year(table, Station("x", latitude, 0.0, 0.0, 0.0), "x")


def test_sums_are_of_local_months() -> None:
    frame = made.year(utc_offset=-7.0)
    place = Station("west", made.LATITUDE, made.LONGITUDE, 0.0, -7.0)
    whole = contract.dataset(
        frame.set_index(frame.index + pd.Timedelta(hours=7)), frame * 0, place,
        contract.Story(contract.TYPICAL, "2001", "calculated"),
    )  # fmt: skip
    found = summary.monthly(whole)
    assert schema("weather").faults(found) == []
    assert found["ghi"].to_numpy() == pytest.approx(
        frame["ghi"].groupby(frame.index.month).sum().to_numpy() / 1000
    )
    assert found["temperature"].to_numpy() == pytest.approx(
        frame["temperature"].groupby(frame.index.month).mean().to_numpy()
    )
    with pytest.raises(InputError, match="monthly sums"):
        summary.monthly(whole.drop_vars(["ghi", "dhi"]))


def test_meters_need_the_weather_of_their_own_months(tmp_path: Path) -> None:
    real = weather.read(made.written(tmp_path, "a.csv", made.aemet(made.year(label=2023)))).dataset
    own = [pd.Period("2023-01", "M"), pd.Period("2023-12", "M")]
    assert summary.measured(real, own) is real
    with pytest.raises(InputError, match=r"2022-12 are not in"):
        summary.measured(real, [pd.Period("2022-12", "M")])
    with pytest.raises(InputError, match=r"ghi.*not measured"):
        summary.measured(real, own, ("temperature", "ghi"))
    for other in (weather.hourly(weather.nearest(*HELSINKI)).dataset, dataset()):
        with pytest.raises(InputError, match=r"their own months.*measured hours"):
            summary.measured(other, own)
    near = weather.nearest(made.LATITUDE, made.LONGITUDE)
    lit = synthetic.with_sunlight(real, near.frame, near.place)
    back = summary.monthly(lit)
    assert back["ghi"].to_numpy() == pytest.approx(near.frame["ghi"].to_numpy())
    assert summary.measured(lit, own) is lit
    with pytest.raises(InputError, match="not measured"):
        summary.measured(lit, own, ("ghi",))


def changes(**columns: float) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.RangeIndex(1, 13)).astype("float64")


@settings(max_examples=10, deadline=None)
@given(st.floats(-3, 6), st.floats(0, 8), st.floats(0, 5), st.floats(-30, 30))
def test_morphing_moves_means_and_ranges_as_asked(
    shift: float, upper: float, lower: float, light: float
) -> None:
    now = dataset()
    table = changes(
        temperature=shift, temperature_max=upper, temperature_min=lower, ghi=light, wind_speed=-10
    )
    later = morph.morphed(now, table, "2050")
    old, new = summary.monthly(now), summary.monthly(later)
    assert (new["temperature"] - old["temperature"]).to_numpy() == pytest.approx(shift, abs=1e-9)
    assert (new["ghi"] / old["ghi"]).to_numpy() == pytest.approx(1 + light / 100)
    assert (new["dhi"] / old["dhi"]).to_numpy() == pytest.approx(1 + light / 100)
    assert (new["wind"] / old["wind"]).to_numpy() == pytest.approx(0.9)

    def spread(year: object) -> pd.Series:
        hours = contract.local(now)
        values = pd.Series(np.asarray(year), hours)
        days = values.groupby(hours.floor("D"))
        wide = days.max() - days.min()
        return wide.groupby(wide.index.month).mean()

    wider = spread(later["temperature"]) - spread(now["temperature"])
    assert wider.to_numpy() == pytest.approx(upper - lower, abs=1e-9)
    assert contract.faults(later) == []


def test_a_daily_range_below_nothing_is_refused() -> None:
    table = changes(temperature=0.0, temperature_max=-8.0, temperature_min=8.0)
    with pytest.raises(InputError, match="nights would be warmer"):
        morph.morphed(dataset(), table, "2050")


def test_morphing_says_so_and_leaves_the_present_alone() -> None:
    now = dataset()
    before = now.copy(deep=True)
    later = morph.morphed(now, changes(temperature=2.0, relative_humidity=40.0), "2041-2070")
    assert now.identical(before)
    assert later.attrs["kind"] == contract.MORPHED
    assert "2041-2070" in later.attrs["years"]
    assert (later["temperature"] - now["temperature"]).to_numpy() == pytest.approx(2.0)
    assert float(later["relative_humidity"].max()) == 100.0
    assert (later["temperature_flag"] == contract.CHANGED).all()
    assert later["ghi"].identical(now["ghi"])
    same = morph.morphed(now, changes(temperature=0.0, ghi=0.0), "now")
    assert np.array_equal(same["temperature"], now["temperature"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("month,temperature\n1,2\n", "each once", id="one-month"),
        pytest.param("temperature\n1\n", "cannot be read", id="no-month"),
        pytest.param("month,rain\n" + "".join(f"{m},1\n" for m in range(1, 13)), "no changes",
                     id="unknown"),
        pytest.param("month,temperature\n" + "".join(f"{m},99\n" for m in range(1, 13)),
                     "outside -15 to 15", id="too-hot"),
        pytest.param("month,temperature\n" + "".join(f"{m},\n" for m in range(1, 13)),
                     "number for every month", id="empty"),
        pytest.param("month,temperature\n" + "".join(f"{m},warm\n" for m in range(1, 13)),
                     "cannot be read", id="text"),
        pytest.param("month,temperature,temperature_max\n"
                     + "".join(f"{m},1,2\n" for m in range(1, 13)), "all three", id="half"),
        pytest.param("month\n" + "".join(f"{m}\n" for m in range(1, 13)), "no changes",
                     id="no-columns"),
        pytest.param("", "empty", id="empty-file"),
    ],
)  # fmt: skip
def test_bad_changes_are_refused(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        morph.changes(made.written(tmp_path, "changes.csv", content))


def test_changes_are_read_and_must_fit_the_weather(tmp_path: Path) -> None:
    text = "# from a climate atlas\nmonth;temperature;ghi\n"
    text += "".join(f"{m};{m / 10};-1\n" for m in range(12, 0, -1))
    table = morph.changes(made.written(tmp_path, "c.csv", text))
    later = morph.morphed(dataset(), table, "2050")
    moved = summary.monthly(later)["temperature"] - summary.monthly(dataset())["temperature"]
    assert moved.to_numpy() == pytest.approx(np.arange(1, 13) / 10)
    with pytest.raises(InputError, match="does not have"):
        morph.morphed(dataset().drop_vars(["ghi", "dni", "dhi"]), table, "2050")
