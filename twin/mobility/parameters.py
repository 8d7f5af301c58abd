"""Load the figures of mobility for a country, each with its grade; engines get them as a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from layers import tables
from layers.errors import Fault, InputError
from twin.errors import NotComputedError
from twin.mobility.demand_parameters import (
    PREFIX,
    DemandParameters,
    chosen_figures,
    demand_parameters,
    known_keys,
)
from twin.mobility.road_parameters import RoadParameters, road_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

ELECTRIC_SHARE = "electric_share"
"""Key under which a City sets the share of car kilometres driven on electricity."""
ENERGY_COUNTRY = "DE"
"""The one country of cars.csv with energy per kilometre; it stands in for all others."""


@dataclass(frozen=True)
class MobilityParameters:
    """Figures of car traffic and walking.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code that was asked for.
    trips_per_person
        Trips of a resident by all modes [1/d].
    car_drivers
        Share of them made as driver of a car [1].
    trip_length
        Mean length of a trip as driver of a car [km].
    peak_share
        Share of a day's trips in the hour that is assigned [1].
    days
        Days of a year like the modelled one [d].
    attraction_people, attraction_jobs
        Weights of a resident and of a workplace as a destination [1].
    lane_capacity
        Capacity of a lane by class of road [veh/h]; ``other`` for classes not listed.
    delay_alpha, delay_power
        Of the delay law [1].
    urban_speed, urban_factor
        Legal speed below which a road is urban [km/h]; share of it driven when empty [1].
    connector_speed
        Between a trip's end and the junction of its zone [km/h].
    gap, iterations
        Relative gap to reach [1] and path searches at most [1].
    shares
        Share of car kilometres by carrier [1].
    energy
        Final energy by road (urban, motorway) and carrier [kWh/100km].
    walk_speed, walk_leg, walk_fragment, walk_limit
        Walking speed [km/h]; farthest door from its street [m]; shortest connected piece of
        network in use [m]; walk within which a need is met [min].
    needs
        Daily needs, in order.
    substitutes
        One sentence for each country that stands in.
    evidence
        The weakest grade of the figures above.
    demand
        Figures of who travels where, when and how.
    roads
        Figures of junctions and driven speeds.
    """

    country: str
    trips_per_person: float
    car_drivers: float
    trip_length: float
    peak_share: float
    days: float
    attraction_people: float
    attraction_jobs: float
    lane_capacity: Mapping[str, float]
    delay_alpha: float
    delay_power: float
    urban_speed: float
    urban_factor: float
    connector_speed: float
    gap: float
    iterations: int
    shares: Mapping[str, float]
    energy: Mapping[tuple[str, str], float]
    walk_speed: float
    walk_leg: float
    walk_fragment: float
    walk_limit: float
    needs: tuple[str, ...]
    substitutes: tuple[str, ...]
    evidence: str
    demand: DemandParameters
    roads: RoadParameters = field(default_factory=road_parameters)


def mobility_parameters(country: str, chosen: pd.DataFrame | None = None) -> MobilityParameters:
    """Load every figure of mobility for a country and put in what a City chose.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.
    chosen
        Table ``parameters`` of a City; its rows ``mobility.<key>`` replace the figure of that key:
        of mobility.csv, of the tables of travel demand (`demand_parameters.known_keys`), or
        ``electric_share``.

    Raises
    ------
    InputError
        If a row names no figure or its value cannot be.
    NotComputedError
        If neither the country nor a substitute has a table.
    """
    travel, travel_from = _of_country("trips", country)
    cars, cars_from = _of_country("cars", country)
    trips = travel.set_index("key")["value"]
    own = _chosen(chosen)
    general = tables.load("mobility").set_index("key")["value"].astype("float64")
    general = own["value"].reindex(general.index).fillna(general)
    share = cars[cars["quantity"] == "share"]
    return MobilityParameters(
        country=country,
        trips_per_person=float(trips["persons"]),
        car_drivers=float(trips["drivers"]),
        trip_length=float(trips["length"]),
        peak_share=float(general["peak.share"]),
        days=float(general["year.days"]),
        attraction_people=float(general["attraction.people"]),
        attraction_jobs=float(general["attraction.jobs"]),
        lane_capacity=tables.load("capacities").set_index("highway")["value"].to_dict(),
        delay_alpha=float(general["delay.alpha"]),
        delay_power=float(general["delay.power"]),
        urban_speed=float(general["urban.speed"]),
        urban_factor=float(general["urban.factor"]),
        connector_speed=float(general["connector.speed"]),
        gap=float(general["gap"]),
        iterations=int(general["iterations"]),
        shares=_shares(share, own["value"].get(ELECTRIC_SHARE)),
        energy=_energy(),
        walk_speed=float(general["walk.speed"]),
        walk_leg=float(general["walk.leg"]),
        walk_fragment=float(general["walk.fragment"]),
        walk_limit=float(general["walk.limit"]),
        needs=tuple(tables.load("needs")["need"].unique()),
        substitutes=_substitutes(country, travel_from, cars_from),
        evidence="assumed",
        demand=demand_parameters(country, chosen),
    )


def _chosen(chosen: pd.DataFrame | None) -> pd.DataFrame:
    """What a City chose, by key, after a look whether each key is known."""
    own = chosen_figures(chosen)
    known = known_keys() | {ELECTRIC_SHARE} | set(tables.load("mobility")["key"])
    faults = [
        Fault(f"row {PREFIX}{key}", "There is no such figure.", "See mobility.csv for the keys.")
        for key in own.index
        if key not in known
    ]
    faults += [
        Fault(f"row {PREFIX}{key}", f"{value:g} is negative.", "Give a value of at least 0.")
        for key, value in own["value"].items()
        if value < 0.0 and not str(key).startswith("constant.")
    ]
    share = float(own["value"].get(ELECTRIC_SHARE, 0.0))
    if share > 1.0:
        faults.append(Fault(f"row {PREFIX}{ELECTRIC_SHARE}", f"{share:g} is more than 1.",
                            "Give a share from 0 to 1."))  # fmt: skip
    if faults:
        raise InputError.of("parameters of the City", faults)
    return own


def _shares(rows: pd.DataFrame, electric: float | None) -> dict[str, float]:
    """Share of car kilometres by carrier; a chosen electric share displaces the others evenly."""
    shares = dict(zip(rows["carrier"], rows["value"].astype(float), strict=True))
    if electric is None:
        return shares
    rest = sum(value for carrier, value in shares.items() if carrier != "electricity")
    kept = (1.0 - electric) / rest if rest > 0.0 else 0.0
    return {carrier: float(value * kept) for carrier, value in shares.items()} | {
        "electricity": float(electric)
    }


def _of_country(name: str, country: str) -> tuple[pd.DataFrame, str]:
    """Rows of a table for a country or for the one that stands in, and whose rows they are."""
    table = tables.load(name)
    named = country
    if country not in set(table["country"]):
        named = tables.substitute(country, name) or ""
    rows = table[table["country"] == named]
    if rows.empty:
        raise NotComputedError(
            f"No figures on {name} for country {country} and no country that stands in: car "
            f"traffic is not computed. Add rows to {name}.csv or to country_substitutes.csv."
        )
    return rows, named


def _energy() -> dict[tuple[str, str], float]:
    rows = tables.load("cars")
    rows = rows[(rows["quantity"] == "energy") & (rows["country"] == ENERGY_COUNTRY)]
    keys = zip(rows["road"], rows["carrier"], strict=True)
    return dict(zip(keys, rows["value"].astype(float), strict=True))


def _substitutes(country: str, travel: str, cars: str) -> tuple[str, ...]:
    found = []
    for what, used in (
        ("Trip rates and car use", travel),
        ("The mix of cars", cars),
        ("Energy per kilometre of cars", ENERGY_COUNTRY),
    ):
        if used != country:
            found.append(f"{what}: figures of {used} stand in for {country} (assumed).")
    return tuple(found)
