"""Hours of rooms: what they need before it is said what of it is met, kept where nothing changes.

Heat pumps, boilers and solar modules change what is bought for a room and not the room. Who works
out many states of a town gives a `Memory`, and each room is worked out once in each of its states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Hours = NDArray[np.float32]
    Whole = NDArray[np.int64]
    Digest = NDArray[np.uint64]

UNKNOWN: Final = -1
"""Place of rooms that a memory does not know."""

GIGABYTE: Final = 1_000_000_000


@dataclass(frozen=True)
class Rooms:
    """The year of the rooms of n buildings.

    Parameters
    ----------
    figures : (n, figures)
        As the caller defines them.
    sums : (n, sums)
        As the caller defines them.
    monthly : (n, 2, 12)
        Heat and cold of each month by standard use [kWh].
    heat : (n, hours) float32
        Heat as lived [W].
    cold : (n, hours) float32
        Cold as lived of buildings that are cooled, of others by standard use [W].
    """

    figures: Floats
    sums: Floats
    monthly: Floats
    heat: Hours
    cold: Hours

    def __len__(self) -> int:
        return len(self.figures)

    @classmethod
    def empty(cls, count: int, figures: int, sums: int, hours: int) -> Rooms:
        """Room for so many buildings, all zero."""
        return cls(
            np.zeros((count, figures)), np.zeros((count, sums)), np.zeros((count, 2, 12)),
            np.zeros((count, hours), np.float32), np.zeros((count, hours), np.float32),
        )  # fmt: skip

    def put(self, rows: Whole, other: Rooms) -> None:
        """Write the rooms of some buildings."""
        self.figures[rows], self.sums[rows], self.monthly[rows] = (
            other.figures, other.sums, other.monthly,
        )  # fmt: skip
        self.heat[rows], self.cold[rows] = other.heat, other.cold


@dataclass(frozen=True)
class _Block:
    """Rooms without the hours in which none of them needs anything."""

    rooms: Rooms
    heated: Whole
    cooled: Whole

    @property
    def size(self) -> int:
        return self.rooms.heat.nbytes + self.rooms.cold.nbytes


class Memory:
    """Rooms that were worked out, for as long as weather and tables are the same.

    Parameters
    ----------
    most
        Bytes that their hours may take; rooms beyond that are worked out again each time.
    """

    def __init__(self, most: int = 2 * GIGABYTE) -> None:
        self._most = most
        self._shared = ""
        self._clear()

    def _clear(self) -> None:
        self._blocks: list[_Block] = []
        self._place: dict[int, tuple[int, int]] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._place)

    def places(self, shared: str, rooms: Digest) -> Whole:
        """Block and row of rooms, (n, 2); `UNKNOWN` for those that are not kept.

        Parameters
        ----------
        shared
            Digest of weather and tables; another one than before empties the memory.
        rooms
            Digest of each building's rooms.
        """
        if shared != self._shared:
            self._shared = shared
            self._clear()
        nowhere = UNKNOWN, UNKNOWN
        found = [self._place.get(one, nowhere) for one in rooms.tolist()]
        return np.array(found, dtype=np.int64).reshape(-1, 2)

    def keep(self, digests: Digest, rooms: Rooms) -> None:
        """Keep the rooms of some buildings, if there is space left."""
        block = _trimmed(rooms)
        if self._size + block.size > self._most:
            return
        self._size += block.size
        number = len(self._blocks)
        self._blocks.append(block)
        self._place |= {one: (number, row) for row, one in enumerate(digests.tolist())}

    def fill(self, into: Rooms, rows: Whole, places: Whole) -> None:
        """Write kept rooms into rows of others, by their `places`."""
        for number in np.unique(places[:, 0]):
            block, own = self._blocks[number], places[:, 0] == number
            target, source = rows[own], places[own, 1]
            kept = block.rooms
            into.figures[target], into.sums[target] = kept.figures[source], kept.sums[source]
            into.monthly[target] = kept.monthly[source]
            into.heat[np.ix_(target, block.heated)] = kept.heat[source]
            into.cold[np.ix_(target, block.cooled)] = kept.cold[source]


def _trimmed(rooms: Rooms) -> _Block:
    """Rooms without the hours in which none of them is heated, or cooled."""
    heated, cooled = (np.flatnonzero(hours.any(axis=0)) for hours in (rooms.heat, rooms.cold))
    kept = Rooms(
        rooms.figures, rooms.sums, rooms.monthly, rooms.heat[:, heated], rooms.cold[:, cooled]
    )
    return _Block(kept, heated, cooled)
