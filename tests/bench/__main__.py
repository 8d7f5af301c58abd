"""Measure: ``python -m tests.bench NAME... [--quick] [--json FILE]``.

A name is the name of a file beside this one that has a function ``rows(quick) -> list[Row]``.
The exit code is 1 if a bar is not reached.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.bench.frame import attempted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.frame import Row

NOT_NAMES = {"__init__", "__main__", "frame"}


def names() -> list[str]:
    """Benches that are there, by file name."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(
        f.stem for f in files if f.stem not in NOT_NAMES and not f.stem.startswith(("test_", "_"))
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named benches, print a table, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}")
    parser.add_argument("--quick", action="store_true", help="small input, no bars of time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.names) - set(names()))
    if unknown:
        parser.error(f"no bench named {', '.join(unknown)}; there are {', '.join(names())}")
    rows: list[Row] = []
    for name in given.names or names():
        rows += attempted(name, given.quick)
    show(rows)
    if given.json:
        text = json.dumps([asdict(row) for row in rows], indent=1, allow_nan=False)
        given.json.write_text(text + "\n", encoding="utf-8")
    return 1 if any(row.holds is False for row in rows) else 0


def show(rows: Sequence[Row]) -> None:
    """Print rows as a table."""
    table = Table("name", "value", "unit", "bar", "peer", "holds")
    words = {True: "yes", False: "NO", None: ""}
    for row in rows:
        table.add_row(row.name, f"{row.value:,.2f}", row.unit, row.bar, row.peer, words[row.holds])
    Console(width=140 if not sys.stdout.isatty() else None).print(table)


if __name__ == "__main__":
    sys.exit(main())
