"""Energy bills of households: what the energy of a run costs those who live there.

Bills follow energy as it is used, not as a standard says; the difference of two runs is what a
plan saves or costs people each year.
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from twin import factors, money, tariffs
from twin.domain import Domain, Indicator, Outcome
from twin.energy import activity, constructions, delivery
from twin.energy.parameters import energy_parameters
from twin.errors import NotComputedError

if TYPE_CHECKING:
    from layers.schema import Progress
    from twin.city import City
    from twin.tariffs import Bills, Tariffs

ENERGY: Final = "energy"
HEATING: Final = ("space_heating", "hot_water")
YEAR: Final = "bills.year"
"""Parameter of the City: year whose price of CO2 counts; that of the tariff without it."""
PER_HOUSEHOLD: Final = "household"
PER_PERSON: Final = "people"
LIMITS: Final = (
    "Bills are those of the tariffs' year; wholesale prices and contracts of the place may differ.",
    "The band of a bill holds prices and heat need; how people live differs more.",
    "Businesses pay the prices of households without value added tax (assumed).",
)


def _missing(city: City) -> str:
    if not city.buildings["heated"].any():
        return "Energy bills are not computed: the area has no heated buildings."
    return ""


def _run(city: City, _warm: Any, _progress: Progress, energy: Outcome | None) -> Outcome:
    if energy is None or energy.activity is None or energy.activity.empty:
        raise NotComputedError(
            "Energy bills are not computed: the energy of buildings is not known."
        )
    chosen = tariffs.load(city.country, city.prices)
    found = _bills(city, energy, chosen)
    frame, index = found["frame"], found["bills"].total.index
    households = frame["bill"].notna()
    paid = fsum((frame["bill"] * city.buildings["dwellings"].reindex(frame.index))[households])
    return Outcome(
        frames={"buildings": frame},
        money=_money(found["bills"], chosen, found["home"], found["private"]),
        people=_people(city, frame, chosen),
        balance={
            f"bills of households [{chosen.currency}/a]": paid,
            f"bills of all [{chosen.currency}/a]": fsum(found["bills"].total),
            "buildings billed [1]": float(len(index)),
        },
        limits=(*LIMITS, f"Bills are in {chosen.currency}, {chosen.basis}.", *found["limits"]),
        substitutes=chosen.substitutes,
    )


def _bills(city: City, energy: Outcome, chosen: Tariffs) -> dict[str, Any]:
    """Bills of the buildings with energy, and what hangs on them."""
    rows = energy.activity
    assert rows is not None
    used = rows.pivot_table(
        index="object_id", columns="carrier", values="activity", aggfunc="sum", observed=True
    ).fillna(0.0)
    houses = city.buildings.loc[used.index]
    parameters = energy_parameters(city.country)
    home = constructions.residential(houses["use"], parameters)
    given = _delivered(energy, used.index)
    surcharge = _surcharge(city, chosen)
    bills = tariffs.bill(
        used,
        houses["dwellings"],
        chosen,
        business=~home,
        surcharge=surcharge,
        heat_price=_heat_price(houses, chosen),
        **given,
    )
    frame = _frame(houses, bills, _heat_part(rows, bills, used), energy.frames["buildings"], home)
    frame["bill_share"] = _share(houses, frame["bill"], tariffs.euro(chosen))
    frame.loc[frame.index.isin(energy.incomplete)] = np.nan
    unpriced = sorted(set(used) - set(bills.supply) - {delivery.SOLAR_POWER, delivery.SOLAR_HEAT})
    limits = (f"Not priced: {', '.join(unpriced)}.",) if unpriced else ()
    private = pd.Series(activity.private(houses), houses.index)
    return {"bills": bills, "frame": frame, "home": home, "limits": limits, "private": private}


def _delivered(energy: Outcome, index: pd.Index) -> dict[str, Any]:
    """Electricity by band of time and electricity sold, where hours are known."""
    made = getattr(energy.made, "delivery", None)
    if not isinstance(made, delivery.Delivery):
        return {}
    bought = pd.DataFrame(delivery.bands_bought(made), made.homes.index).reindex(index)
    sold = delivery.frame(made)["pv_sold"].reindex(index).fillna(0.0)
    return {"sold": sold, "bought": bought.fillna(0.0).to_numpy()}


def _surcharge(city: City, chosen: Tariffs) -> dict[str, float]:
    """Tax on top for the price of CO2 of a later year, if the City names one."""
    year = city.parameters["value"].get(YEAR)
    if year is None:
        return {}
    rows = factors.load("inventory", country=city.country, frozen=True).at(int(float(year)))
    fuels = rows.loc[["natural_gas", "heating_oil", "lpg", "coal"], "tco2e"].dropna()
    return tariffs.co2_surcharge(chosen, float(year), fuels.to_dict())


def _heat_price(houses: pd.DataFrame, chosen: Tariffs) -> pd.Series | None:
    """Price of the heat of the own network, where it is told in the tariffs' currency."""
    if "heat_network_tariff" not in houses or "heat_network_tariff_unit" not in houses:
        return None
    same = houses["heat_network_tariff_unit"] == f"{chosen.currency}/kWh"
    return houses["heat_network_tariff"].where(same)


