"""All figures of the layers: every ``_layers_<topic>.py`` beside this file, and completion."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.frame import Row


def rows(quick: bool) -> list[Row]:
    """Rows of all topics; completion is a bench of its own and runs by itself when quick."""
    topics = sorted(file.stem for file in Path(__file__).parent.glob("_layers_*.py"))
    found: list[Row] = []
    for topic in topics if quick else [*topics, "completion"]:
        found += importlib.import_module(f"tests.bench.{topic}").rows(quick)
    return found
