"""All figures of the layers: every ``_layers_<topic>.py`` beside this file, and completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.frame import attempted, topics

if TYPE_CHECKING:
    from tests.bench.frame import Row


def rows(quick: bool) -> list[Row]:
    """Rows of all topics; completion is a bench of its own and runs by itself when quick."""
    return topics("layers", quick) + ([] if quick else attempted("completion", quick))
