"""Any bytes give weather or an InputError; run longer with --hypothesis-seed and more examples."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import weather
from layers.climate import contract, morph
from layers.errors import InputError
from tests.layers.climate import made

SHORT = made.year(label=2023)[:72]
SEEDS = {
    ".epw": made.epw(SHORT),
    ".csv": made.aemet(SHORT),
    ".txt": made.dmi_long(SHORT),
    ".met": made.met(SHORT),
    ".json": json.dumps(made.pvgis_tmy(SHORT, 0.1)),
}
TMY3 = made.tmy3(SHORT)
PVGIS = made.pvgis_csv(SHORT, 0.1)
HOURLY = json.dumps(made.pvgis_hourly(SHORT, 10))
WORDS = ["", "nan", "inf", "-1e308", "9" * 400, "é", "\n", ",", ";", '"', "null", "{", "24:00", "T"]


def only_input_errors(suffix: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        path.write_bytes(content)
        with contextlib.suppress(InputError):
            found = weather.read(path).dataset
            assert contract.faults(found) == []
        if suffix == ".csv":
            with contextlib.suppress(InputError):
                morph.changes(path)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SEEDS)), st.binary(max_size=400))
def test_any_bytes(suffix: str, content: bytes) -> None:
    only_input_errors(suffix, content)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_good_files_with_a_hole_or_a_word(data: st.DataObject) -> None:
    seeds = [*SEEDS.items(), (".csv", TMY3), (".csv", PVGIS), (".json", HOURLY)]
    suffix, content = data.draw(st.sampled_from(seeds))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(content), 1500)))
        gone = data.draw(st.integers(0, 40))
        word = data.draw(st.sampled_from(WORDS) | st.text(max_size=5))
        content = content[:at] + word + content[at + gone :]
    only_input_errors(suffix, content.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", ["a.epw", "a.csv", "a.json", "a.met"])
def test_latin_1_is_read_as_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xe9\xff\xfe caf\xe9\n1,2\n")
    with pytest.raises(InputError):
        weather.read(path)
