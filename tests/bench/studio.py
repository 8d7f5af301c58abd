"""How soon the map changes when somebody closes a street in the studio, in a real browser."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tests import browser
from tests.bench.frame import BOUND, Row, at_most, data
from tests.bench.maps import TWIN
from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.test_browser import visited
from twin import build, store
from twin.studio import figures, state
from twin.studio.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.twin.studio.served import Served
    from twin.city import City

SHARES: Final = {"ordinary": 0.5, "busy": 0.95, "busiest": 1.0}
"""Name of a kind of street to the share of streets with less traffic."""
STREETS: Final = 3
"""Streets of each kind that are closed [1]; one more before them loads the kernels."""
BAR: Final = 2.0
"""A changed map should be there after so long on a quiet machine [s]."""
WAIT: Final = 1.2e5
"""How long one map may take on a loaded machine before the bench gives up [ms]."""
HELD: Final = """
let held;
Object.defineProperty(window, "L", { get: () => held, set: (value) => {
  const make = value.map;
  value.map = (...given) => (window.benchMap = make(...given));
  held = value;
} });
"""
"""Lets the bench move the map as a hand would."""


@dataclass
class Watch:
    """Wall and processor time of what the studio does for one map [s]."""

    spent: dict[str, tuple[float, float]] = field(default_factory=dict)

    def on(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, with its time noted, added where it is done more than once."""

        def timed(*given: Any, **more: Any) -> Any:
            wall, processor = time.perf_counter(), time.process_time()
            try:
                return work(*given, **more)
            finally:
                last = self.spent.get(name, (0.0, 0.0))
                self.spent[name] = (
                    last[0] + time.perf_counter() - wall,
                    last[1] + time.process_time() - processor,
                )

        return timed


def rows(quick: bool) -> list[Row]:
    """Time from a drawn filter to a changed map, where it goes, and time to all figures."""
    with tempfile.TemporaryDirectory() as held:
        root = Path(held) / "town.twin"
        store.save(_town(quick), root)
        studio = state.opened(root, "en")
        studio.engine = Engine(studio.city)
        began = time.perf_counter()
        with served.running(studio, ready=False) as at:
            assert studio.opening is not None
            assert at.end(studio.opening.id, BOUND)["event"] == "done"
            opened = time.perf_counter() - began
            return [
                Row(f"studio, {studio.city.name}: from start to ready", opened, "s"),
                *_told(at, quick),
            ]


def _town(quick: bool) -> City:
    """The tiny town; else the twin folder that the environment names, or Liechtenstein."""
    if quick:
        return tiny()
    place = os.environ.get(TWIN, "")
    if place:
        return store.open(Path(place))
    return build.from_osm(data("osm", "liechtenstein-2021-05-05.osm.pbf"))


