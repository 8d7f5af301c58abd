"""Change between extracts, and road networks of other programs."""

from __future__ import annotations

from layers import demo
from tests.bench.frame import Row, at_most, between, data, equal, measured

COMPARE_BAR = 30.0
FOUND_BAR = 98.0
OLD, MIDDLE, NEW = "2013-08-03", "2015-07", "2021-05-05"
BEST_KNOWN = 42.31335287107440
"""Objective of Sioux Falls [1e5 veh min], README of TransportationNetworks."""


def rows(quick: bool) -> list[Row]:
    """Liechtenstein through eight years and Sioux Falls; quick: Helsinki against itself."""
    if quick:
        same = str(demo.path("helsinki"))
        return _compared("Helsinki against itself", same, same)
    paths = {year: str(data("osm", f"liechtenstein-{year}.osm.pbf")) for year in (OLD, MIDDLE, NEW)}
    return [
        *_compared("Liechtenstein 2013 to 2015, ids given anew", paths[OLD], paths[MIDDLE]),
        *_compared("Liechtenstein 2015 to 2021", paths[MIDDLE], paths[NEW]),
        *_sioux_falls(),
    ]


def _compared(title: str, old: str, new: str) -> list[Row]:
    used = measured(
        "from twin import comparison",
        f"found = comparison.compare({old!r}, {new!r})\ncounts = found.counts\n"
        "of_old = counts[['same', 'retagged', 'reshaped', 'merged', 'gone']].sum(axis=1)\n"
        "of_new = counts[['same', 'retagged', 'reshaped', 'split', 'built']].sum(axis=1)\n"
        "off = int((of_old != counts['old']).sum() + (of_new != counts['new']).sum())\n"
        "kept = 100 * (1 - counts['gone'] / counts['old'])",
        "{'off': off, 'houses': kept['buildings'], 'streets': kept['streets']}",
    )
    return [
        at_most(f"diff, {title}: CPU with reading", used["cpu"], "s", COMPARE_BAR),
        equal(f"diff, {title}: tables whose counts do not add up", used["off"], "1", 0.0),
        between(f"diff, {title}: buildings found again", used["houses"], "%", (FOUND_BAR, 100.0)),
        Row(f"diff, {title}: streets found again", used["streets"], "%"),
    ]


def _sioux_falls() -> list[Row]:
    folder = data("tntp", "SiouxFalls")
    used = measured(
        "from layers import network\nfrom twin.mobility import equilibrium\n"
        "from tests.twin.mobility.roads import beckmann",
        f"files = [{str(folder)!r} + f'/SiouxFalls_{{part}}.tntp' for part in ('net', 'trips')]\n"
        "road, trips = network.read_tntp(*files)\n"
        "found = equilibrium.solve(road, trips, gap=1e-11)",
        f"{{'off': abs(beckmann(road, found.flow) / 1e5 / {BEST_KNOWN!r} - 1)}}",
    )
    return [at_most("Sioux Falls from TNTP: objective off the best known by", 1e10 * used["off"],
                    "1e-10", 1.0)]  # fmt: skip
