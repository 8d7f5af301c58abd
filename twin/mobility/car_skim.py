"""What a trip by car takes between zones, door to door, along the cheapest way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.mobility.choice import MINUTES_PER_HOUR, Skims
from twin.mobility.network import METRES_PER_KM, connector_time
from twin.mobility.paths import graph, skim

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.demand_parameters import DemandParameters
    from twin.mobility.network import Roads
    from twin.mobility.parameters import MobilityParameters

ELECTRICITY: Final = "electricity"


@dataclass(frozen=True)
class CarSkim:
    """Trips by car between zones (and gateways after them).

    Parameters
    ----------
    time : (zones, zones) [min]
        Door to door; infinite where no car gets or may go.
    length : (zones, zones) [km]
    cost : (zones, zones) [EUR]
        Fuel, tolls and parking of a car of the mean fleet.
    network : (zones, zones) [min]
        Generalised cost on the network alone, as the equilibrium counts it: time from zone to
        zone and what fuel and tolls are worth to the mean driver.
    """

    time: NDArray[np.float64]
    length: NDArray[np.float64]
    cost: NDArray[np.float64]
    network: NDArray[np.float64]


def value_of_time(parameters: DemandParameters) -> float:
    """What an hour is worth to the mean driver [EUR/h]: mean over purposes by their trips."""
    return float(np.average(parameters.value_of_time, weights=parameters.rate))


def cost_per_km(parameters: MobilityParameters) -> float:
    """Fuel of a kilometre with the mean fleet [EUR/km]."""
    electric = parameters.shares.get(ELECTRICITY, 0.0)
    demand = parameters.demand
    return (1.0 - electric) * demand["car.cost"] + electric * demand["electric.cost"]


def link_minutes(roads: Roads, per_km: float, worth: float) -> NDArray[np.float64]:
    """What fuel and tolls of each link are worth (links,) [min].

    Parameters
    ----------
    roads
        Road network; its links may have a column toll [EUR].
    per_km
        Fuel [EUR/km].
    worth
        Value of time [EUR/h].
    """
    money = roads.network.length * per_km + _toll(roads)
    return np.asarray(money * (MINUTES_PER_HOUR / worth))


def _toll(roads: Roads) -> NDArray[np.float64]:
    """Toll of each link (links,) [EUR]."""
    if "toll" not in roads.links:
        return np.zeros(len(roads.links))
    return np.asarray(roads.links["toll"].fillna(0.0), dtype=np.float64)


def between(
    roads: Roads,
    zones: gpd.GeoDataFrame,
    parameters: MobilityParameters,
    *,
    time: NDArray[np.float64] | None = None,
    barred: NDArray[np.bool_] | None = None,
) -> CarSkim:
    """Trips by car between all zones, and gateways where the network has them.

    A trip inside a zone takes the way from its end to the junction twice. Parking costs what the
    zone where the trip ends asks for; from and to zones without cars none goes.

    Parameters
    ----------
    roads
        Road network; its first nodes are the zones, then the gateways.
    zones
        City table.
    parameters
        Fuel, values of time, minutes to and from the car.
    time : (links,) [min]
        Time on each link; that of an empty network if None.
    barred : (links,)
        Links that the cars may not use; none if None.
    """
    net, worth = roads.network, value_of_time(parameters.demand)
    per_km, sorted_links = cost_per_km(parameters), graph(roads.network)
    money = link_minutes(roads, per_km, worth)
    cost = (net.free_time if time is None else time) + money
    if barred is not None:
        cost = np.where(barred, np.inf, cost)
    network, length = skim(sorted_links, cost, net.length, net.zones)
    toll = _toll(roads)
    paid = skim(sorted_links, cost, toll, net.zones)[1] if toll.any() else np.zeros_like(length)
    spent = per_km * length + paid
    reached = np.isfinite(network)
    minutes = np.subtract(
        network, spent * (MINUTES_PER_HOUR / worth), out=np.full_like(network, np.inf),
        where=reached,
    )  # fmt: skip
    own = connector_time(zones, parameters)
    ends = np.zeros(net.zones)
    ends[: len(zones)] = near(zones)
    inside = np.arange(len(zones))
    minutes[inside, inside] = 2.0 * own
    door = minutes + parameters.demand["car.terminal"]
    closed = _closed(zones, net.zones)
    door[closed, :], door[:, closed] = np.inf, np.inf
    return CarSkim(
        time=door,
        length=length + ends[:, None] + ends[None, :],
        cost=spent + _parking(zones, net.zones)[None, :],
        network=network,
    )


def near(zones: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Way from the end of a trip to the junction of its zone, on no street (zones,) [km]."""
    return np.asarray(0.5 * np.sqrt(zones.geometry.area.to_numpy()) / METRES_PER_KM)


def _closed(zones: gpd.GeoDataFrame, count: int) -> NDArray[np.bool_]:
    """Zones where no car may begin or end its trip (count,)."""
    found = np.zeros(count, dtype=bool)
    if "car_free" in zones:
        found[: len(zones)] = zones["car_free"].fillna(value=False).to_numpy(dtype=bool)
    return found


def _parking(zones: gpd.GeoDataFrame, count: int) -> NDArray[np.float64]:
    """Price of parking where a trip ends (count,) [EUR]."""
    found = np.zeros(count)
    if "parking_price_eur" in zones:
        price = zones["parking_price_eur"].fillna(0.0)
        found[: len(zones)] = price.to_numpy(dtype=np.float64)
    return found


def with_car(skims: Skims, car: CarSkim, zones: int) -> Skims:
    """Skims of all modes, with those of driver and passenger put in or replaced.

    The passenger bears what the driver bears, so that a toll moves both alike; the constant of the
    mode says how few find someone to go with.

    Parameters
    ----------
    skims
        Of the other modes.
    car
        From `between`.
    zones
        Number of zones; gateways after them are left out [1].
    """
    part = slice(zones)
    time, length, cost = (one[part, part] for one in (car.time, car.length, car.cost))
    both = ("car_driver", "car_passenger")
    return Skims(
        {**skims.time, **dict.fromkeys(both, time)},
        {**skims.length, **dict.fromkeys(both, length)},
        {**skims.cost, **dict.fromkeys(both, cost)},
        {mode: felt for mode, felt in skims.perceived.items() if mode not in both},
    )
