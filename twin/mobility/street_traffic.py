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


@dataclass(frozen=True)
class Placed:
    """Links of an hour's network as rows of streets.

    Parameters
    ----------
    hour
        Network and flows.
    own : (links,)
        Which links are streets.
    place : (own links,)
        Row of each of them among the streets.
    count
        Streets.
    """

    hour: Hour
    own: NDArray[np.bool_]
    place: NDArray[np.int64]
    count: int

    @classmethod
    def on(cls, hour: Hour, streets: pd.Index) -> Placed:
        """Look up the street of every link."""
        own = (hour.roads.links["kind"] == network.STREET).to_numpy()
        place = streets.get_indexer(hour.roads.links["street"][own])
        return cls(hour, own, place, len(streets))

    def summed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum of a figure of links over both directions of each street (streets,)."""
        weights = values[self.own]
        return np.bincount(self.place, weights=weights, minlength=self.count).astype(np.float64)

    def mean(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean over directions weighted by vehicles, evenly where nobody drives; NaN if closed."""
        flow = self.hour.found.flow
        busy = self.summed(flow) > 0.0
        weight = np.zeros_like(flow)
        weight[self.own] = np.where(busy[self.place], flow[self.own], 1.0)
        total = self.summed(weight)
        found = np.full(self.count, np.nan)
        np.divide(self.summed(weight * values), total, out=found, where=total > 0.0)
        return found

    def speed(self, length: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean speed of both directions by vehicles (streets,) [km/h] from length [km]."""
        time = self.mean(self.hour.found.time)
        found = np.full(self.count, np.nan)
        np.divide(length * MINUTES_PER_HOUR, time, out=found, where=time > 0.0)
        return found

    def load(self) -> NDArray[np.float64]:
        """Flow over capacity, of the direction where it is higher (streets,) [1]."""
        ratio = self.hour.found.flow[self.own] / self.hour.roads.network.capacity[self.own]
        found = np.zeros(self.count)
        np.maximum.at(found, self.place, ratio)
        return found

    def day(self, *names: str) -> NDArray[np.float64]:
        """Vehicles of some classes in the period, of all if none is named (streets,) [veh/d]."""
        return self.summed(self.hour.flow(*names)) * self.hour.period.expansion


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
    return Placed.on(hour, streets).summed(values)


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
    placed = [Placed.on(hour, index) for hour in hours]

    def day(*names: str) -> NDArray[np.float64]:
        return np.stack([one.day(*names) for one in placed], axis=1)

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
    legal = streets.loc[index, "speed_kph"].to_numpy(dtype=np.float64)
    placed = [Placed.on(hour, index) for hour in hours]
    busiest = int(np.argmax([hour.found.flow.sum() for hour in hours]))
    peak = placed[busiest]
    free = peak.mean(peak.hour.roads.network.free_time)
    vehicles = np.sum([one.day() for one in placed], axis=0)
    lost = np.nan_to_num(peak.mean(peak.hour.found.time) - free) * SECONDS_PER_MINUTE
    speeds = [_or(one.speed(length), legal) for one in placed]
    return pd.DataFrame(
        {
            "vehicles": vehicles,
            "speed": speeds[busiest],
            "delay": lost,
            "vehicle_km": vehicles * length * parameters.days,
            "load": peak.load(),
            "lorries": np.sum([one.day(LORRY) for one in placed], axis=0),
            "through": np.sum([one.day(THROUGH) for one in placed], axis=0),
            **{f"vehicles_{one.hour.period.name}": one.day() for one in placed},
            **{f"speed_{one.hour.period.name}": speeds[k] for k, one in enumerate(placed)},
        },
        index=index,
    )


def _or(values: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values, and others where there are none."""
    return np.where(np.isnan(values), other, values)


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
