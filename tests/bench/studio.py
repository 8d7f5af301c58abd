"""How soon the map changes when somebody closes a street in the studio, in a real browser."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tests import browser
from tests.bench.frame import Row, data
from tests.twin.cities import tiny
from tests.twin.studio import served
from tests.twin.studio.test_browser import visited
from twin import build, store
from twin.studio import state
from twin.studio.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.twin.studio.served import Served
    from twin.city import City

STREETS = 5
"""Streets closed one after the other; the first one also loads the kernels and is left out."""
BUSY = 0.95
"""Share of streets with less traffic than those that are closed."""
BAR = 2.0
"""A changed map should be there after so long on a quiet machine [s]."""


def rows(quick: bool) -> list[Row]:
    """Wall and processor time from a drawn filter to a changed map, and to all figures."""
    with tempfile.TemporaryDirectory() as held:
        root = Path(held) / "town.twin"
        store.save(_town(quick), root)
        studio = state.opened(root, "en")
        studio.engine = Engine(studio.city)
        with served.running(studio) as at:
            found = list(_closed(at))[1:]
    name = "studio, Lilleby" if quick else "studio, Liechtenstein"
    bar = "" if quick else f"{BAR:g} on a quiet machine"
    return [
        Row(f"{name}: filter to changed map, median of {len(found)}", median(f[0] for f in found), "s", bar),
        Row(f"{name}: the same, processor time of the studio", median(f[1] for f in found), "CPU s"),
        Row(f"{name}: filter to all figures", median(f[2] for f in found), "s"),
        Row(f"{name}: the same, processor time of the studio", median(f[3] for f in found), "CPU s"),
        Row(f"{name}: map in other colours", median(f[4] for f in found), "ms"),
    ]  # fmt: skip


def _town(quick: bool) -> City:
    return tiny() if quick else build.from_osm(data("osm", "liechtenstein-2021-05-05.osm.pbf"))


def _closed(at: Served) -> Iterator[tuple[float, float, float, float, float]]:
    """Close one street after the other, each in a plan of its own."""
    from playwright.sync_api import sync_playwright

    streets = _busy(at)
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=browser.chromium(), args=list(browser.FLAGS))
        with visited(started, at) as page:
            for number, street in enumerate(streets):
                yield _one(page, at, f"plan-{number}", street)
        started.close()


def _busy(at: Served) -> list[str]:
    """Streets about the busiest twentieth."""
    base = at.studio.engine.base(lambda *_: None)
    city = at.studio.city
    traffic = base.frames["streets"]["vehicles"].dropna().sort_values()
    traffic = traffic[city.streets.loc[traffic.index, "inside"]]
    first = int(BUSY * len(traffic)) - STREETS
    return [str(name) for name in traffic.index[max(0, first) :][:STREETS]]


def _one(page: Any, at: Served, name: str, street: str) -> tuple[float, float, float, float, float]:
    """Seconds and processor seconds until the map has changed, and until all is there."""
    at.post("/api/plans", {"name": name})
    page.wait_for_function(
        "name => [...document.querySelectorAll('#plans option')].some(o => o.value === name)",
        arg=name,
    )
    page.select_option("#plans", name)
    page.wait_for_function("name => document.body.dataset.plan.startsWith(name + '@')", arg=name)
    seen = at.get(f"/api/plans/{name}").json()["state"]
    page.evaluate(
        "() => { delete document.body.dataset.quick; delete document.body.dataset.whole; }"
    )
    begun, work = time.perf_counter(), time.process_time()
    body = {"interventions": [served.filter_on(street)]}
    at.put(f"/api/plans/{name}", {"seen": seen, "body": body})
    page.wait_for_selector("body[data-quick], body[data-whole]", timeout=600_000)
    quick, first = time.perf_counter() - begun, time.process_time() - work
    page.wait_for_selector("body[data-whole]", timeout=600_000)
    whole, last = time.perf_counter() - begun, time.process_time() - work
    return quick, first, whole, last, float(page.evaluate("() => document.body.dataset.painted"))
