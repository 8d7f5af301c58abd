"""Links that always follow one another, taken together, so that paths are short.

Between two junctions a street may be many links, and a cul-de-sac leads nowhere: no cheapest path
turns round on the way. What all paths run through from end to end is one chain; its delay is the
sum of the delays at the one volume that all its links have. Works on the network alone, so it
holds for whatever trips are assigned (chain contraction as in Geisberger, Sanders, Schultes and
Delling 2008, Contraction hierarchies, WEA 2008, 319-333, for nodes of degree two only).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from twin.compiled import bare, inlined
from twin.mobility.delay import every
from twin.mobility.paths import graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.schema import RoadNetwork

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    LinkNumbers = NDArray[np.int32]

FEW = 0.1
"""Share of nodes with two neighbours at most, below which links stay single [1]."""
ALONE, CONSTANT = -2.0, -1.0
"""Kinds of links that have no power: never taken together, and of constant time."""


class Chains(NamedTuple):
    """Links by chain; a link that no cheapest path uses is in none.

    Parameters
    ----------
    first : (chains + 1,) int64
        ``links[first[c]:first[c + 1]]`` make up chain c, in driving order.
    links : (members,) int32
        Link numbers.
    """

    first: NDArray[np.int64]
    links: NDArray[np.int32]

    @property
    def size(self) -> int:
        """Number of chains [1]."""
        return len(self.first) - 1

    @property
    def head(self) -> NDArray[np.int32]:
        """First link of each chain."""
        return self.links[self.first[:-1]]

    @property
    def last(self) -> NDArray[np.int32]:
        """Last link of each chain."""
        return self.links[self.first[1:] - 1]

    def summed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum of a quantity of links over each chain (..., chains)."""
        if self.size == len(self.links):
            return np.asarray(values[..., self.links])
        if not self.size:
            return np.zeros((*values.shape[:-1], 0))
        return np.asarray(np.add.reduceat(values[..., self.links], self.first[:-1], axis=-1))

    def spread(self, values: NDArray[np.float64], links: int) -> NDArray[np.float64]:
        """Quantity of each chain on all its links (..., links), 0 on links of none."""
        found = np.zeros((*values.shape[:-1], links))
        found[..., self.links] = np.repeat(values, np.diff(self.first), axis=-1)
        return found


def of(network: RoadNetwork, ends: NDArray[np.int64]) -> Chains:
    """Chains of a network.

    Parameters
    ----------
    network
        Road network.
    ends : int64
        Nodes at which chains have to end beside those that need it.
    """
    links = len(network.link_from)
    least = max(network.zones, network.first_through)
    if not _many(network, least):
        return Chains(np.arange(links + 1), np.arange(links, dtype=np.int32))
    fixed = np.zeros(network.nodes, np.bool_)
    fixed[:least] = True
    fixed[ends] = True
    gone, stop = _junctions(network, fixed)
    first, members = np.zeros(links + 1, np.int64), np.empty(links, np.int32)
    sorted_links, background = graph(network), every(network.background, links)
    count = _walk(
        sorted_links.first, sorted_links.out, network.link_from, network.link_to, gone, stop,
        _kind(network), background, first, members,
    )  # fmt: skip
    first = first[: count + 1].copy()
    return Chains(first, members[: first[-1]].copy())


def _many(network: RoadNetwork, least: int) -> bool:
    """Whether enough nodes may have two neighbours at most."""
    out = np.bincount(network.link_from, minlength=network.nodes)
    into = np.bincount(network.link_to, minlength=network.nodes)
    few = (out <= 2) & (into <= 2)  # noqa: PLR2004  # two neighbours
    return bool(few[least:].sum() > FEW * network.nodes)


def _kind(network: RoadNetwork) -> NDArray[np.float64]:
    """Power of each link's delay, `CONSTANT` where there is none, `ALONE` for conical delay."""
    steady = (network.power == 0.0) | (network.alpha * network.free_time == 0.0)
    kind = np.where(steady | np.isinf(network.capacity), CONSTANT, network.power)
    return np.where(every(network.conical, len(kind)) > 0.0, ALONE, kind)


