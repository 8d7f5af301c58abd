"""Take GMNS tables apart: nodes, links and configuration as a network of arrays.

Format: General Modeling Network Specification, Zephyr Foundation and Volpe Center,
github.com/zephyr-data-specs/GMNS (node, link and config schema read).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import files, sheets, tables
from layers.errors import Fault, InputError
from layers.schema import RoadNetwork
from layers.texts import clip, unquote_formula
from layers.tntp import limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Read = tuple[RoadNetwork, pd.Index, pd.DataFrame, str, pd.DataFrame]

NODE: Final = ("node_id", "x_coord", "y_coord")
LINK: Final = ("link_id", "from_node_id", "to_node_id", "directed", "length", "free_speed")
"""Columns without which there is no network; GMNS itself requires the first four of a link."""
FILLED: Final = frozenset({*NODE, *LINK[:4]})
"""Columns of which no cell may be empty."""
MORE: Final = ("zone_id", "node_type", "facility_type", "capacity", "lanes", "allowed_uses",
               "long_length", "speed", "crs")  # fmt: skip
"""Other columns that are read."""

LOWEST: Final = {"x_coord": -math.inf, "y_coord": -math.inf, "length": 0.0, "free_speed": 0.0,
                 "capacity": 0.0, "lanes": 0.0}  # fmt: skip
"""Numbers and their lower bounds [unit of the file]."""
CENTROID: Final = "centroid"
CONNECTOR: Final = "connector"
MINUTES_PER_HOUR: Final = 60.0

_YES: Final = {"true": True, "1": True, "false": False, "0": False}


def read(
    folder: Path | str,
    use: str,
    given_units: tuple[str | None, str | None],
    delay: tuple[float, float],
) -> Read:
    """Read a network; see `layers.network.read_gmns`.

    Parameters
    ----------
    folder, use
        As there.
    given_units
        Units of length and speed, or None.
    delay
        Alpha and power of the delay law [1].
    """
    root = Path(folder)
    nodes, faults = _table(root / "node.csv", NODE)
    links, more = _table(root / "link.csv", LINK)
    sizes, crs, wrong = _config(root / "config.csv", given_units)
    faults += [*more, *wrong]
    allowed = links["allowed_uses"].map(lambda text: _allows(text, use)).astype(bool)
    if not faults:
        faults = [*_node_faults(nodes), *_link_faults(links, nodes, allowed)]
    if not all(math.isfinite(value) and value >= 0 for value in delay):
        faults.append(Fault("delay", "is no delay law.", "Give alpha and power, 0 or more."))
    if faults:
        raise InputError.of(root.name, faults)
    zones, numbers = _numbers(nodes)
    drive = pd.concat([_directed(links[allowed], numbers, sizes), _hung(nodes, zones, numbers)])
    nodes_count = max([len(zones), *(numbers + 1)])
    places = pd.DataFrame({"x": nodes["x_coord"], "y": nodes["y_coord"]})
    places = places.set_axis(numbers.index).assign(number=numbers)
    network = _network(drive, len(zones), nodes_count, delay)
    return network, zones, places, crs, _drops(links[~allowed], use)


def _table(path: Path, needed: tuple[str, ...]) -> tuple[pd.DataFrame, list[Fault]]:
    """Rows of a file by line, missing cells empty, numbers as numbers; and what is wrong."""
    try:
        cells = sheets.read(files.checked(path))[0]
    except InputError as error:
        return pd.DataFrame(columns=[*needed, *MORE]), [
            Fault(f"{path.name} {one.place}".strip(), one.reason, one.advice)
            for one in error.faults
        ]
    names = [str(name).strip().casefold() for name in cells.rows[0]]
    faults = [
        Fault(f"{path.name} column {name}", "is missing.", "GMNS names it so; add it.")
        for name in needed if name not in names
    ]  # fmt: skip
    faults += [
        Fault(f"{path.name} column {name[:64]}", "stands twice.", "Keep the one that is right.")
        for name in dict.fromkeys(names) if names.count(name) > 1
    ]  # fmt: skip
    faults += [
        Fault(f"{path.name} line {line}", "has more cells than the header.", "Quote its commas.")
        for line, row in zip(cells.numbers, cells.rows, strict=True) if len(row) > len(names)
    ][: int(limit("faults"))]  # fmt: skip
    if faults:
        return pd.DataFrame(columns=[*needed, *MORE]), faults
    rows = [(row + [""] * len(names))[: len(names)] for row in cells.rows[1:]]
    frame = pd.DataFrame(rows, columns=names, index=cells.numbers[1:], dtype="str")
    frame = frame[[name for name in names if name in {*needed, *MORE}]].replace("NaN", "")
    frame = frame.map(unquote_formula).reindex(columns=[*needed, *MORE], fill_value="")
    return _with_numbers(frame, path.name)


def _with_numbers(frame: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Numbers as float64 and empty ones as NaN, and every cell that is missing or none."""
    found, faults = frame.copy(), []
    for name in frame.columns:
        empty = frame[name] == ""
        bad = empty & (name in FILLED)
        if name in LOWEST:
            found[name] = pd.to_numeric(frame[name], errors="coerce").astype("float64")
            fits = found[name].between(LOWEST[name], limit("figure"))
            bad |= ~empty & ~(fits & np.isfinite(found[name]))
        for line, text in frame.loc[bad, name].iloc[: int(limit("faults"))].items():
            reason = f"{clip(text)} cannot be used." if text else "is empty."
            advice = "Give a number in the unit of config.csv." if name in LOWEST else "Fill it."
            faults.append(Fault(f"{file} line {line}, {name}", reason, advice))
    return found, faults


