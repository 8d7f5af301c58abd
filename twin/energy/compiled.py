"""The one way in which kernels of buildings are compiled and spread over threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

Kernel = TypeVar("Kernel", bound="Callable[..., Any]")

PIECES = 8
"""Shares of the work per thread, so that a thread with short ones takes another [1]."""


def compiled(function: Kernel) -> Kernel:
    """Compile a kernel once per machine: cached on disk, no fast maths, frees other threads."""
    return cast("Kernel", njit(cache=True, nogil=True)(function))


def bare(function: Kernel) -> Kernel:
    """Compile a kernel that makes no arrays, and so need not count who holds those it is given."""
    try:
        return cast("Kernel", cast("Any", njit)(cache=True, nogil=True, _nrt=False)(function))
    except KeyError:  # the option is numba's own affair, and may go
        return compiled(function)


def inlined(function: Kernel) -> Kernel:
    """Compile a small function into the kernels that call it."""
    return cast("Kernel", njit(inline="always")(function))


def threads_available() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(work: Callable[[int, int], Any], count: int, threads: int | None) -> None:
    """Do independent pieces of work on several threads.

    Parameters
    ----------
    work
        Does the pieces from the first number to before the second one; pieces share no result.
    count
        How many pieces there are.
    threads
        How many threads at most; None for all processors. The result does not depend on it.
    """
    workers = max(1, min(threads or threads_available(), count))
    edges = np.linspace(0, count, min(count, workers * PIECES) + 1).astype(int)
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work, int(a), int(b)) for a, b in pairwise(edges)]:
            done.result()
