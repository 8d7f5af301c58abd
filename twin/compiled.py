"""The one way in which kernels are compiled, with their types kept for the checker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

Kernel = TypeVar("Kernel", bound="Callable[..., Any]")


def compiled(function: Kernel) -> Kernel:
    """Compile a kernel once per machine: cached on disk, no fast maths, frees other threads."""
    return cast("Kernel", njit(cache=True, nogil=True)(function))


def bare(function: Kernel) -> Kernel:
    """Compile a kernel that makes no arrays, and so need not count who holds those it is given.

    Counting costs more than the sums where small functions take arrays in an inner loop: without
    it such loops run up to 15 times faster.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
    try:
        return cast("Kernel", njit(**options)(function))
    except KeyError:  # the option is numba's own affair, and may go
        return compiled(function)


def inlined(function: Kernel) -> Kernel:
    """Compile a small function into the kernels that call it."""
    return cast("Kernel", njit(inline="always")(function))
