"""Factor sets: emissions per unit of energy, versioned and locked, one purpose each.

A path by year is read linearly between its published points (BR18 annex 2 states so for its own
path; elsewhere it is the plain reading of two dated points). Outside its points a path says
nothing, unless the caller freezes it at the nearest point.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import tables
from twin.errors import LedgerError, NotComputedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE: Final = "twin.data"
FOLDER: Final = "factors"
PURPOSES: Final = ("inventory", "certificate", "life_cycle", "baseline", "marginal")
ANY: Final = "*"
"""Country of a factor that holds everywhere, such as the carbon in a fuel."""

TO_TONNES: Final[Mapping[str, float]] = {
    "kg/TJ": 3.6e-9,
    "kgCO2e/kWh": 1e-3,
    "gCO2e/kWh": 1e-6,
    "gCO2/kWh": 1e-6,
    "tCO2/MWh": 1e-3,
    "kWh/kWh": 1.0,
}
"""Factor units to [t/kWh] (1 kWh = 3.6e-6 TJ); primary energy stays [kWh/kWh]."""

GASES: Final = ("ch4", "n2o")
PRIMARY: Final = ("primary_nren", "weighted")
"""Quantities of energy: non-renewable primary energy, and what a country weighs energy by for its
certificates."""
QUANTITIES: Final = ("co2e", "co2", *GASES, "co2_biogenic", *PRIMARY)


@dataclass(frozen=True)
class FactorSet:
    """Factors of one purpose for one country.

    Parameters
    ----------
    purpose, version
        One of `PURPOSES`, and the version of the set.
    country
        ISO 3166-1 alpha-2 code of the place.
    digest
        Digest of the locked set with its global warming potentials [32 hex digits].
    rows
        One row per carrier, quantity and year of a path: value [t/kWh, primary energy kWh/kWh],
        country it was taken from, evidence; a missing path_year holds in every year.
    carriers
        Units of all carriers, whether they have a factor or not.
    gwp
        Global warming potentials over 100 years [kgCO2e/kg] by gas.
    frozen
        Keep the nearest value for years outside a path; without it such a year is an error.
    """

    purpose: str
    version: int
    country: str
    digest: str
    rows: pd.DataFrame = field(repr=False)
    carriers: pd.Series = field(repr=False)
    gwp: Mapping[str, float] = field(repr=False)
    frozen: bool = False

    def at(self, year: int) -> pd.DataFrame:
        """Give the factors of a year, one row per carrier of carriers.csv.

        Columns: factor_id, tco2e [t/kWh], biogenic [t/kWh], primary_nren_kwh and weighted_kwh
        [kWh/kWh], unit, evidence (of the part that weighs most); missing where there is no factor.

        Raises
        ------
        LedgerError
            If the year lies outside a path and the set is not frozen.
        """
        outside = self.outside(year)
        if outside and not self.frozen:
            raise LedgerError(
                f"Factor set {self.name} says nothing about {year}: {'; '.join(outside)}. "
                "Load it with frozen=True to keep the nearest value."
            )
        return pd.DataFrame(
            [self._factor(carrier, year) for carrier in self.carriers.index],
            index=self.carriers.index,
        ).astype({"factor_id": "str", "unit": "str", "evidence": "str"})

    @property
    def name(self) -> str:
        """Purpose, version and country, as they begin every factor id."""
        return f"{self.purpose}:{self.version}:{self.country}"

    def outside(self, year: int) -> list[str]:
        """List the paths that do not reach a year, with the years they cover."""
        dated = self.rows.dropna(subset=["path_year"])
        found = []
        for (carrier, country), path in dated.groupby(["carrier", "country"]):
            first, last = int(path["path_year"].min()), int(path["path_year"].max())
            if not first <= year <= last:
                span = str(first) if first == last else f"{first} to {last}"
                found.append(f"{carrier} ({country}) covers {span}")
        return found

    def substitutes(self) -> dict[str, str]:
        """Carriers whose figures come from another country, and from which."""
        foreign = self.rows[~self.rows["country"].isin([self.country, ANY])]
        return {
            str(carrier): str(part["country"].iloc[0])
            for carrier, part in foreign.groupby("carrier")
        }

    def record(self, year: int) -> dict[str, Any]:
        """State for the run record what was used; plain values only."""
        table = self.at(year)
        return {
            "purpose": self.purpose,
            "version": self.version,
            "country": self.country,
            "digest": self.digest,
            "year": year,
            "frozen": self.outside(year) if self.frozen else [],
            "substitutes": self.substitutes(),
            "not_available": sorted(table.index[table["tco2e"].isna()]),
            "assumed": sorted(table.index[table["evidence"].eq("assumed")]),
            "kg_per_kwh": {
                str(name): value * 1000.0 for name, value in table["tco2e"].dropna().items()
            },
        }

    def _factor(self, carrier: str, year: int) -> dict[str, Any]:
        """Compose the factor of one carrier from its quantities."""
        own = self.rows[self.rows["carrier"] == carrier]
        values = {name: _read(part, year) for name, part in own.groupby("quantity")}
        parts = _parts(values, self.gwp)
        total = sum(parts.values()) if parts else float("nan")
        main = own[own["quantity"] == max(parts, key=lambda name: parts[name])] if parts else own
        return {
            "factor_id": f"{self.purpose}:{self.version}:{_origin(main, year)}" if parts else None,
            "tco2e": total,
            "biogenic": values.get("co2_biogenic", float("nan")),
            "primary_nren_kwh": values.get("primary_nren", float("nan")),
            "weighted_kwh": values.get("weighted", float("nan")),
            "unit": self.carriers[carrier],
            "evidence": _evidence(main, self.country) if parts else None,
        }


def load(
    purpose: str, *, country: str, version: int | None = None, frozen: bool = False
) -> FactorSet:
    """Load a locked factor set for a country, with substitutes where the country has no figure.

    Parameters
    ----------
    purpose
        One of `PURPOSES`.
    country
        ISO 3166-1 alpha-2 code.
    version
        Version of the set; the newest if not given.
    frozen
        Keep the nearest value for years outside a path.

    Raises
    ------
    NotComputedError
        If there is no set of this purpose or version.
    LedgerError
        If the purpose is unknown, or the figures differ from those that were locked.
    """
    if purpose not in PURPOSES:
        raise LedgerError(f"Unknown factor purpose {purpose!r}; use {', '.join(PURPOSES)}.")
    sets = _table("sets")
    found = sets[(sets["purpose"] == purpose) & (sets["version"].eq(version) | (version is None))]
    if found.empty:
        wanted = purpose if version is None else f"{purpose} version {version}"
        raise NotComputedError(f"There is no factor set for {wanted}; nothing is computed with it.")
    newest = int(found["version"].max())
    digest = _locked(purpose, newest, str(found.set_index("version")["digest"][newest]))
    table = _table(f"{purpose}-{newest}")
    return FactorSet(
        purpose=purpose,
        version=newest,
        country=country,
        digest=digest,
        rows=_rows_for(table, country),
        carriers=tables.load("carriers").set_index("carrier")["unit"],
        gwp=_table("gwp").set_index("gas")["value"].to_dict(),
        frozen=frozen,
    )


@cache
def digest(purpose: str, version: int) -> str:
    """Digest of the figures of a set and of the global warming potentials [32 hex digits]."""
    sums = hashlib.blake2b(digest_size=16)
    for name in (f"{purpose}-{version}", "gwp"):
        for row in _table(name).itertuples(index=False):
            sums.update("|".join("" if pd.isna(cell) else str(cell) for cell in row).encode())
            sums.update(b"\n")
    return sums.hexdigest()


def _table(name: str) -> pd.DataFrame:
    return tables.load(f"{FOLDER}/{name}", PACKAGE)


def _locked(purpose: str, version: int, expected: str) -> str:
    """Check the digest of a set against the one written down when it was locked."""
    found = digest(purpose, version)
    if found != expected:
        raise LedgerError(
            f"Factor set {purpose} version {version} was changed after it was locked "
            f"({found}, expected {expected}). Put changed figures into a new version."
        )
    return found


def _rows_for(table: pd.DataFrame, country: str) -> pd.DataFrame:
    """Choose per carrier and quantity: the country's own figure, a universal one, a substitute."""
    chosen = []
    of_energy = table["quantity"].isin(PRIMARY)
    for (carrier, _), part in table.groupby(["carrier", of_energy], sort=True):
        own = _chosen(part, country)
        if own is not None:
            chosen.append(own.assign(carrier=carrier))
    columns = ["carrier", "country", "quantity", "path_year", "value", "evidence"]
    if not chosen:
        return pd.DataFrame({name: [] for name in columns})
    rows = pd.concat(chosen, ignore_index=True)
    unknown = sorted(set(rows["unit"]) - set(TO_TONNES)) + sorted(
        set(rows["quantity"]) - set(QUANTITIES)
    )
    if unknown:
        raise LedgerError(f"Factor tables know no unit or quantity {', '.join(unknown)}.")
    rows["value"] = rows["value"].astype("float64") * rows["unit"].map(dict(TO_TONNES))
    return rows[columns]


