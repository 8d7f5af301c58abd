"""The fleet on the roads: shares of kilometres by carrier, engine size and Euro class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables
from layers.errors import Fault, InputError
from twin.mobility import hot_emissions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.mobility.hot_emissions import SpeedFunction

ELECTRICITY: Final = "electricity"
ANYWHERE: Final = "*"
VEHICLES: Final = ("car", "van", "lorry", "bus")
POLLUTANTS: Final = ("fuel", "nox", "pm", "co", "voc")
CLASSES: Final = ("1", "2", "3", "4", "5", "6", "6c", "6d")
"""Euro classes from the oldest to the newest."""
NONE: Final = "none"
"""Lowest class of a rule under which no car of that carrier may drive."""
WHOLE: Final = 1e-6
"""Error of a sum of shares that is still taken for one [1]."""


@dataclass(frozen=True)
class Fleet:
    """What drives, and what each kind of it burns and emits.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code that was asked for.
    mix
        Columns vehicle, carrier, size, euro (empty for electric vehicles) and share [1]; shares
        sum to one for each kind of vehicle.
    functions
        By vehicle, carrier, size, Euro class and pollutant.
    electricity
        Use of electric vehicles by vehicle and road (urban, motorway) [kWh/100km].
    heat
        Net calorific value by carrier [MJ/kg].
    wear
        Figures of nonexhaust.csv by key.
    spread
        Factors at the 10th and 90th percentile of one street by pollutant [1].
    notes
        Sentences: whose fleet stands in.
    """

    country: str
    mix: pd.DataFrame
    functions: Mapping[tuple[str, str, str, str, str], SpeedFunction]
    electricity: Mapping[tuple[str, str], float]
    heat: Mapping[str, float]
    wear: Mapping[str, float]
    spread: Mapping[str, tuple[float, float]]
    notes: tuple[str, ...]

    def of(self, vehicle: str) -> pd.DataFrame:
        """Rows of the mix of one kind of vehicle; their shares sum to one."""
        return self.mix[self.mix["vehicle"] == vehicle]

    def function(self, row: Mapping[str, str], pollutant: str) -> SpeedFunction:
        """Function of a row of the mix for a pollutant; one for all sizes where none is of its own."""
        key = (row["vehicle"], row["carrier"], row["size"], row["euro"], pollutant)
        own = self.functions.get(key)
        return own if own is not None else self.functions[*key[:2], "", *key[3:]]

    def under(self, rule: str) -> Fleet:
        """The fleet where a low-emission rule holds: vehicles below it are gone, shares sum to one.

        Where none of the fleet meets the rule, those that drive there are electric.

        Raises
        ------
        InputError
            If the rule is unknown.
        """
        allowed = self.mix[meets(self.mix, rule)]
        left = allowed.groupby("vehicle")["share"].transform("sum")
        kept = allowed.assign(share=allowed["share"] / left)
        gone = [one for one in self.mix["vehicle"].unique() if not (kept["vehicle"] == one).any()]
        electric = pd.DataFrame(
            [(one, ELECTRICITY, "", "", 1.0) for one in gone], columns=list(self.mix.columns)
        ).astype(self.mix.dtypes.to_dict())
        return replace(self, mix=pd.concat([kept, electric], ignore_index=True))


def fleet(
    country: str,
    cars: Mapping[str, float],
    *,
    electric_share: float | None = None,
    mix: pd.DataFrame | None = None,
    functions: pd.DataFrame | None = None,
) -> Fleet:
    """Put the fleet of a country together.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.
    cars
        Share of the kilometres of cars by carrier [1]; scaled to sum to one.
    electric_share
        Share of the kilometres of cars that is electric [1]; the others shrink alike. None: as in
        `cars`.
    mix, functions
        A user's own tables in place of fleet_mix.csv and emission_functions.csv.

    Raises
    ------
    InputError
        If shares do not sum to one, or a row of the mix has no function: all faults at once.
    """
    rows = tables.load("fleet_mix") if mix is None else mix
    table = tables.load("emission_functions") if functions is None else functions
    known = hot_emissions.functions(table)
    expanded = _expanded(rows, country, with_electric(cars, electric_share))
    _refuse_gaps(expanded, known)
    figures = tables.figures("vehicle_energy")
    return Fleet(
        country=country,
        mix=expanded,
        functions=MappingProxyType(known),
        electricity=MappingProxyType({
            (vehicle, road): figures[f"{vehicle}.{ELECTRICITY}.{road}"]
            for vehicle, road in product(VEHICLES, ("urban", "motorway"))
        }),
        heat=MappingProxyType({name: figures[f"heat.{name}"] for name in ("petrol", "diesel")}),
        wear=tables.figures("nonexhaust"),
        spread=_spread(),
        notes=_notes(rows, country),
    )  # fmt: skip


def with_electric(cars: Mapping[str, float], share: float | None) -> dict[str, float]:
    """Shares of carriers that sum to one, with the electric share set [1].

    Parameters
    ----------
    cars
        Share by carrier [1].
    share
        Electric share [1]; None leaves it.

    Raises
    ------
    ValueError
        If a share is outside 0 to 1, or nothing else is there to shrink.
    """
    total = sum(cars.values())
    if total <= 0.0 or min(cars.values()) < 0.0:
        raise ValueError(f"shares of carriers that are no shares: {dict(cars)}")
    shares = {name: value / total for name, value in cars.items()}
    if share is None:
        return shares
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"electric share {share} is not between 0 and 1")
    rest = 1.0 - shares.get(ELECTRICITY, 0.0)
    if rest <= 0.0 and share < 1.0:
        raise ValueError("all cars are electric; there is no other carrier to take a share")
    shrunk = {
        name: value * (1.0 - share) / rest if rest > 0.0 else 0.0
        for name, value in shares.items()
        if name != ELECTRICITY
    }
    return {**shrunk, ELECTRICITY: share}


def meets(mix: pd.DataFrame, rule: str) -> pd.Series:
    """Which rows of a mix may drive where a low-emission rule holds (bool); electric ones always.

    Parameters
    ----------
    mix
        Columns vehicle, carrier and euro.
    rule
        Name in low_emission_rules.csv.

    Raises
    ------
    InputError
        If the rule is unknown.
    """
    rows = tables.load("low_emission_rules")
    named = rows[rows["rule"] == rule]
    if named.empty:
        known = ", ".join(sorted(rows["rule"].unique()))
        raise InputError(
            "low_emission_rules.csv", "rule", f"there is no {rule!r}.", f"Use {known}."
        )
    rank = {name: place for place, name in enumerate((*CLASSES, NONE))}
    lowest = mix["carrier"].map(named.set_index("carrier")["lowest"].astype(str)).map(rank)
    own = mix["euro"].map(rank)
    free = ~mix["vehicle"].isin(set(named["vehicles"].iloc[0].split()))
    return pd.Series(free | lowest.isna() | (own >= lowest), index=mix.index).astype(bool)


def barred_share(mix: pd.DataFrame, rule: str, vehicle: str = "car") -> float:
    """Share of the kilometres of a kind of vehicle that a rule keeps out [1].

    Parameters
    ----------
    mix
        `Fleet.mix`.
    rule
        Name in low_emission_rules.csv.
    vehicle
        One of `VEHICLES`.
    """
    rows = mix[mix["vehicle"] == vehicle]
    return float(rows.loc[~meets(rows, rule), "share"].sum())


def _expanded(rows: pd.DataFrame, country: str, cars: Mapping[str, float]) -> pd.DataFrame:
    """One row per vehicle, carrier, size and Euro class with its share."""
    found = []
    for vehicle in VEHICLES:
        shares = cars if vehicle == "car" else _dimension(rows, country, vehicle, "", "carrier")
        for carrier, share in shares.items():
            found += _parts(rows, country, vehicle, carrier, share)
    mix = pd.DataFrame(found, columns=["vehicle", "carrier", "size", "euro", "share"])
    return mix[mix["share"] > 0.0].reset_index(drop=True)


def _parts(
    rows: pd.DataFrame, country: str, vehicle: str, carrier: str, share: float
) -> list[tuple[str, str, str, str, float]]:
    if carrier == ELECTRICITY:
        return [(vehicle, carrier, "", "", share)]
    sizes = _dimension(rows, country, vehicle, carrier, "size") or {"": 1.0}
    classes = _dimension(rows, country, vehicle, carrier, "euro")
    return [
        (vehicle, carrier, size, euro, share * of_size * of_class)
        for size, of_size in sizes.items()
        for euro, of_class in classes.items()
    ]


def _dimension(
    rows: pd.DataFrame, country: str, vehicle: str, carrier: str, dimension: str
) -> dict[str, float]:
    """Shares by key of one dimension: the country's own rows, else those of everywhere."""
    asked = rows[
        rows["vehicle"].eq(vehicle)
        & rows["carrier"].fillna("").eq(carrier)
        & rows["dimension"].eq(dimension)
    ]
    own = asked[asked["country"] == country]
    used = asked[asked["country"] == ANYWHERE] if own.empty else own
    shares = dict(zip(used["key"].astype(str), used["value"].astype(float), strict=True))
    if shares and not np.isclose(sum(shares.values()), 1.0, atol=WHOLE, rtol=0.0):
        where = f"{vehicle} {carrier} {dimension}".replace("  ", " ")
        raise InputError("fleet_mix", where, f"shares sum to {sum(shares.values()):.6f}, not 1.",
                         "Correct them.")  # fmt: skip
    return shares


