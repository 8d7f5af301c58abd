"""From flows on links to traffic on streets: by period of the day, vehicle and direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.mobility import low_emission, network, road_links
from twin.mobility.car_classes import THROUGH
from twin.mobility.freight import LORRY, VAN
from twin.mobility.network import METRES_PER_KM, MINUTES_PER_HOUR, SECONDS_PER_MINUTE
from twin.mobility.noise_traffic import Slot

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from layers.schema import UserClass
    from twin.mobility.equilibrium import Equilibrium
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.profiles import Period

HEAVY: Final = (LORRY,)
"""Classes that are loud."""


@dataclass(frozen=True)
class Hour:
    """The busiest hour of a period: network and flows.

    Parameters
    ----------
    period
        The period and what its hour is multiplied with.
    roads, found
        Network of the period and its equilibrium.
    classes
        Who drives, with their answer to cost.
    """

    period: Period
    roads: Roads
    found: Equilibrium
    classes: tuple[UserClass, ...] = ()

    def flow(self, *names: str) -> NDArray[np.float64]:
        """Vehicles of some classes on each link, of all if none is named (links,) [veh/h].

        Those of a class that a low-emission rule keeps out belong to it.
        """
        classes = [low_emission.kind(name) for name in self.found.warm.names]
        rows = [number for number, name in enumerate(classes) if not names or name in names]
        return np.asarray(self.found.class_flow[rows].sum(axis=0))


def driven(streets: gpd.GeoDataFrame) -> pd.Index:
    """Streets that cars may use, closed for some periods or not, in table order."""
    return streets.index[road_links.driven(streets)]


def _place(hour: Hour, streets: pd.Index) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which links are streets, and the row of each among the streets."""
    own = (hour.roads.links["kind"] == network.STREET).to_numpy()
    return own, streets.get_indexer(hour.roads.links["street"][own])


