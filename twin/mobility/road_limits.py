"""What a road network cannot see, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.mobility import junction_control, junction_delay, turning

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd


def limits(
    waits: pd.DataFrame | None,
    report: pd.DataFrame,
    heads: pd.Series,
    junctions: gpd.GeoDataFrame,
    copies: Mapping[str, str],
) -> list[str]:
    """What a road network leaves out, in plain sentences.

    Parameters
    ----------
    waits
        Approaches of junctions (`junction_delay.approaches`); None where nobody waits.
    report
        What became of turn restrictions: outcome, count [1].
    heads
        Where links of streets end.
    junctions
        City table.
    copies
        Copies of links to the links that they are of.
    """
    found = []
    if waits is not None:
        found += [
            "Queues at junctions take time but no room: no spill-back modelled.",
            _guessed(waits),
        ]
        idle = junction_delay.unused_green(waits, heads, junctions)
        if idle:
            found.append(
                f"The green share of {idle} junctions does nothing: they have no signal where "
                "roads meet."
            )
    missed = report.loc[report["outcome"] != turning.APPLIED, "count"].sum()
    if missed:
        found.append(f"{missed} turn restrictions hold nothing up, for reasons that are counted.")
    return [*found, *_copied(copies)]


def _guessed(waits: pd.DataFrame) -> str:
    """Say how much of the control at junctions is a guess."""
    stops = (waits["control"] != junction_control.FREE).to_numpy()
    seen = int((stops & (waits["control_source"] == junction_control.OBSERVED)).sum())
    return (
        f"Of {stops.sum()} approaches where cars wait, the control of {seen} is mapped; that of "
        f"the other {stops.sum() - seen} is guessed from the classes and names of streets."
    )


def _copied(of: Mapping[str, str]) -> list[str]:
    """Say what copies of links do not see."""
    if not of:
        return []
    count = len(set(of.values()))
    return [
        (
            f"Turn restrictions over several streets: on {count} directions of streets the "
            "vehicles that they concern queue among themselves, not with the others there."
        )
    ]
