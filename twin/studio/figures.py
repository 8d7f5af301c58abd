"""What the studio's map draws: the town once, then only the column that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin import columns, impact, ranges, simulate
from twin.maps import indicators, pack, style
from twin.maps import layers as map_layers
from twin.studio import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from twin.city import City
    from twin.columns import ResultColumn
    from twin.result import Result
    from twin.spreads import Ends
    from twin.studio.engine import Run

BASE: Final = "baseline"
"""Name of the run that figures of all others are told from."""
POINTS: Final = ("junctions", "transit_stops")
"""Tables that are drawn only while their objects are chosen."""


@dataclass(frozen=True)
class Town:
    """A City as the page draws it.

    Parameters
    ----------
    city
        The City.
    index
        Ids of the objects of each layer in the order in which the page knows them.
    base
        Doing nothing in the City's own year; None until it is known.
    """

    city: City
    index: Mapping[str, pd.Index]
    base: Result | None = None


def points(city: City, table: str) -> dict[str, Any]:
    """Junctions or stops to choose from, drawn when somebody wants to."""
    frame = city.table(table)
    frame = frame[~(frame.geometry.is_empty | frame.geometry.isna())]
    return {
        "count": len(frame),
        "shapes": pack.shapes(frame.geometry, _grid(city)),
        "ids": pack.lines(map(str, frame.index)),
    }


def _grid(city: City) -> pack.Grid:
    (south, west), (north, east) = map_layers.bounds(city)
    return pack.grid((west, south, east, north))


def places(index: pd.Index, objects: pd.Index) -> list[int]:
    """Where objects stand in the page's layer; what it does not draw is left out."""
    found = index.get_indexer(objects)
    return [int(place) for place in found if place >= 0]


def compared(of: Town, runs: Sequence[Run], table: str, column: str) -> dict[str, Any] | None:
    """One figure of several runs, with one legend for all.

    Parameters
    ----------
    of
        The town without a plan.
    runs
        Runs to show.
    table, column
        The figure.

    Returns
    -------
    dict
        ``values`` and ``before``: id of the run to a column packed as `pack.figures` does, told
        from that of the town; None where the run has no such figure. ``classes`` and ``change``:
        legends. None if there is no such figure.
    """
    known = columns.catalogue().get((table, column))
    if known is None or of.base is None or table not in of.index:
        return None
    index = of.index[table]
    first = _values(of.base, known, index)
    after = {run.id: _values(run.result, known, index) for run in runs}
    before = {run.id: _values(run.before, known, index) for run in runs}
    kept = known.decimals + 1
    held = {run.id: column in run.result.frames.get(table, ()) for run in runs}
    return {
        "kept": kept,
        "values": {n: pack.figures(v, kept, first) if held[n] else None for n, v in after.items()},
        "before": {n: pack.figures(v, kept, first) if held[n] else None for n, v in before.items()},
        **_legends(known, first, after, before),
    }


def _values(result: Result, column: ResultColumn, index: pd.Index) -> NDArray[np.float64]:
    return indicators._column(result, column, index)  # noqa: SLF001 - one way to find a figure


def _legends(
    column: ResultColumn,
    first: NDArray[np.float64],
    after: Mapping[str, NDArray[np.float64]],
    before: Mapping[str, NDArray[np.float64]],
) -> dict[str, Any]:
    pooled = np.concatenate([first, *after.values()])
    changes = np.concatenate([after[n] - before[n] for n in after]) if after else np.zeros(0)
    classes = style.sequential(pooled, column.palette, column.breaks or None, reverse=True)
    change = style.diverging(
        changes,
        column.decimals,
        reverse=column.good_direction == "high",
        least=style.noticeable(column.table, column.column, column.decimals),
    )
    return {
        name: {"breaks": list(one.breaks), "colours": list(one.colours)}
        for name, one in {"classes": classes, "change": change}.items()
    }


def told(run: Run, city: City, language: str) -> dict[str, Any]:
    """A run in words and sums: ten figures, what it means for people, limits, new objects.

    Parameters
    ----------
    run, city
        The run, and the City before the plan.
    language
        One of `twin.columns.LANGUAGES`.
    """
    whole = run.grade == "full"
    return {
        "id": run.id,
        "plan": run.plan,
        "title": run.title,
        "year": run.year,
        "grade": run.grade,
        "holds": run.holds,
        "columns": sorted(
            f"{table}.{name}"
            for table, frame in run.result.frames.items()
            if table in indicators.DRAWN
            for name in frame
        ),
        "summary": spoken.figures(_summary(run), language) if whole else [],
        "people": spoken.figures(impact.change_rows(run.before, run.result), language)
        if whole
        else [],
        "limits": spoken.limits(run.result.record.get("limits", ()), language),
        "consents": spoken.consents(run.result.record.get("consents", ()), language),
        "added": {table: _shapes(frame, city) for table, frame in run.added.items()},
    }


def _summary(run: Run) -> list[dict[str, Any]]:
    """Figures after and before, and the ends between which the change lies where they are known."""
    before = {one.indicator: one.value for one in simulate.summary(run.before)}
    ends = ranges.of_change(run.before, run.result)
    return [
        {"title": one.indicator, "unit": one.unit, "value": one.value, "evidence": one.evidence,
         "before": before.get(one.indicator), **_ends(ends.get(one.indicator))}
        for one in simulate.summary(run.result)
    ]  # fmt: skip


def _ends(known: Ends | None) -> dict[str, float | None]:
    low, high = known or (None, None)
    return {"low": low, "high": high}


def _shapes(frame: gpd.GeoDataFrame, city: City) -> dict[str, Any]:
    return {"count": len(frame), "shapes": pack.shapes(frame.geometry, _grid(city))}
