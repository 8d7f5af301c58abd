"""Which figures a page shows, of which objects, and what the public may read of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from layers import tables
from twin import columns
from twin.maps import blocks, style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City
    from twin.columns import ResultColumn
    from twin.result import Result

    Floats = NDArray[np.float64]
    Ends = tuple[Floats, Floats]

TENTH: Final = NormalDist().inv_cdf(0.9)
"""Standard deviations above which one of ten draws of a normal law lies [1]."""
BLOCKS: Final = "blocks"
DRAWN: Final = ("streets", "buildings", "zones")
"""Tables of the City that a page colours."""

OBJECT, AREA, NEVER = "object", "area", "never"
"""Who may be told a figure: of each object, of areas of several, or not at all."""


@dataclass(frozen=True)
class Shown:
    """One figure in all runs, with one set of classes for all.

    Parameters
    ----------
    table
        Layer that it colours: a table of the City or `BLOCKS`.
    column
        Words and colours.
    topic
        Key of the group in which people look for it.
    figures
        Name of the run to the figure of each object, not finite where missing.
    classes, change
        Legend of a state, and of a change from the reference run.
    mean
        Whether it is the mean of several buildings.
    bands
        Name of a run to the low and the high end of its change from doing nothing: eight of ten
        possible worlds lie between.
    ranges
        The same of its figures themselves.
    houses : (objects,)
        How many houses each mean stands for; None if it is no mean.
    halves
        Name of a run to the figures between which half of those houses lie.
    """

    table: str
    column: ResultColumn
    topic: str
    figures: Mapping[str, Floats]
    classes: style.Classes
    change: style.Classes
    mean: bool = False
    bands: Mapping[str, Ends] = field(default_factory=dict)
    ranges: Mapping[str, Ends] = field(default_factory=dict)
    houses: NDArray[np.int64] | None = None
    halves: Mapping[str, Ends] = field(default_factory=dict)


@cache
def rules() -> pd.DataFrame:
    """Topic and privacy of result columns: table, column or how it begins (``*``: any)."""
    return tables.load("map_columns", "twin.data").sort_values("column", kind="stable")


def rule(table: str, column: str) -> Mapping[str, Any]:
    """The row of `rules` that fits a column best: the longest beginning, else that of the table.

    A column that no row knows is of each object for nobody but of areas for all: harmless is only
    what the table says is harmless.
    """
    rows = rules()[rules()["table"] == table]
    fits = [row for row in rows.to_dict("records") if column.startswith(row["column"])]
    rest = [row for row in rows.to_dict("records") if row["column"] == "*"]
    default = {"topic": table, "public": AREA, "weight": "one"}
    return max(fits, key=lambda row: len(row["column"]), default=(rest or [default])[0])


def collect(
    city: City,
    runs: Mapping[str, Result],
    reference: str,
    *,
    public: bool,
    bands: Mapping[str, pd.DataFrame] | None = None,
) -> tuple[list[Shown], dict[str, gpd.GeoDataFrame]]:
    """Collect all figures that may be shown, and the objects that they belong to.

    Parameters
    ----------
    city
        City that all runs belong to, with every object that one of them holds.
    runs
        Name to result.
    reference
        Name of the run that changes are counted from.
    public
        Whether everybody may read the page.
    bands
        Name of a run to what its streets change by: columns ``<figure>_change_p10`` and
        ``<figure>_change_p90``, as `twin.uncertainty.bands` makes them.

    Returns
    -------
    tuple
        Figures; layer to its objects, in the order of the figures.
    """
    found: list[Shown] = []
    layers: dict[str, gpd.GeoDataFrame] = {}
    for table in DRAWN:
        frame = _objects(city, table)
        if frame.empty:
            continue
        layers[table] = frame
        known = _columns(table, runs)
        open_ = [c for c in known if not public or rule(table, c.column)["public"] == OBJECT]
        made = [_shown(table, one, _values(one, frame.index, runs), reference) for one in open_]
        found += [_with_ends(one, frame.index, runs, bands or {}) for one in made]
        veiled = [c for c in known if public and rule(table, c.column)["public"] == AREA]
        if veiled and table == "buildings":
            found += _of_blocks(city, frame, veiled, runs, reference, layers)
    return found, layers


def _objects(city: City, table: str) -> gpd.GeoDataFrame:
    """Objects inside the boundary, near ones one after the other."""
    frame = city.table(table)
    if "inside" in frame:
        frame = frame[frame["inside"].astype(bool)]
    frame = frame[~(frame.geometry.is_empty | frame.geometry.isna())]
    if frame.empty:
        return frame
    return frame.iloc[np.argsort(frame.geometry.hilbert_distance().to_numpy(), kind="stable")]


def _columns(table: str, runs: Mapping[str, Result]) -> list[ResultColumn]:
    names = dict.fromkeys(
        str(name) for result in runs.values() for name in result.frames.get(table, ())
    )
    known = columns.catalogue()
    return [known[table, name] for name in names if (table, name) in known]


def _values(column: ResultColumn, index: pd.Index, runs: Mapping[str, Result]) -> dict[str, Floats]:
    return {name: _column(result, column, index) for name, result in runs.items()}


def _column(result: Result, column: ResultColumn, index: pd.Index) -> Floats:
    frame = result.frames.get(column.table)
    if frame is None or column.column not in frame:
        return np.full(len(index), np.nan)
    return np.asarray(frame[column.column].reindex(index), dtype="float64")


def _shown(
    table: str,
    column: ResultColumn,
    values: Mapping[str, Floats],
    reference: str,
    *,
    mean: bool = False,
) -> Shown:
    pooled = np.concatenate(list(values.values()))
    changes = [found - values[reference] for name, found in values.items() if name != reference]
    change = np.concatenate(changes) if changes else np.array([])
    return Shown(
        table=table,
        column=column,
        topic=str(rule(column.table, column.column)["topic"]),
        figures=values,
        classes=style.sequential(pooled, column.palette, column.breaks or None, reverse=True),
        change=style.diverging(
            change,
            column.decimals,
            reverse=column.good_direction == "high",
            least=style.noticeable(column.table, column.column, column.decimals),
        ),
        mean=mean,
    )


def _with_ends(
    one: Shown, index: pd.Index, runs: Mapping[str, Result], bands: Mapping[str, pd.DataFrame]
) -> Shown:
    """A figure with the ends of its changes and of its values, where they are known."""
    name = one.column.column
    ends = tuple(f"{name}_change_{end}" for end in ("p10", "p90"))
    changed = {
        run: (_floats(frame[ends[0]], index), _floats(frame[ends[1]], index))
        for run, frame in bands.items()
        if one.table == "streets" and ends[0] in frame and ends[1] in frame
    }
    known = {run: _range(result.frames.get(one.table), name, index) for run, result in runs.items()}
    return replace(one, bands=changed, ranges={k: v for k, v in known.items() if v is not None})


def _range(frame: pd.DataFrame | None, name: str, index: pd.Index) -> Ends | None:
    """Ends of a figure, from columns that hold them or from its standard deviation."""
    if frame is None:
        return None
    if f"{name}_p10" in frame and f"{name}_p90" in frame:
        return _floats(frame[f"{name}_p10"], index), _floats(frame[f"{name}_p90"], index)
    if f"{name}_spread" in frame:
        middle, spread = _floats(frame[name], index), _floats(frame[f"{name}_spread"], index)
        return np.maximum(middle - TENTH * spread, 0.0), middle + TENTH * spread
    return None


def _floats(column: pd.Series, index: pd.Index) -> Floats:
    return np.asarray(column.reindex(index), dtype="float64")


def _of_blocks(
    city: City,
    buildings: gpd.GeoDataFrame,
    veiled: Sequence[ResultColumn],
    runs: Mapping[str, Result],
    reference: str,
    layers: dict[str, gpd.GeoDataFrame],
) -> list[Shown]:
    """Means of blocks, held back where they or their changes would give a house away."""
    import geopandas as gpd

    heated = buildings[buildings["heated"].astype(bool)]
    if heated.empty:
        return []
    streets = city.streets
    parted = blocks.blocks(heated, streets.geometry[streets["inside"].astype(bool)])
    layers[BLOCKS] = gpd.GeoDataFrame(geometry=parted.shapes)
    found = []
    for column in veiled:
        weight = rule("buildings", column.column)["weight"]
        mass = np.ones(len(heated)) if weight == "one" else heated[weight].to_numpy(dtype=float)
        values = _values(column, heated.index, runs)
        means = _means(values, mass, parted)
        one = _shown(BLOCKS, column, means, reference, mean=True)
        found.append(_with_houses(one, values, mass, reference, parted))
    return found


def _with_houses(
    one: Shown,
    values: Mapping[str, Floats],
    mass: Floats,
    reference: str,
    parted: blocks.Blocks,
) -> Shown:
    """Means with the number of houses behind them, and the half of them where its ends may be told."""
    counted = np.isfinite(values[reference]) & (mass > 0.0)
    known = {name: np.where(mass > 0.0, found, np.nan) for name, found in values.items()}
    ends = {name: blocks.halves(found, parted.of) for name, found in known.items()}
    return replace(
        one,
        houses=np.bincount(parted.of[counted], minlength=len(parted.shapes)),
        halves={name: _where(np.isfinite(one.figures[name]), *ends[name]) for name in one.figures},
    )


def _where(told: NDArray[np.bool_], low: Floats, high: Floats) -> Ends:
    return np.where(told, low, np.nan), np.where(told, high, np.nan)


def _means(values: Mapping[str, Floats], mass: Floats, parted: blocks.Blocks) -> dict[str, Floats]:
    """Mean of each block in each run, missing where its difference from another run tells of few."""
    names = list(values)
    found = {name: blocks.means(values[name], mass, parted.of) for name in names}
    for n, name in enumerate(names):
        for other in names[:n]:
            alike = blocks.alike(values[other], values[name], parted.of)
            found[name] = np.where(alike | np.isnan(found[other]), found[name], np.nan)
    return found
