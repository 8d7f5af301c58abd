from __future__ import annotations

import csv
import json
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from tests.layers import osm_xml
from tests.twin import rasters
from tests.twin.cities import frame
from tests.twin.test_store import crashing
from twin import (
    build,
    carry,
    change_report,
    changes,
    cli,
    comparison,
    readings,
    scenario,
    store,
    update,
)
from twin.city import TABLES, schema
from twin.mobility import bus_ways

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twin.city import City

WEST, SOUTH, STEP = 9.52, 47.14, 1e-4
"""About 7.6 m by 11.1 m in Vaduz."""

SPOTS: Mapping[int, tuple[float, float]] = {
    1: (0, 0), 2: (20, 0), 3: (40, 0), 4: (20, 20), 5: (30, 15), 6: (34, 0),
}  # fmt: skip


def node(number: int, x: float, y: float, **tags: str) -> str:
    return osm_xml.node(number, f"{WEST + x * STEP:.7f}", f"{SOUTH + y * STEP:.7f}", **tags)


def house(number: int, x: float, y: float, size: float = 2.0, **tags: str) -> str:
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    refs = [1000 * number + k for k in range(4)]
    nodes = "".join(node(ref, *corner) for ref, corner in zip(refs, corners, strict=True))
    return nodes + osm_xml.way(number, [*refs, refs[0]], **{"building": "house", **tags})


def street(number: int, *nodes: int, name: str) -> str:
    return osm_xml.way(number, nodes, highway="residential", name=name)


def village(folder: Path, newer: bool = False) -> Path:
    """A street with a side street; by 2021 another side street, one house more, one less."""
    parts = [node(number, *spot) for number, spot in SPOTS.items()]
    parts += [street(2, 2, 4, name="Gasse"), house(11, 3, 2, building__levels="2")]
    if newer:
        parts += [
            street(1, 1, 2, 6, 3, name="Dorfstrasse"), street(3, 6, 5, name="Neugasse"),
            house(22, 10, 2, name="Adler"), house(14, 36, 2),
            node(50, 5, 5, shop="bakery", name="Frick"),
        ]  # fmt: skip
    else:
        parts += [
            street(1, 1, 2, 3, name="Dorfstrasse"), house(12, 10, 2), house(13, 24, 2),
            node(50, 5, 5, shop="bakery", name="Beck"),
        ]  # fmt: skip
    return osm_xml.write(folder / ("new.osm" if newer else "old.osm"), "".join(parts))


def told(city: City) -> City:
    """What the town added: a register, meters, a point, a parameter."""
    houses = city.buildings
    for name, year in (("w11", 1950.0), ("w13", 1900.0)):
        houses.loc[name, ["year", "year_source", "year_spread"]] = [year, "register", 0.0]
    houses.loc["w12", ["dwellings", "dwellings_source", "dwellings_spread"]] = [
        3.0,
        "register",
        0.0,
    ]
    houses["meter_kwh"] = pd.Series({"w12": 18_000.0}).reindex(houses.index)
    houses["meter_kwh_source"] = pd.Series({"w12": "meter"}, dtype="str").reindex(houses.index)
    point = frame("points", ["meters:1"], geometry=[city.boundary.centroid], kind="charger",
                  quantity="power", value=11.0, unit="kW", source="meters")  # fmt: skip
    sources = city.sources
    sources.loc["meters"] = sources.loc["osm"].to_dict() | {
        "origin": "meters.csv",
        "licence": "own",
    }
    given = city.parameters
    given.loc["heat.scale"] = ["1.1", "1", "calibrated"]
    return city.replace(
        buildings=houses, points=point.set_crs(city.crs, allow_override=True), sources=sources,
        parameters=given,
    )  # fmt: skip


PLAN = """schema: scenario/1
name: village
interventions:
  - kind: close_street
    id: quiet
    where: {ids: ["w1:2-3"]}  # past the school
    start: 2025
  - kind: retrofit
    id: two-houses
    where: {ids: [w12, w13]}
    start: 2026
    package: usual
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A twin of the old village with its scenario, and both files."""
    root = tmp_path_factory.mktemp("village")
    old = build.from_osm(village(root), name="Weiler", year=2015)
    village(root, newer=True)
    store.save(told(old), root / "weiler.twin")
    scenario.parse(PLAN, told(old))
    store.save_scenario(root / "weiler.twin", "quiet", PLAN)
    return root


