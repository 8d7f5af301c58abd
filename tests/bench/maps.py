"""The consultation page on a made-up town: its size, its time to the first map, beside peers.

The town is the small City of the tests, laid side by side until it has 50,000 buildings, and about
20,000 of its streets; five scenarios. Each peer (folium MIT, lonboard MIT, keplergl MIT) draws the
same buildings in an environment of its own; Chromium opens every file without a network.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from tests.bench.frame import Row, at_most, environment
from tests.browser import FLAGS, chromium
from tests.twin.cities import tiny
from twin import store
from twin.ledger import Ledger
from twin.maps import page
from twin.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.city import City

APART: Final = 350.0
"""Distance of one small town from the next [m]."""
BUILDINGS: Final = 50_000
STREETS: Final = 20_000
SCENARIOS: Final = ("baseline", "one", "two", "three", "four")
SIZE, FIRST, PHONE, RECOLOUR = 20.0, 3.0, 3.0, 80.0
"""Bars: file [MB], first map on a desk and on a phone [s], another colouring [ms]."""

PATIENCE: Final = 300.0
"""Time that a peer has to write its file [s]."""
TWIN: Final = "TWIN_BENCH_CITY"
"""Environment variable: a twin folder whose kept runs are published as well."""
PEERS: Final = {
    "folium": "import folium; m = folium.Map(); folium.GeoJson(given).add_to(m); m.save(out)",
    "lonboard": "import geopandas, lonboard; lonboard.viz(geopandas.read_file(given)).to_html(out)",
    "keplergl": "import geopandas, keplergl; "
    "keplergl.KeplerGl(data={'a': geopandas.read_file(given)}).save_to_html(file_name=out)",
}
THEIRS: Final = "import sys, time; given, out = sys.argv[1:]; s = time.perf_counter(); {0}; print(time.perf_counter() - s)"


def rows(quick: bool) -> list[Row]:
    """Rows of the page, and of each peer that can be installed."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        city = town(600 if quick else BUILDINGS, 300 if quick else STREETS)
        start = time.perf_counter()
        path = page.publish(city, results(city), room / "page.html", column="vehicles")
        written = time.perf_counter() - start
        found = _ours(path, written, quick, len(city.buildings), len(city.streets))
        return found if quick else found + _real(room) + _peers(city, room)


def _real(room: Path) -> list[Row]:
    """The page of a real city with its last five kept runs, where one is named."""
    place = os.environ.get(TWIN, "")
    if not place:
        return []
    city, names = store.open(Path(place)), store.runs(Path(place))[-len(SCENARIOS) :]
    runs = [store.open_run(Path(place), name) for name in names]
    path = page.publish(city, runs, room / "real.html", column="vehicles")
    what = f"page of {city.name}, {len(city.buildings):,} buildings, {len(runs)} runs"
    desk, _ = _first(path, {"viewport": {"width": 1280, "height": 800}}, 1, recolour=False)
    small = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3}
    phone, _ = _first(path, small, 4, recolour=False)
    return [
        at_most(f"{what}: file", path.stat().st_size / 1e6, "MB", SIZE, "aim 5"),
        at_most(f"{what}: first map", desk, "s", FIRST, "aim 1.5"),
        at_most(f"{what}: first map, phone (390 x 844 at 3, CPU / 4)", phone, "s", PHONE),
    ]


