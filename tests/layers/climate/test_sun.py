from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from pvlib import irradiance, location

from layers.climate import contract, gaps, sun
from layers.climate.contract import Station, Story
from layers.errors import InputError
from tests.layers.climate import made


def dataset(frame: pd.DataFrame | None = None) -> xr.Dataset:
    table = made.year() if frame is None else frame
    place = Station("made", made.LATITUDE, made.LONGITUDE, made.ELEVATION, 0.0)
    flags = pd.DataFrame(0, table.index, table.columns)
    return contract.dataset(table, flags, place, Story(contract.TYPICAL, "2001", "calculated"))


def test_planes_agree_with_pvlib_called_plane_by_plane() -> None:
    weather, frame = dataset(), made.year()
    tilts, faces = [0.0, 35.0, 90.0, 90.0, 60.0], [180.0, 180.0, 90.0, 0.0, 260.0]
    ours = sun.plane_irradiance(weather, tilts, faces, 0.2)
    moments = frame.index.tz_localize("UTC") + pd.Timedelta(minutes=30)
    place = location.Location(made.LATITUDE, made.LONGITUDE, "UTC", made.ELEVATION)
    stands = place.get_solarposition(moments, pressure=101325)
    extra = irradiance.get_extra_radiation(moments.day_of_year.to_numpy())
    for n, (tilt, face) in enumerate(zip(tilts, faces, strict=True)):
        beam = frame["dni"].to_numpy() * np.maximum(
            irradiance.aoi_projection(tilt, face, stands["apparent_zenith"], stands["azimuth"]), 0
        )
        sky = irradiance.haydavies(
            tilt, face, frame["dhi"].to_numpy(), frame["dni"].to_numpy(), extra,
            stands["apparent_zenith"].to_numpy(), stands["azimuth"].to_numpy(),
        )  # fmt: skip
        ground = irradiance.get_ground_diffuse(tilt, frame["ghi"].to_numpy(), 0.2)
        assert ours[n] == pytest.approx(beam.to_numpy() + sky + ground, abs=1e-6)


def test_a_flat_plane_gets_global_and_a_buried_one_only_what_the_ground_reflects() -> None:
    weather = dataset()
    flat, down = sun.plane_irradiance(weather, [0.0, 180.0], 180.0, 0.3)
    # pvlib bounds the ratio of beams within a degree of the horizon.
    assert flat == pytest.approx(weather["ghi"].to_numpy(), abs=0.25)
    assert down == pytest.approx(0.3 * weather["ghi"].to_numpy(), abs=0.01)


@pytest.mark.parametrize(
    ("tilt", "albedo", "missing"),
    [
        pytest.param(-1.0, 0.2, "", id="tilt-below-0"),
        pytest.param(float("nan"), 0.2, "", id="tilt-nan"),
        pytest.param(30.0, 1.2, "", id="albedo-above-1"),
        pytest.param(30.0, 0.2, "dni", id="no-beam"),
    ],
)
def test_wrong_planes_are_refused(tilt: float, albedo: float, missing: str) -> None:
    weather = dataset().drop_vars(missing) if missing else dataset()
    with pytest.raises(InputError):
        sun.plane_irradiance(weather, tilt, 180.0, albedo)


@pytest.mark.parametrize("kept", [("ghi", "dhi"), ("ghi", "dni"), ("dni", "dhi")])
def test_any_two_parts_give_the_third(kept: tuple[str, ...]) -> None:
    frame = made.year()
    zenith = sun.position(frame.index, made.LATITUDE, made.LONGITUDE, 30.0)["apparent_zenith"]
    extra = sun.extraterrestrial(frame.index)
    found, derived = sun.complete(frame[list(kept)], zenith.to_numpy(), extra)
    assert derived == [name for name in ("ghi", "dni", "dhi") if name not in kept]
    high = zenith.to_numpy() < 85  # nearer the horizon rounding is divided by almost nothing
    for name in derived:
        assert found[name].to_numpy()[high] == pytest.approx(frame[name].to_numpy()[high], abs=0.1)


