"""Reading OpenStreetMap files: time and memory on one core, and what is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers import demo
from tests.bench.frame import Row, at_most, between, data, equal, measured

if TYPE_CHECKING:
    from pathlib import Path

TELL = """{
    "buildings": len(found.tables["buildings"]),
    "buildings_in": len(found.tables["buildings"]) + int(found.drops[
        (found.drops["table"] == "buildings")
        & found.drops["reason"].str.contains("outer ring|no area|missing|corners|not closed")
    ]["count"].sum()),
    "walk": len(set(np.concatenate([
        found.tables["streets"].query("walk_forward or walk_backward")[name].unique()
        for name in ("from_node", "to_node")
    ]).tolist())),
    "kept": found.source.rows_kept, "refused": found.source.rows_refused,
}"""


def rows(quick: bool) -> list[Row]:
    """Figures of the demo city, or of the two larger files with their bars."""
    if quick:
        figures = _read(demo.path("helsinki"))
        return [
            Row("read Helsinki centre: CPU", figures["cpu"], "s"),
            Row("read Helsinki centre: buildings", figures["buildings"], "1"),
            Row("read Helsinki centre: memory above imports", figures["memory"], "MB"),
            equal(
                "read Helsinki centre: buildings in the file, kept or accounted for",
                figures["buildings_in"],
                "1",
                500,
            ),
        ]
    one = _read(data("osm", "liechtenstein-2021-05-05.osm.pbf"))
    nine = _read(data("osm", "SYNTHETIC-liechtenstein-3x3.osm.pbf"))
    return [
        at_most("read Liechtenstein 2021: CPU", one["cpu"], "s", 10),
        Row("read Liechtenstein 2021: memory above imports", one["memory"], "MB"),
        equal(
            "read Liechtenstein 2021: buildings in the file, kept or accounted for",
            one["buildings_in"],
            "1",
            14_037,
        ),
        equal("read Liechtenstein 2021: buildings kept", one["buildings"], "1", 14_035),
        between("read Liechtenstein 2021: walk junctions", one["walk"], "1", (9_500, 10_100)),
        at_most("read SYNTHETIC 3x3: CPU", nine["cpu"], "s", 60),
        at_most("read SYNTHETIC 3x3: memory above imports", nine["memory"], "MB", 1000),
        Row("read SYNTHETIC 3x3: buildings kept", nine["buildings"], "1"),
    ]


def _read(path: Path) -> dict[str, float]:
    return measured(
        "import numpy as np\nfrom layers import osm", f"found = osm.read({str(path)!r})", TELL
    )