@pytest.fixture(scope="module")
def updated(folder: Path) -> update.Updated:
    return update.update(store.open(folder / "weiler.twin"), folder / "new.osm", year=2021)


def rows(found: comparison.Difference, table: str) -> set[tuple[Any, ...]]:
    part = found.tables[table][["change", "old_id", "new_id", "columns"]].astype(object)
    return {tuple(row) for row in part.where(part.notna(), None).to_numpy()}


def test_every_change_of_the_village_is_told(updated: update.Updated) -> None:
    found = updated.difference
    assert rows(found, "streets") == {
        ("same", "w1:1-2", "w1:1-2", ""), ("same", "w2:2-4", "w2:2-4", ""),
        ("reshaped", "w1:2-3", "w1:2-6", "geometry"), ("split", "w1:2-3", "w1:6-3", ""),
        ("new", None, "w3:6-5", ""),
    }  # fmt: skip
    assert rows(found, "buildings") == {
        ("same", "w11", "w11", ""), ("retagged", "w12", "w22", "name"), ("gone", "w13", None, ""),
        ("new", None, "w14", ""),
    }  # fmt: skip
    assert rows(found, "places") == {("retagged", "n50", "n50", "name")}
    counts = found.counts.loc["streets"]
    assert (counts["old"], counts["new"], counts["split"], counts["built"]) == (3, 5, 1, 1)


def test_values_of_the_town_go_to_the_same_house(updated: update.Updated) -> None:
    houses = updated.city.buildings
    assert houses.loc["w11", "year"] == 1950.0
    assert houses.loc["w11", "year_source"] == "register"
    assert houses.loc["w22", "dwellings"] == 3.0
    assert houses.loc["w22", "dwellings_source"] == "register"
    assert houses.loc["w22", "meter_kwh"] == 18_000.0
    assert houses.loc["w22", "meter_kwh_source"] == "meter"
    assert houses["year_source"].eq("register").sum() == 1
    assert houses["meter_kwh"].notna().sum() == 1
    carried = updated.carried.set_index(["table", "column"])
    assert carried.loc[("buildings", "year")].tolist() == [1, 1]
    assert carried.loc[("buildings", "dwellings")].tolist() == [1, 0]
    assert carried.loc[("buildings", "meter_kwh")].tolist() == [1, 0]


def test_estimates_follow_from_what_was_carried(updated: update.Updated, folder: Path) -> None:
    plain = build.from_osm(folder / "new.osm", name="Weiler", year=2021)
    assert plain.buildings.loc["w22", "dwellings"] != 3.0
    houses = updated.city.buildings
    assert houses.loc["w22", "people"] > plain.buildings.loc["w22", "people"]
    assert updated.city.zones["people"].sum() == pytest.approx(houses["people"].sum())


def test_the_new_city_is_whole_and_says_where_it_comes_from(
    updated: update.Updated, folder: Path
) -> None:
    city = updated.city
    for name in TABLES:
        assert schema(name).faults(city.table(name)) == [], name
    assert (city.name, city.year, city.country) == ("Weiler", 2021, "LI")
    assert city.points.index.tolist() == ["meters:1"]
    assert city.sources.index.tolist() == ["osm", "weather", "meters"]
    assert city.sources.loc["osm", "origin"] == "new.osm"
    assert city.parameters.loc["heat.scale", "value"] == "1.1"
    assert city.parameters.loc["update.previous", "value"].startswith("old.osm")
    again = update.update(city, folder / "new.osm", year=2021)
    assert (again.difference.counts["same"] == again.difference.counts["old"]).all()
    assert again.city.buildings["dwellings"].tolist() == city.buildings["dwellings"].tolist()


