"""Maps that open anywhere: `explore` in a notebook, `compare` for a plan beside today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.maps.notebook import compare, explore

__all__ = ["compare", "explore"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from twin.maps import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'twin.maps' has no attribute {name!r}")
