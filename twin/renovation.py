"""Streets of works: alike houses side by side that get the same package, as one job for one builder.

Houses join where they stand not far from each other along one street, are of one type (use and time
of building) and have the same package recommended. Long rows are cut into jobs of a usual size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from twin import communities
from twin.energy import constructions
from twin.energy.parameters import energy_parameters
from twin.priority import NOTHING, figures

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.city import City
    from twin.packages import Packages
    from twin.priority import Ranking

ALONE: Final = -1
"""Cluster of a house that belongs to none."""


def streets(city: City, houses: pd.Index) -> pd.Series:
    """Street of each house: its address, else the nearest named street within reach, else empty.

    Parameters
    ----------
    city
        The City.
    houses
        Ids of buildings.
    """
    frame = city.buildings.loc[houses]
    told = frame["street"].astype("object") if "street" in frame else pd.Series(None, houses)
    named = city.streets[city.streets["name"].notna() & (city.streets["name"] != "")]
    if named.empty:
        return told.fillna("").astype("str")
    reach = figures()["street.reach"]
    pairs = named.sindex.nearest(
        frame.geometry.to_numpy(), return_all=False, max_distance=reach
    )  # fmt: skip
    near = pd.Series(None, houses, dtype="object")
    near.iloc[pairs[0]] = named["name"].to_numpy(dtype=object)[pairs[1]]
    return told.where(told.notna() & (told != ""), near).fillna("").astype("str")


def types(city: City, houses: pd.Index) -> pd.Series:
    """Type of each house in words: use, and the period of its archetype."""
    frame = city.buildings.loc[houses]
    parameters = energy_parameters(city.country)
    made = constructions.match(frame, parameters)
    period = made["year_from"].astype("int64").astype("str")
    return frame["use"].astype("str") + ", type of " + period + " and later"


def clusters(city: City, found: Packages, ranking: Ranking) -> tuple[pd.Series, pd.DataFrame]:
    """Streets of works, those with most tonnes first.

    Parameters
    ----------
    city
        The City.
    found, ranking
        Packages, and what is recommended.

    Returns
    -------
    of : (houses,)
        Number of the street of works of each house, or `ALONE`.
    table
        Index number; columns street, type, package, houses, dwellings, communities (to persuade),
        tonnes [tCO2e in all years], cost [EUR].
    """
    index = found.index
    street, kind = streets(city, index), types(city, index)
    label = _joined(city.buildings.loc[index], street, kind, ranking.option)
    size = np.bincount(label, minlength=1)
    option = ranking.option
    large = (size[label] >= figures()["cluster.least"]) & (option != NOTHING)
    told = ranking.table.loc[index]
    dwellings = city.buildings.loc[index, "dwellings"]
    shared = communities.deciders(city).loc[index, "decider"].eq(communities.COMMUNITY)
    table = pd.DataFrame(
        {
            "street": street, "type": kind, "option": option, "houses": 1, "dwellings": dwellings,
            "communities": shared.astype("int64"), "tonnes": told["tonnes"], "cost": told["cost"],
        },
        index=index,
    )[large]  # fmt: skip
    grouped = table.groupby(label[large]).agg(
        {"street": _usual, "type": _usual, "option": "first", "houses": "sum", "dwellings": "sum",
         "communities": "sum", "tonnes": "sum", "cost": "sum"}
    )  # fmt: skip
    ordered = grouped.sort_values("tonnes", ascending=False, kind="stable")
    number = pd.Series(np.arange(1, len(ordered) + 1), ordered.index)
    of = pd.Series(label, index).map(number).where(large, ALONE).fillna(ALONE).astype("int64")
    titles = np.array(found.titles, dtype=object)
    ordered["package"] = titles[ordered.pop("option").to_numpy(dtype="int64")]
    return of, ordered.set_axis(pd.Index(number.to_numpy(), name="street of works"))


def _usual(values: pd.Series) -> str:
    """The value that most of a group have; of equals the first by alphabet."""
    counts = values.value_counts()
    return str(min(counts.index[counts == counts.max()]))


def _joined(
    frame: gpd.GeoDataFrame, street: pd.Series, kind: pd.Series, option: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Connected groups of houses, (houses,)."""
    given = figures()
    shapes = frame.geometry.to_numpy()
    reach = given["cluster.street"]
    pairs = frame.sindex.query(shapes, predicate="dwithin", distance=reach)
    name, one = pd.factorize(street)[0], pd.factorize(kind)[0]
    named = street.to_numpy() != ""
    close = frame.sindex.query(shapes, predicate="dwithin", distance=given["cluster.near"])
    pairs = np.concatenate([pairs[:, named[pairs[0]]], close[:, ~named[close[0]]]], axis=1)
    pairs = pairs[:, name[pairs[0]] == name[pairs[1]]]
    same = (one[pairs[0]] == one[pairs[1]]) & (option[pairs[0]] == option[pairs[1]])
    left, right = pairs[:, same]
    graph = sparse.coo_matrix((np.ones(len(left)), (left, right)), (len(frame), len(frame)))
    label = csgraph.connected_components(graph, directed=False)[1]
    return _cut(np.asarray(label, dtype=np.int64), frame, int(given["cluster.most"]))


def _cut(label: NDArray[np.int64], frame: gpd.GeoDataFrame, most: int) -> NDArray[np.int64]:
    """Groups of at most so many houses: long ones cut across their length into equal parts."""
    middle = frame.geometry.centroid
    places = np.column_stack([middle.x, middle.y])
    size = np.bincount(label)
    found = label.copy()
    following = len(size)
    for group in np.flatnonzero(size > most):
        rows = np.flatnonzero(label == group)
        away = places[rows] - places[rows].mean(axis=0)
        along = away @ np.linalg.svd(away, full_matrices=False)[2][0]
        pieces = -(-len(rows) // most)
        piece = np.argsort(np.argsort(along, kind="stable"), kind="stable") * pieces // len(rows)
        found[rows[piece > 0]] = following + piece[piece > 0] - 1
        following += pieces - 1
    return found
