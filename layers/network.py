"""Road networks of other programs: TNTP (network and trips) and GMNS (nodes and links)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import files, gmns, tntp
from layers.errors import Fault, InputError
from layers.schema import RoadNetwork, TripTable
from layers.tntp import LINK, limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_COUNTS: Final = ("NUMBER OF ZONES", "NUMBER OF NODES", "FIRST THRU NODE", "NUMBER OF LINKS")
_TOTAL: Final = "TOTAL OD FLOW"
_MET: Final = ("capacity", "length", "free flow time", "B", "power", "toll")
"""Figures of a link that must not be negative."""


def read_tntp(
    net: Path | str, trips: Path | str, *, toll_weight: float = 0.0, length_weight: float = 0.0
) -> tuple[RoadNetwork, TripTable]:
    """Read a road network and its trips from TNTP files.

    Figures keep the units of the files, which TNTP does not state: times are minutes, lengths
    kilometres and capacities vehicles per hour only where their maker says so. A link from a node
    to itself keeps its place among the links; no trip gains by it.

    Parameters
    ----------
    net, trips
        ``<name>_net.tntp`` and ``<name>_trips.tntp``. Nodes and zones number from 1 in the files,
        from 0 here; `RoadNetwork.link_ids` numbers the links from 1, as the files of flows do.
    toll_weight, length_weight
        Weights of toll and length in the generalised cost [min per unit of the file]; the README
        of each published network states them.

    Raises
    ------
    InputError
        If a file is no TNTP, or figures are missing, contradict each other or the declared counts;
        all faults of a file at once.
    """
    weights = {"toll_weight": toll_weight, "length_weight": length_weight}
    bad = [name for name, value in weights.items() if not (math.isfinite(value) and value >= 0)]
    if bad:
        raise InputError("weights", ", ".join(bad), "is no weight.", "Give 0 or more.")
    road = _road(net, toll_weight, length_weight)
    return road, _demand(trips, road.zones)


def _opened(path: Path | str) -> tntp.Parts:
    """Content of a text file taken apart; refuses everything that is not text."""
    found = files.local(path)
    # A TNTP file begins with '<', as XML does.
    if files.kind(files.head(found)) not in {"text", "XML"}:
        raise InputError(found.name, "", "It is not a text file.", "Name a .tntp file.")
    bound = limit("text_bytes")
    if found.stat().st_size > bound:
        raise InputError(found.name, "", f"It is larger than {bound / 1e6:g} MB.", "Cut it.")
    try:
        text = found.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(found.name, "", "It cannot be read as text.",
                         "Save it as UTF-8.") from error  # fmt: skip
    if text.count("\n") > limit("lines"):
        reason = f"It has more than {limit('lines'):,.0f} lines."
        raise InputError(found.name, "", reason, "Cut it.")
    return tntp.parts(text)


def _road(path: Path | str, toll_weight: float, length_weight: float) -> RoadNetwork:
    found = _opened(path)
    counts, faults = _figures(found, _COUNTS)
    faults = [*found.faults, *faults, *_count_faults(counts)]
    rows, lines, unread = tntp.rows_of_links(found.rows)
    table = np.array(rows, dtype=np.float64).reshape(-1, len(LINK))
    faults += unread
    faults += _link_faults(table, lines, counts.get("NUMBER OF NODES"))
    declared = counts.get("NUMBER OF LINKS")
    if declared is not None and not unread and declared != len(table):
        reason = f"<NUMBER OF LINKS> says {declared:g}, the file holds {len(table)}."
        faults.append(Fault("", reason, "Is the file cut off?"))
    if faults:
        raise InputError.of(Path(path).name, faults)
    column = dict(zip(LINK, table.T, strict=True))
    free = (column["capacity"] == 0) & (column["B"] == 0)
    return RoadNetwork(
        link_from=column["init node"].astype(np.int64) - 1,
        link_to=column["term node"].astype(np.int64) - 1,
        capacity=np.where(free, np.inf, column["capacity"]),
        length=column["length"].copy(),
        free_time=column["free flow time"].copy(),
        alpha=column["B"].copy(),
        power=column["power"].copy(),
        fixed_cost=toll_weight * column["toll"] + length_weight * column["length"],
        zones=int(counts["NUMBER OF ZONES"]),
        nodes=int(counts["NUMBER OF NODES"]),
        first_through=int(counts["FIRST THRU NODE"]) - 1,
        link_ids=pd.RangeIndex(1, len(table) + 1).astype("str"),
    )


def _figures(found: tntp.Parts, tags: Sequence[str]) -> tuple[dict[str, float], list[Fault]]:
    """Whole numbers of the metadata that are there, and what is wrong with the others."""
    values, faults = {}, []
    for tag in tags:
        value, wrong = tntp.figure(found, tag)
        faults += wrong
        if value is not None:
            values[tag] = value
    return values, faults


def _count_faults(counts: dict[str, float]) -> Iterator[Fault]:
    zones, nodes, first, _ = (counts.get(tag, math.nan) for tag in _COUNTS)
    if zones < 1:
        yield Fault("", "<NUMBER OF ZONES> is 0.", "A network has at least one zone.")
    if nodes < zones:
        reason = f"<NUMBER OF NODES> {nodes:g} is less than <NUMBER OF ZONES> {zones:g}."
        yield Fault("", reason, "Zones are the first of the nodes.")
    if nodes > limit("nodes"):
        reason = f"<NUMBER OF NODES> is above {limit('nodes'):,.0f}."
        yield Fault("", reason, "Cut the network.")
    if first < 1 or first > zones + 1:
        reason = f"<FIRST THRU NODE> is {first:g}, not 1 to {zones + 1:g}."
        yield Fault("", reason, "Only zones may be closed to passing traffic.")


def _link_faults(
    table: NDArray[np.float64], lines: Sequence[int], nodes: float | None
) -> Iterator[Fault]:
    """What is wrong with the figures of each link, in the order of the file."""
    column = dict(zip(LINK, table.T, strict=True))
    ends = np.column_stack([column["init node"], column["term node"]])
    astray = (ends < 1) | (ends != np.floor(ends)) | (ends > (math.inf if nodes is None else nodes))
    wrong = {
        "ends at no node of the network": astray.any(axis=1),
        "has capacity 0 but a delay": (column["capacity"] == 0) & (column["B"] > 0),
    }
    wrong |= {f"has a negative {name}": column[name] < 0 for name in _MET}
    wrong["has a figure beyond all bounds"] = (np.abs(table) > limit("figure")).any(axis=1)
    bad = np.flatnonzero(np.any(list(wrong.values()), axis=0))[: int(limit("faults"))]
    for row in bad:
        reasons = "; ".join(reason for reason, flags in wrong.items() if flags[row])
        yield Fault(f"line {lines[row]}", f"{reasons}.", "Correct it.")


def _demand(path: Path | str, zones: int) -> TripTable:
    found = _opened(path)
    counts, faults = _figures(found, _COUNTS[:1])
    # The total is a check and no figure that anything rests on: a file may go without.
    there = _TOTAL in found.tags
    total, wrong = tntp.figure(found, _TOTAL, whole=False) if there else (None, [])
    pairs, counted, unread = tntp.rows_of_trips(found.rows)
    faults = [*found.faults, *faults, *wrong, *unread]
    if counts and counts[_COUNTS[0]] != zones:
        reason = f"<NUMBER OF ZONES> is {counts[_COUNTS[0]]:g}, the network has {zones}."
        faults.append(Fault("", reason, "Take the two files of one network."))
    numbers = np.array(pairs, dtype=np.int64).reshape(-1, 3)
    trips = np.array(counted, dtype=np.float64)
    lines, origin, destination = numbers.T
    faults += _trip_faults(lines, origin, destination, trips, zones)
    if total is not None and not unread:
        faults += _total_faults(total, math.fsum(np.minimum(trips, limit("figure")).tolist()))
    if faults:
        raise InputError.of(Path(path).name, faults)
    some = trips > 0
    return TripTable(origin[some] - 1, destination[some] - 1, trips[some])


def _trip_faults(
    lines: NDArray[np.int64],
    origin: NDArray[np.int64],
    destination: NDArray[np.int64],
    trips: NDArray[np.float64],
    zones: int,
) -> Iterator[Fault]:
    pairs = pd.DataFrame({"origin": origin, "destination": destination})
    known = origin >= 0
    wrong = {
        f"has an origin that is not 1 to {zones}": known & ((origin < 1) | (origin > zones)),
        f"has a destination that is not 1 to {zones}": (destination < 1) | (destination > zones),
        "has a pair of zones that stands before": known & pairs.duplicated().to_numpy(),
        "has negative trips": trips < 0,
        "has trips beyond all bounds": trips > limit("figure"),
    }
    for reason, flags in wrong.items():
        for row in np.flatnonzero(flags)[: int(limit("faults"))]:
            pair = f"{max(origin[row], 0)} to {destination[row]}"
            yield Fault(f"line {lines[row]}, {pair}", f"{reason}.", "Correct it.")


def _total_faults(declared: float, found: float) -> Iterator[Fault]:
    if not abs(found - declared) <= limit("total.tolerance") * max(abs(declared), abs(found)):
        reason = f"<{_TOTAL}> says {declared:,.10g}, the trips sum to {found:,.10g}."
        yield Fault("", reason, "Is the file cut off?")


# GMNS ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gmns:
    """A road network read from GMNS files.

    Parameters
    ----------
    network
        Links that the use may drive; zones are nodes 0..zones-1 in the order of `zones`.
    zones
        Ids of the zones.
    nodes
        Index node_id; columns x, y (in `crs`) and number, the node's number in the network.
    crs
        Coordinate system as the configuration names it; empty if it does not.
    drops
        Links left out: columns table, reason, count [1], examples.
    """

    network: RoadNetwork
    zones: pd.Index
    nodes: pd.DataFrame
    crs: str
    drops: pd.DataFrame


def read_gmns(
    folder: Path | str,
    *,
    delay_alpha: float,
    delay_power: float,
    use: str = "auto",
    length_unit: str | None = None,
    speed_unit: str | None = None,
) -> Gmns:
    """Read a road network from a folder with node.csv and link.csv of GMNS 0.96.

    Parameters
    ----------
    folder
        Holds node.csv and link.csv, and config.csv if the units are not given here.
    delay_alpha, delay_power
        Of the delay law, which GMNS does not hold [1]; see `RoadNetwork`.
    use
        Links whose allowed_uses name others only are left out and counted.
    length_unit, speed_unit
        Units of length and free_speed, where config.csv does not say (long_length, speed).

    Notes
    -----
    A node of type ``centroid`` with a zone_id is that zone. A zone without one hangs on all nodes
    that carry its zone_id, without loss of time. Links of type ``connector`` need no capacity.

    Raises
    ------
    InputError
        If a file or column is missing, ids repeat or lead nowhere, or figures cannot be used; all
        faults of all files at once.
    """
    return Gmns(*gmns.read(folder, use, (length_unit, speed_unit), (delay_alpha, delay_power)))