def test_twin_update_keeps_the_old_and_moves_the_scenario(folder: Path, tmp_path: Path) -> None:
    twin = tmp_path / "w.twin"
    before = store.open(folder / "weiler.twin")
    store.save(before, twin)
    store.save_scenario(twin, "quiet", PLAN)
    shown = CliRunner().invoke(
        cli.cli, ["update", str(twin), str(folder / "new.osm"), "--year", "2021", "--json"]
    )
    assert shown.exit_code == 0, shown.output
    said = json.loads(shown.stdout)
    assert store.open(twin, previous=True).digest == before.digest
    city = store.open(twin)
    assert city.year == 2021
    assert store.scenarios(twin) == ["quiet", "quiet.before"]
    assert store.scenario_file(twin, "quiet.before").read_text(encoding="utf-8") == PLAN
    text = store.scenario_file(twin, "quiet").read_text(encoding="utf-8")
    assert "# past the school" in text
    plan = scenario.parse(text, city)
    assert plan.interventions[0].where.ids == ("w1:2-6", "w1:6-3")
    assert plan.interventions[1].where.ids == ("w22",)
    (orphan,) = said["scenarios"]["quiet"]["orphans"]
    assert "w13" in orphan["reason"]
    assert "line 10" in orphan["place"]
    endings = ("html", "json", "csv", "xlsx")
    page, data, table, book = (tmp_path / f"w.changes.{end}" for end in endings)
    assert said["files"] == [str(page), str(data), str(table), str(book)]
    assert "© OpenStreetMap contributors" in page.read_text(encoding="utf-8")
    assert json.loads(data.read_text())["counts"]["buildings"]["gone"] == 1
    with table.open(encoding="utf-8-sig", newline="") as stream:
        listed = {(row["table"], row["change"], row["new_id"]) for row in csv.DictReader(stream)}
    assert ("streets", "split", "w1:6-3") in listed
    assert ("streets", "same", "w2:2-4") not in listed