def _chosen(part: pd.DataFrame, country: str) -> pd.DataFrame | None:
    """Rows of one carrier: own figures where they exist, completed by universal ones."""
    for candidate in _candidates(country):
        own = part[part["country"] == candidate]
        universal = part[(part["country"] == ANY) & ~part["quantity"].isin(own["quantity"])]
        if not own.empty or not universal.empty:
            return pd.concat([own, universal])
    return None


def _candidates(country: str) -> Iterator[str]:
    """The country, then who stands in for it, then who stands in for that one."""
    seen: set[str] = set()
    current: str | None = country
    while current is not None and current not in seen:
        yield current
        seen.add(current)
        current = tables.substitute(current, "factors")


def _read(path: pd.DataFrame, year: int) -> float:
    """Value of one quantity in a year: linear between points, the nearest point outside."""
    if path["path_year"].isna().any():
        return float(path["value"].iloc[0])
    ordered = path.sort_values("path_year")
    return float(np.interp(year, ordered["path_year"].to_numpy(), ordered["value"].to_numpy()))


def _parts(values: Mapping[str, float], gwp: Mapping[str, float]) -> dict[str, float]:
    """Parts of the CO2 equivalent [t/kWh]: as published, or CO2 with its companions."""
    if "co2e" in values:
        return {"co2e": values["co2e"]}
    if "co2" not in values:
        return {}
    weighted = {gas: values[gas] * gwp[gas] for gas in GASES if gas in values}
    return {"co2": values["co2"], **weighted}


def _origin(rows: pd.DataFrame, year: int) -> str:
    """Country, carrier and year of a factor, for its id."""
    first = rows.iloc[0]
    country = "any" if first["country"] == ANY else first["country"]
    if pd.isna(first["path_year"]):
        return f"{country}:{first['carrier']}"
    used = int(np.clip(year, rows["path_year"].min(), rows["path_year"].max()))
    return f"{country}:{first['carrier']}:{used}"


def _evidence(rows: pd.DataFrame, country: str) -> str:
    """Published only if every point is, and it is the country's own or holds everywhere."""
    own = rows["country"].isin([country, ANY]).all()
    return "published" if own and rows["evidence"].eq("published").all() else "assumed"
