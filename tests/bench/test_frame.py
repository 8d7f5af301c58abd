from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench.__main__ import main, names
from tests.bench.frame import Row, at_most, environment, guarded, measured, told

if TYPE_CHECKING:
    from pathlib import Path


def test_names_are_the_files_of_the_folder() -> None:
    assert "read" in names()
    assert "frame" not in names()


def test_a_bench_writes_rows_with_the_agreed_keys(tmp_path: Path) -> None:
    target = tmp_path / "rows.json"
    assert main(["read", "--quick", "--json", str(target)]) == 0
    rows = json.loads(target.read_text(encoding="utf-8"))
    assert [list(row) for row in rows] == [["name", "value", "unit", "bar", "peer", "holds"]] * 4


def test_unknown_bench_is_told_with_those_that_are_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["wrong"])
    assert "read" in capsys.readouterr().err


def test_a_bar_that_is_passed_does_not_hold() -> None:
    assert at_most("x", 2.0, "s", 1.0).holds is False
    assert at_most("x", 1.0, "s", 1.0).holds is True


def test_memory_is_that_above_the_imports() -> None:
    figures = measured("import numpy as np", "field = np.ones(25_000_000)", "{'n': len(field)}")
    assert 150 < figures["memory"] < 260  # 25 million numbers of 8 bytes are 200 MB
    assert figures["n"] == 25_000_000


def test_a_bench_that_fails_costs_no_other_its_rows() -> None:
    def fails() -> list[Row]:
        raise RuntimeError("first\nno such peer")

    found = guarded("speed", fails)
    assert [(row.name, row.peer, row.holds) for row in found] == [
        ("speed: not measured", "no such peer", False)
    ]
    assert guarded("speed", lambda: [at_most("x", 1.0, "s", 1.0)])[0].name == "x"


def test_code_that_fails_is_told_with_its_last_words() -> None:
    with pytest.raises(RuntimeError, match="no peer"):
        told(sys.executable, "raise SystemExit('no peer')")
    assert told(sys.executable, "print('hello'); print('{\"cpu\": 2}')") == {"cpu": 2}


def test_a_peer_that_cannot_be_installed_is_none(tmp_path: Path) -> None:
    assert environment(tmp_path / "peer", str(tmp_path / "no-such.whl")) is None
