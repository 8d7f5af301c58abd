"""Completion: known values hidden in blocks and guessed, the naive rule beside; and its speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers import demo
from tests.bench.frame import Row, at_most, data, measured
from twin import build
from twin.complete import accuracy, defaults, traits

if TYPE_CHECKING:
    from pathlib import Path

SEEDS, FEW = 20, 1
BUILD_BAR, COMPLETE_BAR = 25.0, 60.0
NO_TRUTH = ("dwellings", "heating", "renovation")
"""Columns that no extract at hand knows of any building: nothing to hide."""


def rows(quick: bool) -> list[Row]:
    """Accuracy in both cities and time; quick: the demo city, one seed."""
    found = accuracies("Helsinki centre", demo.path("helsinki"), FEW if quick else SEEDS)
    if quick:
        return found
    path = data("osm", "liechtenstein-2021-05-05.osm.pbf")
    found += accuracies("Liechtenstein", path, SEEDS)
    return [*found, *times(path)]


def accuracies(place: str, path: Path, seeds: int) -> list[Row]:
    """A row per column: ours, with the naive rule and the interval of the gain beside."""
    city = build.from_osm(path)
    around = traits.Around(city.streets, city.addresses, city.places)
    scores = accuracy.measure(city.buildings, city.places, city.land, around,
                              defaults.load(city.country), city.year, seeds)  # fmt: skip
    known = {name: int(accuracy.observed(city.buildings[f"{name}_source"]).sum())
             for name in NO_TRUTH}  # fmt: skip
    return [_row(place, score) for score in scores] + [
        Row(f"{place}: {name} known, cannot be measured", float(count), "1")
        for name, count in known.items()
        if not count
    ]


def _row(place: str, score: accuracy.Accuracy) -> Row:
    name = f"{place}: {score.column}, {score.measure}, {score.known} known"
    if score.ours is None:
        return Row(f"{name}: too few to measure", float(score.known), "1")
    peer = (
        f"naive {score.naive:.3g}, gain {score.gain:.3g} ({score.lower:.3g} to {score.upper:.3g})"
    )
    bar = "gain surely > 0" if score.beaten else "not surely beaten"
    return Row(name, score.ours, score.unit, bar, peer, score.beaten or None)


def times(path: Path) -> list[Row]:
    """CPU time from file to folder, warm, and of completion alone on nine times the buildings."""
    scale = path.with_name("SYNTHETIC-liechtenstein-3x3.osm.pbf")
    whole = measured(
        "import tempfile\nfrom pathlib import Path\nfrom twin import build, store\n"
        f"build.from_osm({str(demo.path('helsinki'))!r})",
        f"store.save(build.from_osm({str(path)!r}), Path(tempfile.mkdtemp()) / 'x.twin')",
    )
    alone = measured(
        "from layers import osm\nfrom twin.complete import buildings as b, defaults, traits\n"
        f"found = {{n: f.to_crs('EPSG:25832') if hasattr(f, 'to_crs') else f for n, f in "
        f"osm.read({str(scale)!r}).tables.items()}}\nd = defaults.load('LI')\n"
        "h, _ = b.prepare(found['buildings'], d)\nh = h.assign(inside=True)\n"
        "a = traits.Around(found['streets'], found['addresses'], found['places'])",
        "done, _ = b.complete(h, found['places'], found['land'], d, 2021, around=a)",
        "{'buildings': len(done)}",
    )
    return [
        at_most("Liechtenstein: file to folder, warm, CPU", whole["cpu"], "s", BUILD_BAR),
        at_most(f"completion of {alone['buildings']:,.0f} buildings, CPU", alone["cpu"], "s",
                COMPLETE_BAR),
    ]  # fmt: skip
