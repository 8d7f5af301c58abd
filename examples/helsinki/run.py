"""Simulate both plans for the centre of Helsinki and draw a map of each.

Usage: python run.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from layers import demo
from twin import build, maps, reports, scenario, simulate

HERE = Path(__file__).parent
YEAR = 2030


def main(out: Path) -> list[Path]:
    """Write one map per plan into a folder and print what each plan changes."""
    out.mkdir(parents=True, exist_ok=True)
    city = build.from_osm(demo.path("helsinki"), name="Helsinki")
    before = simulate.run(city, year=YEAR)
    pages = []
    for path in sorted(HERE.glob("*.yaml")):
        plan = scenario.read(path, city)
        after = simulate.run(city, plan, year=YEAR, warm=before)
        print(plan.title)
        print(*reports.comparison_lines(before, after), *plan.limits, sep="\n")
        pages.append(maps.compare(city, before, after, "co2").save_page(out / f"{plan.name}.html"))
    return pages


if __name__ == "__main__":
    for page in main(Path(sys.argv[1] if len(sys.argv) > 1 else "out")):
        print(page)
