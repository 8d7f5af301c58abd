"""Domains of what travel costs people: fuel, fares, charges and parking, and their income."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from layers import tables
from twin import money
from twin.domain import Domain, Indicator, Outcome
from twin.mobility import affordability, car_skim, charges, residents
from twin.mobility.parameters import mobility_parameters
from twin.travel_effects import EUR, TRANSPORT, day_of, prices

if TYPE_CHECKING:
    from layers.schema import Progress
    from twin.city import City
    from twin.mobility.day import DayRun
    from twin.mobility.parameters import MobilityParameters

TOWN: Final = "municipality"
"""Who gets charges and parking fees."""
DRIVER, TRANSIT = "car_driver", "transit"
CHARGED: Final = {"currency": EUR, "price_basis": "as charged, VAT unknown", "sector": TRANSPORT}
NEEDED: Final = ("section", "income", "income_unit", "people", "dwellings", "zone")
LIMITS: Final = (
    (
        "Travel costs are those of residents' trips inside the area: fuel, fares, parking and "
        "charges at the streets' state of the morning; not the car itself."
    ),
    "Who drives pays for the car; who goes along pays nothing.",
)


class _Spent(NamedTuple):
    """What the residents of each zone spend and how long they are on the way, by day."""

    fuel: Any
    fares: Any
    fees: Any
    minutes: Any

    @property
    def money(self) -> Any:
        """All of it together [EUR/d]."""
        return self.fuel + self.fares + self.fees


def _costs(city: City, _warm: Any, _progress: Progress, *, traffic: Outcome | None) -> Outcome:
    made = day_of(traffic, "what people pay to travel is not known")
    parameters = mobility_parameters(city.country, city.parameters)
    zones, days = city.zones.loc[made.zones.index], parameters.days
    streets = charges.of_streets(made.hours, made.streets.index, days=days)
    price = _price(zones)
    parked = pd.Series(charges.of_parking(made.by_mode[DRIVER], price, days=days), zones.index)
    spent = _spent(made, zones, parameters)
    people = zones["people"].to_numpy(np.float64)
    frame = pd.DataFrame({
        "parking_paid": parked,
        "travel_cost": _each(spent.money * days, people),
        "travel_minutes": _each(spent.minutes, people),
    }, index=zones.index)  # fmt: skip
    inside = zones["inside"].to_numpy(dtype=bool)
    paid = streets.sum(axis=1).rename("charge_paid")
    return Outcome(
        frames={"streets": paid.to_frame(), "zones": frame},
        money=pd.concat([
            *(money.transfer(streets[payer], payer, TOWN, layer="streets", end_use="road charge",
                             **CHARGED) for payer in streets),
            money.transfer(parked, charges.HOUSEHOLD, TOWN, layer="zones", end_use="parking",
                           **CHARGED),
            *_bought(spent, zones.index, parameters),
        ], ignore_index=True),
        people={
            **_of_residents(spent, inside, people, parameters),
            **_revenue(paid[city.streets.loc[paid.index, "inside"]], parked[inside]),
        },
        limits=(*LIMITS, *(charges.LIMITS if paid.any() or price.any() else ())),
        made=frame["travel_cost"] / days,
    )  # fmt: skip


def _price(zones: pd.DataFrame) -> Any:
    """Price of parking where a trip ends (zones,) [EUR]."""
    if "parking_price_eur" not in zones:
        return np.zeros(len(zones))
    return zones["parking_price_eur"].fillna(0.0).to_numpy(np.float64)


def _spent(made: DayRun, zones: Any, parameters: MobilityParameters) -> _Spent:
    skims, per_km = made.skims, car_skim.cost_per_km(parameters)
    ends = car_skim.near(zones)
    on_streets = skims.length[DRIVER] - ends[:, None] - ends[None, :]
    # What a trip costs beside its fuel on streets: parking and charges.
    there = np.isfinite(on_streets)
    fees = np.where(there, skims.cost[DRIVER], 0.0) - per_km * np.where(there, on_streets, 0.0)
    fees = np.maximum(fees, 0.0)
    none = np.zeros(len(made.zones))

    def homes(per_trip: dict[str, Any]) -> dict[str, Any]:
        return residents.of_homes(made.home, made.by_mode, per_trip)

    fuel = homes({DRIVER: per_km * skims.length[DRIVER]})[DRIVER]
    fees = homes({DRIVER: fees})[DRIVER]
    fares = homes({TRANSIT: skims.cost[TRANSIT]})[TRANSIT] if TRANSIT in skims.cost else none
    times = homes({mode: time for mode, time in skims.time.items() if mode in made.by_mode})
    return _Spent(fuel, fares, fees, np.sum(list(times.values()), axis=0))


def _each(total: Any, people: Any) -> Any:
    """What a resident has of it; missing where nobody lives."""
    return np.divide(total, people, out=np.full(len(people), np.nan), where=people > 0.0)


def _bought(spent: _Spent, zones: pd.Index, parameters: MobilityParameters) -> list[pd.DataFrame]:
    """Ledger rows of fuel and fares; charges and parking stand in rows of their own."""
    days, years = parameters.days, tables.load("mode_choice").groupby("key")["year"].max()
    parts = (("fuel of cars", spent.fuel, "car.cost"), ("fares", spent.fares, "transit_fare_eur"))
    return [
        money.rows(
            pd.Series(values * days, zones), kind="opex", layer="zones", payer=charges.HOUSEHOLD,
            end_use=use, **prices(float(years[key])),
        )
        for use, values, key in parts
    ]  # fmt: skip


def _of_residents(
    spent: _Spent, inside: Any, people: Any, parameters: MobilityParameters
) -> dict[str, Indicator]:
    """What a resident inside pays a year, and minutes on the way a day."""
    head = fsum(people[inside].tolist())
    if head <= 0.0:
        return {}
    figures = parameters.demand.figures
    known = [spent.fees, spent.fuel, spent.fares]
    sums = [fsum(part[inside].tolist()) * parameters.days / head for part in known]
    ends = []
    for end in ("low", "high"):
        scale = [figures.loc[key, end] / figures.loc[key, "value"]
                 for key in ("car.cost", "transit_fare_eur")]  # fmt: skip
        ends.append(sums[0] + sums[1] * scale[0] + sums[2] * scale[1])
    minutes = fsum(spent.minutes[inside].tolist()) / head
    return {
        "travel_cost": Indicator(fsum(sums), ends[0], ends[1], "assumed"),
        "travel_minutes": Indicator(minutes, evidence="assumed"),
    }


def _revenue(charged: pd.Series, parked: pd.Series) -> dict[str, Indicator]:
    """What the town takes in."""
    sums = {"road_charge": charged, "parking_paid": parked}
    return {name: Indicator(fsum(paid.tolist()), evidence="assumed")
            for name, paid in sums.items()}  # fmt: skip


# ---------------------------------------------------------------- income


def _no_income(city: City) -> str:
    return affordability.missing(city.buildings)


def _affordability(
    city: City, _warm: Any, _progress: Progress, *, travel_costs: Outcome | None
) -> Outcome:
    costs = day_of(travel_costs, "its share of incomes is not known")
    parameters = mobility_parameters(city.country, city.parameters)
    buildings = city.buildings
    found = affordability.run(buildings, costs, days=parameters.days)
    known = found.districts.dropna(subset=["travel_share"])
    people = {}
    if len(known):
        mean = float(np.average(known["travel_share"], weights=known["people"]))
        people = {
            "travel_share": Indicator(mean, evidence="assumed"),
            "travel_share_most": Indicator(float(known["travel_share"].max()), evidence="assumed"),
        }
    return Outcome(
        frames={"buildings": found.frame}, people=people, certificate=found.counts,
        limits=found.limits,
    )  # fmt: skip


DOMAINS: Final = (
    Domain(
        "travel_costs", "What travel costs people", ("zones", "parameters"), lambda _city: "",
        _costs, needs=("traffic",), columns={"streets": ("inside", "state")},
    ),
    Domain(
        "affordability", "Travel and income", ("parameters",), _no_income, _affordability,
        needs=("travel_costs",), columns={"buildings": NEEDED},
    ),
)  # fmt: skip
"""Domains of what travel costs, in order."""