def _refuse_gaps(
    mix: pd.DataFrame, functions: Mapping[tuple[str, str, str, str, str], SpeedFunction]
) -> None:
    """Refuse a mix with a kind that no function is known for, or a vehicle without any share."""
    faults = [
        Fault(f"{row.vehicle} {row.carrier} Euro {row.euro}", f"has no function of {name}.",
              "Add it to the table of functions, or count these vehicles to another class.")
        for row in mix[mix["carrier"] != ELECTRICITY].itertuples()
        for name in POLLUTANTS
        if (row.vehicle, row.carrier, row.size, row.euro, name) not in functions
        and (row.vehicle, row.carrier, "", row.euro, name) not in functions
    ]  # fmt: skip
    sums = mix.groupby("vehicle")["share"].sum().reindex(list(VEHICLES), fill_value=0.0)
    faults += [
        Fault(str(vehicle), f"shares sum to {total:.6f}, not 1.", "Give each Euro class a share.")
        for vehicle, total in sums.items()
        if not np.isclose(total, 1.0, atol=WHOLE, rtol=0.0)
    ]
    if faults:
        raise InputError.of("fleet", faults)


def _spread() -> Mapping[str, tuple[float, float]]:
    rows = tables.load("emission_spread").set_index("pollutant")
    return MappingProxyType({
        str(name): (float(row["low"]), float(row["high"])) for name, row in rows.iterrows()
    })  # fmt: skip


def _notes(rows: pd.DataFrame, country: str) -> tuple[str, ...]:
    own = rows["country"].eq(country) & rows["dimension"].eq("euro") & rows["vehicle"].eq("car")
    if own.any():
        return (f"Euro classes and engine sizes of the fleet: figures of {country}, assumed.",)
    return (
        f"Euro classes and engine sizes of the fleet: figures of Europe for {country}, assumed.",
    )
