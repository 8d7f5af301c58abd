"""From the rows of a file to one whole year that satisfies the contract, with everything counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.climate import contract, gaps, sun
from layers.climate.contract import DERIVED, FILLED, READ, Station, Story, Weather
from layers.drops import Drops
from layers.errors import Fault, InputError
from layers.schema import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SUN: Final = ("ghi", "dni", "dhi")
LEAP: Final = (2, 29)


@dataclass(frozen=True)
class Rows:
    """Rows of a weather file under our names and units.

    Parameters
    ----------
    frame
        Index: begin of the hour in local standard time, without a zone; variables of the contract,
        not a number where missing.
    station
        Where it was taken.
    typical
        Whether months of several years were put together, or the year means nothing.
    grade
        Row of ``grades.csv``.
    source
        Provenance; the counts of kept and refused rows are set here later.
    averaged
        Whether several rows of one hour are averaged; otherwise they are a fault.
    notes
        Plain sentences about how the file was understood.
    """

    frame: pd.DataFrame
    station: Station
    typical: bool
    grade: str
    source: Source
    averaged: bool = False
    notes: tuple[str, ...] = field(default=())


def weather(rows: Rows, file: str, year: int | None = None) -> Weather:
    """Make one whole year.

    Negative irradiance near zero counts as zero; gaps of at most ``gap.longest`` hours are filled
    linearly (irradiance by its share of the sun outside the atmosphere); the missing one of
    global, beam and diffuse is worked out. All of it is flagged and counted.

    Parameters
    ----------
    rows
        What a reader found.
    file
        Name for messages.
    year
        Which year, if there are several; for a typical file it says that the rows are of this
        real year.

    Raises
    ------
    InputError
        If the year is not whole, a value is impossible, or a gap is too long; all faults at once.
    """
    drops = Drops()
    found = [*rows.station.faults(), *_column_faults(rows.frame)]
    if found:
        raise InputError.of(file, found)
    frame = _believed(rows.frame, drops, file)
    if rows.averaged:
        frame = _hourly(frame, drops)
    picked, years, typical = _year(frame, rows.typical, year, file, drops)
    whole = _reindexed(picked, drops)
    filled, flags = _filled(whole, rows.station, typical, file, drops)
    kind = contract.TYPICAL if typical else contract.ACTUAL
    story = Story(kind, years, rows.grade, rows.notes)
    made = contract.dataset(filled, flags, rows.station, story)
    return Weather(
        dataset=contract.validate(made, file),
        drops=drops.frame(),
        source=_counted(rows.source, drops.refused[contract.TABLE]),
    )


def _counted(source: Source, refused: int) -> Source:
    facts = vars(source) | {"rows_kept": source.rows_in - refused, "rows_refused": refused}
    return Source(**facts)


def _column_faults(frame: pd.DataFrame) -> list[Fault]:
    """What is needed and has no value at all."""
    needed = contract.variables().query("needed == 'yes'").index
    return [
        Fault(name, "has no values.", "Give a file that has them.")
        for name in needed
        if name not in frame or frame[name].isna().all()
    ]


def _believed(frame: pd.DataFrame, drops: Drops, file: str) -> pd.DataFrame:
    """Columns with values, night offsets set to zero; impossible values are faults."""
    void = [name for name in frame.columns if frame[name].isna().all()]
    drops.note(contract.TABLE, "variable without values left out", void)
    kept, found = frame.drop(columns=void).astype("float64"), []
    for name in kept.columns:
        row, values = contract.variables().loc[name], kept[name]
        if name in SUN:
            dark = (values < 0) & (values >= -contract.limit("night.negative"))
            drops.note(contract.TABLE, f"{name}: small negative value read as 0", kept.index[dark])
            kept[name] = values = values.mask(dark, 0.0)
        wrong = (values < row["lower"]) | (values > row["upper"]) | np.isinf(values)
        if wrong.any():
            first = kept.index[wrong.to_numpy()][0]
            found.append(
                Fault(
                    f"{name}, {first}",
                    f"{int(wrong.sum())} values outside {row['lower']:g} to {row['upper']:g} "
                    f"[{row['unit']}], the first is {values[wrong].iloc[0]:g}.",
                    "Check the unit; leave cells empty where nothing was measured.",
                )
            )
    if found:
        raise InputError.of(file, found)
    return kept


def _hourly(frame: pd.DataFrame, drops: Drops) -> pd.DataFrame:
    """Mean of the readings of each hour; hours with too few finer readings are missing."""
    groups = frame.groupby(level=0)
    counts = groups.count()
    usual = counts.replace(0, np.nan).median()
    least = usual.clip(upper=contract.limit("mean.rows"))
    few = counts.lt(least) & counts.gt(0)
    means = groups.mean().mask(few)
    for name in frame.columns:
        hours = means.index[few[name].to_numpy()]
        drops.note(contract.TABLE, f"{name}: hour with too few readings left empty", hours)
    return means


def _year(
    frame: pd.DataFrame, typical: bool, year: int | None, file: str, drops: Drops
) -> tuple[pd.DataFrame, str, bool]:
    """Rows of one year, the years they are from as text, and whether the year is typical."""
    present = sorted({int(each) for each in frame.index.year})
    text = f"{present[0]}" if len(present) == 1 else f"{present[0]}-{present[-1]}"
    if typical and year is None:
        return _relabelled(frame, drops), text, True
    wanted = _wanted(frame, present, year, file)
    other = frame.index.year != wanted
    drops.lose(contract.TABLE, f"row outside the year {wanted}", frame.index[other])
    return frame[~other], str(wanted), False


def _wanted(frame: pd.DataFrame, present: list[int], year: int | None, file: str) -> int:
    """The year asked for, or the only one that is nearly whole."""
    share = {each: float((frame.index.year == each).sum()) / _length(each) for each in present}
    least = 1.0 - contract.limit("gap.share")
    if year is not None:
        if year not in share:
            raise InputError(file, f"year {year}", "is not in the file.",
                             f"It has {', '.join(map(str, present[:20]))}.")  # fmt: skip
        return year
    whole = [each for each in present if share[each] >= least]
    if len(whole) == 1:
        return whole[0]
    if whole:
        raise InputError(file, "time", f"holds the years {', '.join(map(str, whole))}.",
                         "Name the one to use.")  # fmt: skip
    best = max(share, key=lambda each: share[each])
    raise InputError(file, "time",
                     f"holds no whole year: {best} has {share[best]:.0%} of its hours.",
                     "Give a file with every hour of a year.")  # fmt: skip


def _length(year: int) -> int:
    return int(pd.Timestamp(year, 12, 31).day_of_year) * 24


def _relabelled(frame: pd.DataFrame, drops: Drops) -> pd.DataFrame:
    """Rows under the one year that labels typical years; 29 February is left out."""
    at = frame.index
    leap = (at.month == LEAP[0]) & (at.day == LEAP[1])
    drops.lose(contract.TABLE, "29 February of a typical year", at[leap])
    kept = frame[~leap]
    year = np.full(len(kept), int(contract.limit("typical.year")))
    parts = {"year": year, "month": kept.index.month, "day": kept.index.day,
             "hour": kept.index.hour}  # fmt: skip
    return kept.set_index(pd.DatetimeIndex(pd.to_datetime(parts)))


def _reindexed(frame: pd.DataFrame, drops: Drops) -> pd.DataFrame:
    """Every hour of the year once, in order."""
    twice = frame.index.duplicated(keep="first")
    drops.lose(contract.TABLE, "hour that occurs again", frame.index[twice])
    kept = frame[~twice]
    year = int(kept.index.year[0])
    hours = pd.date_range(f"{year}-01-01", periods=_length(year), freq="h")
    drops.note(contract.TABLE, "hour without a row", hours.difference(kept.index))
    return kept.reindex(hours)


def _filled(
    frame: pd.DataFrame, station: Station, typical: bool, file: str, drops: Drops
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values and flags without gaps, indexed in UTC, the parts of the sunlight completed."""
    kept = _without_long_gaps(frame, typical, file, drops)
    kept.index = kept.index - pd.Timedelta(hours=station.utc_offset)
    extra = sun.extraterrestrial(kept.index)
    zenith = sun.position(
        kept.index, station.latitude, station.longitude, station.sun_minutes
    )["apparent_zenith"].to_numpy()  # fmt: skip
    cosine = np.maximum(np.cos(np.radians(zenith)), 0.0)
    outside = {"dni": np.where(cosine > 0, extra, 0.0)}
    flags = pd.DataFrame(np.where(kept.isna(), FILLED, READ), kept.index, kept.columns)
    for name in kept.columns:
        drops.note(contract.TABLE, f"{name}: hour filled", kept.index[kept[name].isna()])
        values = kept[name].to_numpy()
        kept[name] = (
            gaps.by_sun(values, outside.get(name, extra * cosine), cyclic=typical)
            if name in SUN
            else gaps.linear(values, cyclic=typical)
        )
    whole, derived = sun.complete(kept, zenith, extra)
    _check_sun(whole, extra * cosine, station.longitude, file)
    return whole, flags.assign(**dict.fromkeys(derived, DERIVED))


