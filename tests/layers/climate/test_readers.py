"""TMY3, PVGIS, MET, DMI, AEMET and plain tables: the same made year through every shape."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from pvlib.iotools.pvgis import _coerce_and_roll_tmy

from layers import weather
from layers.climate import contract, sun
from layers.climate.contract import Station
from layers.errors import InputError
from tests.layers.climate import made

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

ALL = ("temperature", "relative_humidity", "ghi", "dni", "dhi", "wind_speed", "pressure")


def same(found: xr.Dataset, frame: pd.DataFrame, names: tuple[str, ...]) -> None:
    assert contract.faults(found) == []
    for name in names:
        # dni by closure is not defined in the hour of sunrise; half a watt is the rounding.
        assert found[name].to_numpy() == pytest.approx(frame[name].to_numpy(), abs=0.5), name


@pytest.mark.parametrize("offset", [-6, 0, 1])
def test_tmy3_ends_its_hours_and_survives_a_leap_february(tmp_path: Path, offset: int) -> None:
    # 24:00 of 28 February 2008, a leap year, is the begin of 29 February if one only adds hours.
    frame = made.year(utc_offset=offset)
    years = (2003, 2008, *made.MONTH_YEARS[2:])
    path = made.written(tmp_path, "a.csv", made.tmy3(frame, offset, years))
    found = weather.read(path)
    same(found.dataset, frame, ALL)
    assert found.drops.empty
    assert found.dataset["time"].to_numpy()[0] == np.datetime64("1990-01-01") - np.timedelta64(
        offset, "h"
    )


def test_tmy3_missing_codes_are_filled(tmp_path: Path) -> None:
    frame = made.year()
    frame.loc[frame.index[100:102], "temperature"] = -9900
    found = weather.read(made.written(tmp_path, "a.csv", made.tmy3(frame))).dataset
    assert found["temperature_flag"].to_numpy().nonzero()[0].tolist() == [100, 101]
    assert found["temperature"].to_numpy()[100:102].min() > -20


@pytest.mark.parametrize("shape", ["json", "csv"])
def test_pvgis_keeps_the_instant_of_its_irradiance(tmp_path: Path, shape: str) -> None:
    frame = made.year(minutes=60 * 0.1761)
    as_json, as_csv = made.pvgis_tmy(frame, 0.1761), made.pvgis_csv(frame, 0.1761)
    content = as_json if shape == "json" else as_csv
    found = weather.read(made.written(tmp_path, f"a.{shape}", content))
    same(found.dataset, frame, (*ALL, "sky_infrared"))
    assert found.dataset.attrs["sun_minutes"] == pytest.approx(10.566)
    assert found.dataset.attrs["kind"] == contract.TYPICAL
    assert "PVGIS" in found.source.attribution
    assert not np.signbit(found.dataset["dni"].to_numpy()).any()
    # Beam and diffuse give global only at that instant: the annual irradiation on the ground
    # agrees with global to a few hours of sunrise.
    flat = sun.plane_irradiance(found.dataset, 0, 180, 0.2).sum()
    assert flat == pytest.approx(frame["ghi"].sum(), rel=0.002)


def test_pvgis_series_of_a_real_year(tmp_path: Path) -> None:
    frame = made.year(label=2016, minutes=10.0)
    path = made.written(tmp_path, "a.json", made.pvgis_hourly(frame, 10))
    found = weather.read(path).dataset
    same(found, frame, ("temperature", "ghi", "dni", "dhi", "wind_speed"))
    assert (found.attrs["kind"], found.attrs["years"]) == (contract.ACTUAL, "2016")
    assert found.sizes["time"] == 8784
    assert found.attrs["sun_minutes"] == 10
    with pytest.raises(InputError, match=r"slope.*is 35"):
        weather.read(made.written(tmp_path, "b.json", made.pvgis_hourly(frame[:48], 10, 35.0)))


@pytest.mark.parametrize("offset", [-7, 0, 1, 8])
def test_a_typical_year_rolls_to_local_midnight_as_pvlib_does(offset: int) -> None:
    frame = made.year()
    flags = pd.DataFrame(0, frame.index, frame.columns)
    place = Station("made", made.LATITUDE, made.LONGITUDE, made.ELEVATION, 0.0)
    story = contract.Story(contract.TYPICAL, "2001", "calculated")
    whole = contract.dataset(frame, flags, place, story)
    rolled = contract.rolled(whole, offset)
    theirs = _coerce_and_roll_tmy(frame.tz_localize("UTC"), offset, 2001)
    assert (contract.local(rolled) == theirs.index.tz_localize(None)).all()
    for name in frame.columns:
        assert (rolled[name].to_numpy() == theirs[name].to_numpy()).all()


def test_spanish_reference_year_is_in_solar_time(tmp_path: Path) -> None:
    offset = round(made.LONGITUDE / 15 * 60) / 60
    frame = made.year(utc_offset=offset)
    found = weather.read(made.written(tmp_path, "zona.met", made.met(frame))).dataset
    same(found, frame, ("temperature", "relative_humidity", "ghi", "dhi", "wind_speed"))
    assert found["time"].to_numpy()[0] == np.datetime64("1989-12-31T23:18")
    # Stefan-Boltzmann at -5 degC.
    assert found["sky_infrared"].to_numpy() == pytest.approx(5.670374419e-8 * 268.15**4)
    # Noon of the file is noon of the sun: its highest hour of midsummer is the 12th or 13th.
    day = found["ghi"].to_numpy()[171 * 24 : 172 * 24]
    assert int(day.argmax()) in {11, 12}


def test_dmi_hours_end_at_their_time_in_utc(tmp_path: Path) -> None:
    frame = made.year(label=2023)
    text = made.dmi_long(frame)
    found = weather.read(made.written(tmp_path, "dmi.csv", text))
    same(found.dataset, frame, ("temperature", "relative_humidity", "ghi", "wind_speed"))
    assert found.dataset.attrs["place"] == "06184"
    assert found.dataset.attrs["grade"] == "sensor"
    assert found.dataset.attrs["kind"] == contract.ACTUAL
    assert (found.dataset["dni_flag"] == contract.DERIVED).all()
    assert (found.dataset["dhi"] <= found.dataset["ghi"]).all()
    shuffled = text.splitlines()
    order = np.random.default_rng(1).permutation(len(shuffled) - 1) + 1
    again = "\n".join([shuffled[0], *(shuffled[n] for n in order), *shuffled[5:20]])
    assert weather.read(made.written(tmp_path, "b.csv", again)).dataset.identical(
        found.dataset.assign_attrs(place="06184")
    )


def test_ten_minute_readings_become_hourly_means(tmp_path: Path) -> None:
    stamps = made.hours(2023, "10min") + pd.Timedelta(minutes=10)
    minute = stamps.hour * 60 + stamps.minute
    rows = pd.DataFrame({"observed": stamps.strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "temp_dry": 5 + (minute % 60) / 10, "latitude": 55.0,
                         "longitude": 10.0, "radia_glob": -1.0})  # fmt: skip
    rows.loc[600:601, "temp_dry"] = np.nan
    rows.loc[1200:1203, "temp_dry"] = np.nan
    path = made.written(tmp_path, "wide.csv", rows.to_csv(index=False))
    found = weather.read(path)
    # 10, 20 ... 50 and 60 (= 0) minutes: a mean of 5 + 15/6 degC, whatever the order.
    assert found.dataset["temperature"].to_numpy()[:90] == pytest.approx(5 + 2.5)
    reasons = found.drops.set_index("reason")["count"]
    assert reasons["temperature: hour with too few readings left empty"] == 1
    assert reasons["temperature: hour filled"] == 1
    assert reasons["ghi: small negative value read as 0"] == len(rows)
    assert (found.dataset["ghi"] == 0).all()


def test_climate_data_of_dmi_begin_at_from(tmp_path: Path) -> None:
    frame = made.year(label=2022)
    rows = pd.DataFrame({
        "properties.from": frame.index.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "properties.to": (frame.index + pd.Timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "properties.parameterId": "mean_temp", "properties.value": frame["temperature"].to_numpy(),
        "lat": 55.0, "lon": 10.0, "properties.stationId": "06184",
    })  # fmt: skip
    found = weather.read(made.written(tmp_path, "c.csv", rows.to_csv(index=False))).dataset
    same(found, frame, ("temperature",))


def test_aemet_has_no_sunlight_and_says_where_it_is(tmp_path: Path) -> None:
    frame = made.year(label=2023)
    found = weather.read(made.written(tmp_path, "aemet.csv", made.aemet(frame))).dataset
    same(found, frame, ("temperature", "relative_humidity", "wind_speed", "pressure"))
    assert "ghi" not in found
    assert found.attrs["latitude"] == made.LATITUDE
    assert found.attrs["elevation"] == made.ELEVATION


def test_a_year_of_several_must_be_named(tmp_path: Path) -> None:
    both = pd.concat([made.year(label=2022), made.year(label=2023)])
    path = made.written(tmp_path, "aemet.csv", made.aemet(both))
    with pytest.raises(InputError, match=r"years 2022, 2023.*Name the one"):
        weather.read(path)
    found = weather.read(path, year=2023)
    assert found.source.rows_refused == 8760
    assert pd.Timestamp(found.dataset["time"].to_numpy()[0]).year == 2023
    with pytest.raises(InputError, match="year 1999"):
        weather.read(path, year=1999)


def test_danish_reference_year_as_a_table(tmp_path: Path) -> None:
    frame = made.year(utc_offset=1.0)
    place = Station("DRY zone 2", made.LATITUDE, made.LONGITUDE, 10.0, 1.0)
    path = made.written(tmp_path, "dry.csv", made.danish_year(frame))
    found = weather.read(path, station=place).dataset
    same(found, frame, ("temperature", "ghi", "dhi", "wind_speed"))
    assert found.attrs["kind"] == contract.TYPICAL
    with pytest.raises(InputError, match="where the station is"):
        weather.read(path)


def test_a_plain_table_needs_a_time_zone(tmp_path: Path) -> None:
    frame = made.year(label=2023)
    table = frame[["temperature"]].rename_axis("time").reset_index()
    table = table.assign(latitude=0, temperature=frame["temperature"].to_numpy())
    path = made.written(tmp_path, "plain.csv", table.to_csv(index=False))
    place = Station("here", 55.0, 10.0, 0.0, 1.0)
    found = weather.read(path, station=place).dataset
    assert found["time"].to_numpy()[0] == np.datetime64("2022-12-31T23:00")
    zoned = table.assign(time=frame.index.strftime("%Y-%m-%dT%H:%M+01:00"))
    path = made.written(tmp_path, "zoned.csv", zoned.to_csv(index=False))
    assert weather.read(path, station=place).dataset["time"].equals(found["time"])


def test_summer_time_is_taken_out_where_the_offset_stands_beside(tmp_path: Path) -> None:
    # One year of Danish civil time with offsets: 23 h and 25 h days, none lost, none doubled.
    begins = pd.date_range("2023-01-01", "2024-01-01", freq="h", inclusive="left",
                           tz="Europe/Copenhagen")  # fmt: skip
    assert len(begins) == 8760
    table = pd.DataFrame({
        "time": [at.isoformat() for at in begins], "temperature": np.arange(8760) / 1000,
        "latitude": 55.0, "ghi": 0.0,
    })  # fmt: skip
    place = Station("here", 55.0, 10.0, 0.0, 1.0)
    found = weather.read(made.written(tmp_path, "t.csv", table.to_csv(index=False)), station=place)
    assert found.drops.empty
    assert found.dataset.attrs["utc_offset"] == 1.0
    assert found.dataset["time"].to_numpy()[0] == np.datetime64("2022-12-31T23:00")
    assert found.dataset["temperature"].to_numpy() == pytest.approx(np.arange(8760) / 1000)


def test_a_utc_year_of_the_far_east_stays_whole(tmp_path: Path) -> None:
    frame = made.year(label=2023)
    place = Station("Tokyo", 35.7, 139.7, 40.0, 9.0)
    path = made.written(tmp_path, "aemet.csv", made.aemet(frame))
    found = weather.read(path, station=place)
    assert found.drops.empty
    assert found.dataset.attrs["utc_offset"] == 0.0


def test_a_zip_with_one_file_is_read_and_with_two_refused(tmp_path: Path) -> None:
    content = made.epw(made.year())
    for names in (["a.epw"], ["a.epw", "b.epw"]):
        with zipfile.ZipFile(tmp_path / "w.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for name in names:
                packed.writestr(name, content)
            packed.writestr("stat.html", "x")
        if len(names) == 1:
            assert weather.read(tmp_path / "w.zip").dataset.sizes["time"] == 8760
        else:
            with pytest.raises(InputError, match="2 weather files"):
                weather.read(tmp_path / "w.zip")


@cache
def _bad() -> dict[str, tuple[str, str]]:
    good = made.epw(made.year())
    lines = good.splitlines(keepends=True)
    table = made.aemet(made.year(label=2023))
    answer: dict[str, Any] = json.loads(json.dumps(made.pvgis_tmy(made.year(), 0.0)))
    return {
        "epw-truncated": ("a.epw", "".join(lines[:5000])),
        "epw-no-location": ("a.epw", "".join(lines[1:])),
        "epw-header-only": ("a.epw", "".join(lines[:8])),
        "epw-text-for-a-number": ("a.epw", good.replace("2003,1,5,3,60,x,", "2003,1,5,3,60,x,warm")),
        "epw-hour-0": ("a.epw", good.replace("2003,1,1,1,60", "2003,1,1,0,60")),
        "epw-hour-25": ("a.epw", good.replace("2003,1,1,24,60", "2003,1,1,25,60")),
        "epw-31-february": ("a.epw", good.replace("2004,2,28,", "2004,2,31,")),
        "epw-latitude-in-metres": ("a.epw", good.replace("55.5,10.5", "6150000,600000")),
        "epw-time-zone-25": ("a.epw", good.replace("10.5,0.0,20.0", "10.5,25,20.0")),
        "epw-west-for-east": ("a.epw", good.replace("55.5,10.5", "55.5,-10.5")),
        "epw-other-zone": ("a.epw", good.replace("10.5,0.0,20.0", "10.5,-1.0,20.0")),
        "epw-antipode": ("a.epw", good.replace("55.5,10.5", "55.5,-169.5")),
        "epw-infinite": ("a.epw", good.replace(",5.0,7", ",5.0,inf7", 1)),
        "epw-fahrenheit": ("a.epw", made.epw(made.year().assign(temperature=75.0))),
        "epw-kilojoule": ("a.epw", made.epw(made.year().assign(ghi=3600.0))),
        "epw-long-gap": ("a.epw", "".join(lines[:100] + lines[110:])),
        "epw-is-a-zip": ("a.epw", "PK\x03\x04 not really"),
        "epw-null-bytes": ("a.epw", good.replace("x", "\0", 1)),
        "csv-empty-header": ("a.csv", "\n\n\n"),
        "csv-unknown-columns": ("a.csv", "a,b\n1,2\n"),
        "csv-two-stations": ("a.csv", table.replace("\n3195;", "\n9999;", 1)),
        "csv-daily": ("a.csv", "\n".join(table.splitlines()[::24])),
        "csv-mixed-zones": ("a.csv", table.replace("T01:00:00;", "T01:00:00Z;", 1)),
        "csv-bad-time": ("a.csv", table.replace("2023-01-01T03:00:00", "yesterday", 1)),
        "csv-duplicate-column": ("a.csv", table.replace("ta;hr", "ta;ta", 1)),
        "tmy3-header-only": ("a.csv", "\n".join(made.tmy3(made.year()).splitlines()[:2])),
        "json-not-json": ("a.json", "{"),
        "json-deep": ("a.json", "[" * 100_000),
        "json-of-something-else": ("a.json", '{"outputs": {"x": 1}}'),
        "json-list": ("a.json", "[1, 2]"),
        "json-nulls": ("a.json", json.dumps(answer).replace('"T2m": ', '"T2m": null, "x": ')),
        "pvgis-error": ("a.json", '{"message": "Location over the sea", "status": 400}'),
        "met-too-short": ("a.met", "zona\n40 -3 600 15\n"),
        "met-ragged": ("a.met", made.met(made.year()[:30]) + "1 2\n"),
        "xml": ("a.epw", "<html>404</html>"),
        "pdf": ("a.csv", "%PDF-1.4"),
        "suffix": ("a.doc", "x"),
        "empty": ("a.epw", ""),
    }  # fmt: skip


BAD = [
    "epw-truncated",
    "epw-no-location",
    "epw-header-only",
    "epw-text-for-a-number",
    "epw-hour-0",
    "epw-hour-25",
    "epw-31-february",
    "epw-latitude-in-metres",
    "epw-time-zone-25",
    "epw-infinite",
    "epw-fahrenheit",
    "epw-kilojoule",
    "epw-long-gap",
    "epw-is-a-zip",
    "epw-null-bytes",
    "csv-empty-header",
    "csv-unknown-columns",
    "csv-two-stations",
    "csv-daily",
    "csv-mixed-zones",
    "csv-bad-time",
    "csv-duplicate-column",
    "tmy3-header-only",
    "json-not-json",
    "json-deep",
    "json-of-something-else",
    "json-list",
    "json-nulls",
    "pvgis-error",
    "met-too-short",
    "met-ragged",
    "xml",
    "pdf",
    "suffix",
    "empty",
]


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_words(tmp_path: Path, name: str) -> None:
    file, content = _bad()[name]
    path = made.written(tmp_path, file, content)
    with pytest.raises(InputError) as error:
        weather.read(path)
    assert error.value.file in {path.name, str(path)}
    assert all(fault.reason and fault.advice for fault in error.value.faults)
    assert "Traceback" not in str(error.value)
    assert len(str(error.value)) < 4000


@pytest.mark.parametrize("name", ["https://example.org/a.epw", "/vsicurl/http://x/a.epw", "no.epw"])
def test_only_files_of_this_machine_are_opened(name: str) -> None:
    with pytest.raises(InputError):
        weather.read(name)


def test_all_impossible_values_are_told_at_once(tmp_path: Path) -> None:
    frame = made.year().assign(temperature=75.0, wind_speed=200.0)
    with pytest.raises(InputError) as error:
        weather.read(made.written(tmp_path, "a.epw", made.epw(frame)))
    assert len(error.value.faults) == 2
    assert io.StringIO(str(error.value)).readline().strip().endswith("2 faults")
