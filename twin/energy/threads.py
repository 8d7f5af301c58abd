"""Independent pieces of work, spread over threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

PIECES = 8
"""Shares of the work per thread, so that a thread with short ones takes another [1]."""


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
