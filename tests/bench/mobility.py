"""All figures of mobility: every ``_mobility_<topic>.py`` beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.frame import topics

if TYPE_CHECKING:
    from tests.bench.frame import Row


def rows(quick: bool) -> list[Row]:
    """Rows of all topics; a topic that fails says so in a row of its own."""
    return topics("mobility", quick)