def _check_sun(frame: pd.DataFrame, outside: Floats, longitude: float, file: str) -> None:
    """Refuse sunlight at hours when the sun of the place does not shine."""
    if "ghi" not in frame:
        return
    shift, night = sun.mistimed(frame.index, frame["ghi"].to_numpy(), outside, longitude)
    if abs(shift) <= contract.limit("sun.shift") and night <= contract.limit("sun.night"):
        return
    raise InputError(
        file, "ghi",
        f"does not follow the sun of its place: it is {shift:+.1f} h off, and {night:.0%} of it "
        "comes at night.",
        "Check time zone, longitude (east is positive) and whether hours begin or end.",
    )  # fmt: skip


def _without_long_gaps(frame: pd.DataFrame, typical: bool, file: str, drops: Drops) -> pd.DataFrame:
    """Refuse long gaps in temperature and sunlight; leave out other variables that have them."""
    found, lost = [], []
    for name in frame.columns:
        missing = frame[name].isna().to_numpy()
        length, begin = gaps.longest(missing, cyclic=typical)
        if length <= contract.limit("gap.longest") and missing.mean() <= contract.limit(
            "gap.share"
        ):
            continue
        lost.append(name)
        if name == "temperature" or name in SUN:
            found.append(
                Fault(
                    f"{name}, {frame.index[begin]}",
                    f"{int(missing.sum())} hours are missing, {length} of them in a row.",
                    f"At most {contract.limit('gap.longest'):g} in a row and "
                    f"{contract.limit('gap.share'):.0%} in all are filled; take another station "
                    "or year.",
                )
            )
    if found:
        raise InputError.of(file, found)
    drops.note(contract.TABLE, "variable with long gaps left out", lost)
    return frame.drop(columns=lost)
