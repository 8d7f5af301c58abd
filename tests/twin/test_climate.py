"""Weather of a City from files of our own making (tests/layers/climate/made.py)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

from layers import weather
from layers.climate import contract, summary
from layers.errors import InputError
from tests.layers.climate import made
from tests.twin import cities
from twin import climate, store
from twin.city import schema
from twin.cli_weather import taken, weathered

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City


@pytest.fixture(scope="module")
def epw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weather")
    return made.written(folder, "made.epw", made.epw(made.year(utc_offset=1.0), 1.0))


@pytest.fixture(scope="module")
def town(epw: Path) -> City:
    return climate.add(cities.tiny(), epw)


def test_months_and_hours_of_the_file_replace_the_borrowed_table(town: City) -> None:
    frame = made.year(utc_offset=1.0)
    month = frame.index.month
    assert schema("weather").faults(town.weather) == []
    assert town.weather["temperature"].to_numpy() == pytest.approx(
        frame["temperature"].groupby(month).mean().to_numpy()
    )
    assert town.weather["ghi"].to_numpy() == pytest.approx(
        frame["ghi"].groupby(month).sum().to_numpy() / 1000
    )
    hours = town.climate
    assert hours.sizes["time"] == 8760
    assert hours["temperature"].to_numpy() == pytest.approx(frame["temperature"].to_numpy())
    assert contract.faults(hours) == []


def test_source_year_and_distance_are_written_down(town: City) -> None:
    source = town.sources.loc["weather"]
    assert source["origin"] == "made.epw"
    assert (source["rows_in"], source["rows_kept"], source["rows_refused"]) == (8760, 8760, 0)
    own = climate.station(cities.tiny())
    far = Geod(ellps="WGS84").inv(own.longitude, own.latitude, made.LONGITUDE, made.LATITUDE)[2]
    rows = town.parameters
    assert float(rows.loc["weather.distance", "value"]) == pytest.approx(far / 1000)
    assert rows.loc["weather", "value"] == "Made Up DNK"
    assert rows.loc["weather.kind", "value"] == "typical"
    assert rows.loc["weather.years", "value"] == "2003-2009"
    assert "zone_size" in rows.index


def test_a_second_file_leaves_no_trace_of_the_first(town: City, tmp_path: Path) -> None:
    frame = made.year(label=2023)
    frame.loc[frame.index[50], "temperature"] = np.nan
    path = made.written(tmp_path, "aemet.csv", made.aemet(frame).replace(";nan;", ";;"))
    later = climate.add(town, path)
    assert list(later.sources.index) == list(town.sources.index)
    assert later.parameters.index.is_unique
    assert later.parameters.loc["weather.years", "value"] == "2023"
    assert later.parameters.loc["weather.sunlight", "source"] == "substitute"
    lost = later.drops[later.drops["table"] == "weather"]
    assert "temperature: hour filled" in set(lost["reason"])
    again = climate.add(later, path)
    assert again.digest == later.digest


def test_sunlight_that_is_borrowed_may_not_be_calibrated_on(tmp_path: Path) -> None:
    path = made.written(tmp_path, "aemet.csv", made.aemet(made.year(label=2023)))
    hours = climate.add(cities.tiny(), path).climate
    own = [pd.Period("2023-03", "M")]
    summary.measured(hours, own)
    with pytest.raises(InputError, match="not measured"):
        summary.measured(hours, own, ("ghi",))


def test_a_made_year_is_synthetic_and_gives_the_table_back() -> None:
    city = climate.made(cities.tiny())
    own = climate.station(city)
    near = weather.nearest(own.latitude, own.longitude)
    for name in ("temperature", "ghi", "dhi"):
        assert city.weather[name].to_numpy() == pytest.approx(near.frame[name].to_numpy())
    assert city.parameters.loc["weather.kind", "value"] == "synthetic"
    assert city.climate.attrs["utc_offset"] == 1.0


def test_the_future_is_warmer_by_what_was_asked(town: City) -> None:
    table = pd.DataFrame({"temperature": 2.0}, index=pd.RangeIndex(1, 13))
    later = climate.morphed(town, table, "2050")
    moved = (later.weather["temperature"] - town.weather["temperature"]).to_numpy()
    assert moved == pytest.approx(2.0)
    assert later.parameters.loc["weather.kind", "value"] == "morphed"
    with pytest.raises(InputError, match="no hourly weather"):
        climate.morphed(cities.tiny(), table, "2050")


def test_weather_of_another_climate_is_refused(tmp_path: Path) -> None:
    text = made.epw(made.year()).replace("55.5,10.5", "45.0,10.5")
    with pytest.raises(InputError, match=r"km from Lilleby.*limit"):
        climate.add(cities.tiny(), made.written(tmp_path, "verona.epw", text))


def test_a_table_without_a_place_is_taken_for_the_citys_own(tmp_path: Path) -> None:
    path = made.written(tmp_path, "dry.csv", made.danish_year(made.year(utc_offset=1.0)))
    city = climate.add(cities.tiny(), path)
    assert "weather.distance" not in city.parameters.index
    assert city.climate.attrs["utc_offset"] == 1.0


def test_hours_survive_the_twin_folder(town: City, tmp_path: Path) -> None:
    store.save(town, tmp_path / "town.twin")
    again = store.open(tmp_path / "town.twin")
    assert again.digest == town.digest
    assert again.climate.attrs["years"] == "2003-2009"
    assert contract.faults(again.climate) == []


def asked(
    weather: str | None = None, year: int | None = None, changes: str | None = None
) -> dict[str, object]:
    return {"weather": weather, "weather_year": year, "weather_changes": changes}


def test_changes_of_a_file_make_the_future(epw: Path, tmp_path: Path) -> None:
    rows = "month,temperature\n" + "".join(f"{month},1.5\n" for month in range(1, 13))
    path = made.written(tmp_path, "2041-2070.csv", rows)
    now, _ = weathered(cities.tiny(), asked(str(epw)))
    then, told = weathered(cities.tiny(), asked(str(epw), None, str(path)))
    moved = (then.weather["temperature"] - now.weather["temperature"]).to_numpy()
    assert moved == pytest.approx(1.5)
    assert "morphed, 2003-2009, 2041-2070" in told[0]


def test_the_command_line_takes_a_file_and_tells_what_it_is(epw: Path, tmp_path: Path) -> None:
    city, told = weathered(cities.tiny(), asked(str(epw)))
    assert city.climate.sizes["time"] == 8760
    assert told == climate.lines(city)
    assert re.fullmatch(r"Weather of Made Up DNK: typical, 2003-2009, \d+ km away.", told[0])
    same, nothing = weathered(cities.tiny(), asked())
    assert (same, nothing, climate.lines(same)) == (cities.tiny(), [], [])
    made_city, _ = weathered(cities.tiny(), asked("synthetic"))
    assert made_city.climate.attrs["kind"] == "synthetic"
    path = made.written(tmp_path, "aemet.csv", made.aemet(made.year(label=2023)))
    _, words = weathered(cities.tiny(), asked(str(path), 2023))
    assert words[-1].startswith("Weather: sunlight made from monthly sums of Copenhagen")
    for given in (asked(None, 2020), asked("synthetic", 2020), asked(None, None, "c.csv")):
        with pytest.raises(click.UsageError, match="weather-year"):
            weathered(cities.tiny(), given)
    options = {"weather": "a", "weather_year": 1, "name": "b"}
    assert taken(options) == asked("a", 1)
    assert options == {"name": "b"}


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Europe/Copenhagen", 1.0), ("Australia/Sydney", 10.0), ("Asia/Kolkata", 5.5)],
)
def test_standard_time_is_that_without_summer_time(zone: str, hours: float) -> None:
    assert climate.station(cities.tiny().replace(timezone=zone)).utc_offset == hours


def test_weak_irradiance_is_told_wherever_it_is_used() -> None:
    from twin import quality, simulate

    city = climate.made(cities.tiny())
    doubt = weather.nearest(
        *[getattr(climate.station(city), n) for n in ("latitude", "longitude")]
    ).doubt
    assert city.parameters.loc["weather.irradiance", "value"] == doubt
    assert doubt in quality.check(city).substitutes
    assert doubt in str(simulate.run(city).record["limits"])
    known = city.replace(parameters=city.parameters.drop("weather.irradiance"))
    assert doubt not in quality.check(known).substitutes
