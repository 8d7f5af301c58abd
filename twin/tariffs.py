"""What households pay for energy: tariffs by country, carrier and time of day.

A tariff has prices per kilowatt-hour for energy and network, in bands of time where the country has
them, taxes per kilowatt-hour, a yearly sum per connection, and value added tax on all of it. Where
only the price with all taxes is published, the share of taxes splits it. A town's own prices
(table `prices` of the City) replace what a kilowatt-hour costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables
from layers.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

PACKAGE: Final = "twin.data"
ANYWHERE: Final = "*"
ELECTRICITY: Final = "electricity"
HEAT: Final = "district_heating"
BANDS: Final = ("off_peak", "standard", "peak")
"""Bands of time in the order of their numbers."""
PARTS: Final = ("energy", "network", "tax", "fixed", "vat", "feed_in")
INCLUDED: Final = "included"
BY_DWELLING: Final = (ELECTRICITY, HEAT)
"""Carriers of which each dwelling has a contract of its own; of others a building has one."""
NORMAL_P90: Final = 1.2815515655446004
"""Standard deviations from the middle to the tenth and the ninetieth percentile of the normal
distribution [1]."""
HOURS_A_DAY: Final = 24
SATURDAY: Final = 5


@dataclass(frozen=True)
class Tariffs:
    """Tariffs of a country.

    Parameters
    ----------
    country, currency
        Where, and ISO 4217 code.
    table
        Index carrier; columns by `BANDS` "energy <band>", "network <band>" and tax [currency/kWh],
        fixed [currency/a], vat [1], feed_in [currency/kWh], spread (relative standard deviation
        of what a kilowatt-hour costs [1]), year, evidence.
    substitutes
        Sentences that name carriers priced as anywhere else.
    sources
        Of the rows that are used.
    """

    country: str
    currency: str
    table: pd.DataFrame
    substitutes: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def basis(self) -> str:
        """Year of the prices and what they hold, as the ledger says it."""
        return f"{int(self.table['year'].max())}, VAT included"


@dataclass(frozen=True)
class Bills:
    """What n buildings pay in a year.

    Parameters
    ----------
    supply
        Energy, network and yearly sums by carrier [currency/a].
    tax
        Taxes and value added tax by carrier [currency/a].
    revenue
        For electricity sold [currency/a].
    spread
        Standard deviation of the whole bill from that of the prices [currency/a].
    """

    supply: pd.DataFrame
    tax: pd.DataFrame
    revenue: pd.Series
    spread: pd.Series

    @property
    def total(self) -> pd.Series:
        """The bill less what was earned [currency/a]."""
        return self.supply.sum(axis=1) + self.tax.sum(axis=1) - self.revenue


def load(country: str, own: pd.DataFrame | None = None) -> Tariffs:
    """Tariffs of a country, for carriers without rows those that hold anywhere.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.
    own
        City table of prices: carrier, buyer, price, unit, year, tax; rows of households replace
        what a kilowatt-hour costs.

    Raises
    ------
    InputError
        If own prices are in another unit than the country's currency by kilowatt-hour.
    """
    rows = tables.load("tariffs", PACKAGE)
    home = rows[rows["country"] == country]
    whole = home.groupby("carrier")["component"].agg(lambda one: bool(set(one) & {"energy", "all"}))
    settled = whole.index[whole.to_numpy(dtype=bool)]
    rest = rows[(rows["country"] == ANYWHERE) & ~rows["carrier"].isin(settled)]
    local = sorted(set(home["currency"])) or ["EUR"]
    currency = str(local[0])
    rate = 1.0 / _euro(currency)
    by_carrier = {
        str(carrier): _tariff(part, 1.0 if carrier in settled else rate, country)
        for carrier, part in pd.concat([home[home["carrier"].isin(settled)], rest]).groupby(
            "carrier"
        )
    }
    table = pd.DataFrame(by_carrier).T.infer_objects()
    if own is not None and not own.empty:
        table = _replaced(table, own, currency)
    foreign = sorted(set(rest["carrier"]))
    named = (f"Prices of {', '.join(foreign)} in {country} are those of anywhere else (assumed).",)
    used = pd.concat([home, rest])
    return Tariffs(
        country, currency, table, named if foreign else (), tuple(used["source"].unique())
    )


def bands(country: str, local: pd.DatetimeIndex) -> Whole:
    """Band of the electricity price of each hour, as a number of `BANDS`.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code; a country without bands has one.
    local
        Begin of each hour by the local clock. Public holidays count as workdays.
    """
    rows = tables.load("tariff_bands", PACKAGE)
    week = np.zeros((2, HOURS_A_DAY), dtype=np.int64)
    for row in rows[rows["country"] == country].itertuples(index=False):
        week[0, int(row.start_hour) : int(row.end_hour)] = BANDS.index(str(row.band))
    weekend = (local.day_of_week.to_numpy() >= SATURDAY).astype(np.int64)
    found: Whole = week[weekend, local.hour.to_numpy()]
    return found


def bill(
    energy: pd.DataFrame,
    connections: pd.Series,
    tariffs: Tariffs,
    *,
    bought: Floats | None = None,
    sold: pd.Series | None = None,
    business: pd.Series | None = None,
    surcharge: Mapping[str, float] | None = None,
    heat_price: pd.Series | None = None,
) -> Bills:
    """What buildings pay.

    Parameters
    ----------
    energy
        One row per building; columns carriers [kWh/a].
    connections
        Dwellings or other contracts of each building [1].
    tariffs
        Of `load`.
    bought : (n, bands)
        Electricity by band [kWh/a]; by the hours of a year without use if None.
    sold
        Electricity sold [kWh/a].
    business
        Whether a building pays no value added tax on balance.
    surcharge
        Tax on top by carrier [currency/kWh], as of `co2_surcharge`.
    heat_price
        Price of district heat of the own network [currency/kWh]; missing where unknown.
    """
    priced = [str(carrier) for carrier in energy if carrier in tariffs.table.index]
    taxed = 1.0 if business is None else (~business).astype("float64")
    supply, tax, variance = {}, {}, pd.Series(0.0, energy.index)
    for carrier in priced:
        row, used = tariffs.table.loc[carrier], energy[carrier]
        variable = _variable(carrier, used, tariffs, bought)
        if carrier == HEAT and heat_price is not None:
            variable = (used * heat_price).where(heat_price.notna(), variable)
        contracts = connections.clip(lower=1.0) if carrier in BY_DWELLING else 1.0
        fixed = (row["fixed"] * contracts) * (used > 0.0)
        levy = used * (row["tax"] + (surcharge or {}).get(carrier, 0.0))
        supply[carrier] = variable + fixed
        tax[carrier] = levy + (variable + fixed + levy) * row["vat"] * taxed
        variance = variance + (row["spread"] * (variable + levy) * (1.0 + row["vat"])) ** 2
    gain = 0.0 if sold is None else sold * tariffs.table.loc[ELECTRICITY, "feed_in"]
    return Bills(
        pd.DataFrame(supply, energy.index),
        pd.DataFrame(tax, energy.index),
        pd.Series(gain, energy.index, dtype="float64"),
        np.sqrt(variance),
    )


def _variable(carrier: str, used: pd.Series, tariffs: Tariffs, bought: Floats | None) -> pd.Series:
    """What kilowatt-hours cost without taxes [currency/a]."""
    if carrier == ELECTRICITY and bought is not None:
        return pd.Series(bought @ _rates(tariffs, carrier), used.index)
    price = flat(tariffs) if carrier == ELECTRICITY else _rates(tariffs, carrier)[0]
    return used * float(price)


def _rates(tariffs: Tariffs, carrier: str) -> Floats:
    """Energy and network by band [currency/kWh]."""
    row = tariffs.table.loc[carrier]
    return np.array([float(row[f"energy {band}"] + row[f"network {band}"]) for band in BANDS])


def flat(tariffs: Tariffs) -> float:
    """Energy and network of a kilowatt-hour used at all hours of a week alike [currency/kWh]."""
    week = pd.date_range("2024-01-01", periods=7 * HOURS_A_DAY, freq="h")
    share = np.bincount(bands(tariffs.country, week), minlength=len(BANDS)) / len(week)
    return float(share @ _rates(tariffs, ELECTRICITY))


def co2_price(country: str, year: float) -> float:
    """Price of CO2 in fuels of households [EUR/t]; 0 where the country has none.

    Parameters
    ----------
    country
        ISO 3166-1 alpha-2 code.
    year
        [a]; linear between the years of co2_prices.csv.
    """
    rows = tables.load("co2_prices", PACKAGE)
    own = rows[rows["countries"].str.split().map(lambda codes: country in codes)].sort_values(
        "year"
    )
    if own.empty:
        return 0.0
    return float(np.interp(year, own["year"].to_numpy(), own["value"].to_numpy()))


def co2_surcharge(
    tariffs: Tariffs, year: float, intensity: Mapping[str, float]
) -> dict[str, float]:
    """What CO2 costs more in a year than in that of the tariff, by carrier [currency/kWh].

    Parameters
    ----------
    tariffs
        Of `load`.
    year
        Year of the bill [a].
    intensity
        CO2 of the fuels [t/kWh].
    """
    rate = 1.0 / _euro(tariffs.currency)
    found = {}
    for carrier, tonnes in intensity.items():
        if carrier in tariffs.table.index:
            base = co2_price(tariffs.country, float(tariffs.table.loc[carrier, "year"]))
            found[carrier] = (co2_price(tariffs.country, year) - base) * tonnes * rate
    return found


def euro(tariffs: Tariffs) -> float:
    """Euro by unit of the tariffs' currency [EUR]."""
    return _euro(tariffs.currency)


