"""What a reader did not keep, and why: nothing is lost in silence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN: Final = 5
"""Ids named per reason [1]."""


@dataclass
class Drops:
    """Count losses per table and reason while a file is read.

    Parameters
    ----------
    rows
        (table, reason) to the number of objects and a few of their ids.
    refused
        Table to the number of whole objects that were not kept [1]; a lost value or a lost end
        of a street is counted in `rows` only.
    """

    rows: dict[tuple[str, str], tuple[int, list[str]]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def lose(self, table: str, reason: str, ids: Iterable[object]) -> None:
        """Count whole objects that do not reach the table."""
        before = self.count(table, reason)
        self.note(table, reason, ids)
        self.refused[table] += self.count(table, reason) - before

    def note(self, table: str, reason: str, ids: Iterable[object]) -> None:
        """Count values or parts of objects that were lost; the objects stay."""
        names = [str(name) for name in ids]
        if not names:
            return
        count, examples = self.rows.get((table, reason), (0, []))
        examples = (examples + names[:SHOWN])[:SHOWN]
        self.rows[table, reason] = (count + len(names), examples)

    def count(self, table: str, reason: str) -> int:
        """Objects counted so far under a reason [1]."""
        return self.rows.get((table, reason), (0, []))[0]

    def frame(self) -> pd.DataFrame:
        """Table with columns table, reason, count [1], examples, in order of table and reason."""
        rows = [(*key, count, " ".join(ids)) for key, (count, ids) in sorted(self.rows.items())]
        frame = pd.DataFrame(rows, columns=["table", "reason", "count", "examples"])
        return frame.astype({"table": "str", "reason": "str", "count": "int64", "examples": "str"})
