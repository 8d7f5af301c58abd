"""Store: what was saved comes back; a crash, a stranger's file or two writers never harm it."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InputError
from tests.twin.cities import tiny
from tests.twin.rasters import climate, grid
from twin import arrays, folder, manifest, parts, store
from twin import city as city_module
from twin.arrays import ARRAYS
from twin.city import TABLES, City
from twin.errors import StoreError
from twin.ledger import COLUMNS, Ledger
from twin.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Event

LILLEBY = tiny()  # made at import, so that the fork server makes it once for all writers
ADVICE = ("again", "backup", "Name", "Update", "Use", "Check", "Wait", "new")


def dated(year: int) -> City:
    """Lilleby in a year that two of its tables, its grid and its facts carry."""
    parameters = tiny().parameters.assign(value=str(year))
    buildings = tiny().buildings.assign(year=float(year))
    return tiny().replace(
        year=year,
        parameters=parameters,
        buildings=buildings,
        grid=grid(tiny().crs, height=float(year)),
    )


def years(path: Path, **which: Any) -> set[float]:
    """Every year that the kept dated City speaks of; one if it is whole, each part checked."""
    city = store.open(path, **which)
    if not which:
        found = manifest.read(path / "twin.json", TABLES).parts
        for table, entry in found.items():
            if table in {"parameters", "buildings"} or city.parts[table].digest != entry.digest:
                continue  # read below, or the next generation is there already
            content = (path / "layers" / manifest.part_file(table, entry.digest)).read_bytes()
            assert folder.digest(content) == entry.sha256
    return {
        city.year,
        *city.parameters["value"].astype(float),
        *city.buildings["year"],
        *np.unique(city.grid["elevation"]),
    }


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "lilleby.twin"
    store.save(tiny(), path)
    return path


@pytest.fixture
def saved(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "lilleby.twin"))


def test_what_was_saved_comes_back(saved: Path) -> None:
    city = store.open(saved)
    assert city == tiny()
    for name in TABLES:
        pd.testing.assert_frame_equal(city.table(name), tiny().table(name))
        assert city_module.digest(city.table(name)) == tiny().parts[name].digest
    assert city.boundary.equals_exact(tiny().boundary, 0)


def test_missing_values_and_empty_tables_come_back(tmp_path: Path) -> None:
    odd = tiny().buildings.assign(name=["æ'\"\n", "", *[None] * 10])
    odd["name"] = odd["name"].astype("str")
    city = tiny().replace(buildings=odd, trees=tiny().trees.iloc[:0], lamps=tiny().lamps.iloc[:0])
    store.save(city, tmp_path / "x.twin")
    again = store.open(tmp_path / "x.twin")
    assert again == city
    assert city_module.digest(again.buildings) == city.parts["buildings"].digest


def test_parts_are_geoparquet_with_zstd_and_bbox_covering(saved: Path) -> None:
    (path,) = (saved / "layers").glob("streets-*.parquet")
    file = pq.ParquetFile(path)
    geo = json.loads(file.metadata.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert set(geo["columns"]["geometry"]["covering"]) == {"bbox"}
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_manifest_names_the_place_the_licences_and_the_inputs(saved: Path) -> None:
    raw = json.loads((saved / "twin.json").read_text(encoding="utf-8"))
    assert raw["generation"] == 1
    west, south, east, north = raw["bbox"]
    assert (12.3 < west < east < 12.4, 55.6 < south < north < 55.7) == (True, True)
    assert raw["licences"] == ["CC-BY-4.0", "ODbL-1.0"]
    assert raw["inputs"]["osm"] == "0" * 64
    assert str(Path.home()) not in (saved / "twin.json").read_text(encoding="utf-8")


def test_opening_reads_no_table_until_it_is_used(saved: Path) -> None:
    for path in (saved / "layers").glob("buildings-*"):
        path.unlink()
    city = store.open(saved)
    assert city == tiny()
    assert len(city.streets) == 17
    with pytest.raises(StoreError, match="is gone"):
        _ = city.buildings


def test_a_second_save_writes_only_what_changed(saved: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (saved / "layers").iterdir()}
    store.save(store.open(saved).replace(lamps=tiny().lamps.iloc[:1]), saved)
    after = {path.name: path.stat().st_mtime_ns for path in (saved / "layers").iterdir()}
    assert before.items() < after.items()
    assert [name.split("-")[0] for name in set(after) - set(before)] == ["lamps"]


def test_saving_the_same_again_changes_nothing(saved: Path) -> None:
    text = (saved / "twin.json").read_bytes()
    store.save(tiny(), saved)
    assert (saved / "twin.json").read_bytes() == text


def test_the_generation_before_is_kept_and_older_ones_go_later(tmp_path: Path) -> None:
    path = tmp_path / "x.twin"
    for year in (2021, 2022, 2023):
        store.save(dated(year), path)
    assert years(path) == {2023}
    assert years(path, previous=True) == {2022}
    held = len(list((path / "layers").glob("buildings-*")))
    store.save(dated(2024), path, grace=0.0)
    assert held == 3
    assert len(list((path / "layers").glob("buildings-*"))) == 2
    assert years(path) == {2024}
    assert years(path, previous=True) == {2023}


def test_a_damaged_part_is_healed_by_saving_again(saved: Path) -> None:
    (path,) = (saved / "layers").glob("lamps-*")
    path.write_bytes(b"broken")
    with pytest.raises(StoreError, match="not what was saved"):
        _ = store.open(saved).lamps
    store.save(tiny(), saved)
    assert len(store.open(saved).lamps) == 2


def test_leftovers_of_a_dead_writer_are_swept(saved: Path) -> None:
    left = [saved / ".twin.json.ab12.tmp", saved / "layers" / ".lamps-0.parquet.cd34.tmp"]
    for path in left:
        path.write_bytes(b"half")
    (saved / "runs" / ".r1.ef56.tmp").mkdir(parents=True)
    store.save(dated(2030), saved)
    assert not any(path.exists() for path in left)
    assert store.runs(saved) == []
    assert not list((saved / "runs").iterdir())


# Arrays.


def measured() -> City:
    return tiny().replace(grid=grid(tiny().crs), climate=climate())


def test_arrays_come_back_to_the_last_bit_and_are_opened_lazily(tmp_path: Path) -> None:
    store.save(measured(), tmp_path / "x.twin")
    again = store.open(tmp_path / "x.twin")
    assert again == measured()
    for name in ARRAYS:
        xr.testing.assert_identical(again.array(name), measured().array(name))
        assert arrays.digest(again.array(name)) == measured().arrays[name].digest
    shutil.rmtree(next((tmp_path / "x.twin/arrays").glob("climate-*")))
    later = store.open(tmp_path / "x.twin")
    assert later.grid["elevation"].attrs["units"] == "m"
    with pytest.raises(StoreError, match="is gone"):
        _ = later.climate


def test_an_array_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "x.twin"
    store.save(measured(), path)
    before = {file: file.stat().st_mtime_ns for file in (path / "arrays").rglob("*")}
    store.save(store.open(path).replace(year=2030), path)
    store.save(tiny(), path)
    store.save(measured(), path)
    assert {file: file.stat().st_mtime_ns for file in (path / "arrays").rglob("*")} == before


def test_arrays_that_no_kept_generation_needs_go_later(tmp_path: Path) -> None:
    path = tmp_path / "x.twin"
    for year in (2021, 2022, 2023):
        store.save(dated(year), path)
    held = len(list((path / "arrays").iterdir()))
    store.save(tiny(), path, grace=0.0)
    assert held == 3
    assert len(list((path / "arrays").iterdir())) == 1
    assert years(path, previous=True) == {2023}
    assert not store.open(path).grid.variables


def test_a_damaged_array_is_healed_by_saving_again(tmp_path: Path) -> None:
    path = tmp_path / "x.twin"
    store.save(measured(), path)
    (file,) = (path / "arrays").glob("grid-*/elevation/zarr.json")
    file.write_bytes(b"broken")
    with pytest.raises(StoreError, match="not what was saved"):
        _ = store.open(path).grid
    store.save(measured(), path)
    assert store.open(path).grid.sizes == {"y": 3, "x": 4}


def test_a_twin_of_the_first_format_opens_and_is_saved_in_the_present_one(saved: Path) -> None:
    raw = json.loads((saved / "twin.json").read_text(encoding="utf-8"))
    del raw["arrays"]
    (saved / "twin.json").write_text(json.dumps(raw | {"version": 1}), encoding="utf-8")
    assert store.open(saved) == tiny()
    store.save(measured(), saved)
    assert store.open(saved) == measured()


# A crash at any point.


def interrupt() -> None:
    raise KeyboardInterrupt


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crashing(
    monkeypatch: pytest.MonkeyPatch, countdown: int, end: Callable[[], None] = interrupt
) -> list[str]:
    """Let the n-th step of file work end; steps are counted in the list that is returned."""
    steps: list[str] = []

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            steps.append(name)
            if len(steps) > countdown:
                end()
            return real(*args, **kwargs)

        return step

    monkeypatch.setattr(os, "fsync", watched("fsync", os.fsync))
    monkeypatch.setattr(Path, "replace", watched("replace", Path.replace))
    monkeypatch.setattr(Path, "rename", watched("rename", Path.rename))
    monkeypatch.setattr(folder, "remove", watched("remove", folder.remove))
    return steps


def test_a_crash_before_any_single_step_leaves_a_whole_twin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.twin"
    store.save(dated(2020), path)
    seen = []
    for countdown in range(1000):
        with monkeypatch.context() as patch:
            crashing(patch, countdown)
            try:
                store.save(dated(2021 + countdown), path, grace=0.0)
                finished = True
            except KeyboardInterrupt:
                finished = False
        found = years(path)
        assert len(found) == 1
        seen.append(int(found.pop()))
        if finished:
            break
    assert finished
    assert countdown > 10
    assert seen[-1] == 2021 + countdown
    assert all(before <= after for before, after in pairwise(seen))


def test_a_crash_while_a_run_is_kept_leaves_no_run(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for countdown in range(1000):
        with monkeypatch.context() as patch:
            crashing(patch, countdown)
            try:
                store.save_run(saved, "r1", result())
                break
            except KeyboardInterrupt:
                pass
        kept = store.runs(saved)
        if kept:
            break
        assert not (saved / "runs" / "r1").exists()
    assert countdown > 5
    assert store.open_run(saved, "r1").record["year"] == 2024


def write_on(path: str, first: int, begun: Event, stop: Event) -> None:
    for year in range(first, 2090):
        store.save(dated(year), path, grace=3.0)
        begun.set()
        if stop.is_set():
            return


@pytest.fixture(scope="module")
def processes() -> multiprocessing.context.ForkServerContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        pytest.skip("needs a fork server to start many writers quickly")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.twin.test_store"])
    return context


def test_a_killed_writer_leaves_a_whole_twin(
    tmp_path: Path, processes: multiprocessing.context.ForkServerContext
) -> None:
    path = tmp_path / "x.twin"
    store.save(dated(2000), path)
    moments = random.Random(7)
    generations = [store_generation(path)]
    for number in range(10):
        begun, stop = processes.Event(), processes.Event()
        process = processes.Process(
            target=write_on, args=(str(path), 1000 + 40 * number, begun, stop)
        )
        process.start()
        assert begun.wait(60)
        time.sleep(moments.uniform(0.0, 0.1))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        process.close()
        assert len(years(path)) == 1
        generations.append(store_generation(path))
    assert all(before < after for before, after in pairwise(generations))
    store.save(dated(2001), path, wait=0.0)
    assert years(path) == {2001}


def save_killed(path: str, year: int, countdown: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        crashing(patch, countdown, kill_self)
        store.save(dated(year), path)


def test_a_writer_killed_at_any_step_leaves_a_whole_twin(
    tmp_path: Path, processes: multiprocessing.context.ForkServerContext
) -> None:
    path = tmp_path / "x.twin"
    store.save(dated(2000), path)
    halves = 0
    for countdown in range(200):
        process = processes.Process(
            target=save_killed, args=(str(path), 2001 + countdown % 50, countdown)
        )
        process.start()
        process.join()
        done = process.exitcode == 0
        assert done or process.exitcode == -signal.SIGKILL
        process.close()
        halves += len(list(path.rglob("*.tmp")))
        assert len(years(path)) == 1
        if done:
            break
    assert done
    assert countdown > 5
    assert halves > 0, "no writer was killed while it wrote"
    assert years(path) == {2001 + countdown % 50}


def store_generation(path: Path) -> int:
    return manifest.read(path / "twin.json", TABLES).generation


def test_readers_see_one_whole_version_while_two_writers_work(
    tmp_path: Path, processes: multiprocessing.context.ForkServerContext
) -> None:
    path = tmp_path / "x.twin"
    store.save(dated(1999), path)
    begun, stop = processes.Event(), processes.Event()
    writers = [
        processes.Process(target=write_on, args=(str(path), first, begun, stop))
        for first in (1000, 1500)
    ]
    for process in writers:
        process.start()
    assert begun.wait(60)
    seen = set()
    for _ in range(15):
        found = years(path)
        assert len(found) == 1
        seen |= found
    stop.set()
    for process in writers:
        process.join()
        assert process.exitcode == 0
        process.close()
    assert len(seen) > 3
    assert any(year < 1500 for year in seen)
    assert any(year >= 1500 for year in seen)


def test_a_second_writer_is_told_to_wait(saved: Path) -> None:
    with folder.writer(saved, 0.0), pytest.raises(StoreError, match="another program is writing"):
        store.save(dated(2030), saved, wait=0.05)
    store.save(dated(2030), saved, wait=0.05)


def test_a_lock_file_alone_stops_nobody(saved: Path) -> None:
    (saved / "twin.lock").write_bytes(b"")
    store.save(dated(2030), saved, wait=0.0)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_opens_and_refuses_to_be_saved(saved: Path) -> None:
    saved.chmod(0o500)
    try:
        assert len(store.open(saved).buildings) == 12
        with pytest.raises(StoreError, match="Permission denied"):
            store.save(dated(2030), saved)
    finally:
        saved.chmod(0o700)


def test_a_full_disk_leaves_the_old_twin(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match=r"No space left on device.*free space"):
            store.save(dated(2030), saved)
    assert store.open(saved) == tiny()


# Bad input.


def edit(change: dict[str, Any]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        raw = json.loads((path / "twin.json").read_text(encoding="utf-8"))
        for dotted, value in change.items():
            place = raw
            *above, key = dotted.split(".")
            for name in above:
                place = place[name]
            place[key] = value
        (path / "twin.json").write_text(json.dumps(raw), encoding="utf-8")

    return damage


def text(content: bytes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        (path / "twin.json").write_bytes(content)

    return damage


def in_layers(pattern: str, content: bytes | None) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        for file in (path / "layers").glob(pattern):
            file.unlink() if content is None else file.write_bytes(content)

    return damage


def foreign_table(path: Path) -> None:
    raw = json.loads((path / "twin.json").read_text(encoding="utf-8"))
    raw["parts"]["../x"] = raw["parts"]["lamps"]
    (path / "twin.json").write_text(json.dumps(raw), encoding="utf-8")


def swap(path: Path) -> None:
    (lamps,), (trees,) = ((path / "layers").glob(f"{name}-*") for name in ("lamps", "trees"))
    lamps.write_bytes(trees.read_bytes())


def signed(path: Path, content: bytes) -> None:
    """Put a file of a stranger in the place of the lamps and sign it in the manifest."""
    (file,) = (path / "layers").glob("lamps-*")
    file.write_bytes(content)
    edit({"parts.lamps.sha256": folder.digest(content)})(path)


def signed_table(path: Path) -> None:
    (trees,) = (path / "layers").glob("trees-*")
    signed(path, trees.read_bytes())


BAD = [
    pytest.param(lambda path: (path / "twin.json").unlink(), "no twin.json", id="no manifest"),
    pytest.param(text(b""), "not JSON", id="empty"),
    pytest.param(text(b'{"format": "netzero'), "not JSON", id="cut off"),
    pytest.param(text(b"\xff\xfe\x00"), "not JSON", id="binary"),
    pytest.param(text(b"[" * 100_000), "not JSON", id="deep"),
    pytest.param(text(b"[1]"), "not a JSON object", id="a list"),
    pytest.param(text(b'{"format": "netzero-twin", "version": NaN}'), "NaN", id="NaN"),
    pytest.param(text(b'{"type": "FeatureCollection"}'), "not written by", id="foreign"),
    pytest.param(edit({"version": 99}), "format 99.*pip install", id="newer"),
    pytest.param(edit({"version": 0}), "never released", id="older than all"),
    pytest.param(edit({"version": "1"}), "not written by", id="version as text"),
    pytest.param(edit({"city.year": "2024"}), "city.year", id="year as text"),
    pytest.param(edit({"city.crs": "+proj=merc"}), "city.crs", id="odd crs"),
    pytest.param(edit({"city.boundary": "00"}), "city.boundary", id="boundary"),
    pytest.param(edit({"city.year": 2099}), "its own digest", id="year forged"),
    pytest.param(edit({"extra": 1}), "extra", id="unknown key"),
    pytest.param(
        edit({"parts.lamps.digest": "../../../../etc/passwd"}), "parts.lamps.digest", id="traversal"
    ),
    pytest.param(foreign_table, "names ../x, no table", id="table that leaves"),
    pytest.param(in_layers("lamps-*", None), "is gone", id="part gone"),
    pytest.param(in_layers("lamps-*", b""), "not what was saved", id="part empty"),
    pytest.param(in_layers("lamps-*", b"PAR1" * 9), "not what was saved", id="part damaged"),
    pytest.param(swap, "not what was saved", id="part exchanged"),
    pytest.param(lambda path: signed(path, b"PAR1xx"), "not a table of ours", id="not Parquet"),
    pytest.param(signed_table, "column lamp_type: is missing", id="another table"),
]


@pytest.mark.parametrize(("damage", "words"), BAD)
def test_a_damaged_or_foreign_folder_is_refused_with_advice(
    saved: Path, damage: Callable[[Path], None], words: str
) -> None:
    damage(saved)
    with pytest.raises(StoreError, match=words) as caught:
        _ = store.open(saved).lamps
    assert all(any(word in fault.advice for word in ADVICE) for fault in caught.value.faults)


def test_all_faults_of_a_manifest_are_reported_at_once(saved: Path) -> None:
    edit({"generation": 0, "city.year": None, "parts.lamps.rows": -1})(saved)
    with pytest.raises(StoreError) as caught:
        store.open(saved)
    assert len(caught.value.faults) == 3


def test_a_manifest_that_is_too_large_is_not_read(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "MAX_JSON", 100)
    with pytest.raises(StoreError, match="larger than 100 bytes"):
        store.open(saved)


def test_a_table_that_unpacks_to_too_much_is_not_unpacked(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MAX_TABLE", 100)
    with pytest.raises(StoreError, match="unpacks to"):
        _ = store.open(saved).lamps


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: None, "is not a folder", id="nothing"),
        pytest.param(lambda path: path.write_text("x"), "is not a folder", id="a file"),
        pytest.param(lambda path: path.mkdir(), "no twin.json", id="empty folder"),
    ],
)
def test_what_is_no_twin_does_not_open(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    make(tmp_path / "x")
    with pytest.raises(StoreError, match=words):
        store.open(tmp_path / "x")


def holds_photos(path: Path) -> None:
    path.mkdir()
    (path / "holiday.jpg").write_bytes(b"x")


def holds_link(path: Path) -> None:
    path.mkdir()
    (path / "layers").symlink_to(path.parent, target_is_directory=True)


def newer(path: Path) -> None:
    store.save(tiny(), path)
    edit({"version": 99})(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: path.write_text("x"), "File exists", id="a file"),
        pytest.param(holds_photos, "holds other files", id="another folder"),
        pytest.param(holds_link, "link out of the folder", id="link"),
        pytest.param(newer, "format 99", id="newer twin"),
    ],
)
def test_saving_never_writes_over_something_else(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "x"
    make(path)
    before = sorted(str(file) for file in tmp_path.rglob("*"))
    with pytest.raises(StoreError, match=words):
        store.save(dated(2030), path)
    left = sorted(str(file) for file in tmp_path.rglob("*") if file.name != "twin.lock")
    assert left == [file for file in before if not file.endswith("twin.lock")]


def test_a_city_with_unstorable_facts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"crs"):
        store.save(City(**facts() | {"crs": "local"}), tmp_path / "x.twin")
    with pytest.raises(StoreError, match=r"no twin\.json"):
        store.open(tmp_path / "x.twin")


def facts() -> dict[str, Any]:
    city = tiny()
    names = ["name", "crs", "year", "country", "timezone", "boundary", "model_area", "parts"]
    return {name: getattr(city, name) for name in names}


def test_a_column_that_parquet_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="bbox"):
        store.save(tiny().replace(lamps=tiny().lamps.assign(bbox=1.0)), tmp_path / "x.twin")


def test_an_older_format_is_upgraded_step_by_step(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(raw: dict[str, Any]) -> dict[str, Any]:
        return {("city" if key == "place" else key): value for key, value in raw.items()}

    raw = json.loads((saved / "twin.json").read_text(encoding="utf-8"))
    raw["place"] = raw.pop("city")
    raw["version"] = 0
    (saved / "twin.json").write_text(json.dumps(raw), encoding="utf-8")
    monkeypatch.setitem(manifest.UPGRADES, 0, rename)
    assert store.open(saved) == tiny()


def test_a_twin_from_before_a_table_was_invented_has_it_empty(saved: Path) -> None:
    raw = json.loads((saved / "twin.json").read_text(encoding="utf-8"))
    del raw["parts"]["points"]
    (saved / "twin.json").write_text(json.dumps(raw), encoding="utf-8")
    assert len(store.open(saved).points) == 0


# Names.


@pytest.mark.parametrize("good", ["a", "r1", "2030-plan_b.v2", "a" * 64])
def test_good_names(good: str) -> None:
    assert folder.name(good, "run") == good


@pytest.mark.parametrize(
    "bad",
    ["", ".", "..", "../x", "/etc", "a/b", "a\\b", "A", "ä", "a b", "a\n", "-a", ".a", "a" * 65,
     "a.", "con", "nul.txt", "com1", "c:x", "a\0"],
)  # fmt: skip
def test_bad_names_are_refused_everywhere(saved: Path, bad: str) -> None:
    for use in (
        lambda: store.save_run(saved, bad, result()),
        lambda: store.open_run(saved, bad),
        lambda: store.open(saved, run=bad),
        lambda: store.scenario_file(saved, bad),
        lambda: store.save_run(saved, "fine", result(), inputs={bad: "x"}),
    ):
        with pytest.raises(StoreError, match="not a usable name"):
            use()
    assert store.runs(saved) == []


@given(st.text())
def test_a_name_never_leaves_its_folder(text: str) -> None:
    root = Path("/twins/x.twin")
    try:
        path = store.scenario_file(root, text)
    except StoreError:
        return
    assert path.parent == root / "scenarios"
    assert path.name == f"{text}.yaml"


# Runs and scenarios.


def result(year: int = 2024) -> Result:
    rows = pd.DataFrame({name: [None] * 3 for name in COLUMNS}).assign(
        object_id=["w1001", "w1002", "w1002"],
        layer="buildings",
        year=year,
        kind="activity",
        unit="kWh",
        activity=[0.1, 0.2, 0.3],
        tco2e=[1e-17, 1.0, np.nan],
    )
    frame = pd.DataFrame({"co2": [1.5, np.nan]}, index=pd.Index(["w1001", "w1002"], name="id"))
    record = {
        "year": np.int64(year),
        "gap": float("nan"),
        "limits": ("no wind",),
        "deep": {"a": np.float64(1.5)},
    }
    return Result({"buildings": frame}, Ledger(rows), record)


def test_a_run_of_the_first_format_opens(saved: Path) -> None:
    store.save_run(saved, "r1", result())
    written = saved / "runs" / "r1" / "run.json"
    raw = json.loads(written.read_text(encoding="utf-8"))
    written.write_text(json.dumps(raw | {"version": 1}), encoding="utf-8")
    pd.testing.assert_frame_equal(store.open_run(saved, "r1").totals, result().totals)


def test_a_run_comes_back(saved: Path) -> None:
    store.save_run(saved, "r1", result(), inputs={"scenario.yaml": "version: 1\n"})
    again = store.open_run(saved, "r1")
    pd.testing.assert_frame_equal(again.frames["buildings"], result().frames["buildings"])
    pd.testing.assert_frame_equal(again.ledger.rows, result().ledger.rows)
    pd.testing.assert_frame_equal(again.totals, result().totals)
    assert dict(again.record) == {
        "year": 2024, "gap": None, "limits": ["no wind"], "deep": {"a": 1.5},
    }  # fmt: skip
    assert (saved / "runs/r1/inputs/scenario.yaml").read_text(encoding="utf-8") == "version: 1\n"
    assert store.runs(saved) == ["r1"]


def test_what_a_run_tells_of_the_whole_place_comes_back(saved: Path) -> None:
    load = pd.DataFrame({"series": pd.Categorical(["heat", "heat"]), "power": [1.5, 2.5]})
    store.save_run(saved, "r1", dataclasses.replace(result(), tables={"hourly_load": load}))
    again = store.open_run(saved, "r1")
    pd.testing.assert_frame_equal(again.tables["hourly_load"], load)
    assert dict((again - result()).tables) == {}


def test_a_run_never_changes(saved: Path) -> None:
    store.save_run(saved, "r1", result())
    assert store.save_run(saved, "r1", result(2030)) == "r1.2"
    assert store.save_run(saved, "r0", result(2040)) == "r0"
    assert store.save_run(saved, "r1", result(2050)) == "r1.3"
    assert store.open_run(saved, "r1").record["year"] == 2024
    assert store.runs(saved) == ["r1", "r1.2", "r0", "r1.3"]
    assert store.open_run(saved, "r1.3").record["year"] == 2050


def test_the_city_of_a_run_stays_as_long_as_the_run(tmp_path: Path) -> None:
    path = tmp_path / "x.twin"
    store.save(dated(2000), path)
    store.save_run(path, "r1", result())
    for year in (2001, 2002, 2003):
        store.save(dated(year), path, grace=0.0)
    assert years(path, run="r1") == {2000}
    shutil.rmtree(path / "runs" / "r1")
    store.save(dated(2004), path, grace=0.0)
    assert len(list((path / "layers").glob("buildings-*"))) == 2


def test_a_run_that_cannot_be_read_gives_up_no_part(tmp_path: Path) -> None:
    path = tmp_path / "x.twin"
    store.save(dated(2000), path)
    store.save_run(path, "r1", result())
    (path / "runs/r1/inputs/twin.json").write_bytes(b"broken")
    for year in (2001, 2002, 2003):
        store.save(dated(year), path, grace=0.0)
    assert len(list((path / "layers").glob("buildings-*"))) == 4


def run_edit(change: dict[str, Any]) -> Callable[[Path], None]:
    def damage(place: Path) -> None:
        raw = json.loads((place / "run.json").read_text(encoding="utf-8"))
        (place / "run.json").write_text(json.dumps(raw | change), encoding="utf-8")

    return damage


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(shutil.rmtree, "not a kept run.*none", id="gone"),
        pytest.param(lambda place: (place / "record.json").unlink(), "No such file", id="no file"),
        pytest.param(
            lambda place: (place / "ledger.parquet").write_bytes(b"x"), "not what was saved",
            id="damaged",
        ),
        pytest.param(run_edit({"version": 9}), "format 9", id="newer"),
        pytest.param(run_edit({"files": {}}), "names no inputs", id="incomplete"),
        pytest.param(
            run_edit({"files": {"../../twin.json": "0" * 64}}), "files", id="leaves the folder"
        ),
        pytest.param(run_edit({"files": {"a": "short"}}), "files.a", id="no digest"),
    ],
)  # fmt: skip
def test_a_damaged_run_is_refused(saved: Path, damage: Callable[[Path], None], words: str) -> None:
    store.save_run(saved, "r1", result())
    damage(saved / "runs" / "r1")
    with pytest.raises(StoreError, match=words):
        store.open_run(saved, "r1")
    assert store.open(saved) == tiny()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(object(), "not plain", id="object"),
        pytest.param({1, 2}, "not plain", id="set"),
    ],
)
def test_a_record_that_json_cannot_hold_is_refused(saved: Path, value: Any, words: str) -> None:
    bad = Result({}, Ledger.empty(), {"x": value})
    with pytest.raises(StoreError, match=words):
        store.save_run(saved, "r1", bad)
    assert store.runs(saved) == []


def test_a_run_that_would_hide_its_own_city_is_refused(saved: Path) -> None:
    with pytest.raises(StoreError, match="own name"):
        store.save_run(saved, "r1", result(), inputs={"twin.json": "{}"})


def test_a_damaged_run_is_still_listed_and_stops_no_other(saved: Path) -> None:
    store.save_run(saved, "r1", result())
    (saved / "runs/r1/run.json").write_bytes(b"x")
    assert store.save_run(saved, "r2", result()) == "r2"
    assert store.runs(saved) == ["r1", "r2"]


def test_a_run_needs_a_twin(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder"):
        store.save_run(tmp_path / "x.twin", "r1", result())


def test_scenarios_are_kept_by_name(saved: Path) -> None:
    assert store.scenarios(saved) == []
    path = store.save_scenario(saved, "superblock", "version: 1\n")
    store.save_scenario(saved, "superblock", "version: 2\n")
    assert path.read_text(encoding="utf-8") == "version: 2\n"
    assert store.scenarios(saved) == ["superblock"]


def test_saving_tells_its_progress(tmp_path: Path) -> None:
    calls: list[tuple[str, float]] = []
    store.save(tiny(), tmp_path / "x.twin", progress=lambda *call: calls.append(call))
    shares = [share for _, share in calls]
    assert calls[0] == ("saving streets", 0.0)
    assert shares == sorted(shares)
    assert max(shares) <= 1.0