def _euro(currency: str) -> float:
    return tables.figures("exchange", PACKAGE)[currency]


def _tariff(part: pd.DataFrame, rate: float, country: str) -> dict[str, object]:
    """One carrier's tariff from its rows; prices in a foreign currency times `rate`."""
    single = part[part["band"].isna()].set_index("component")["value"]
    found: dict[str, object] = {name: float(single.get(name, 0.0)) for name in PARTS[2:]}
    whole = float(single.get("all", np.nan))
    split = part.set_index(["component", "band"])["value"]
    for name in PARTS[:2]:
        for band in BANDS:
            usual = float(single.get(name, 0.0))
            found[f"{name} {band}"] = float(split.get((name, band), usual))
    if np.isfinite(whole):
        share = float(single["tax_share"])
        found |= {f"energy {band}": whole * (1.0 - share) for band in BANDS}
        found["tax"] = whole * share
    for name in found:
        if name != "vat":
            found[name] = float(found[name]) * rate  # type: ignore[arg-type]  # all are numbers here
    main = part[part["component"].isin(["energy", "all"])]
    relative = (main["high"] - main["low"]) / (2.0 * NORMAL_P90 * main["value"])
    published = main["evidence"].eq("published").all() and main["country"].eq(country).all()
    return found | {
        "spread": float(relative.mean()),
        "year": int(main["year"].max()),
        "evidence": "published" if published else "assumed",
    }


