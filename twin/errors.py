"""Errors behind the readers, below the same root.

TwinError (layers.errors)
├── InputError (layers.errors)
│   ├── ScenarioError     a scenario file or intervention that cannot be carried out
│   ├── BlockedError      lines of buses that a plan leaves no way
│   └── StoreError        a twin folder that is not whole, not ours, or too new
├── NotComputedError      a figure that no table or engine yields; it is absent, not zero
└── LedgerError           sums, units or factor purposes that do not fit together
"""

from __future__ import annotations

from layers.errors import InputError, TwinError


class ScenarioError(InputError):
    """A scenario that cannot be read or applied; lists every fault with line and path."""


class BlockedError(InputError):
    """Lines that cannot get from a stop to the next; a run with them stops and names each."""


class StoreError(InputError):
    """A twin folder that cannot be opened or written."""


class NotComputedError(TwinError):
    """No table, substitute or engine yields this figure."""


class LedgerError(TwinError):
    """Rows that cannot be booked or summed together."""