def test_global_alone_is_split_by_erbs_and_closes() -> None:
    frame = made.year()
    zenith = sun.position(frame.index, made.LATITUDE, made.LONGITUDE, 30.0)["apparent_zenith"]
    extra = sun.extraterrestrial(frame.index)
    found, derived = sun.complete(frame[["ghi"]], zenith.to_numpy(), extra)
    assert derived == ["dni", "dhi"]
    cosine = np.maximum(np.cos(np.radians(zenith.to_numpy())), 0)
    high = cosine > 0.1
    closed = found["dhi"] + found["dni"] * cosine
    assert closed.to_numpy()[high] == pytest.approx(frame["ghi"].to_numpy()[high])
    # The published polynomial, at one hour: kt of about 0.55 is in its middle branch.
    n = int(frame["ghi"].to_numpy().argmax())
    kt = frame["ghi"].iloc[n] / (extra[n] * cosine[n])
    assert 0.22 < kt < 0.80
    share = 0.9511 - 0.1604 * kt + 4.388 * kt**2 - 16.638 * kt**3 + 12.336 * kt**4
    assert found["dhi"].iloc[n] / frame["ghi"].iloc[n] == pytest.approx(share, rel=1e-6)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.booleans())
def test_longest_gap_agrees_with_counting_by_hand(missing: list[bool], cyclic: bool) -> None:
    best = here = 0
    for each in missing * 2 if cyclic else missing:
        here = here + 1 if each else 0
        best = max(best, min(here, len(missing)))
    length, begin = gaps.longest(np.array(missing), cyclic=cyclic)
    assert length == best
    assert all(missing[(begin + n) % len(missing)] for n in range(length))


@given(st.lists(st.floats(-40, 40), min_size=3, max_size=40), st.integers(0, 39), st.integers(1, 3))
def test_filling_keeps_what_is_known_and_stays_between_neighbours(
    values: list[float], at: int, length: int
) -> None:
    numbers = np.array(values)
    holes = (np.arange(length) + at) % len(numbers)
    if length >= len(numbers):
        return
    broken = numbers.copy()
    broken[holes] = np.nan
    filled = gaps.linear(broken, cyclic=True)
    known = np.isfinite(broken)
    assert (filled[known] == numbers[known]).all()
    assert filled.min() >= np.nanmin(broken) - 1e-9
    assert filled.max() <= np.nanmax(broken) + 1e-9


def test_sunlight_is_filled_by_its_share_and_night_stays_dark() -> None:
    outside = np.maximum(np.sin(np.arange(48) / 24 * 2 * np.pi - np.pi / 2), 0) * 1000
    true = 0.4 * outside
    broken = true.copy()
    broken[[2, 10, 11, 12, 36]] = np.nan
    assert gaps.by_sun(broken, outside, cyclic=True) == pytest.approx(true)
    assert gaps.by_sun(np.full(3, np.nan), np.zeros(3), cyclic=False).tolist() == [0, 0, 0]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["temperature", "ghi", "wind_speed"]), st.floats(-1e6, 1e6))
def test_the_contract_refuses_what_cannot_be(name: str, value: float) -> None:
    row = contract.variables().loc[name]
    weather = dataset().copy(deep=True)
    weather[name][100] = value
    found = contract.faults(weather)
    assert bool(found) == (not row["lower"] <= value <= row["upper"])


def test_the_contract_names_every_fault() -> None:
    weather = dataset()
    broken = weather.isel(time=slice(0, 8759)).drop_vars("temperature")
    broken["ghi"].attrs["units"] = "kW"
    broken = broken.assign_attrs(kind="guess")
    reasons = " ".join(map(str, contract.faults(broken)))
    assert "8759 hours" in reasons
    assert "temperature: is missing" in reasons
    assert "no unit W m-2" in reasons
    assert "kind" in reasons
    with pytest.raises(InputError, match="4 faults"):
        contract.validate(broken)
    assert contract.faults(xr.Dataset())[0].place == "time"
