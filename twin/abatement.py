"""The marginal abatement curve of a chosen set of works, each part judged together with the others.

A wall and a heat pump in one house avoid less than the two apart. Parts of the chosen packages get
their share by Shapley value, house by house, so that the bars of the curve add up to what all of it
does together, in whatever order they are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin import attribution, finance
from twin.priority import NOTHING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.packages import Packages

    Floats = NDArray[np.float64]

QUANTITIES: Final = ("tonnes", "co2", "energy", "bill", "amount", "worth")
"""What is shared out: [tCO2e in all years, tCO2e/a, kWh/a, EUR/a, EUR, EUR]."""
ENDS: Final = ("worth_low", "worth_high")
"""Worth at low and at high offers [EUR]."""
SAVES, COSTS, NOTHING_SAVED = "saves money", "costs money", "avoids nothing"


def shares(
    found: Packages,
    option: NDArray[np.int64],
    worth: Floats,
    ends: tuple[Floats, Floats] | None = None,
) -> tuple[pd.MultiIndex, Floats, attribution.Attribution]:
    """Share of each part in what the chosen package of each house does.

    Parameters
    ----------
    found
        Packages of all sets of the parts.
    option : (houses,)
        Package chosen for each house, or -1.
    worth : (houses, packages) [EUR]
        Net present value.
    ends
        The same at low and at high offers; None where they are not known.

    Returns
    -------
    names
        Parts.
    table : (parts, quantities, houses)
        In the order of `QUANTITIES`, then `ENDS`.
    whole
        The same with the joint effect and what each part would do by itself.
    """
    names = list(dict.fromkeys(name for one in found.sets for name in one))
    low, high = ends or (worth, worth)
    given = {**found.figures, "worth": worth, **dict(zip(ENDS, (low, high), strict=True))}
    tables = np.stack([given[name] for name in (*QUANTITIES, *ENDS)])
    column = {frozenset(one): number for number, one in enumerate(found.sets)}
    chosen = [frozenset(found.sets[one]) if one != NOTHING else frozenset() for one in option]
    kinds = sorted(set(chosen), key=sorted)
    rows = {kind: np.array([one == kind for one in chosen]) for kind in kinds}

    def value(parts: frozenset[str]) -> Floats:
        effect = np.zeros((len(tables), len(option)))
        for kind, here in rows.items():
            some = parts & kind
            if some:
                effect[:, here] = tables[:, here, column[frozenset(some)]]
        return effect

    whole = attribution.shapley(value, names)
    return pd.Index(names, name="part"), whole.shares, whole


def curve(
    found: Packages,
    option: NDArray[np.int64],
    worth: Floats,
    group: pd.Series,
    ends: tuple[Floats, Floats] | None = None,
) -> pd.DataFrame:
    """Bars of the curve: parts of works by group of houses, in the order in which they are drawn.

    First what earns its money back, most tonnes first, since cost by tonne orders nothing below
    zero; then what costs money, the cheapest tonne first. Parts that avoid nothing come last and
    have no height.

    Parameters
    ----------
    found, option, worth, ends
        As in `shares`.
    group : (houses,)
        What bars are told apart by, beside the part.

    Returns
    -------
    DataFrame
        Columns part, group, status, houses [1], tonnes [tCO2e in all years], co2 [tCO2e/a],
        energy [kWh/a], bill [EUR/a], amount [EUR], value [EUR] (value_low at low offers and
        value_high at high ones), eur_per_t [EUR/t] (eur_per_t_low, eur_per_t_high), alone (tonnes
        if it were the only part), until (tonnes of all bars up to and with this one).
    """
    names, shared, whole = shares(found, option, worth, ends)
    label, titles = pd.factorize(group, sort=True)
    bars = []
    for number, name in enumerate(names):
        has = np.array([one != NOTHING and name in found.sets[one] for one in option])
        for code, title in enumerate(titles):
            here = has & (label == code)
            if here.any():
                sums = dict(
                    zip((*QUANTITIES, *ENDS), shared[number][:, here].sum(axis=1), strict=True)
                )
                alone = float(whole.alone[number][0, here].sum())
                bars.append({"part": name, "group": title, "houses": int(here.sum()), **sums,
                             "alone": alone})  # fmt: skip
    table = pd.DataFrame(bars).rename(columns=lambda name: name.replace("worth", "value"))
    return table if table.empty else _ordered(table)


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    value, tonnes = table["value"].to_numpy(), table["tonnes"].to_numpy()
    for end in ("", "_low", "_high"):
        table[f"eur_per_t{end}"] = finance.abatement_cost(-table[f"value{end}"], tonnes, 1e-9)
    saves = (value >= 0.0) & (tonnes > 0.0)
    table["status"] = np.where(saves, SAVES, np.where(tonnes > 0.0, COSTS, NOTHING_SAVED))
    rank = np.where(saves, 0, np.where(tonnes > 0.0, 1, 2))
    key = np.where(saves, -tonnes, table["eur_per_t"].fillna(0.0))
    done = table.iloc[np.lexsort((key, rank))].reset_index(drop=True)
    return done.assign(until=done["tonnes"].cumsum())