def _heat_part(rows: pd.DataFrame, bills: Bills, used: pd.DataFrame) -> pd.Series:
    """What of a bill is for rooms and hot water [currency/a], by the share of each carrier."""
    warm = rows[rows["end_use"].isin(HEATING)].pivot_table(
        index="object_id", columns="carrier", values="activity", aggfunc="sum", observed=True
    )
    share = (warm.reindex_like(used) / used.where(used > 0.0)).fillna(0.0)
    paid = bills.supply + bills.tax
    return (paid * share[paid.columns]).sum(axis=1)


def _frame(
    houses: pd.DataFrame, bills: Bills, heat: pd.Series, energy: pd.DataFrame, home: pd.Series
) -> pd.DataFrame:
    """Bill of a dwelling with its band [currency/a]."""
    need = energy["heat_need"].reindex(houses.index)
    relative = (energy["heat_need_spread"].reindex(houses.index) / need.where(need > 0)).fillna(0.0)
    spread = np.hypot(bills.spread, relative * heat)
    dwellings = houses["dwellings"].where(home & (houses["dwellings"] > 0.0))
    low, high = band(bills.total, pd.Series(spread, houses.index))
    return pd.DataFrame(
        {
            "bill": bills.total / dwellings,
            "bill_p10": low / dwellings,
            "bill_p90": high / dwellings,
        }
    )


def band(mean: pd.Series, spread: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Tenth and ninetieth percentile of amounts that cannot fall below zero (log-normal).

    Parameters
    ----------
    mean, spread
        Mean and standard deviation; a mean below zero, of who sells more than he buys, is normal.
    """
    positive = mean > 0.0
    variance = np.log1p((spread / mean.where(positive)) ** 2)
    middle, reach = mean * np.exp(-variance / 2.0), tariffs.NORMAL_P90 * np.sqrt(variance)
    usual = tariffs.NORMAL_P90 * spread
    low = (middle * np.exp(-reach)).where(positive, mean - usual)
    high = (middle * np.exp(reach)).where(positive, mean + usual)
    return low, high


def _share(houses: pd.DataFrame, bill: pd.Series, euro: float) -> pd.Series:
    """Mean bill of a census section by the income of a household there [1]."""
    if not {"section", "income", "income_unit"} <= set(houses.columns):
        return pd.Series(np.nan, houses.index)
    section = houses["section"]
    dwellings = houses["dwellings"].where(bill.notna(), 0.0)
    sums = pd.DataFrame(
        {"paid": (bill * dwellings).fillna(0.0) * euro, "dwellings": dwellings,
         "people": houses["people"].where(bill.notna(), 0.0)}
    ).groupby(section).sum()  # fmt: skip
    unit = houses["income_unit"].groupby(section).first()
    income = houses["income"].groupby(section).first().astype("float64")
    size = sums["people"] / sums["dwellings"].where(sums["dwellings"] > 0.0)
    household = income.where(unit == f"EUR/{PER_HOUSEHOLD}", income * size)
    household = household.where(unit.isin([f"EUR/{PER_HOUSEHOLD}", f"EUR/{PER_PERSON}"]))
    share = sums["paid"] / (sums["dwellings"] * household).where(lambda one: one > 0.0)
    return section.map(share).astype("float64")


def _money(bills: Bills, chosen: Tariffs, home: pd.Series, private: pd.Series) -> pd.DataFrame:
    """Rows for the ledger: supply is paid for, taxes go to the state."""
    same = {"layer": "buildings", "sector": "stationary", "end_use": "energy bill",
            "currency": chosen.currency, "price_basis": chosen.basis}  # fmt: skip
    paid = bills.supply.sum(axis=1) - bills.revenue
    taxes = bills.tax.sum(axis=1)
    parts = []
    for resident, payer in ((True, "household"), (False, "company")):
        for closed, privacy in ((True, "object"), (False, "public")):
            some = (home == resident) & (private == closed)
            known = {**same, "privacy": privacy}
            parts.append(money.rows(paid[some], kind="opex", payer=payer, **known))
            parts.append(money.transfer(taxes[some], payer, "state", **known))
    return pd.concat(parts, ignore_index=True)


def _people(city: City, frame: pd.DataFrame, chosen: Tariffs) -> dict[str, Indicator]:
    """Mean bill of a dwelling [EUR/a]."""
    known = frame.dropna(subset=["bill"])
    weights = city.buildings.loc[known.index, "dwellings"]
    if known.empty or not fsum(weights) > 0.0:
        return {}
    rate = tariffs.euro(chosen) / fsum(weights)
    value, low, high = (
        fsum(known[name] * weights) * rate for name in ("bill", "bill_p10", "bill_p90")
    )
    return {"energy_bill": Indicator(value, low, high, "assumed")}


DOMAIN: Final = Domain(
    "bills", "Energy bills of households", ("buildings", "prices", "parameters"), _missing, _run,
    needs=(ENERGY,),
)  # fmt: skip
