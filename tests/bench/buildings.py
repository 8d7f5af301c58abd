"""All figures of buildings: every ``_buildings_<topic>.py`` beside this file."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.frame import Row


def rows(quick: bool) -> list[Row]:
    """Rows of all topics."""
    topics = sorted(file.stem for file in Path(__file__).parent.glob("_buildings_*.py"))
    found: list[Row] = []
    for topic in topics:
        found += importlib.import_module(f"tests.bench.{topic}").rows(quick)
    return found