def summed(hour: Hour, streets: pd.Index, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of a figure of links over both directions of each street (streets,).

    Parameters
    ----------
    hour
        Network that the links are of.
    streets
        Ids.
    values : (links,)
        Figure.
    """
    own, place = _place(hour, streets)
    return np.bincount(place, weights=values[own], minlength=len(streets)).astype(np.float64)


def speed_of(hour: Hour, streets: pd.Index, length: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean speed of both directions, weighted by vehicles (streets,) [km/h]; NaN where closed.

    Parameters
    ----------
    hour
        Network and flows.
    streets
        Ids.
    length : (streets,) [km]
    """
    time = _mean(hour, streets, hour.found.time)
    found = np.full(len(streets), np.nan)
    np.divide(length * MINUTES_PER_HOUR, time, out=found, where=time > 0.0)
    return found


def _mean(hour: Hour, streets: pd.Index, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over directions weighted by vehicles, evenly where nobody drives; NaN where closed."""
    flow = hour.found.flow
    busy = summed(hour, streets, flow) > 0.0
    own, place = _place(hour, streets)
    weight = np.zeros_like(flow)
    weight[own] = np.where(busy[place], flow[own], 1.0)
    total = summed(hour, streets, weight)
    found = np.full(len(streets), np.nan)
    np.divide(summed(hour, streets, weight * values), total, out=found, where=total > 0.0)
    return found


def by_vehicle(streets: gpd.GeoDataFrame, hours: list[Hour]) -> dict[str, NDArray[np.float64]]:
    """Vehicles in each period by kind (streets, periods) [veh/d].

    Parameters
    ----------
    streets
        City table.
    hours
        Periods of the day.
    """
    index = driven(streets)

    def day(*names: str) -> NDArray[np.float64]:
        return np.stack(
            [summed(hour, index, hour.flow(*names)) * hour.period.expansion for hour in hours],
            axis=1,
        )

    found = {"van": day(VAN), "lorry": day(LORRY)}
    return {"car": np.maximum(day() - found["van"] - found["lorry"], 0.0), **found}


def by_street(
    streets: gpd.GeoDataFrame, hours: list[Hour], parameters: MobilityParameters
) -> pd.DataFrame:
    """Traffic of every street that cars may use.

    Parameters
    ----------
    streets
        City table.
    hours
        Periods of the day.
    parameters
        Days of the year.

    Returns
    -------
    frame
        Index: ids. vehicles, lorries, through [veh/d], speed [km/h], delay [s/veh] and load [1]
        in the busiest hour of the day, vehicle_km [veh km/a], vehicles_<period> [veh/d],
        speed_<period> [km/h].
    """
    index = driven(streets)
    length = streets.loc[index, "length"].to_numpy() / METRES_PER_KM
    by_period = {
        hour.period.name: summed(hour, index, hour.found.flow) * hour.period.expansion
        for hour in hours
    }
    vehicles = np.sum(list(by_period.values()), axis=0)
    peak = max(hours, key=lambda hour: float(hour.found.flow.sum()))
    free = _mean(peak, index, peak.roads.network.free_time)
    speed = speed_of(peak, index, length)
    legal = streets.loc[index, "speed_kph"].to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "vehicles": vehicles,
            "speed": np.where(np.isnan(speed), legal, speed),
            "delay": np.nan_to_num(_mean(peak, index, peak.found.time) - free) * SECONDS_PER_MINUTE,
            "vehicle_km": vehicles * length * parameters.days,
            "load": load(peak, index),
            "lorries": day_of(hours, index, LORRY),
            "through": day_of(hours, index, THROUGH),
            **{f"vehicles_{name}": values for name, values in by_period.items()},
            **{
                f"speed_{hour.period.name}": np.where(
                    np.isnan(one := speed_of(hour, index, length)), legal, one
                )
                for hour in hours
            },
        },
        index=index,
    )


def day_of(hours: list[Hour], streets: pd.Index, name: str) -> NDArray[np.float64]:
    """Vehicles of a class on a day (streets,) [veh/d].

    Parameters
    ----------
    hours
        Periods of the day.
    streets
        Ids.
    name
        Class.
    """
    return np.asarray(
        np.sum([summed(hour, streets, hour.flow(name)) * hour.period.expansion for hour in hours],
               axis=0)
    )  # fmt: skip


def load(hour: Hour, streets: pd.Index) -> NDArray[np.float64]:
    """Flow over capacity, of the direction where it is higher (streets,) [1].

    Parameters
    ----------
    hour
        Network and flows.
    streets
        Ids.
    """
    own, place = _place(hour, streets)
    net = hour.roads.network
    ratio = hour.found.flow[own] / net.capacity[own]
    found = np.zeros(len(streets))
    np.maximum.at(found, place, ratio)
    return found


def speeds(table: pd.DataFrame, hours: list[Hour]) -> NDArray[np.float64]:
    """Mean speed in each period (streets, periods) [km/h].

    Parameters
    ----------
    table
        Of `by_street`.
    hours
        Periods of the day.
    """
    names = [f"speed_{hour.period.name}" for hour in hours]
    return np.asarray(table[names], dtype=np.float64)


def slots(
    table: pd.DataFrame, flows: dict[str, NDArray[np.float64]], hours: list[Hour]
) -> list[Slot]:
    """Traffic of each period as noise takes it: mean flow of its hours.

    Parameters
    ----------
    table
        Of `by_street`.
    flows
        Of `by_vehicle`.
    hours
        Periods of the day.
    """
    light = flows["car"] + flows["van"]
    found = []
    for number, hour in enumerate(hours):
        span = len(hour.period.hours)
        start = float(hour.period.hours[0])
        speed = table[f"speed_{hour.period.name}"].to_numpy()
        found.append(
            Slot(
                start,
                start + span,
                light[:, number] / span,
                flows["lorry"][:, number] / span,
                speed,
            )
        )
    return found


def street_minutes(hours: list[Hour]) -> pd.DataFrame:
    """Time along every street in the busiest hour of the day [min]: columns forward, backward.

    Parameters
    ----------
    hours
        Periods of the day.
    """
    peak = max(hours, key=lambda hour: float(hour.found.flow.sum()))
    links = peak.roads.links
    own = (links["kind"] == network.STREET).to_numpy()
    time = pd.DataFrame({"street": links["street"][own], "direction": links["direction"][own],
                         "minutes": peak.found.time[own]})  # fmt: skip
    found = time.pivot_table(index="street", columns="direction", values="minutes")
    return found.reindex(columns=["forward", "backward"])
