"""Put what the domains yield together: figures on the City's objects, energy inside its boundary."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from twin.errors import LedgerError
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from twin.city import City
    from twin.domain import Outcome
    from twin.ledger import Ledger

KILOGRAMS: Final = 1000.0
"""Per tonne [kg/t]."""

FIGURES: Final[Mapping[str, bool]] = {
    "buildings.heat_need": False,
    "streets.vehicle_km": False,
    "buildings.needs_met": True,
}
"""Figures of the summary beside the ledger's: a sum over objects, or their mean."""


def inside(
    city: City, outcomes: Mapping[str, Outcome]
) -> tuple[list[pd.DataFrame], dict[str, dict[str, float]]]:
    """Activity of objects inside the boundary, and what was left out, by domain."""
    kept = []
    outside = {}
    for name, outcome in outcomes.items():
        if outcome.activity is None:
            continue
        counts = _counts(city, outcome.activity, name)
        left = outcome.activity[~counts]
        kept.append(outcome.activity[counts])
        outside[name] = {
            "rows": len(left),
            "objects": int(left["object_id"].nunique()),
            "kwh": fsum(left["activity"].tolist()),
        }
    return kept, outside


def money_inside(city: City, outcomes: Mapping[str, Outcome]) -> list[pd.DataFrame]:
    """Money of objects inside the boundary, by domain."""
    given = {name: one.money for name, one in outcomes.items() if one.money is not None}
    return [money[_counts(city, money, name)] for name, money in given.items()]


def _counts(city: City, activity: pd.DataFrame, name: str) -> pd.Series:
    """Whether each row belongs to an object inside the boundary."""
    inside = pd.Series(index=activity.index, data=np.zeros(len(activity), dtype=bool))
    for layer, rows in activity.groupby("layer", observed=True):
        table = city.table(str(layer))
        codes, ids = pd.factorize(rows["object_id"])
        place = table.index.get_indexer(pd.Index(ids).astype("str"))
        if (place < 0).any():
            stranger = min(map(str, pd.Index(ids)[place < 0]))
            raise LedgerError(f"{name} booked {stranger}, which is not in table {layer}.")
        inside[rows.index] = table["inside"].to_numpy()[place][codes]
    return inside


def frames(city: City, outcomes: Mapping[str, Outcome], book: Ledger) -> dict[str, pd.DataFrame]:
    """Figures of all domains on the City's objects, with the emissions that the ledger holds."""
    frames = {}
    for name in dict.fromkeys(table for one in outcomes.values() for table in one.frames):
        table = city.table(name)
        index = table.index[standing(table)] if "state" in table else table.index
        parts = [one.frames[name].reindex(index) for one in outcomes.values() if name in one.frames]
        frame = pd.concat(parts, axis=1)
        if not frame.columns.is_unique:
            raise LedgerError(f"Two domains fill the same column of {name}.")
        computed = [
            one.frames[name].index for one in outcomes.values()
            if name in one.frames and _books(one, name)
        ]  # fmt: skip
        if computed:
            counted = table["inside"].reindex(index) & index.isin(computed[0])
            incomplete = {each for one in outcomes.values() for each in one.incomplete}
            frame["co2"] = _emissions(book, name, index[counted], incomplete).reindex(index)
        frames[name] = frame
    return frames


def _books(outcome: Outcome, table: str) -> bool:
    activity = outcome.activity
    return activity is not None and bool(activity["layer"].eq(table).any())


def _emissions(
    book: Ledger, layer: str, objects: pd.Index, incomplete: Collection[str]
) -> pd.Series:
    """Emissions per object [kgCO2e/a]; zero without activity, NaN where a part is not computed."""
    rows = book.where(layer=layer, kind="activity")
    kilograms = (rows.by("object_id") * KILOGRAMS).reindex(objects, fill_value=0.0)
    unknown = rows.rows.loc[rows.rows["tco2e"].isna(), "object_id"].astype("str").unique()
    return kilograms.mask(kilograms.index.isin([*unknown, *incomplete]))


def tables(outcomes: Mapping[str, Outcome]) -> dict[str, pd.DataFrame]:
    """Figures of the whole place from all domains; what holds nothing is left out.

    Raises
    ------
    LedgerError
        If two domains give a table of one name.
    """
    found: dict[str, pd.DataFrame] = {}
    for name, table in ((n, t) for one in outcomes.values() for n, t in one.tables.items()):
        if name in found:
            raise LedgerError(f"Two domains give a table {name}.")
        if len(table):
            found[name] = table
    return found


def agreement(frames: Mapping[str, pd.DataFrame], book: Ledger) -> dict[str, float]:
    """Emissions on maps against emissions in the ledger [kgCO2e/a].

    Objects with a row that is not computed show no figure on the map; what their other rows emit
    is `co2_not_shown_kg`.

    Raises
    ------
    LedgerError
        If map and ledger differ.
    """
    shown = fsum(
        value for frame in frames.values() if "co2" in frame
        for value in frame["co2"].dropna().tolist()
    )  # fmt: skip
    hidden = fsum(
        value
        for name, frame in frames.items() if "co2" in frame
        for value in _hidden(book, name, frame).tolist()
    )  # fmt: skip
    total = book.where(kind="activity").total()
    whole = 0.0 if pd.isna(total) else total * KILOGRAMS
    if abs(shown + hidden - whole) > 1e-9 * max(abs(whole), 1.0):
        raise LedgerError(
            f"Maps show {shown + hidden!r} kg, the ledger holds {whole!r} kg. Please report this."
        )
    return {"co2_shown_kg": shown, "co2_not_shown_kg": hidden, "co2_ledger_kg": whole}


def _hidden(book: Ledger, layer: str, frame: pd.DataFrame) -> pd.Series:
    """Emissions [kg] of objects whose figure is not complete."""
    sums = book.where(layer=layer, kind="activity").by("object_id").dropna() * KILOGRAMS
    return sums[~sums.index.isin(frame.index[frame["co2"].notna()])]


def figures(city: City, frames: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Figures of the summary that are no sums of the ledger, inside the boundary."""
    found = {}
    for name, mean in FIGURES.items():
        table, column = name.split(".")
        if column in frames.get(table, ()):
            values = frames[table][column]
            inside = city.table(table)["inside"].reindex(values.index)
            counted = values[inside].dropna().tolist()
            if counted:
                found[name] = fsum(counted) / (len(counted) if mean else 1)
    return found