def _told(at: Served, quick: bool) -> Iterator[Row]:
    """Rows of every kind of street; the whole is waited for once, the other times cancelled."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=browser.chromium(), args=list(browser.FLAGS))
        with visited(started, at, before=HELD) as page:
            page.set_default_timeout(WAIT)
            _close(page, at, _streets(at, 0.4, 1)[0], Watch(), whole=False)
            for kind, share in SHARES.items():
                with _watched(at) as watch:
                    found = [
                        _close(page, at, street, watch, whole=False)
                        for street in _streets(at, share, STREETS)
                    ]
                yield from _rows(f"studio, {at.studio.city.name}, {kind} street", found, quick)
            last = _close(page, at, _streets(at, SHARES["busy"], 1)[0], Watch(), whole=True)
        started.close()
    name = f"studio, {at.studio.city.name}: filter to all figures, busy street"
    yield Row(name, last["whole"], "s")
    yield Row(f"{name}: processor time of the studio", last["processor"], "CPU s")


def _rows(name: str, found: list[dict[str, float]], quick: bool) -> Iterator[Row]:
    """The middle of several streets, whole and in parts."""
    middle = {part: median(one[part] for one in found) for part in found[0]}
    whole = f"{name}: filter to changed map, median of {len(found)}"
    load = "" if not hasattr(os, "getloadavg") else f"load {os.getloadavg()[0]:.1f}"
    if quick:
        yield Row(whole, middle["map"], "s")
    else:
        yield at_most(whole, middle["map"], "s", BAR, load)
    yield Row(f"{name}: the same, processor time of the studio", middle["processor"], "CPU s")
    for part in ("routes", "packing"):
        yield Row(f"{name}: {part}", middle[part], "s")
        yield Row(f"{name}: {part}, processor time", middle[f"{part} processor"], "CPU s")
    rest = middle["map"] - middle["routes"] - middle["packing"] - middle["painted"] / 1e3
    yield Row(f"{name}: the plan, messages, unpacking", max(rest, 0.0), "s")
    yield Row(f"{name}: drawing", middle["painted"], "ms")


@contextmanager
def _watched(at: Served) -> Iterator[Watch]:
    """Note what routes and packing take."""
    watch, engine = Watch(), at.studio.engine
    plain = engine.quick, figures.compared, figures.told
    engine.quick = watch.on("routes", plain[0])  # type: ignore[method-assign]
    figures.compared = watch.on("packing", plain[1])
    figures.told = watch.on("packing", plain[2])
    yield watch
    engine.quick, figures.compared, figures.told = plain  # type: ignore[method-assign]


def _streets(at: Served, share: float, count: int) -> list[str]:
    """Streets inside the town that have more traffic than a share of them, and the next ones."""
    base = at.studio.engine.base(lambda *_: None)
    city = at.studio.city
    traffic = base.frames["streets"]["vehicles"].dropna().sort_values(kind="stable")
    traffic = traffic[city.streets.loc[traffic.index, "inside"]]
    first = min(int(share * len(traffic)), len(traffic) - count)
    return [str(name) for name in traffic.index[first:][:count]]


def _close(page: Any, at: Served, street: str, watch: Watch, *, whole: bool) -> dict[str, float]:
    """Choose a street on the map and close it in a plan of its own; seconds until it shows."""
    name = f"plan-{len(at.get('/api/plans').json())}"
    at.post("/api/plans", {"name": name})
    page.wait_for_function(
        "name => [...document.querySelectorAll('#plans option')].some(o => o.value === name)",
        arg=name,
    )
    page.select_option("#plans", name)
    page.wait_for_function("name => document.body.dataset.plan.startsWith(name + '@')", arg=name)
    page.wait_for_selector('body[data-showing="base"]')
    _choose(page, at.studio.city, street)
    watch.spent.clear()
    work = time.process_time()
    page.evaluate(
        "() => { delete document.body.dataset.quick; delete document.body.dataset.whole; }"
    )
    page.locator("#quick button", has_text="Close to cars").click()
    page.wait_for_selector("body[data-quick], body[data-whole], body[data-run='failed']")
    found = {"processor": time.process_time() - work}
    if whole:
        page.wait_for_selector("body[data-whole], body[data-run='failed']")
        found = {"processor": time.process_time() - work}
    elif page.is_visible("#cancel"):
        page.click("#cancel")
    shown = page.evaluate("() => ({ ...document.body.dataset })")
    map_ = float(shown.get("quick") or shown["whole"]) / 1e3
    found |= {"map": map_, "whole": float(shown.get("whole", 0.0)) / 1e3}
    found["painted"] = float(shown["painted"])
    for part in ("routes", "packing"):
        found[part], found[f"{part} processor"] = watch.spent.get(part, (0.0, 0.0))
    _settled(at)
    return found


def _choose(page: Any, city: City, street: str) -> None:
    """Click on the middle of a street, and look at the whole town again."""
    line = city.streets.geometry.loc[[street]]
    middle = line.interpolate(0.5, normalized=True).to_crs("EPSG:4326").iloc[0]
    page.evaluate("() => { window.benchHome = benchMap.getBounds(); }")
    page.evaluate("at => benchMap.setView(at, 18, { animate: false })", [middle.y, middle.x])
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#quick button")
    page.evaluate("() => benchMap.fitBounds(benchHome, { animate: false })")


def _settled(at: Served) -> None:
    """Wait until nothing is under way."""
    while any(not job.ended for job in list(at.studio.jobs._jobs.values())):
        time.sleep(0.05)
