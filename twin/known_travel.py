"""What a town knows of its travel: counts at gateways, commuting tables, targets of a survey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from layers import tables
from twin.city import schema
from twin.complete import zones
from twin.matching import MATCHED, UNMATCHED
from twin.mobility.demand_parameters import PREFIX, demand_parameters, known_keys
from twin.mobility.gateways import COUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city import City

KINDS: Final = ("gateways", "commuting", "survey")
COMMUTING: Final = "commuting"
TABLE: Final = "gateways"
FACTS: Final = ["status", "object_id", "candidates", "reason"]


def attach(
    city: City, kind: str, frame: pd.DataFrame, name: str, settings: Mapping[str, float]
) -> tuple[City, pd.DataFrame, tuple[str, ...]]:
    """Take what a register of one of `KINDS` says into a City.

    Parameters
    ----------
    city
        The City; it stays as it is.
    kind
        Kind of register.
    frame
        Its columns, index row; with places a GeoDataFrame.
    name
        Row of the sources table; what it said before is replaced.
    settings
        Reach of gateways, and classes of roads that commuters take (attach.csv).

    Returns
    -------
    city, matches, notes
        Matches have the index of the register and the columns status, object_id, candidates and
        reason.
    """
    if kind == "survey":
        changed, matches = _surveyed(city, frame, name)
        return changed, matches, ()
    if not isinstance(frame, gpd.GeoDataFrame):
        return city, _unmatched(frame.index, "no place is stated"), ()
    told = frame.to_crs(city.crs)
    near = _junctions(city, told, kind, settings)
    matches = _matches(near, told, kind, name)
    own = near[matches["status"] == MATCHED]
    made = _gates(city, told.loc[own.index], own, kind, name)
    old = city.table(TABLE)
    kept = old[(old["source"] != name) & ~old["node"].isin(made["node"])]
    both = pd.concat([kept, made]) if len(kept) else made
    replaced = int((old["source"] != name).sum()) - len(kept)
    notes = (
        (f"{replaced} gateways known before are at the same junction and were replaced.",)
        if replaced
        else ()
    )
    return city.replace(gateways=gpd.GeoDataFrame(both, crs=city.crs)), matches, notes


def _unmatched(rows: pd.Index, reason: str) -> pd.DataFrame:
    facts = {"status": UNMATCHED, "object_id": "", "candidates": "", "reason": reason}
    return pd.DataFrame(facts, index=rows, dtype="str")


def _junctions(
    city: City, told: gpd.GeoDataFrame, kind: str, settings: Mapping[str, float]
) -> pd.DataFrame:
    """Junction by which each row enters: node, street, distance [m]; none where it lies too far.

    A counted gateway is the nearest junction that cars reach. People who commute take a main road:
    theirs is the nearest junction of one, however far away they live.
    """
    streets = city.streets
    nodes = zones.largest_drive_component(streets)
    driven = streets[streets["drive_forward"] | streets["drive_backward"]]
    if kind == COMMUTING:
        rank = driven["highway"].map(tables.load("capacities").set_index("highway")["rank"])
        main = driven[rank.le(settings["gateway.rank"]).fillna(value=False)]
        busy = np.intersect1d(nodes, np.unique(main[["from_node", "to_node"]].to_numpy()))
        nodes = busy if len(busy) else nodes
    if not len(nodes):
        return pd.DataFrame({"node": -1, "street": None, "distance": np.inf}, index=told.index)
    spots = city.junctions.loc[nodes].geometry
    tree = cKDTree(np.column_stack([spots.x, spots.y]))
    places = told.geometry.representative_point()
    here = places.notna() & ~places.is_empty
    distance, found = np.full(len(told), np.inf), np.zeros(len(told), dtype=np.int64)
    if here.any():
        points = np.column_stack([places[here].x, places[here].y])
        distance[here], found[here] = tree.query(points)
    node = np.asarray(nodes)[found]
    ends = pd.concat([driven["from_node"], driven["to_node"]])
    first = pd.Series(ends.index, index=ends.to_numpy()).groupby(level=0).first()
    reach = np.inf if kind == COMMUTING else settings["gateway.reach"]
    return pd.DataFrame({
        "node": node,
        "street": first.reindex(node).to_numpy(),
        "distance": np.where(distance <= reach, distance, np.inf),
    }, index=told.index)  # fmt: skip


def _matches(near: pd.DataFrame, frame: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
    found = _unmatched(near.index, "no junction that cars reach is near")
    numbers = ["in_commuters", "out_commuters"] if kind == COMMUTING else ["inward", "outward"]
    known = frame.reindex(columns=numbers).notna().any(axis=1)
    good = np.isfinite(near["distance"]) & known
    found.loc[~known, "reason"] = f"neither {numbers[0]} nor {numbers[1]} is stated"
    found.loc[good, "status"] = MATCHED
    found.loc[good, "object_id"] = [f"{name}:{row}" for row in near.index[good]]
    found.loc[good, "reason"] = [
        f"junction {node}, {distance:.0f} m away"
        for node, distance in near.loc[good, ["node", "distance"]].itertuples(index=False)
    ]
    return found


def _gates(
    city: City, told: pd.DataFrame, near: pd.DataFrame, kind: str, name: str
) -> gpd.GeoDataFrame:
    """Rows of the table of gateways; rows of one junction are added up."""
    if near.empty:
        return schema(TABLE).empty(city.crs)
    into, out = _vehicles(city, told, kind)
    share = told.get("through_share", pd.Series(np.nan, told.index))
    if kind == COMMUTING:
        share = pd.Series(0.0, told.index)
    rows = pd.DataFrame({
        "id": [f"{name}:{row}" for row in told.index],
        "node": near["node"],
        "street": near["street"],
        "inward": into,
        "outward": out,
        "through": share * (into + out),
        "asked": np.where(share.notna(), into + out, 0.0),
        "error": told.get("count_error", pd.Series(np.nan, told.index)),
    }, index=told.index)  # fmt: skip
    sums = rows.groupby("node", sort=True).agg({
        "id": "first", "street": "first", "inward": "sum", "outward": "sum", "through": "sum",
        "asked": "sum", "error": "max",
    }).reset_index()  # fmt: skip
    done = pd.DataFrame({
        "node": sums["node"].astype("int64"),
        "street": sums["street"].astype("str"),
        "inward": sums["inward"].astype("float64"),
        "outward": sums["outward"].astype("float64"),
        "through_share": (sums["through"] / sums["asked"].where(sums["asked"] > 0.0)),
        "kind": COMMUTING if kind == COMMUTING else COUNT,
        "error": sums["error"].astype("float64"),
        "source": name,
    }).astype({"kind": "str", "source": "str"})  # fmt: skip
    places = city.junctions.loc[done["node"]].geometry
    done = done.set_axis(pd.Index(sums["id"], dtype="str", name="id"))
    return gpd.GeoDataFrame(done, geometry=places.to_numpy(), crs=city.crs)


def _vehicles(city: City, told: pd.DataFrame, kind: str) -> tuple[pd.Series, pd.Series]:
    """Vehicles in and out [veh/d]; where only one direction is stated, the other is alike.

    Commuters cross twice a day, once each way.
    """
    if kind != COMMUTING:
        both = told.reindex(columns=["inward", "outward"]).astype("float64")
        return both["inward"].fillna(both["outward"]), both["outward"].fillna(both["inward"])
    figures = demand_parameters(city.country, city.table("parameters"))
    people = told.reindex(columns=["in_commuters", "out_commuters"]).fillna(0.0).sum(axis=1)
    cars = people * (figures["external.car_share"] / figures["occupancy.work"])
    return cars, cars


def _surveyed(city: City, frame: pd.DataFrame, name: str) -> tuple[City, pd.DataFrame]:
    """City whose parameters say what a survey found; checked as a whole."""
    figure = frame.get("figure", pd.Series(None, frame.index, dtype="str")).astype("str")
    target = frame.get("target", pd.Series(np.nan, frame.index)).astype("float64")
    matches = _unmatched(frame.index, "there is no such figure of travel")
    known = figure.isin(known_keys())
    matches.loc[known & target.isna(), "reason"] = "no target is stated"
    twice = figure.duplicated(keep=False) & known
    matches.loc[twice, "reason"] = "the same figure in several rows"
    good = known & target.notna() & ~twice
    matches.loc[good, "status"] = MATCHED
    matches.loc[good, "object_id"] = PREFIX + figure[good]
    matches.loc[good, "reason"] = "for the whole City"
    units = demand_parameters(city.country).figures["unit"]
    new = pd.DataFrame({
        "value": target[good].map(repr).to_numpy(),
        "unit": units.reindex(figure[good]).to_numpy(),
        "source": name,
    }, index=pd.Index(PREFIX + figure[good], dtype="str", name="name"))  # fmt: skip
    old = city.table("parameters")
    kept = old[(old["source"] != name) & ~old.index.isin(new.index)]
    both = pd.concat([kept, new.astype("str")]) if len(new) else kept
    demand_parameters(city.country, both)
    return city.replace(parameters=both), matches
