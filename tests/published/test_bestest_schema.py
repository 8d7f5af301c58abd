"""Files of cases that would be misread are refused, with every fault at once."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from layers.errors import InputError
from tests.published import bestest, bestest_schema

CASES = Path(__file__).parent / "bestest_more.json"
SHARED: dict[str, Any] = json.loads(CASES.read_text(encoding="utf-8"))


def changed(**case: Any) -> dict[str, Any]:
    """The cases with case 610 changed."""
    found = copy.deepcopy(SHARED)
    found["cases"]["610"] |= case
    return found


def refused(shared: Any) -> str:
    with pytest.raises(InputError) as error:
        bestest_schema.check(shared, "cases.json")
    return str(error.value)


def test_cases_with_every_optional_key_are_read() -> None:
    bestest_schema.check(SHARED, "cases.json")
    assert list(bestest.read(CASES)["cases"]) == list(SHARED["cases"])


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"overhang": {"depth": 1.0}}, "gap_above_window is missing"),
        ({"overhang": {**SHARED["cases"]["610"]["overhang"], "tilt": 5.0}}, "tilt is not known"),
        ({"fins": [1.0]}, "is not a table"),
        ({"blinds": 0.5}, "blinds is not known"),
        ({"construction": "straw"}, "construction straw is not known"),
        ({"heat_setpoint": [20.0] * 23}, "heat_setpoint has not 24 numbers"),
        ({"ventilation_sea_level_density": [None] * 24}, "has not 24 numbers"),
        ({"heat_ramp_hours": [24]}, "no list of hours from 0 to 23"),
        ({"windows": [{"azimuth": 45, "width": 3.0, "height": 2.0}]}, "none of 0, 90, 180, 270"),
        ({"windows": [{"azimuth": 90, "width": "3", "height": 2.0}]}, "width is not a number"),
    ],
)
def test_what_would_be_misread_is_refused(case: dict[str, Any], said: str) -> None:
    text = refused(changed(**case))
    assert "case 610" in text
    assert said in text


def test_all_faults_are_told_at_once() -> None:
    shared = changed(blinds=1, heat_setpoint="warm")
    del shared["site"]["altitude"]
    shared["constructions"]["light"]["wall"] = [[0.1, 0.04]]
    text = refused(shared)
    for said in ("blinds", "heat_setpoint", "altitude is missing", "a layer of wall"):
        assert said in text


def test_remarks_and_keys_without_a_value_may_stand_anywhere() -> None:
    bestest_schema.check(changed(note="south windows", blinds=None), "cases.json")


def test_no_windows_and_no_set_points_are_a_room_that_floats() -> None:
    found = bestest.zone("bare", {"construction": "light"}, SHARED)
    assert found.windows == ()
    assert found.schedule.heating is None
    assert sum(part.area for part in found.surfaces) == pytest.approx(2 * 48.0 + 28.0 * 2.7)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_what_is_no_file_of_cases_says_so(tmp_path: Path, text: str) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        bestest.read(broken)


def test_ranges_without_columns_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "ranges.csv"
    broken.write_text("case,value\n600,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="quantity, min, max missing"):
        bestest.ranges_of(broken)