def _replaced(table: pd.DataFrame, own: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Tariffs with a town's own prices of a kilowatt-hour, the newest of each carrier."""
    kept = own[own["buyer"].isna() | (own["buyer"] == "household")]
    faults = list(_faults(kept, currency))
    if faults:
        raise InputError.of("prices", faults)
    newest = kept.sort_values("year").drop_duplicates("carrier", keep="last")
    done = table.copy()
    for row in newest.itertuples(index=False):
        carrier = str(row.carrier)
        if carrier not in done.index:
            continue
        vat = float(done.loc[carrier, "vat"])
        net = float(row.price) / (1.0 + vat) if row.tax == INCLUDED else float(row.price)
        for band in BANDS:
            done.loc[carrier, f"energy {band}"] = net - float(done.loc[carrier, "tax"])
            done.loc[carrier, f"network {band}"] = 0.0
        done.loc[carrier, ["spread", "year"]] = [0.0, int(row.year)]
        done.loc[carrier, "evidence"] = "observed"
    return done


def _faults(own: pd.DataFrame, currency: str) -> Iterator[Fault]:
    for name, row in own.iterrows():
        if row["unit"] != f"{currency}/kWh":
            yield Fault(str(name), f"is in {row['unit']}, tariffs here are in {currency}/kWh.",
                        "Convert the price.")  # fmt: skip
