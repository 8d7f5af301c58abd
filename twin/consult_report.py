"""What a consultation said: by topic, scenario and place, people counted apart from contributions.

Nothing personal is in it: addresses of mail and telephone numbers are cut out of texts, and who is
who is only a hash that never leaves the twin. Bursts (many in minutes, or one text from many
people) are flagged, not removed: a council decides what they mean.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.errors import Fault, InputError
from layers.texts import fold
from twin import contributions

if TYPE_CHECKING:
    from twin.city import City

NEAR: Final = 50.0
"""How far from a street a place may lie and still be counted there [m]."""
WINDOW: Final = "10min"
BURST: Final = 20
"""Contributions by one channel within `WINDOW` that make a burst [1]."""
COPIES: Final = 5
"""People with one and the same text that make a burst [1]."""
RESPONSE: Final = ("id", "topic", "scenario", "street", "text", "reply", "changed", "why")


def located(rows: pd.DataFrame, city: City) -> gpd.GeoDataFrame:
    """Contributions with their place and the street nearest to it.

    Parameters
    ----------
    rows
        Of `contributions.table`.
    city
        The City.

    Returns
    -------
    gpd.GeoDataFrame
        In the CRS of the City; columns of `rows` without place, and street (empty if none is near).
    """
    shapes = [shapely.from_geojson(text) if text else None for text in rows["place"]]
    placed = gpd.GeoSeries(shapes, index=rows.index, crs="EPSG:4326").to_crs(city.crs)
    found = gpd.GeoDataFrame(rows.drop(columns="place"), geometry=placed)
    found["street"] = ""
    named = city.streets[city.streets["name"].notna()]
    there = np.flatnonzero(found.geometry.notna().to_numpy())
    if len(there) and len(named):
        tree = shapely.STRtree(named.geometry.to_numpy())
        asked = found.geometry.to_numpy()[there]
        pairs = tree.query_nearest(asked, max_distance=NEAR, all_matches=False)
        column = found.columns.get_loc("street")
        found.iloc[there[pairs[0]], column] = named["name"].to_numpy()[pairs[1]].astype(str)
    return found


def counts(found: pd.DataFrame, by: str) -> pd.DataFrame:
    """Contributions and people by topic, scenario, street, kind or channel, most people first.

    Who gave no name is one person for each contribution.
    """
    person = found["person"].where(found["person"] != "", found.index.to_series())
    grouped = person.groupby(found[by].replace("", "-"))
    table = pd.DataFrame({"people": grouped.nunique(), "contributions": grouped.size()})
    return table.sort_values(["people", "contributions"], ascending=False, kind="stable")


def answers(found: pd.DataFrame) -> pd.DataFrame:
    """Answers to each question, one for each person: the last one given."""
    told = [
        {"question": question, "answer": answer, "person": row.person or name}
        for name, row in zip(found.index, found.itertuples(), strict=True)
        if row.answers
        for question, answer in json.loads(row.answers).items()
    ]
    if not told:
        return pd.DataFrame(columns=["question", "answer", "people"])
    last = pd.DataFrame(told).drop_duplicates(["question", "person"], keep="last")
    return last.groupby(["question", "answer"]).size().rename("people").reset_index()


def bursts(found: pd.DataFrame) -> list[str]:
    """Sentences on contributions that came all at once or that say the same."""
    said = []
    for channel, rows in found.groupby("channel"):
        if channel in {"mail", "hall", "survey"}:
            continue  # these are entered together
        times = pd.to_datetime(rows["received"], utc=True).sort_values()
        rolling = pd.Series(1.0, index=pd.DatetimeIndex(times)).rolling(WINDOW).sum()
        most = int(rolling.max())
        if most >= BURST:
            end = rolling.idxmax()
            said.append(
                f"{most} contributions by {channel} in ten minutes until {end:%Y-%m-%d %H:%M} UTC."
            )
    texts = found.loc[found["text"] != "", "text"].map(fold)
    for text, size in texts.value_counts().items():
        if size < COPIES or not text:
            break
        first = contributions.public(str(found.loc[texts.index[texts == text][0], "text"]))[:60]
        said.append(f"{size} contributions say the same: {first!r}.")
    return said


def summary(rows: pd.DataFrame, city: City) -> dict[str, Any]:
    """Everything that `twin consult report` prints.

    Parameters
    ----------
    rows
        Of `contributions.table`.
    city
        The City.
    """
    found = located(rows, city)
    person = found["person"].where(found["person"] != "", found.index.to_series())
    return {
        "contributions": len(found),
        "people": int(person.nunique()),
        "unnamed": int((found["person"] == "").sum()),
        "states": found["state"].value_counts().to_dict(),
        "by": {name: counts(found, name) for name in ("topic", "scenario", "street", "channel")},
        "answers": answers(found),
        "bursts": bursts(found),
        "unanswered": int(((found["state"] == "public") & (found["reply"] == "")).sum()),
    }


def response_table(rows: pd.DataFrame, city: City, *, final: bool = False) -> pd.DataFrame:
    """What each contribution that is public was answered, and what changed.

    Parameters
    ----------
    rows
        Of `contributions.table`.
    city
        The City.
    final
        To publish: every row needs its answer then.

    Raises
    ------
    InputError
        If `final` and a row has no answer.
    """
    found = located(rows, city)
    shown = found[found["state"] == "public"].reset_index()
    shown["text"] = shown["text"].map(contributions.public)
    table = pd.DataFrame(shown[list(RESPONSE)])
    silent = table[(table["reply"] == "") | (table["changed"] == "")]
    if final and len(silent):
        advice = "Write the answer, what changed and why not; then publish."
        faults = [Fault(str(name), "has no answer.", advice) for name in silent["id"]]
        raise InputError.of("response table", faults)
    return table


def shapes(rows: pd.DataFrame, city: City) -> gpd.GeoDataFrame:
    """Public contributions with a place, for maps: no person, no address of mail."""
    found = located(rows, city)
    kept = found[(found["state"] == "public") & found.geometry.notna()].copy()
    kept["text"] = kept["text"].map(contributions.public)
    columns = ["kind", "topic", "scenario", "street", "text", "reply", "changed", "why"]
    return kept[[*columns, "geometry"]]