def test_twin_diff_compares_files_and_twins_alike(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "d.html"
    shown = CliRunner().invoke(
        cli.cli,
        ["diff", str(folder / "old.osm"), str(folder / "new.osm"), "-o", str(out), "--json"],
    )
    assert shown.exit_code == 0, shown.output
    files = json.loads(shown.stdout)["counts"]
    mixed = comparison.compare(folder / "weiler.twin", folder / "new.osm")
    assert change_report.to_dict(mixed)["counts"] == files
    assert files["buildings"] == {"old": 3, "new": 3, "same": 1, "retagged": 1, "reshaped": 0,
                                  "merged": 0, "gone": 1, "split": 0, "built": 1}  # fmt: skip
    back = comparison.compare(folder / "new.osm", folder / "weiler.twin").counts.loc["streets"]
    assert (back["merged"], back["gone"], back["built"]) == (1, 1, 0)


BAD = {
    "missing-file": (("old.osm", "nowhere.osm"), "nowhere.osm"),
    "missing-twin": (("nowhere.twin", "new.osm"), "nowhere.twin"),
    "a-picture": (("old.osm", "picture.png"), "picture.png"),
    "empty": (("old.osm", "empty.osm"), "empty.osm"),
    "no-xml": (("broken.osm", "new.osm"), "broken.osm"),
    "no-objects": (("old.osm", "void.osm"), "void.osm"),
    "another-place": (("old.osm", "far.osm"), "shows another place"),
    "a-folder": (("old.osm", "."), "holds no twin.json"),
    "an-address": (("old.osm", "http://127.0.0.1:9/new.osm"), "127.0.0.1"),
}


@pytest.mark.parametrize("command", ["diff", "update"])
@pytest.mark.parametrize(("words", "said"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_compared_is_said_in_plain_words(
    command: str, words: tuple[str, str], said: str, folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.osm").touch()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "broken.osm").write_text("<osm><node", encoding="utf-8")
    osm_xml.write(tmp_path / "void.osm")
    text = (tmp_path / "new.osm").read_text(encoding="utf-8")
    (tmp_path / "far.osm").write_text(text.replace('lat="47.', 'lat="46.'), encoding="utf-8")
    old, new = words
    digest = store.open("weiler.twin").digest
    first = "weiler.twin" if command == "update" and old == "old.osm" else old
    before = sorted(path.name for path in tmp_path.iterdir())
    shown = CliRunner().invoke(cli.cli, [command, first, new])
    assert shown.exit_code == cli.UNUSABLE, shown.output
    assert "Traceback" not in shown.output
    if command == "diff":
        assert said in shown.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert store.open("weiler.twin").digest == digest


def everything(city: City) -> City:
    """The old village with every kind of thing that no extract yields."""
    known = told(city)
    middle, crs = city.boundary.centroid, city.crs
    station = frame("stations", ["d:1:flow", "d:2:flow"], geometry=[middle, None], station=["1", "2"],
                    quantity="flow", unit="veh/h", source="meters", grade="sensor", kind="series",
                    street=["w2:2-4", "w1:1-2"], direction=["forward", "backward"])  # fmt: skip
    zone = frame("census", ["a", "b"], geometry=[city.model_area, middle], people=[50.0, 3.0],
                 jobs=[9.0, None], source="meters").iloc[:1]  # fmt: skip
    west, _, _, north = city.model_area.bounds
    grid = rasters.grid(crs, 450.0, west, north, 20.0)
    ends = city.junctions
    ends["note"] = pd.Series({1: "seen"}).reindex(ends.index).astype("str")
    gate = frame("gateways", ["g:1", "g:2"], node=[1, 4], inward=100.0, outward=90.0, kind="count",
                 source="meters", geometry=[middle] * 2, street="w2:2-4")  # fmt: skip
    zone_id = city.zones.index[0]
    trips = frame("trips", [0, 1], origin=[zone_id, "g:1"], destination=zone_id, purpose="work",
                  trips=[12.0, 5.0], source="meters")  # fmt: skip
    given = known.parameters
    given.loc["grid.cell"] = ["10", "m", "survey"]
    lost = pd.concat([known.drops, pd.DataFrame(
        {"table": ["population", "lamps"], "reason": ["middle outside", "meters.csv: no place"],
         "count": [1, 2], "examples": ["", ""]})], ignore_index=True)  # fmt: skip
    lost.index = lost.index.astype("int64").rename("id")
    buses = known.streets.assign(**bus_ways.rights(known.streets))
    return known.replace(
        streets=buses,
        stations=station.set_crs(crs, allow_override=True), junctions=ends, parameters=given,
        census=zone.set_crs(crs, allow_override=True), grid=grid, drops=lost,
        gateways=gate.set_crs(crs, allow_override=True), trips=trips,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[City, update.Updated]:
    root = tmp_path_factory.mktemp("whole")
    old = everything(build.from_osm(village(root), name="Weiler", year=2015))
    return old, update.update(old, village(root, newer=True), year=2021)


def test_everything_that_no_extract_yields_comes_along(whole: tuple[City, update.Updated]) -> None:
    old, done = whole
    new = done.city
    assert new.census["people"].tolist() == [50.0]
    assert new.buildings["people"].sum() == pytest.approx(50.0)
    assert set(new.buildings["people_source"]) == {"census"}
    assert new.stations["street"].tolist() == ["w2:2-4", "w1:1-2"]
    assert new.stations["inside"].tolist()[0]
    np.testing.assert_array_equal(new.grid["elevation"], old.grid["elevation"])
    assert new.parameters.loc["grid.cell", "value"] == "10"
    for name in ("model_area.buffer", "country", "crs"):
        assert new.parameters.loc[name].tolist() == old.parameters.loc[name].tolist()
    assert {"middle outside", "meters.csv: no place"} <= set(new.drops["reason"])
    assert new.gateways["node"].tolist() == [1, 4]
    assert new.trips["trips"].sum() == 17.0
    # How buses may drive is a matter of the map: on new streets too.
    for name, column in bus_ways.rights(new.streets).items():
        pd.testing.assert_series_equal(new.streets[name], column, check_names=False)
    assert new.streets.loc[~new.streets.index.isin(old.streets.index), "bus_forward"].notna().any()
    assert set(new.trips["origin"]) - {"g:1"} <= set(new.zones.index)


def test_what_cannot_come_along_is_named(whole: tuple[City, update.Updated]) -> None:
    _, done = whole
    assert done.left == ("junctions.note",)
    assert "Not carried over: junctions.note." in done.difference.notes
    assert any(note.startswith("50 of 50 people in buildings") for note in done.difference.notes)


def test_everything_is_found_missing_where_nothing_was_carried(
    whole: tuple[City, update.Updated],
) -> None:
    old, _ = whole
    bare = old.replace(**{name: old.table(name).iloc[:0] for name in ("stations", "census")},
                       grid=xr.Dataset(), sources=old.sources.drop(index="meters"),
                       parameters=old.parameters.drop(index="grid.cell"),
                       buildings=old.buildings.drop(columns="meter_kwh"))  # fmt: skip
    assert set(carry.left_behind(old, bare)) == {
        "buildings.meter_kwh", "census (1 rows)", "stations (2 rows)", "parameters.grid.cell",
        "sources.meters", "grid.elevation",
    }  # fmt: skip
    assert carry.left_behind(old, old) == []


def test_a_count_keeps_its_direction_on_a_street_drawn_the_other_way() -> None:
    index = pd.Index(["s:1", "s:2", "s:3", "s:4"], dtype="str", name="id")
    stations = pd.DataFrame({"street": ["w1:1-2", "w2:2-4", "w1:1-2", None],
                             "direction": ["forward", "backward", "both", None]},
                            index=index, dtype="str")  # fmt: skip
    heirs = pd.DataFrame({"old_id": ["w1:1-2", "w2:2-4"], "main": True, "turned": [True, False]})
    found = carry.directions(stations, heirs)["direction"].fillna("-").tolist()
    assert found == ["backward", "backward", "both", "-"]


def test_zones_follow_by_place_and_not_by_name() -> None:
    index = pd.Index(["z0_0", "z0_1", "z9_9"], dtype="str", name="id")
    cells = [
        shapely.box(0, 0, 100, 100),
        shapely.box(100, 0, 200, 100),
        shapely.box(900, 0, 999, 9),
    ]
    old = gpd.GeoDataFrame(geometry=cells, index=index, crs="EPSG:25832")
    big = [shapely.box(200, 0, 400, 200), shapely.box(0, 0, 200, 200)]
    new = gpd.GeoDataFrame(geometry=big, index=index[:2], crs="EPSG:25832")
    assert carry.zones(old, new, 100.0).to_dict() == {"z0_0": "z0_1", "z0_1": "z0_1"}


def test_readings_stay_in_the_twin(folder: Path, tmp_path: Path) -> None:
    twin = tmp_path / "w.twin"
    shutil.copytree(folder / "weiler.twin", twin)
    with readings.open(twin):
        before = store.open(twin)
    assert before.readings is not None
    after = update.update(before, folder / "new.osm", year=2021)
    assert after.city.readings is before.readings


def test_a_crash_at_any_step_leaves_city_and_scenarios_of_one_extract(
    folder: Path, tmp_path: Path
) -> None:
    old = store.open(folder / "weiler.twin")
    done = update.update(old, folder / "new.osm", year=2021)
    texts, _ = update.scenarios(folder / "weiler.twin", done.difference)
    assert set(texts) == {"quiet", "quiet.before"}
    pairs = set()
    for countdown in range(1000):
        twin = tmp_path / f"{countdown}.twin"
        shutil.copytree(folder / "weiler.twin", twin)
        finished = False
        with pytest.MonkeyPatch.context() as patch:
            crashing(patch, countdown)
            with suppress(KeyboardInterrupt):
                store.save(done.city, twin, scenarios=texts)
                finished = True
        city = store.open(twin)
        text = store.scenario_file(twin, "quiet").read_text(encoding="utf-8")
        pairs.add((city.year, "w1:2-6" in text, store.scenarios(twin) == ["quiet", "quiet.before"]))
        shutil.rmtree(twin)
        if finished:
            break
    assert pairs == {(2015, False, False), (2021, True, True)}


def test_a_plan_outside_the_twin_follows_too(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "weiler.twin", tmp_path / "w.twin")
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    words = ["update", str(tmp_path / "w.twin"), str(folder / "new.osm"), "--plan", str(plan)]
    bad = CliRunner().invoke(cli.cli, [*words, "--plan", str(tmp_path / "none.yaml")])
    assert bad.exit_code == cli.UNUSABLE
    assert plan.read_text(encoding="utf-8") == PLAN
    shown = CliRunner().invoke(cli.cli, [*words, "--year", "2021"])
    assert shown.exit_code == 0, shown.output
    assert "'w13': nothing in the new extract follows it" in shown.stdout
    assert (tmp_path / "plan.before.yaml").read_text(encoding="utf-8") == PLAN
    assert not (tmp_path / "plan.after.yaml").exists()
    found = scenario.read(plan, store.open(tmp_path / "w.twin"))
    assert found.interventions[0].where.ids == ("w1:2-6", "w1:6-3")


def test_a_plan_outside_keeps_both_texts_until_the_city_is_saved(
    folder: Path, tmp_path: Path, updated: update.Updated
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    followed = update.plan(plan, updated.difference)
    assert plan.read_text(encoding="utf-8") == PLAN
    assert (tmp_path / "plan.after.yaml").read_text(encoding="utf-8") == followed.text
    update.exchange(plan)
    update.exchange(plan)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.before.yaml", "plan.yaml"]
    assert plan.read_text(encoding="utf-8") == followed.text


def test_an_older_file_is_told(folder: Path) -> None:
    city = store.open(folder / "weiler.twin")
    sources = city.sources
    sources.loc["osm", "reference_date"] = "2019-01-01"
    newer = city.replace(sources=sources)
    sources.loc["osm", "reference_date"] = "2015-01-01"
    assert update._warnings(newer, city.replace(sources=sources)) == [
        "The newer file describes 2015-01-01, which is before 2019-01-01."
    ]
    assert update._warnings(city.replace(sources=sources), newer) == []


def test_references_follow_and_lost_ones_are_counted() -> None:
    stops = _stops()
    follow = {"streets": pd.Series({"w1:1-2": "w9:1-2"}, dtype="str"),
              "buildings": pd.Series([], dtype="str")}  # fmt: skip
    moved, counts = carry.references("transit_stops", stops, follow)
    assert moved["street"].fillna("-").tolist() == ["w9:1-2", "-", "-"]
    assert counts == [{"table": "transit_stops", "column": "street", "carried": 1, "lost": 1}]


def _stops() -> pd.DataFrame:
    index = pd.Index(["f:1", "f:2", "f:3"], dtype="str", name="id")
    return pd.DataFrame({"street": pd.Series(["w1:1-2", "w1:2-3", None], index, dtype="str")})


GRADES = st.sampled_from(["osm", "register", "meter", "survey", "typology", "default"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(grades=st.lists(GRADES, min_size=6, max_size=6), follow=st.permutations(range(6)),
       kept=st.integers(0, 6))  # fmt: skip
def test_no_value_of_the_town_is_lost_in_silence(
    grades: list[str], follow: list[int], kept: int
) -> None:
    old = _table([f"w{k}" for k in range(6)], np.arange(6.0) + 1900, grades)
    new = _table([f"w{k}" for k in range(10, 16)], np.full(6, 2000.0), ["osm"] * 6)
    pairs = pd.DataFrame({"old_id": [f"w{k}" for k in follow[:kept]],
                          "new_id": [f"w{10 + k}" for k in range(kept)], "main": True})  # fmt: skip
    done, counts = carry.values("buildings", new, old, pairs)
    town = sum(grade in carry.GRADES for grade in grades)
    assert sum(int(row["carried"]) + int(row["lost"]) for row in counts) == town
    there = [grades[k] in carry.GRADES for k in follow[:kept]]
    assert done["year_source"].isin(carry.GRADES).sum() == sum(there)
    for position, (one, ours) in enumerate(zip(follow, there, strict=False)):
        assert done["year"].iloc[position] == (1900 + one if ours else 2000)


def _table(ids: list[str], years: np.ndarray, grades: list[str]) -> Any:
    index = pd.Index(ids, dtype="str", name="id")
    return pd.DataFrame({"year": years, "year_source": pd.Series(grades, index, dtype="str"),
                         "year_spread": 0.0}, index=index)  # fmt: skip


@pytest.mark.data
def test_liechtenstein_grows_and_every_object_is_accounted_for(data_dir: Path) -> None:
    found = comparison.compare(
        data_dir / "osm" / "liechtenstein-2013-08-03.osm.pbf",
        data_dir / "osm" / "liechtenstein-2015-07.osm.pbf",
    )
    counts = found.counts
    assert counts.loc["buildings", ["old", "new"]].tolist() == [3723, 8993]
    told = counts[["same", "retagged", "reshaped", "merged", "gone"]].sum(axis=1)
    assert (told == counts["old"]).all()
    told = counts[["same", "retagged", "reshaped", "split", "built"]].sum(axis=1)
    assert (told == counts["new"]).all()
    for name, frame_ in found.tables.items():
        assert frame_.loc[frame_["change"].isin(changes.OF_OLD), "old_id"].is_unique, name
        assert frame_.loc[frame_["change"].isin(changes.OF_NEW), "new_id"].is_unique, name
    # The ids of 2013 were given anew in this file: only place can tell that a house still stands.
    assert not (found.tables["buildings"]["how"] == "id").any()
    assert counts.loc["buildings", "gone"] < 0.02 * counts.loc["buildings", "old"]
    assert counts.loc["streets", "gone"] < 0.05 * counts.loc["streets", "old"]
    assert any("given anew" in note for note in found.notes)


def test_files_of_two_places_are_refused(tmp_path: Path) -> None:
    village(tmp_path)
    text = village(tmp_path, newer=True).read_text(encoding="utf-8").replace("47.", "46.")
    (tmp_path / "far.osm").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"far\.osm: shows another place than old\.osm"):
        comparison.compare(tmp_path / "old.osm", tmp_path / "far.osm")