def _config(
    path: Path, given: tuple[str | None, str | None]
) -> tuple[tuple[float, float], str, list[Fault]]:
    """Kilometres in the unit of length, km/h in that of speed; the CRS; what is not known."""
    told = pd.DataFrame([dict.fromkeys(MORE, "")])
    faults: list[Fault] = []
    if path.exists():
        told, faults = _table(path, ())
        if len(told) != 1 and not faults:
            reason = f"holds {len(told)} rows."
            faults.append(Fault(path.name, reason, "GMNS asks for exactly one."))
    if faults:
        return (math.nan, math.nan), "", faults
    rows = tables.load("network_units")
    known = {(row.quantity, row.alias): float(row.value) for row in rows.itertuples()}
    sizes = []
    for quantity, column, unit in zip(
        ("length", "speed"), ("long_length", "speed"), given, strict=True
    ):
        text = unit or str(told[column].iloc[0])
        size = known.get((quantity, text.strip().casefold()), math.nan)
        sizes.append(size)
        if math.isnan(size):
            names = ", ".join(name for kind, name in known if kind == quantity)
            reason = f"the unit of {quantity} is {clip(text) if text else 'not given'}."
            advice = f"Say {quantity}_unit, or {column} in config.csv: one of {names}."
            faults.append(Fault("config.csv", reason, advice))
    return (sizes[0], sizes[1]), str(told["crs"].iloc[0]), faults


def _node_faults(nodes: pd.DataFrame) -> Iterator[Fault]:
    yield from _twice(nodes["node_id"], "node.csv")
    centre = nodes["node_type"].str.casefold() == CENTROID
    for line in nodes.index[centre & (nodes["zone_id"] == "")]:
        yield Fault(f"node.csv line {line}", "is a centroid without zone_id.", "Add it.")
    named = nodes.loc[centre & (nodes["zone_id"] != ""), "zone_id"]
    for line, zone in named[named.duplicated()].items():
        reason = f"is a second centroid of zone {clip(zone)}."
        yield Fault(f"node.csv line {line}", reason, "A zone has one.")


def _twice(ids: pd.Series, file: str) -> Iterator[Fault]:
    for line, name in ids[ids.duplicated()].iloc[: int(limit("faults"))].items():
        yield Fault(f"{file} line {line}", f"{ids.name} {clip(name)} stands twice.", "Rename one.")


def _link_faults(links: pd.DataFrame, nodes: pd.DataFrame, allowed: pd.Series) -> Iterator[Fault]:
    """What is wrong with links; those that the use may not take need no capacity and speed."""
    yield from _twice(links["link_id"], "link.csv")
    if links.empty:
        yield Fault("link.csv", "holds no link.", "Export it again.")
    known = set(nodes["node_id"])
    road = allowed & (links["facility_type"].str.casefold() != CONNECTOR)
    wrong = {
        "leads to or from a node that is not in node.csv": ~(
            links["from_node_id"].isin(known) & links["to_node_id"].isin(known)
        ),
        "is neither directed (true) nor not (false)": ~links["directed"].str.casefold().isin(_YES),
        "begins and ends at one node": links["from_node_id"] == links["to_node_id"],
        "has no length": allowed & links["length"].isna(),
        "has no free_speed above 0": allowed & ~(links["free_speed"] > 0),
        "has no capacity or lanes": road & ~((links["capacity"] > 0) & (links["lanes"] > 0)),
    }
    for reason, flags in wrong.items():
        for line, name in links.loc[flags, "link_id"].iloc[: int(limit("faults"))].items():
            yield Fault(f"link.csv line {line}, {clip(name)}", f"{reason}.", "Correct it.")