def town(buildings: int, streets: int) -> City:
    """The small City again and again, side by side."""
    import geopandas as gpd

    city = tiny()
    many = math.ceil(buildings / len(city.buildings))
    side = math.ceil(math.sqrt(many))
    moves = [(APART * (n % side), APART * (n // side)) for n in range(many)]
    houses = _copies(city.buildings, moves).iloc[:buildings]
    ways = _copies(city.streets.iloc[: math.ceil(streets / many)], moves).iloc[:streets]
    edge = shapely.box(*houses.total_bounds).buffer(APART)
    assert isinstance(houses, gpd.GeoDataFrame)
    return city.replace(buildings=houses, streets=ways, boundary=edge)


def _copies(frame: gpd.GeoDataFrame, moves: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    """Each copy turned and stretched a little, so that no two houses pack to the same bytes."""
    shapes = frame.geometry.to_numpy()
    middle = np.mean(np.array(frame.total_bounds).reshape(2, 2), axis=0)
    rng = np.random.default_rng(1)
    parts = []
    for n, move in enumerate(moves):
        turn, stretch = rng.uniform(-0.2, 0.2), rng.uniform(0.85, 1.0, 2)
        around = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        by = around * stretch
        moved = shapely.transform(shapes, partial(_moved, middle=middle, by=by, move=move))
        part = frame.assign(inside=True).set_geometry(moved, crs=frame.crs)
        parts.append(part.set_axis([f"{name}.{n}" for name in frame.index]))
    return pd.concat(parts).rename_axis(frame.index.name)


def _moved(xy: Any, middle: Any, by: Any, move: Any) -> Any:
    return (xy - middle) @ by + middle + move


def results(city: City) -> list[Result]:
    """Five runs of two figures of streets and two of buildings; each changes a tenth."""
    rng = np.random.default_rng(1)
    heat = rng.lognormal(9.5, 0.5, len(city.buildings))
    minutes = rng.uniform(1.0, 40.0, len(city.buildings))
    cars = rng.lognormal(5.0, 2.0, len(city.streets))
    found = []
    for name in SCENARIOS:
        changed = [np.where(rng.random(len(v)) < 0.1, v * 0.8, v) for v in (heat, minutes, cars)]
        houses = {"heat_need": changed[0], "walk_groceries": changed[1]}
        frames = {
            "buildings": pd.DataFrame(houses, index=city.buildings.index),
            "streets": pd.DataFrame({"vehicles": changed[2]}, index=city.streets.index),
        }
        record: dict[str, Any] = {"scenario": name, "year": 2030, "limits": []}
        found.append(Result(frames, Ledger.empty(), record))
    return found


def _ours(path: Path, written: float, quick: bool, buildings: int, streets: int) -> list[Row]:
    what = f"page of {buildings:,} buildings, {streets:,} streets, 5 scenarios"
    size = path.stat().st_size / 1e6
    desk, recolour = _first(path, {"viewport": {"width": 1280, "height": 800}}, 1)
    small = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3}
    phone, _ = _first(path, small, 4)
    if quick:
        return [Row(f"{what}: file", size, "MB"), Row(f"{what}: first map", desk, "s")]
    return [
        at_most(f"{what}: file", size, "MB", SIZE, "aim 5"),
        at_most(f"{what}: first map", desk, "s", FIRST, "aim 1.5"),
        at_most(f"{what}: first map, phone (390 x 844 at 3, CPU / 4)", phone, "s", PHONE),
        at_most(f"{what}: the town in other colours", recolour, "ms", RECOLOUR),
        Row(f"{what}: written in", written, "s"),
    ]


def _first(
    path: Path, device: dict[str, Any], slower: int, *, recolour: bool = True
) -> tuple[float, float]:
    """Time from opening to the first map [s], and to another colouring [ms]."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        tab: Any = browser.new_context(offline=True, **device).new_page()
        tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        tab.goto(path.resolve().as_uri())
        tab.wait_for_selector("body[data-first]", timeout=120_000)
        first = float(tab.evaluate("Number(document.body.dataset.first)")) / 1e3
        tab.wait_for_selector("body[data-ready]", timeout=120_000)
        again = float(tab.evaluate(RECOLOURED)) if recolour else math.nan
        browser.close()
    return first, again


RECOLOURED: Final = """async () => {
  const pick = (name) => new Promise((done) => {
    const before = document.body.dataset.shown;
    const look = () => (document.body.dataset.shown !== before ? done() : setTimeout(look, 0));
    document.querySelector(`input[name=scenario][value="${name}"]`).click();
    look();
  });
  await pick("two"); await pick("three"); await pick("two");
  const times = [];
  for (const name of ["three", "two", "three", "two", "three"]) {
    const start = performance.now();
    await pick(name);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[2];
}"""


def _peers(city: City, room: Path) -> list[Row]:
    given = room / "given.geojson"
    city.buildings[["geometry"]].to_crs("EPSG:4326").to_file(given, driver="GeoJSON")
    found = []
    for name, work in PEERS.items():
        what = f"{name}: 50,000 buildings only, one colour"
        out = room / f"{name}.html"
        python = environment(room / name, name, "geopandas", "pyarrow")
        if python is None:
            found.append(Row(f"{what}: file", 0.0, "MB", peer="not installed"))
            continue
        command = [python, "-c", THEIRS.format(work), str(given), str(out)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            found.append(Row(f"{what}: file", 0.0, "MB", peer=f"not done in {PATIENCE:.0f} s"))
            continue
        if done.returncode:
            said = (done.stderr.splitlines() or ["no word"])[-1][:80]
            found.append(Row(f"{what}: file", 0.0, "MB", peer=said))
            continue
        seconds = float(json.loads(done.stdout.splitlines()[-1]))
        said = f"written in {seconds:.1f} s; without a network: {_offline(out)}"
        found.append(Row(f"{what}: file", out.stat().st_size / 1e6, "MB", peer=said))
    return found


def _offline(path: Path) -> str:
    """What a reader without a network sees."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        tab: Any = browser.new_context(offline=True).new_page()
        start = time.perf_counter()
        tab.goto(path.resolve().as_uri(), timeout=120_000)
        tab.wait_for_timeout(15_000)
        drawn = tab.evaluate("document.querySelectorAll('canvas, svg path').length")
        browser.close()
    seen = "blank" if drawn == 0 else f"{drawn} canvases or paths"
    return f"{seen} after {time.perf_counter() - start:.0f} s"
