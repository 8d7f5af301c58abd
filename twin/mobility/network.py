"""Road network of a city as arrays: streets become links, zones hang on by connectors.

Nodes are the zones, then the gateways, then the junctions. Links are the streets' directions, the
connectors, and the turn links of junctions where a turn is forbidden; a turn link has no length,
no cost and no limit, so that the flow of a street remains one figure and flow is conserved at
every node, those inside a split junction too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.schema import RoadNetwork
from twin.mobility import (
    junction_delay,
    profiles,
    road_limits,
    road_links,
    speeds,
    turn_sequences,
    turning,
)
from twin.mobility.columns_given import given
from twin.mobility.road_links import BACKWARD, FORWARD, laid, one_way, open_streets

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.mobility.parameters import MobilityParameters

STREET, CONNECTOR, TURN = "street", "connector", turning.TURN
METRES_PER_KM: Final = road_links.METRES_PER_KM
MINUTES_PER_HOUR: Final = road_links.MINUTES_PER_HOUR
SECONDS_PER_MINUTE = 60.0
LORRIES: Final = "lorries"
SHOWN: Final = ["street", "direction", "control", "control_source", "capacity", "delay"]
CITATIONS: Final = (
    *speeds.CITATIONS,
    *junction_delay.CITATIONS,
    *turn_sequences.CITATIONS,
)


@dataclass(frozen=True)
class Roads:
    """Road network and where its links come from.

    Parameters
    ----------
    network
        Arrays for assignment; zones are nodes 0..zones-1 in the order of the zone table, then
        come the gateways in theirs; ``network.zones`` counts both.
    links
        One row per link, index as ``network.link_ids``: street (id, of a connector the zone or
        gateway, of a turn link the junction), direction (forward, backward, connector or turn),
        kind (street, connector or turn), bus_lane (whether buses have a lane of their own there),
        toll [EUR], lorries (whether they may drive), low_emission (rule or missing).
    unconnected
        Zones and gateways whose junction no car can use.
    loose
        Streets that cars may use but whose ends are not in the table of junctions; left out.
    approaches
        Index: link ids; street, direction, control (priority, roundabout, signal or none),
        control_source (observed or estimated), capacity [veh/h] (of the street where nobody
        waits), delay on an empty road [s]; no rows where junction delay is off.
    turns
        What became of turn restrictions: outcome, count [1].
    limits
        What the network cannot see, in plain sentences.
    copies
        Links that lie a second time for those under a restriction over several streets: copy to
        the link that it is of. A copy is a street in ``links`` as the other is.
    """

    network: RoadNetwork
    links: pd.DataFrame
    unconnected: pd.Index
    loose: pd.Index
    approaches: pd.DataFrame = field(default_factory=pd.DataFrame)
    turns: pd.DataFrame = field(default_factory=pd.DataFrame)
    limits: tuple[str, ...] = ()
    copies: pd.Series = field(default_factory=lambda: pd.Series(dtype="str"))

    def barred(self, name: str) -> NDArray[np.bool_]:
        """Links that a class of vehicles may not use (links,).

        Parameters
        ----------
        name
            ``lorries``, or a rule of ``low_emission`` that the class does not meet.
        """
        if name == LORRIES:
            return np.asarray(~self.links[LORRIES].to_numpy(dtype=bool))
        return np.asarray(self.links["low_emission"].eq(name).fillna(value=False), dtype=bool)

    def load(self, flow: NDArray[np.float64]) -> pd.DataFrame:
        """Approaches with their flow [veh/h] and load ratio [1]; above 1 queues grow.

        Parameters
        ----------
        flow : (links,) [veh/h]
            Of an equilibrium on this network.
        """
        place = self.network.link_ids.get_indexer(self.approaches.index)
        own = flow[place]
        twice = flow[self.network.link_ids.get_indexer(self.copies.index)]
        np.add.at(own, self.approaches.index.get_indexer(self.copies), twice)
        return self.approaches.assign(flow=own, load=own / self.approaches["capacity"].to_numpy())


def build(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    parameters: MobilityParameters,
    *,
    turns: pd.DataFrame | None = None,
    period: str | None = None,
    gateways: pd.DataFrame | None = None,
    delays: bool = True,
    value_of_time: float | None = None,
) -> Roads:
    """Make the road network that cars are assigned to.

    Every standing street gives one link per direction in which cars may drive. Parallel streets
    stay separate.

    Parameters
    ----------
    streets, junctions, zones
        City tables.
    parameters
        Capacities, delay law, speeds, junctions.
    turns
        City table of turn restrictions; None applies none.
    period
        Period of the day whose closings and tolls hold; None for a network without either.
    gateways
        City table of the places where roads leave the model area; they become extra zones.
    delays
        Whether cars wait at junctions. Without it their speed in towns is lowered by
        ``urban_factor`` instead; never both, or waiting would count twice.
    value_of_time
        What an hour is worth to drivers [EUR/h], to turn tolls into minutes.

    Raises
    ------
    ValueError
        If a street has a toll and there is no value of time.
    """
    opened = open_streets(streets, period)
    whole = opened["from_node"].isin(junctions.index) & opened["to_node"].isin(junctions.index)
    tied = opened[whole]
    drive = pd.concat([one_way(tied, way, parameters, period) for way in (FORWARD, BACKWARD)])
    waits = None
    if delays:
        carriageways = laid(streets[whole], parameters)
        waits = junction_delay.approaches(drive, carriageways, junctions, parameters.roads)
    used = np.unique(np.concatenate([drive["tail"], drive["head"]]).astype(np.int64))
    centres = _centres(zones, gateways, parameters, int(used.min(initial=0)))
    hung = centres["node"].isin(used)
    table = pd.concat([_timed(drive, waits, parameters), _connectors(centres[hung])])
    barriers = junctions.index[given(junctions, "barrier").notna()]
    bans = turning.bans(
        drive, turns, barriers[barriers.isin(used)],
        hours=None if period is None else profiles.hours_of(period),
        least=parameters.roads.turn_share,
        reach=parameters.roads.turn_round / METRES_PER_KM,
    )  # fmt: skip
    copies = turn_sequences.copies(table, bans.sequences, bans.pairs)
    table = _with_turns(_with_copies(table, copies.of), copies.pairs)
    return Roads(
        network=_network(table, centres, value_of_time),
        links=_described(table),
        unconnected=centres.index[~hung],
        loose=streets.index[road_links.driven(opened) & ~whole],
        approaches=_shown(drive, waits),
        turns=bans.report,
        limits=tuple(road_limits.limits(waits, bans.report, drive["head"], junctions, copies.of)),
        copies=pd.Series(copies.of, dtype="str"),
    )


def of_day(
    streets: gpd.GeoDataFrame,
    junctions: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    parameters: MobilityParameters,
    periods: Iterable[str],
    *,
    turns: pd.DataFrame | None = None,
    gateways: pd.DataFrame | None = None,
    value_of_time: float | None = None,
) -> dict[str, Roads]:
    """Make the road network of every period; periods without rules of their own share one.

    Parameters
    ----------
    streets, junctions, zones, parameters, turns, gateways, value_of_time
        As `build` takes them.
    periods
        Periods of the day.
    """
    made: dict[str | None, Roads] = {}
    found: dict[str, Roads] = {}
    for period in periods:
        own = period if _special(streets, period) or _timed_turns(turns) else None
        if own not in made:
            made[own] = build(
                streets, junctions, zones, parameters, turns=turns, period=own,
                gateways=gateways, value_of_time=value_of_time,
            )  # fmt: skip
        found[period] = made[own]
    return found


def _special(streets: gpd.GeoDataFrame, period: str) -> bool:
    """Whether a closing, toll or rule holds in one period and perhaps not in others."""
    closed = given(streets, f"closed_{period}", unset=False).any()
    toll = (given(streets, f"toll_{period}", 0.0) > 0.0).any()
    hours = given(streets, "low_emission_hours").dropna().unique()
    return bool(closed or toll or any(period in str(text).split() for text in hours))


def _timed_turns(turns: pd.DataFrame | None) -> bool:
    """Whether any restriction holds at times only."""
    return turns is not None and bool(given(turns, "conditional").notna().any())


def _shown(drive: pd.DataFrame, waits: pd.DataFrame | None) -> pd.DataFrame:
    """Approaches as they are told; where nobody waits the street itself is what limits flow."""
    if waits is None:
        return pd.DataFrame(columns=SHOWN)
    room = waits["capacity"].where(np.isfinite(waits["capacity"]), drive["capacity"])
    return waits.assign(capacity=room).loc[waits["place"], SHOWN]


def _timed(
    drive: pd.DataFrame, waits: pd.DataFrame | None, parameters: MobilityParameters
) -> pd.DataFrame:
    """Links of streets with their delay law: driving plus waiting at the end.

    The link takes what its narrowest place takes. ``alpha`` is such that at this flow the delay is
    the one of driving (BPR) plus the one of waiting (`junction_delay`).
    """
    speed, room = drive["speed"].to_numpy(), drive["capacity"].to_numpy()
    empty = full = np.zeros(len(drive))
    if waits is None:
        speed = speeds.free_speed(speed, parameters)
    else:
        empty = waits["delay"].to_numpy() / SECONDS_PER_MINUTE
        full = waits["delay_full"].to_numpy() / SECONDS_PER_MINUTE
        room = np.minimum(room, waits["capacity"].to_numpy())
    drives = drive["length"].to_numpy() / speed * MINUTES_PER_HOUR
    time = drives + empty
    lost = parameters.delay_alpha * drives + full - empty
    return drive.assign(
        kind=STREET,
        capacity=room,
        time=time,
        alpha=np.divide(lost, time, out=np.zeros(len(time)), where=time > 0.0),
        power=parameters.delay_power,
    )


def connector_time(zones: gpd.GeoDataFrame, parameters: MobilityParameters) -> NDArray[np.float64]:
    """Time from a trip's end to the junction of its zone (zones,) [min]: half the cell's side."""
    side = np.sqrt(zones.geometry.area.to_numpy()) / METRES_PER_KM
    return np.asarray(0.5 * side / parameters.connector_speed * MINUTES_PER_HOUR)


def _centres(
    zones: gpd.GeoDataFrame,
    gateways: pd.DataFrame | None,
    parameters: MobilityParameters,
    below: int,
) -> pd.DataFrame:
    """Where trips begin and end: node (junction), time [min], number (below all junctions)."""
    ids, nodes = [zones.index.astype("str")], [zones["node"].to_numpy()]
    times = [connector_time(zones, parameters)]
    if gateways is not None:
        ids.append(gateways.index.astype("str"))
        nodes.append(gateways["node"].to_numpy())
        times.append(np.zeros(len(gateways)))
    index = ids[0].append(ids[1:])
    return pd.DataFrame({
        "number": np.arange(len(index)) - len(index) + below,
        "node": np.concatenate(nodes),
        "time": np.concatenate(times),
    }, index=index)  # fmt: skip


def _connectors(centres: pd.DataFrame) -> pd.DataFrame:
    """Links from every centre to its junction and back."""
    number, node = centres["number"].to_numpy(), centres["node"].to_numpy()
    parts = [
        pd.DataFrame({
            "street": centres.index,
            "direction": CONNECTOR,
            "kind": CONNECTOR,
            "tail": tail,
            "head": head,
            "capacity": np.inf,
            "length": 0.0,
            "time": centres["time"].to_numpy(),
            "alpha": 0.0,
            "power": 0.0,
        }, index=centres.index + f" {name}")
        for name, tail, head in (("out", number, node), ("in", node, number))
    ]  # fmt: skip
    return pd.concat(parts)


def _with_copies(table: pd.DataFrame, of: dict[str, str]) -> pd.DataFrame:
    """All links and the copies of some, which have the same ends and the same delay law."""
    if not of:
        return table
    return pd.concat([table, table.loc[list(of.values())].set_axis(list(of), axis=0)])


def _with_turns(table: pd.DataFrame, pairs: dict[int, set[turning.Pair]]) -> pd.DataFrame:
    """All links with the junctions split where a turn is forbidden."""
    if not pairs:
        return table
    links, turns = turning.split(table, pairs)
    joints = pd.DataFrame({
        "street": turns["via"].astype("str"),
        "direction": TURN,
        "kind": TURN,
        "tail": turns["tail"],
        "head": turns["head"],
        "capacity": np.inf,
        "length": 0.0,
        "time": 0.0,
        "alpha": 0.0,
        "power": 0.0,
    }, index=turns.index)  # fmt: skip
    return pd.concat([links, joints])


def _described(table: pd.DataFrame) -> pd.DataFrame:
    """What is known of every link besides its delay."""
    return table[["street", "direction", "kind"]].assign(
        bus_lane=given(table, "bus_lane", unset=False),
        toll=given(table, "toll", 0.0),
        lorries=given(table, LORRIES, unset=True),
        low_emission=given(table, "low_emission"),
    )


def _network(
    table: pd.DataFrame, centres: pd.DataFrame, value_of_time: float | None
) -> RoadNetwork:
    def column(name: str) -> NDArray[np.float64]:
        return np.ascontiguousarray(table[name], dtype=np.float64)

    numbers = centres["number"].to_numpy()
    ends = np.unique(np.concatenate([table["tail"], table["head"]]).astype(np.int64))
    nodes = pd.Index(numbers).append(pd.Index(ends[~np.isin(ends, numbers)]))
    return RoadNetwork(
        link_from=np.ascontiguousarray(nodes.get_indexer(table["tail"]), dtype=np.int64),
        link_to=np.ascontiguousarray(nodes.get_indexer(table["head"]), dtype=np.int64),
        capacity=column("capacity"),
        length=column("length"),
        free_time=column("time"),
        alpha=column("alpha"),
        power=column("power"),
        fixed_cost=_minutes(given(table, "toll", 0.0).to_numpy(), value_of_time),
        zones=len(numbers),
        nodes=len(nodes),
        first_through=len(numbers),
        link_ids=table.index,
    )


def _minutes(toll: NDArray[np.float64], value_of_time: float | None) -> NDArray[np.float64]:
    """Tolls as time (links,) [min]."""
    if not toll.any():
        return np.zeros(len(toll))
    if value_of_time is None:
        raise ValueError("streets have tolls: say what an hour is worth to drivers")
    return toll / value_of_time * MINUTES_PER_HOUR
