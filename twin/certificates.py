"""Energy classes of buildings by the rule of the country: an estimate, not a certificate.

The indicator of the country's scale is worked out at standard use with the factors of certificates,
which stay apart from those of the inventory. A real certificate wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from twin import factors
from twin.domain import Domain, Outcome
from twin.energy import appliances, classes, constructions
from twin.energy.parameters import energy_parameters
from twin.errors import NotComputedError

if TYPE_CHECKING:
    from layers.schema import Progress
    from twin.city import City
    from twin.energy.stock import Stock
    from twin.factors import FactorSet

ENERGY: Final = "energy"
PURPOSE: Final = "certificate"
ROOMS, WATER = "space_heating", "hot_water"
ZONE: Final = "energy.climate_zone"
"""Parameter of the City: climate zone where scales go by zones, as D3 in Spain."""
GROSS: Final = "gross"
ESTIMATE: Final = (
    "Energy classes are an estimate, not a certificate: archetypes, no visit, and the standard use "
    "of this model instead of the country's programme."
)


@dataclass(frozen=True)
class Classes:
    """Classes of n homes.

    Parameters
    ----------
    figures
        Indicator of the scale [kWh/m2/a].
    estimated, shown
        Class by the model; the same with certificates in its place where they are known.
    order
        Classes of the scales from best to worst.
    confusion
        Estimates against certificates (`classes.confusion`).
    """

    figures: pd.Series
    estimated: pd.Series
    shown: pd.Series
    order: tuple[str, ...]
    confusion: pd.DataFrame


def estimate(
    houses: pd.DataFrame,
    energy: pd.DataFrame,
    need: pd.Series,
    scales: pd.Series,
    chosen: FactorSet,
    *,
    net_share: float,
) -> Classes:
    """Classes of homes whose country has a scale.

    Parameters
    ----------
    houses
        Columns floor_area [m2], and certificate_class where certificates are attached.
    energy
        Delivered energy for rooms, hot water and cooling at standard use by carrier [kWh/a].
    need
        Heat need of the rooms at standard use [kWh/a].
    scales
        Scale of each home (`classes.use_of`); empty text without one.
    chosen
        Factors of certificates.
    net_share
        Net by gross floor area [1].

    Raises
    ------
    NotComputedError
        If the factors serve another purpose than certificates.
    """
    if chosen.purpose != PURPOSE:
        raise NotComputedError(f"Classes need factors of certificates, not of {chosen.purpose}.")
    table = chosen.at(chosen_year(chosen))
    values = pd.Series(np.nan, houses.index)
    estimated = pd.Series(None, houses.index, dtype="str")
    order: dict[str, None] = {}
    for name in sorted(set(scales) - {""}):
        rows = classes.scale(chosen.country, name)
        own = scales.index[scales == name]
        share = 1.0 if rows["area"].iloc[0] == GROSS else net_share
        area = houses.loc[own, "floor_area"] * share
        kind = str(rows["indicator"].iloc[0])
        values[own] = classes.indicator(kind, energy.loc[own], need[own], area, table)
        estimated[own] = classes.letters(values[own], area, rows)
        order |= dict.fromkeys(rows["class"].astype("str"))
    known = houses.get("certificate_class", pd.Series(None, houses.index, dtype="str"))
    matrix = classes.confusion(estimated, known, list(order))
    shown = known.where(known.isin(list(order)), estimated)
    return Classes(values, estimated, shown, tuple(order), matrix)


def chosen_year(chosen: FactorSet) -> int:
    """Year of the factors of certificates: they hold until the law changes."""
    years = chosen.rows["path_year"].dropna()
    return int(years.max()) if len(years) else 0


def _missing(city: City) -> str:
    if not city.buildings["heated"].any():
        return "Energy classes are not computed: the area has no heated buildings."
    zone = city.parameters["value"].get(ZONE)
    one = pd.Series(["house"])
    if not classes.use_of(city.country, one, None if zone is None else str(zone)).iloc[0]:
        return (
            f"Energy classes are not computed: no scale of {city.country} is known here; no other "
            "country's stands in."
        )
    return ""


def _run(city: City, _warm: Any, _progress: Progress, energy: Outcome | None) -> Outcome:
    stock = getattr(None if energy is None else energy.made, "stock", None)
    if energy is None or stock is None:
        raise NotComputedError(
            "Energy classes are not computed: the energy of buildings is not known."
        )
    parameters = energy_parameters(city.country)
    houses = stock.buildings
    home = constructions.residential(houses["use"], parameters)
    own = houses[home]
    zone = city.parameters["value"].get(ZONE)
    scales = classes.use_of(city.country, own["use"], None if zone is None else str(zone))
    used, need = _standard(energy, stock)
    found = estimate(
        own, used.reindex(own.index).fillna(0.0), need[own.index], scales,
        factors.load(PURPOSE, country=city.country, frozen=True),
        net_share=parameters.constants["floor.net_share"],
    )  # fmt: skip
    unknown = own.index.isin(energy.incomplete)
    rank = found.shown.map({name: float(place + 1) for place, name in enumerate(found.order)})
    frame = pd.DataFrame(
        {"class_energy": found.figures.mask(unknown), "energy_class": rank.mask(unknown)}
    )
    return Outcome(
        frames={"buildings": frame},
        certificate={"title": classes.TITLE, "classes": list(found.order),
                     "confusion": _plain(found.confusion),
                     "agreement": classes.agreement(found.confusion)},
        limits=(ESTIMATE, *_agreement(found)),
    )  # fmt: skip


def _standard(energy: Outcome, stock: Stock) -> tuple[pd.DataFrame, pd.Series]:
    """Delivered energy of a certificate by carrier, and heat need of the rooms, at standard use."""
    rows, frame = energy.activity, energy.frames["buildings"]
    assert rows is not None
    water = appliances.standard_hot_water(stock.profile, stock.area)
    used = appliances.hot_water(stock.profile, stock.area)
    lived = (frame["heat_need"] - used).clip(lower=0.0)
    column = "heat_need_standard" if "heat_need_standard" in frame else "heat_need"
    need = (frame[column] - used).clip(lower=0.0)
    factor = (need / lived.where(lived > 0.0)).fillna(1.0)
    parts = {
        str(end): rows[rows["end_use"] == end].pivot_table(
            index="object_id", columns="carrier", values="activity", aggfunc="sum", observed=True
        )
        for end in (ROOMS, WATER)
    }
    share = (water / used.where(used > 0.0)).fillna(1.0)
    parts[WATER] = parts[WATER].mul(share.reindex(parts[WATER].index), axis=0)
    parts[ROOMS] = parts[ROOMS].mul(factor.reindex(parts[ROOMS].index), axis=0)
    return parts[ROOMS].add(parts[WATER], fill_value=0.0).fillna(0.0), need


def _agreement(found: Classes) -> tuple[str, ...]:
    figures = classes.agreement(found.confusion)
    if not figures["compared"]:
        return ()
    told = (
        f"Of {figures['compared']:,.0f} homes with a certificate the estimate has the same class "
        f"for {figures['same']:.0%}, at most one class apart for {figures['within one class']:.0%}."
    )
    return (told,)


def _plain(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    return {
        str(row): {str(name): int(count) for name, count in cells.items() if count}
        for row, cells in table.iterrows()
        if cells.sum()
    }


DOMAIN: Final = Domain(
    "certificates", "Energy classes", ("buildings", "parameters"), _missing, _run, needs=(ENERGY,)
)
