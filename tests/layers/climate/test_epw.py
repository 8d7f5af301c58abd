from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from layers import weather
from layers.climate import contract, sun
from layers.errors import InputError
from tests.layers.climate import made

if TYPE_CHECKING:
    from pathlib import Path


def test_hour_1_is_the_first_hour_of_the_local_day(tmp_path: Path) -> None:
    frame = made.year(utc_offset=1.0)
    found = weather.read(made.written(tmp_path, "a.epw", made.epw(frame, 1.0))).dataset
    assert found["time"].to_numpy()[0] == np.datetime64("1989-12-31T23:00")
    assert found.sizes["time"] == 8760
    for name in frame.columns:
        assert found[name].to_numpy() == pytest.approx(frame[name].to_numpy()), name
    assert found.attrs["kind"] == contract.TYPICAL
    assert found.attrs["years"] == "2003-2009"
    assert contract.faults(found) == []


@pytest.mark.parametrize("offset", [-7.0, -3.5, 0.0, 1.0, 5.75])
def test_the_sun_of_the_file_is_the_sun_of_its_place(tmp_path: Path, offset: float) -> None:
    # The made year has beam exactly where the sun is up at the middle of the hour.
    frame = made.year(utc_offset=offset)
    found = weather.read(made.written(tmp_path, "a.epw", made.epw(frame, offset))).dataset
    up = sun.of_weather(found)["apparent_zenith"].to_numpy() < 90
    # 1990 and 2001 differ by minutes of the equation of time: hours of sunrise may differ.
    assert (up == (found["dni"].to_numpy() > 0)).mean() > 0.997


def test_a_named_year_makes_it_a_real_one(tmp_path: Path) -> None:
    path = made.written(tmp_path, "a.epw", made.epw(made.year(label=2020), years=()))
    real, typical = weather.read(path, year=2020), weather.read(path)
    assert real.dataset.sizes["time"] == 8784
    assert real.dataset.attrs["kind"] == contract.ACTUAL
    assert typical.dataset.sizes["time"] == 8760
    reasons = dict(zip(typical.drops["reason"], typical.drops["count"], strict=True))
    assert reasons == {"29 February of a typical year": 24}
    assert typical.source.rows_in == typical.source.rows_kept + 24


@pytest.mark.parametrize(
    ("name", "code"),
    [("temperature", 99.9), ("relative_humidity", 999), ("pressure", 999999), ("ghi", 9999),
     ("dni", 9999), ("dhi", 9999), ("wind_speed", 999), ("sky_infrared", 9999)],
)  # fmt: skip
def test_codes_for_missing_values_are_filled_and_flagged(
    tmp_path: Path, name: str, code: float
) -> None:
    frame = made.year()
    true = frame[name].iloc[4500:4503].to_numpy(copy=True)
    frame.loc[frame.index[4500:4503], name] = code
    found = weather.read(made.written(tmp_path, "a.epw", made.epw(frame)))
    got = found.dataset[name].to_numpy()[4500:4503]
    assert got == pytest.approx(true, rel=0.5)
    assert (got < code).all()
    flags = found.dataset[name + contract.FLAG].to_numpy()
    assert (np.flatnonzero(flags) == [4500, 4501, 4502]).all()
    assert found.drops.set_index("reason").loc[f"{name}: hour filled", "count"] == 3


def test_a_variable_that_is_a_code_throughout_is_left_out(tmp_path: Path) -> None:
    path = made.written(tmp_path, "a.epw", made.epw(made.year().assign(sky_infrared=9999)))
    found = weather.read(path)
    assert "sky_infrared" not in found.dataset
    assert found.drops["reason"].tolist() == ["variable without values left out"]


def test_half_hourly_files_are_refused(tmp_path: Path) -> None:
    content = made.epw(made.year()).replace("DATA PERIODS,1,1", "DATA PERIODS,1,2")
    with pytest.raises(InputError, match="more than one row per hour"):
        weather.read(made.written(tmp_path, "a.epw", content))


@pytest.mark.data
def test_denver_of_the_standard_140_files(data_dir: Path) -> None:
    path = data_dir / "bestest" / "725650TYCST.epw"
    found = weather.read(path)
    about = found.dataset
    raw = pd.read_csv(path, skiprows=8, header=None)
    assert about.attrs["utc_offset"] == -7
    assert about.sizes["time"] == len(raw) == 8760
    assert found.drops.empty
    for name, column in {
        "temperature": 6,
        "ghi": 13,
        "dni": 14,
        "dhi": 15,
        "wind_speed": 21,
    }.items():
        assert (about[name].to_numpy() == raw[column].to_numpy()).all(), name
    # Global is beam and diffuse only if the sun stands in the middle of each hour.
    errors = {}
    for minutes in (-30.0, 30.0, 90.0):
        zenith = sun.position(
            pd.DatetimeIndex(about["time"].to_numpy()), about.attrs["latitude"],
            about.attrs["longitude"], minutes,
        )["zenith"].to_numpy()  # fmt: skip
        closed = about["dhi"] + about["dni"] * np.maximum(np.cos(np.radians(zenith)), 0)
        errors[minutes] = float(np.abs(closed - about["ghi"]).mean())
    assert min(errors, key=lambda each: errors[each]) == 30.0
    assert errors[30.0] < 5.0 < min(errors[-30.0], errors[90.0])
