"""The one way in which mobility kernels are compiled, with their types kept for the checker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

Kernel = TypeVar("Kernel", bound="Callable[..., Any]")


def compiled(function: Kernel) -> Kernel:
    """Compile a kernel once per machine: cached on disk, no fast maths, frees other threads."""
    return cast("Kernel", njit(cache=True, nogil=True)(function))
