from __future__ import annotations

from dataclasses import replace
from math import fsum
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.twin.cities import tiny
from twin.mobility import distribution, traffic
from twin.mobility.parameters import mobility_parameters

PARAMETERS = mobility_parameters("DK")


def _run(parameters: Any = PARAMETERS, **changes: Any) -> traffic.TrafficRun:
    city = tiny()
    tables = {
        name: changes.get(name, city.table(name)) for name in ("streets", "junctions", "zones")
    }
    return traffic.run(**tables, parameters=parameters, warm=changes.get("warm"))


def _crowded(times: float = 1000.0) -> pd.DataFrame:
    zones = tiny().zones
    zones["people"] *= times
    return zones


def test_vehicles_on_the_main_street_by_hand() -> None:
    # Trips that mind no distance: 5.6 start in the west of which 78 of 130 go elsewhere; 52 of 130
    # of the 106.4 that start elsewhere go west. All of them use the one street that is quickest.
    found = _run(replace(PARAMETERS, trip_length=1e12))
    assert found.warm.deterrence == pytest.approx(0.0, abs=1e-9)
    expected = 5.6 * 78 / 130 + 106.4 * 52 / 130
    assert found.frame.loc["w102:21-22", "vehicles"] == pytest.approx(expected)
    assert found.frame.loc["w102:21-22", "vehicle_km"] == pytest.approx(expected * 0.1 * 365)
    # 100 m at 50 km/h each way; eastward cars wait for a signal that is green 0.5 * (1 - 8 / 90) of
    # its 90 s, westward ones for nobody.
    waiting = 0.5 * 90 * (1 - 0.5 * (1 - 8 / 90)) ** 2
    assert found.frame.loc["w102:21-22", "speed"] == pytest.approx(360 / (7.2 + waiting / 2))


def test_a_street_without_traffic_has_zero_and_a_path_has_no_row() -> None:
    frame = _run().frame
    assert frame.loc["w101:11-12", "vehicles"] == 0.0
    assert frame.loc["w101:11-12", "speed"] == pytest.approx(30.0)
    assert frame.loc["w101:11-12", "delay"] == 0.0
    assert not frame.index.str.startswith("w204").any()
    assert not frame.isna().any().any()


def test_energy_is_kilometres_times_the_mix_of_cars() -> None:
    found = _run()
    per_km = 0.62 * 0.637 + 0.34 * 0.667 + 0.04 * 0.186
    expected = fsum(found.frame["vehicle_km"]) * per_km
    assert fsum(found.activity["activity"]) == pytest.approx(expected, rel=1e-9)
    assert set(found.activity["unit"]) == {"kWh"}
    scopes = found.activity.groupby("carrier")["scope"].unique()
    assert {carrier: list(scope) for carrier, scope in scopes.items()} == {
        "diesel": ["1"], "electricity": ["2"], "petrol": ["1"],
    }  # fmt: skip
    assert not found.activity.duplicated(["object_id", "carrier"]).any()


def test_motorways_take_the_energy_of_motorways() -> None:
    streets = tiny().streets
    streets["highway"] = "motorway"
    found = _run(streets=streets)
    per_km = 0.62 * 0.737 + 0.34 * 0.75 + 0.04 * 0.298
    expected = fsum(found.frame["vehicle_km"]) * per_km
    assert fsum(found.activity["activity"]) == pytest.approx(expected, rel=1e-9)


def test_only_streets_inside_the_boundary_are_booked() -> None:
    streets = tiny().streets
    streets.loc["w102:21-22", "inside"] = False
    found = _run(streets=streets)
    assert found.frame.loc["w102:21-22", "vehicles"] > 0.0
    assert "w102:21-22" not in set(found.activity["object_id"])


def test_crowds_slow_the_street_and_spread_over_others() -> None:
    quiet, crowded = _run(), _run(zones=_crowded())
    assert crowded.frame["vehicles"].sum() > 500 * quiet.frame["vehicles"].sum()
    assert crowded.frame.loc["w102:23-24", "speed"] < 30.0
    assert crowded.frame.loc["w102:23-24", "delay"] > 4.0
    assert (crowded.frame["vehicles"] > 0.0).sum() > (quiet.frame["vehicles"] > 0.0).sum()
    assert crowded.certificate["relative_gap"] <= PARAMETERS.gap