def _junctions(network: RoadNetwork, fixed: Bools) -> tuple[Bools, Bools]:
    """Nodes at which nothing but a turn back is possible, and nodes at which chains end."""
    nodes = network.nodes
    low = np.minimum(network.link_from, network.link_to)
    high = np.maximum(network.link_from, network.link_to)
    met = np.unique(low * nodes + high)
    one, other = met // nodes, met % nodes
    apart = one != other
    both = np.concatenate((one[apart], other[apart]))
    order = np.argsort(both, kind="stable")
    beside = np.concatenate((other[apart], one[apart]))[order]
    count = np.bincount(both, minlength=nodes)
    first = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
    gone = np.zeros(nodes, np.bool_)
    _peel(first, beside, fixed, count, gone, np.empty(nodes, np.int64))
    keys = np.sort(network.link_from * nodes + network.link_to)
    twice = keys[1:][keys[1:] == keys[:-1]]
    stop = fixed | (count != 2)  # noqa: PLR2004  # two neighbours
    stop[np.concatenate((twice // nodes, twice % nodes, one[~apart]))] = True
    return gone, stop & ~gone


@bare
def _peel(first: Ints, beside: Ints, fixed: Bools, count: Ints, gone: Bools, queue: Ints) -> None:
    """Take off ends of culs-de-sac, again and again; `count` keeps the neighbours that are left."""
    size = 0
    for node in range(len(count)):
        if count[node] <= 1 and not fixed[node]:
            gone[node] = True
            queue[size] = node
            size += 1
    place = 0
    while place < size:
        node = queue[place]
        place += 1
        for at in range(first[node], first[node + 1]):
            near = beside[at]
            count[near] -= 1
            if count[near] <= 1 and not fixed[near] and not gone[near]:
                gone[near] = True
                queue[size] = near
                size += 1


@inlined
def _fits(kind: float, background: float, law: float, flow: float) -> bool:
    """Whether a link can follow in a chain whose delay rises by a law, with a flow that is there."""
    least = min(kind, law)
    same = kind == law and background == flow
    return least != ALONE and (least == CONSTANT or same)


@inlined
def _next(first: Ints, out: Ints, tail: Ints, head: Ints, gone: Bools, link: int) -> int:
    """The link that leads on without a turn back, -1 if there is none."""
    found = -1
    for place in range(first[head[link]], first[head[link] + 1]):
        after = head[out[place]]
        if after != tail[link] and not gone[after]:
            found = out[place]
    return found


@bare
def _walk(
    first: Ints,
    out: Ints,
    tail: Ints,
    head: Ints,
    gone: Bools,
    stop: Bools,
    kind: Floats,
    background: Floats,
    starts: Ints,
    members: LinkNumbers,
) -> int:
    """Follow each chain from where it begins; returns how many there are."""
    count, end = 0, 0
    for begin in range(len(tail)):
        if not stop[tail[begin]] or gone[head[begin]]:
            continue
        link, law, flow = begin, CONSTANT, 0.0
        while link >= 0:
            if end > starts[count] and not _fits(kind[link], background[link], law, flow):
                count += 1
                starts[count] = end
                law = CONSTANT
            if kind[link] != CONSTANT:
                law, flow = kind[link], background[link]
            members[end] = link
            end += 1
            if stop[head[link]]:
                break
            link = _next(first, out, tail, head, gone, link)
        if link < 0 or head[members[end - 1]] == tail[members[starts[count]]]:
            end = starts[count]
        else:
            count += 1
            starts[count] = end
    return count


def shortened(network: RoadNetwork, chains: Chains) -> RoadNetwork:
    """The network whose links are the chains; nodes inside chains have no number there.

    Parameters
    ----------
    network
        Road network.
    chains
        Of `of`.
    """
    if chains.size == len(network.link_from):
        return network
    kind, _links = _kind(network), len(network.link_from)
    ends = np.concatenate((network.link_from[chains.head], network.link_to[chains.last]))
    used = np.zeros(network.nodes, np.bool_)
    used[ends] = True
    used[: max(network.zones, network.first_through)] = True
    number = np.cumsum(used) - 1
    law = _strongest(chains, np.where(kind == CONSTANT, 0.0, network.free_time * network.alpha))
    varies = kind > 0.0
    power, capacity = network.power[law], network.capacity[law]
    steep = np.where(varies, network.free_time * network.alpha, 0.0)
    ratio = np.where(varies, network.capacity, 1.0)
    rise = chains.summed(np.where(varies, steep * (1.0 / ratio) ** network.power, 0.0))
    steady = np.where(kind == CONSTANT, network.alpha * (network.power == 0.0), 0.0)
    base = chains.summed(network.free_time * (1.0 + steady))
    whole = varies[law]
    more = np.where(whole, rise * np.where(whole, capacity, 1.0) ** power, 0.0)
    alpha = np.divide(more, base, out=np.zeros_like(base), where=base > 0.0)
    alone = kind[law] == ALONE
    extra = {name: getattr(network, name)[law] for name in ("conical", "background")
             if len(getattr(network, name))}  # fmt: skip
    return replace(
        network,
        link_from=number[ends[: chains.size]],
        link_to=number[ends[chains.size :]],
        capacity=capacity,
        length=chains.summed(network.length),
        free_time=base,
        alpha=np.where(alone, network.alpha[law], alpha),
        power=np.where(whole | alone, power, 0.0),
        fixed_cost=chains.summed(network.fixed_cost),
        nodes=int(used.sum()),
        link_ids=pd.RangeIndex(chains.size),
        **extra,
    )


def _strongest(chains: Chains, rise: NDArray[np.float64]) -> NDArray[np.int32]:
    """Link of each chain whose time rises most; the first of them if none does."""
    chain = np.repeat(np.arange(chains.size), np.diff(chains.first))
    order = np.lexsort((-rise[chains.links], chain))
    return chains.links[order[chains.first[:-1]]]


def renamed(old: Chains, number: NDArray[np.int32], new: Chains, links: int) -> Chains:
    """Chains of an earlier network as rows of chains of this one, by the new numbers of its links.

    Parameters
    ----------
    old
        Chains of the earlier network.
    number : (old links,) int32
        Number of each of its links now, below 0 if it is gone.
    new
        Chains now; they end wherever the old ones did.
    links
        Number of links now [1].

    Returns
    -------
    Chains
        Row c holds the numbers of the new chains that old chain c runs through; it is empty where
        the old chain can no longer be passed as a whole.
    """
    chain = np.full(links + 1, -1, np.int32)
    chain[new.links] = np.repeat(np.arange(new.size, dtype=np.int32), np.diff(new.first))
    begins, ends = np.zeros(links + 1, np.bool_), np.zeros(links + 1, np.bool_)
    begins[new.head], ends[new.last] = True, True
    now = number[old.links]
    place = np.where(now >= 0, now, links)
    owner = np.repeat(np.arange(old.size), np.diff(old.first))
    first, last = old.first[:-1], old.first[1:] - 1
    torn = chain[place] < 0
    torn[first] |= ~begins[place[first]]
    torn[last] |= ~ends[place[last]]
    inner = np.ones(len(now), np.bool_)
    inner[first] = False
    before = np.flatnonzero(inner) - 1
    follows = np.where(
        begins[place[before + 1]], ends[place[before]],
        chain[place[before]] == chain[place[before + 1]],
    )  # fmt: skip
    torn[before + 1] |= ~follows
    whole = ~np.isin(np.arange(old.size), owner[torn])
    kept = begins[place] & whole[owner]
    counts = np.bincount(owner[kept], minlength=old.size)
    return Chains(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64), chain[place[kept]].copy()
    )
