"""A heap of keyed entries held in two arrays, four below each (Johnson 1975): flat, as pushes outnumber pops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.compiled import inlined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

FOURTH = 2
"""Bits of the number of entries below each in the heap, four (Johnson 1975): few levels [1]."""


@inlined
def push(keys: Floats, items: Ints, size: int, key: float, item: int) -> int:
    """Put one entry into a heap held in two arrays, four below each; returns the new size."""
    place = size
    while place > 0:
        parent = (place - 1) >> FOURTH
        if keys[parent] <= key:
            break
        keys[place] = keys[parent]
        items[place] = items[parent]
        place = parent
    keys[place] = key
    items[place] = item
    return size + 1


@inlined
def pop(keys: Floats, items: Ints, size: int) -> int:
    """Remove the smallest entry, which the caller has read at place 0; returns the new size."""
    size -= 1
    key = keys[size]
    item = items[size]
    place = 0
    while True:
        first = (place << FOURTH) + 1
        if first >= size:
            break
        least, low = first, keys[first]
        for child in range(first + 1, min(first + (1 << FOURTH), size)):
            if keys[child] < low:
                least, low = child, keys[child]
        if low >= key:
            break
        keys[place] = low
        items[place] = items[least]
        place = least
    keys[place] = key
    items[place] = item
    return size