def _allows(text: str, use: str) -> bool:
    """Whether a list of uses names one, or all because it is empty."""
    uses = {part.strip().casefold() for part in text.split(",")}
    return uses == {""} or use.casefold() in uses


def _numbers(nodes: pd.DataFrame) -> tuple[pd.Index, pd.Series]:
    """Zones, and the number of each node: centroids have the number of their zone."""
    zoned = nodes["zone_id"] != ""
    zones = pd.Index(nodes.loc[zoned, "zone_id"].unique(), dtype="str", name="zone_id")
    centre = zoned & (nodes["node_type"].str.casefold() == CENTROID)
    at = centre.to_numpy(dtype=bool)
    numbers = np.zeros(len(nodes), np.int64)
    numbers[at] = zones.get_indexer(nodes.loc[centre, "zone_id"])
    numbers[~at] = len(zones) + np.arange(int((~at).sum()))
    return zones, pd.Series(numbers, pd.Index(nodes["node_id"], dtype="str"))


def _directed(links: pd.DataFrame, numbers: pd.Series, sizes: tuple[float, float]) -> pd.DataFrame:
    """One row per link and direction, in kilometres, minutes and vehicles per hour."""
    both = ~links["directed"].str.casefold().map(_YES).astype(bool)
    length = links["length"] * sizes[0]
    bound = links["facility_type"].str.casefold() != CONNECTOR
    whole = pd.DataFrame({
        "id": links["link_id"].where(~both, links["link_id"] + " forward"),
        "tail": numbers.reindex(links["from_node_id"]).to_numpy(),
        "head": numbers.reindex(links["to_node_id"]).to_numpy(),
        "length": length,
        "time": length / (links["free_speed"] * sizes[1]) * MINUTES_PER_HOUR,
        "capacity": (links["capacity"] * links["lanes"]).where(bound, np.inf),
        "bound": bound,
    })  # fmt: skip
    back = whole[both].assign(
        id=links.loc[both, "link_id"] + " backward",
        tail=whole.loc[both, "head"],
        head=whole.loc[both, "tail"],
    )
    return pd.concat([whole, back])


def _hung(nodes: pd.DataFrame, zones: pd.Index, numbers: pd.Series) -> pd.DataFrame:
    """Connectors without loss of time between zones without a centroid and their nodes."""
    zone = zones.get_indexer(nodes["zone_id"])
    centred = np.isin(zone, numbers[numbers < len(zones)])
    here = (zone >= 0) & ~centred & (numbers.to_numpy() >= len(zones))
    ends = pd.DataFrame({"zone": zone[here], "node": numbers.to_numpy()[here]})
    names = zones[ends["zone"]] + " " + numbers.index[here]
    parts = [
        pd.DataFrame({
            "id": names + f" {way}", "tail": ends[tail], "head": ends[head],
            "length": 0.0, "time": 0.0, "capacity": np.inf, "bound": False,
        })
        for way, tail, head in (("out", "zone", "node"), ("in", "node", "zone"))
    ]  # fmt: skip
    return pd.concat(parts)


def _network(
    table: pd.DataFrame, zones: int, nodes: int, delay: tuple[float, float]
) -> RoadNetwork:
    def column(name: str) -> NDArray[np.float64]:
        return np.ascontiguousarray(table[name], dtype=np.float64)

    bound = table["bound"].to_numpy(dtype=np.float64)
    return RoadNetwork(
        link_from=np.ascontiguousarray(table["tail"], dtype=np.int64),
        link_to=np.ascontiguousarray(table["head"], dtype=np.int64),
        capacity=column("capacity"),
        length=column("length"),
        free_time=column("time"),
        alpha=delay[0] * bound,
        power=delay[1] * bound,
        fixed_cost=np.zeros(len(table)),
        zones=zones,
        nodes=nodes,
        first_through=zones,
        link_ids=pd.Index(table["id"], dtype="str", name=None),
    )


def _drops(links: pd.DataFrame, use: str) -> pd.DataFrame:
    rows = [("link", f"not for {use}", len(links), ", ".join(links["link_id"].iloc[:5]))]
    columns = ["table", "reason", "count", "examples"]
    return pd.DataFrame(rows if len(links) else [], columns=columns).astype(
        {"table": "str", "reason": "str", "count": "int64", "examples": "str"}
    )
