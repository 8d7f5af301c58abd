"""Close streets to cars with a modal filter; people on foot and on bicycles pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.edits import with_values
from twin.intervention import Intervention
from twin.pricing import Cost, unit_costs, unit_priced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from twin.city import City

PASSABLE = "emergency"
BOLLARDS = ("removable", "rising")
_COLUMNS = {
    "both": ("drive_forward", "drive_backward"),
    "forward": ("drive_forward",),
    "backward": ("drive_backward",),
}


class CloseStreet(Intervention):
    """Cars may no longer drive along the selected streets; walking and cycling stay as they are."""

    table: ClassVar[str] = "streets"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "kind": "close_street",
            "id": "quiet-centre",
            "where": {"expression": "highway == 'residential' and length < 250"},
            "start": 2027,
        },
        {
            "kind": "close_street",
            "id": "one-way-main",
            "where": {"expression": "highway in ['secondary', 'tertiary']"},
            "start": 2028,
            "direction": "backward",
        },
        {
            "kind": "close_street",
            "id": "quiet-and-reached",
            "where": {"expression": "highway == 'residential' and length < 150"},
            "start": 2027,
            "filter": "removable",
        },
    )
    limits: ClassVar[tuple[str, ...]] = (
        (
            "A closed street is closed to cars along its whole length between two junctions; "
            "access of residents and deliveries is not modelled. Emergency vehicles pass what the "
            "filter lets them (`twin affected`)."
        ),
    )

    kind: Literal["close_street"] = Field(
        default="close_street", description="Kind of intervention"
    )
    direction: Literal["both", "forward", "backward"] = Field(
        default="both", description="Closed in both directions, or only along or against drawing"
    )

    filter: Literal["fixed", "removable", "rising", "signs"] = Field(
        default="fixed",
        description="What closes it: bollards or planters that stay, bollards that help takes out "
        "or lowers, or signs; nothing is built for one direction only",
    )

    def eligible(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Streets that cars may drive in a direction that is to be closed."""
        return np.asarray(frame[list(_COLUMNS[self.direction])].any(axis=1), dtype=bool)

    def change(self, city: City, objects: pd.Index) -> City:
        """Take away the permission to drive, and say what emergency vehicles meet."""
        values: dict[str, object] = dict.fromkeys(_COLUMNS[self.direction], False)
        if self.direction == "both" and self.filter != "fixed":
            values[PASSABLE] = True
        if self.direction == "both" and self.filter in BOLLARDS:
            values["barrier"] = f"bollard={self.filter}"
        return with_values(city, self.table, objects, **values)

    def price(self, city: City, objects: pd.Index) -> Cost:
        """Filters at a unit cost; see `filter_count`."""
        costs = unit_costs("street_works", city.country).set_index("key")["value"]
        filters = filter_count(city.table(self.table).loc[objects], costs["modal_filter.spacing"])
        return unit_priced("street_works", "modal_filter", city.country, filters, "filters")


def filter_count(frame: pd.DataFrame, spacing: float) -> float:
    """Filters that close streets: one for each connected run of segments, more on a long one.

    Parameters
    ----------
    frame : (segments, columns)
        Closed segments: from_node, to_node, length [m].
    spacing
        Length of closed street that one filter serves [m].

    Returns
    -------
    filters
        A whole number [1].
    """
    ends, nodes = pd.factorize(frame[["from_node", "to_node"]].to_numpy().ravel())
    start, end = ends[::2], ends[1::2]
    links = coo_array((np.ones(len(frame)), (start, end)), shape=(len(nodes), len(nodes)))
    _, run = connected_components(links, directed=False)
    length = np.bincount(run[start], weights=frame["length"]) if len(frame) else np.zeros(0)
    return float(np.maximum(np.ceil(length / spacing), 1.0).sum())
