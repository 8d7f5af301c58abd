from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from layers import demo
from tests.twin.cities import tiny
from twin import cli, store

if TYPE_CHECKING:
    from twin.city import City

README = Path(__file__).parents[2] / "README.md"
HELP_SECONDS = 0.3


def run(*words: str | float | Path) -> Result:
    return CliRunner().invoke(cli.cli, [str(word) for word in words])


def test_help_starts_at_once_and_without_geopandas() -> None:
    code = (
        "import sys\nfrom twin.cli import cli\n"
        "try: cli(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'geopandas', 'pandas', 'numpy', 'numba', 'shapely', 'osmium'}\n"
        "print('loaded', sorted(heavy & set(sys.modules)))"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert shown.splitlines()[-1] == "loaded []"
    assert used < HELP_SECONDS


def test_every_command_stands_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    missing = [name for name in cli.cli.commands if f"| `twin {name}` |" not in text]
    assert missing == []


def test_every_command_explains_itself() -> None:
    for name, command in cli.cli.commands.items():
        shown = run(name, "--help")
        assert shown.exit_code == 0
        assert command.help
        assert command.help.splitlines()[0].endswith(".")


BAD = {
    "no-such-file": (("build", "nowhere.osm.pbf"), "nowhere.osm.pbf"),
    "a-url": (("build", "http://127.0.0.1:9/x.osm.pbf"), "127.0.0.1"),
    "a-picture": (("build", "picture.png"), "picture.png"),
    "empty-file": (("build", "empty.osm.pbf"), "empty.osm.pbf"),
    "no-twin": (("check", "nowhere.twin"), "nowhere.twin"),
    "not-a-twin": (("run", "empty.osm.pbf"), "empty.osm.pbf"),
    "no-run": (("map", "nowhere.twin"), "nowhere.twin"),
    "no-kind": (("template", "unicorns"), "unicorns"),
}


@pytest.mark.parametrize(("words", "named"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_said_in_plain_words(
    words: tuple[str, ...], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.osm.pbf").touch()
    Path("picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    shown = run(*words)
    assert shown.exit_code == cli.UNUSABLE, shown.output
    assert shown.stderr.startswith("Error: ")
    assert named in shown.stderr
    assert "Traceback" not in shown.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.osm.pbf", "picture.png"]


def test_a_known_population_is_met(tmp_path: Path) -> None:
    extract = demo.path("helsinki")
    shown = run("build", extract, "--population", 5000, "-o", tmp_path / "a.twin", "--json")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["figures"]["people"] == pytest.approx(5000.0)
    wrong = run("build", extract, "--population", -1, "-o", tmp_path / "b.twin")
    assert wrong.exit_code == cli.UNUSABLE
    assert "population" in wrong.stderr
    assert not (tmp_path / "b.twin").exists()


def test_a_place_is_read_online_under_a_name_of_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, dict[str, object]]] = []

    def from_place(name: str, *, progress: object, **given: object) -> City:
        del progress
        asked.append((name, given))
        return tiny()

    monkeypatch.setattr("twin.build.from_place", from_place)
    monkeypatch.chdir(tmp_path)
    shown = run("build", "Atlantis, Denmark", "--place", "--name", "Old Town", "--year", 2020)
    assert shown.exit_code == 0, shown.output
    assert asked == [("Atlantis, Denmark", {"year": 2020})]
    assert shown.stdout.startswith("Old Town")
    assert (tmp_path / "old-town.twin").is_dir()


def test_a_page_makes_the_folder_it_is_asked_for(tmp_path: Path) -> None:
    store.save(tiny(), tmp_path / "a.twin")
    shown = run("check", tmp_path / "a.twin", "-o", tmp_path / "new" / "page.html")
    assert shown.exit_code == 0, shown.output
    assert (tmp_path / "new" / "page.html").exists()
    (tmp_path / "file").touch()
    shown = run("check", tmp_path / "a.twin", "-o", tmp_path / "file" / "page.html")
    assert shown.exit_code == cli.UNUSABLE
    assert "Errno" not in shown.stderr


def test_a_year_before_the_base_year_is_refused(tmp_path: Path) -> None:
    store.save(tiny(), tmp_path / "a.twin")
    shown = run("run", tmp_path / "a.twin", "--year", 1700)
    assert shown.exit_code == cli.UNUSABLE
    assert "year 1700" in shown.stderr
    assert store.runs(tmp_path / "a.twin") == []


def test_attaching_tells_which_columns_were_not_used(tmp_path: Path) -> None:
    store.save(tiny(), tmp_path / "a.twin")
    key = str(tiny().buildings.index[0])
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"osm_id;year;Colour\n{key};1950;red\n", encoding="utf-8")
    shown = run("attach", tmp_path / "a.twin", sheet, "--kind", "buildings")
    assert shown.exit_code == 0, shown.output
    assert "1 matched" in shown.stdout
    assert "Columns not used: Colour." in shown.stdout


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    shown = run("--debug", "check", tmp_path / "nowhere.twin")
    assert shown.exception is not None
    assert not isinstance(shown.exception, SystemExit)


def test_an_unknown_command_is_a_usage_error() -> None:
    assert run("fly").exit_code == 2


def test_a_fault_inside_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("twin.store.open", broken)
    shown = run("check", tmp_path)
    assert shown.exit_code == cli.BROKEN
    assert "fault in twin" in shown.stderr
    assert "by nought" in shown.stderr


def test_the_catalog_speaks_json_and_schema() -> None:
    kinds = json.loads(run("catalog", "--json").stdout)
    assert {"close_street", "speed_limit", "retrofit"} <= {row["kind"] for row in kinds}
    schema = json.loads(run("catalog", "--schema").stdout)
    assert schema["type"] == "object"


def test_the_catalog_shows_the_kinds_that_are_named() -> None:
    kinds = json.loads(run("catalog", "one_way", "speed_limit", "--json").stdout)
    assert {row["kind"] for row in kinds} == {"one_way", "speed_limit"}
    shown = run("catalog", "speed_limit").stdout
    assert "speed_kph" in shown
    assert "one_way" not in shown
    strange = run("catalog", "speed_limits")
    assert strange.exit_code == cli.UNUSABLE
    assert "Did you mean 'speed_limit'" in strange.stderr