def test_delay_is_the_time_above_that_of_the_empty_street() -> None:
    frame = _run(zones=_crowded()).frame
    row = frame.loc["w102:23-24"]
    loaded = 0.1 / row["speed"] * 3600
    assert row["delay"] == pytest.approx(loaded - 0.1 / 50 * 3600)


def test_a_closed_street_has_no_row_and_its_traffic_goes_round() -> None:
    before = _run(zones=_crowded())
    streets = tiny().streets
    streets.loc["w102:21-22", ["drive_forward", "drive_backward"]] = False
    after = _run(zones=_crowded(), streets=streets, warm=before.warm)
    assert "w102:21-22" not in after.frame.index
    assert after.frame.loc["w201:21-31", "vehicles"] > before.frame.loc["w201:21-31", "vehicles"]
    assert after.frame["vehicle_km"].sum() > before.frame["vehicle_km"].sum()
    assert after.warm.deterrence == before.warm.deterrence


def test_closing_a_street_that_nobody_uses_changes_nothing() -> None:
    before = _run()
    streets = tiny().streets
    streets.loc["w101:11-12", ["drive_forward", "drive_backward"]] = False
    after = _run(streets=streets, warm=before.warm)
    rest = before.frame.drop(index="w101:11-12")
    assert np.abs(after.frame - rest).to_numpy().max() <= 1e-6


def test_reruns_are_bit_identical() -> None:
    one, other = _run(zones=_crowded()), _run(zones=_crowded())
    pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)
    pd.testing.assert_frame_equal(one.activity, other.activity, check_exact=True)


def test_every_trip_of_a_day_is_accounted_for() -> None:
    zones = _crowded()
    zones.loc["z0_0", "node"] = 999
    proof = _run(zones=zones).certificate
    hour = proof["assigned"] + proof["intrazonal"] + proof["unreachable"]
    assert proof["trips_per_day"] == pytest.approx(
        hour / PARAMETERS.peak_share + proof["trips_cut_off"]
    )
    assert proof["trips_cut_off"] == pytest.approx(4000 * 1.4)


def test_the_input_stays_as_it_was() -> None:
    city = tiny()
    streets, zones = city.streets, city.zones
    traffic.run(streets, city.junctions, zones, PARAMETERS)
    pd.testing.assert_frame_equal(streets, city.streets)
    pd.testing.assert_frame_equal(zones, city.zones)


@pytest.mark.parametrize(
    ("sentence", "changes"),
    [
        ("Through traffic is unknown", {}),
        ("the survey 17 km", {}),
        ("stay inside one zone", {}),
        ("left out: 5600 trips a day (zones: 1).", {"lost zone": True}),
        ("closed to cars in the model: 1.", {"lost junction": True}),
        ("stopped at a relative gap", {"hurry": True}),
        ("sums of the trip table are met to", {"slow": True}),
    ],
)
def test_limits_are_said_in_plain_sentences(
    sentence: str, changes: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    city, zones, parameters = tiny(), _crowded(), PARAMETERS
    junctions = city.junctions
    if changes.get("lost zone"):
        zones.loc["z0_0", "node"] = 999
    if changes.get("lost junction"):
        junctions = junctions.drop(index=14)
    if changes.get("hurry"):
        parameters = replace(parameters, iterations=1, gap=1e-12)
    if changes.get("slow"):
        monkeypatch.setattr(distribution, "ROUNDS", 1)
    found = _run(parameters, zones=zones, junctions=junctions)
    assert any(sentence in limit for limit in found.limits)
    assert all(limit.endswith(".") for limit in found.limits)


def test_a_city_without_streets_or_people_has_no_traffic() -> None:
    nobody = _run(zones=tiny().zones.assign(people=0.0))
    assert nobody.frame["vehicles"].sum() == 0.0
    nowhere = _run(streets=tiny().streets.iloc[:0])
    assert nowhere.frame.empty
    assert nowhere.activity.empty
