"""Clocks of files: text or numbers to UTC, with the hours that occur twice or never told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

UTC: Final = "datetime64[us, UTC]"
NAIVE: Final = "datetime64[us]"
EPOCHS: Final = frozenset({"s", "ms"})


def parse(cells: pd.Series, form: str) -> tuple[pd.Series, pd.Series]:
    """Times of cells: those that say their offset in UTC, the others as local clock.

    Parameters
    ----------
    cells
        Text, numbers or times.
    form
        Empty for ISO 8601, ``s`` or ``ms`` for numbers since 1970, or a strptime format.

    Returns
    -------
    utc, local
        Times with an offset [UTC], and times without; NaT in both where a cell is no time.
    """
    index = cells.index
    none = pd.Series(pd.NaT, index=index, dtype=NAIVE)
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        return cells.dt.tz_convert("UTC").astype(UTC), none
    if str(cells.dtype).startswith("datetime64"):
        return pd.Series(pd.NaT, index=index, dtype=UTC), cells.astype(NAIVE)
    if form in EPOCHS:
        numbers = pd.to_numeric(cells, errors="coerce")
        return pd.to_datetime(numbers, unit=form, utc=True, errors="coerce").astype(UTC), none
    text = cells.astype("str").str.strip()
    zoned = text.str.contains(r"(?:[zZ]|[+-]\d\d:?\d\d)$", regex=True, na=False)
    if form:
        zoned = pd.Series("%z" in form, index=index)
    layout = form or "ISO8601"
    utc = pd.to_datetime(text.where(zoned), format=layout, utc=True, errors="coerce")
    local = pd.to_datetime(text.where(~zoned), format=layout, errors="coerce")
    return utc.astype(UTC), local.astype(NAIVE)


def to_utc(local: pd.Series, zone: str) -> tuple[pd.Series, NDArray[np.bool_], NDArray[np.bool_]]:
    """Bring local clock times to UTC.

    Parameters
    ----------
    local
        Times without offset.
    zone
        IANA name, or UTC.

    Returns
    -------
    utc, ambiguous, skipped
        Times [UTC], read as summer time where they occur twice; where they do; and where a time
        does not exist because clocks go forward: it is read in the offset before the change.
    """
    if zone == "UTC":
        no = np.zeros(len(local), bool)
        return local.dt.tz_localize("UTC").astype(UTC), no, no.copy()
    rules = ZoneInfo(zone)
    summer = local.dt.tz_localize(rules, ambiguous=_all(local, summer=True), nonexistent="NaT")
    winter = local.dt.tz_localize(rules, ambiguous=_all(local, summer=False), nonexistent="NaT")
    ambiguous = (summer != winter).to_numpy() & summer.notna().to_numpy()
    skipped = summer.isna().to_numpy() & local.notna().to_numpy()
    utc = summer.dt.tz_convert("UTC").astype(UTC)
    if skipped.any():
        utc = utc.mask(skipped, _before_change(local.where(skipped), rules))
    return utc, ambiguous, skipped


def _all(local: pd.Series, *, summer: bool) -> NDArray[np.bool_]:
    return np.full(len(local), summer)


def _before_change(local: pd.Series, rules: ZoneInfo) -> pd.Series:
    """Times that the clock skips, read with the offset of a day earlier."""
    day = pd.Timedelta(days=1)
    earlier = (local - day).dt.tz_localize(
        rules, ambiguous=_all(local, summer=False), nonexistent="NaT"
    )
    return (earlier.dt.tz_convert("UTC") + day).astype(UTC)


def second_pass(local: pd.Series, station: pd.Series, order: pd.Series) -> NDArray[np.bool_]:
    """Tell which of the times that occur twice belong to the second pass, in winter time.

    In order of arrival the clock of one station steps back once, between the passes. Where it
    does not, but one and the same time occurs twice, the second one is winter time. What is left
    is read as summer time.

    Parameters
    ----------
    local
        Ambiguous local times.
    station
        Station of each.
    order
        Order of arrival.
    """
    rows = pd.DataFrame(
        {"time": local.to_numpy(), "station": station.to_numpy(), "order": order.to_numpy()}
    ).sort_values(["order"], kind="stable")
    keys = [rows["station"], rows["time"].dt.floor("D")]
    back = rows.groupby(keys)["time"].diff() <= pd.Timedelta(0)
    steps = back.groupby(keys).cumsum()
    orderly = steps.groupby(keys).transform("max") <= 1
    again = rows.groupby(["station", "time"]).cumcount() > 0
    late = (orderly & (steps > 0)) | (~orderly & again)
    return np.asarray(late.sort_index().to_numpy(), dtype=bool)
