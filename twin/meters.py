"""Metered energy of a City as yearly sums over buildings that a model can foretell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from layers.errors import InputError
from twin import meter_years
from twin.energy import heat_areas, systems
from twin.meter_years import ELECTRICITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.city import City
    from twin.energy.parameters import EnergyParameters
    from twin.energy.stock import Stock

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """Yearly sums of metered energy.

    Parameters
    ----------
    names
        Of the m sums.
    weights : (m, n)
        Delivered energy by useful heat of each building in each sum [1].
    measured : (m,)
        [kWh/a].
    buildings : (m,)
        Buildings in each sum [1].
    limits
        What was left out, and why.
    """

    names: pd.Index
    weights: csr_array
    measured: Floats
    buildings: NDArray[np.int64]
    limits: tuple[str, ...]

    def part(self, rows: NDArray[np.int64]) -> Sums:
        """The same sums over some of the buildings."""
        return replace(self, weights=csr_array(self.weights[:, rows]))


def sums(
    city: City,
    given: Stock,
    parameters: EnergyParameters,
    *,
    by: str | None,
    totals: Mapping[str, float] | None,
    figures: Mapping[str, float],
) -> Sums:
    """Sums of the meters of a City.

    Parameters
    ----------
    city
        With the table metered.
    given, parameters
        Of `stock.assemble` and `energy_parameters`.
    by
        Column of the buildings by whose values meters are summed, in groups of at least
        `least.group`; each building alone if None.
    totals
        Energy of the whole town by carrier [kWh/a].
    figures
        Of energy_fit.csv.

    Raises
    ------
    InputError
        If there is no such column, or a total is impossible.
    """
    ratio = _ratio(given, parameters)
    warmth = city.weather["temperature"] if not city.weather.empty else None
    known, limits = meter_years.annual(city.metered, warmth, figures)
    here = known["building"].isin(given.buildings.index)
    if not here.all():
        limits.append(f"Meters of buildings that are not simulated: {int((~here).sum()):,}.")
    known = known[here]
    place = given.buildings.index.get_indexer(known["building"])
    carriers = known["carrier"].to_numpy()
    nothing = np.zeros(len(given.area))
    weight = np.array(
        [ratio.get(one, nothing)[row] for row, one in zip(place, carriers, strict=True)],
        dtype=np.float64,
    )
    strange = ~(weight > 0.0)
    if strange.any():
        limits.append(f"Meters of another carrier than the heating: {int(strange.sum()):,}.")
    known, place, weight = known[~strange], place[~strange], weight[~strange]
    kept, said = _plausible(known, given.area.to_numpy()[place], figures)
    limits += said
    known, place, weight = known[kept], place[kept], weight[kept]
    label = _labels(city, known, by)
    found = _grouped(label, place, weight, known["energy"].to_numpy(), len(given.area))
    if by is not None:
        found, few = _large(found, int(figures["least.group"]))
        if few:
            limits.append(f"Groups of fewer buildings than may be told: {few:,}.")
    for carrier, value in (totals or {}).items():
        found = _with_total(found, given, parameters, carrier, value)
    return replace(found, limits=tuple(limits))


def _ratio(given: Stock, parameters: EnergyParameters) -> dict[str, Floats]:
    """Delivered energy by useful heat of each building, if the meter of a carrier tells its heat.

    A building whose heating nobody knows is heated by what its meter measures.
    """
    table = parameters.systems
    heating = given.buildings["heating"]
    fuels = table[table["carrier"] != ELECTRICITY]
    own = given.buildings.get("heating_efficiency", pd.Series(np.nan, heating.index))
    found: dict[str, Floats] = {}
    for kind, row in fuels.iterrows():
        fits = ((heating == kind) | (heating == systems.MIX)).to_numpy()
        efficiency = own.where(heating == kind).fillna(row["value"]).to_numpy(dtype=np.float64)
        usual = found.get(str(row["carrier"]), np.zeros(len(heating)))
        found[str(row["carrier"])] = np.where(fits & (usual == 0.0), 1.0 / efficiency, usual)
    return found


def _plausible(
    known: pd.DataFrame, area: Floats, figures: Mapping[str, float]
) -> tuple[NDArray[np.bool_], list[str]]:
    """Which yearly values a building can have, and what is said of the others.

    Raises
    ------
    InputError
        If most of them are impossible: then their unit is wrong.
    """
    least, most = figures["plausible.least"], figures["plausible.most"]
    by_area = known["energy"].to_numpy() / np.maximum(area, 1.0)
    kept = (by_area >= least) & (by_area <= most)
    if kept.all():
        return kept, []
    if (~kept).mean() > 0.5:  # noqa: PLR2004 - most of them
        raise InputError(
            "metered", "energy",
            f"is {np.median(by_area):,.3g} kWh/m2 of heated area in the middle of {len(kept):,} "
            f"meters; buildings use {least:g} to {most:g}.",
            "State the unit (kWh, MWh, GJ) in the column 'unit' or in the head and attach again; "
            "see also that meters of several buildings are not told for one.",
        )  # fmt: skip
    said = f"Meters below {least:g} or above {most:g} kWh/m2, left out: {int((~kept).sum()):,}."
    return kept, [said]


def _labels(city: City, known: pd.DataFrame, by: str | None) -> pd.Series:
    """Name of the sum that each meter belongs to; missing where it has no group."""
    if by is None:
        return known["building"] + " " + known["carrier"]
    if by not in city.buildings:
        raise InputError(city.name, by, "is no column of the buildings.",
                         "Name one as section or zone.")  # fmt: skip
    group = known["building"].map(city.buildings[by])
    named = group.astype("str") + " " + known["carrier"]
    return named.where(group.notna() & (group.astype("str") != ""))


def _grouped(
    label: pd.Series, place: NDArray[np.intp], weight: Floats, energy: Floats, count: int
) -> Sums:
    """Sums by label."""
    kept = label.notna().to_numpy()
    code, names = pd.factorize(label[kept], sort=True)
    weights = csr_array((weight[kept], (code, place[kept])), shape=(len(names), count))
    measured: Floats = np.bincount(code, energy[kept], len(names)).astype(np.float64)
    buildings = np.bincount(code, minlength=len(names))
    return Sums(pd.Index(names, dtype="str"), weights, measured, buildings, ())


def _large(found: Sums, least: int) -> tuple[Sums, int]:
    """Sums over enough buildings, and how many were left out."""
    kept = found.buildings >= least
    large = Sums(
        found.names[kept], csr_array(found.weights[kept]), found.measured[kept],
        found.buildings[kept], (),
    )  # fmt: skip
    return large, int((~kept).sum())


def _with_total(
    found: Sums, given: Stock, parameters: EnergyParameters, carrier: str, value: float
) -> Sums:
    """Sums with that of the town: every building by its share of the carrier."""
    table = parameters.systems
    kinds = table.index[table["carrier"] == carrier]
    if carrier == ELECTRICITY or not len(kinds) or not value > 0.0:
        raise InputError("totals", carrier, f"{value:g} kWh is no total that can be fitted to.",
                         "Name heat or a fuel, with more than 0 kWh/a.")  # fmt: skip
    share = heat_areas.shares(given.buildings, parameters)
    weight = (share[kinds] / table.loc[kinds, "value"]).sum(axis=1).to_numpy(dtype=np.float64)
    rows = np.vstack([found.weights.toarray(), weight[None]]) if len(found.names) else weight[None]
    return Sums(
        found.names.append(pd.Index([f"town {carrier}"], dtype="str")),
        csr_array(rows),
        np.append(found.measured, value),
        np.append(found.buildings, np.count_nonzero(weight)),
        found.limits,
    )
