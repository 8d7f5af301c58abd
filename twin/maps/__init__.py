"""Maps that open anywhere: `explore` in a notebook, `compare` a plan, `publish` for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.maps.notebook import compare, explore
    from twin.maps.page import publish

__all__ = ["compare", "explore", "publish"]


def __getattr__(name: str) -> Any:
    if name == "publish":
        from twin.maps import page

        return page.publish
    if name in __all__:
        from twin.maps import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'twin.maps' has no attribute {name!r}")
