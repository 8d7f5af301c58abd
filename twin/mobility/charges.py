"""What cars pay to the town: charges of streets by who passes, parking where trips end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import street_traffic
from twin.mobility.car_classes import EXTERNAL, THROUGH
from twin.mobility.freight import LORRY, VAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.mobility.street_traffic import Hour

HOUSEHOLD, COMPANY, VISITOR = "household", "company", "visitor"
PAYERS: Final[Mapping[str, str]] = {
    VAN: COMPANY, LORRY: COMPANY, EXTERNAL: VISITOR, THROUGH: VISITOR,
}  # fmt: skip
"""Who pays for each class of vehicles; cars of residents are paid for by households."""

LIMITS: Final = (
    (
        "Charges are what the modelled vehicles pay: exemptions, passes, fines and those who do not "
        "pay are not in it, nor what it costs to collect."
    ),
    (
        "Parking is paid by residents' cars wherever a trip ends in a zone with a price; what "
        "visitors pay to park is not computed."
    ),
)


def of_streets(hours: Sequence[Hour], streets: pd.Index, *, days: float) -> pd.DataFrame:
    """What passing each street costs all vehicles together, by payer [EUR/a].

    Parameters
    ----------
    hours
        Busiest hour of each period: flows by class, and the toll of each link [EUR].
    streets
        Ids.
    days
        Days of a year like the modelled one [d].
    """
    found = pd.DataFrame(0.0, index=streets, columns=[HOUSEHOLD, COMPANY, VISITOR])
    for hour in hours:
        links = hour.roads.links
        if "toll" not in links or not (links["toll"] > 0.0).any():
            continue
        toll = links["toll"].fillna(0.0).to_numpy(dtype=np.float64)
        for name in dict.fromkeys(hour.found.warm.names):
            paid = toll * hour.flow(name) * hour.period.expansion * days
            payer = PAYERS.get(name, HOUSEHOLD)
            found[payer] += street_traffic.summed(hour, streets, paid)
    return found


def of_parking(
    drivers: NDArray[np.float64], price: NDArray[np.float64], *, days: float
) -> NDArray[np.float64]:
    """What drivers pay to park in each zone (zones,) [EUR/a].

    Parameters
    ----------
    drivers : (zones, zones) [1/d]
        Trips at the wheel from row to column.
    price : (zones,) [EUR]
        Of a trip that ends there.
    days
        Days of a year like the modelled one [d].
    """
    return np.asarray(drivers.sum(axis=0) * np.nan_to_num(price) * days)
