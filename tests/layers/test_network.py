from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import network
from layers.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import RoadNetwork, TripTable

# Braess (1968) in the shape of TransportationNetworks: a semicolon after each link.
NET = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 4
<FIRST THRU NODE> 1
<NUMBER OF LINKS> 5
<ORIGINAL HEADER>~ Init node Term node Capacity Length Free Flow Time B Power Speed Toll Type ;
<END OF METADATA>

~ init term capacity length time b power speed toll type ;
\t1\t3\t1\t100\t0.00000001\t1000000000\t1\t0\t0\t1\t;
\t1\t4\t1\t100\t50\t0.02\t1\t0\t0\t1\t;
\t3\t2\t1\t100\t50\t0.02\t1\t0\t0\t1\t;
\t3\t4\t1\t100\t10\t0.1\t1\t0\t2\t1\t;
\t4\t2\t1\t100\t0.00000001\t1000000000\t1\t0\t0\t1;
"""
TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW>   6.0
<END OF METADATA>

Origin \t1
    1 :      0.0;     2 :     6.0;
"""


def tntp(
    folder: Path, net: str | bytes = NET, trips: str | bytes = TRIPS, **weights: float
) -> tuple[RoadNetwork, TripTable]:
    for name, text in (("a_net.tntp", net), ("a_trips.tntp", trips)):
        content = text if isinstance(text, bytes) else text.encode()
        (folder / name).write_bytes(content)
    return network.read_tntp(folder / "a_net.tntp", folder / "a_trips.tntp", **weights)


def test_the_network_of_braess_is_read_as_written(tmp_path: Path) -> None:
    road, demand = tntp(tmp_path)
    assert (road.zones, road.nodes, road.first_through) == (2, 4, 0)
    assert road.link_from.tolist() == [0, 0, 2, 2, 3]
    assert road.link_to.tolist() == [2, 3, 1, 3, 1]
    assert road.free_time.tolist() == [1e-8, 50, 50, 10, 1e-8]
    assert road.alpha.tolist() == [1e9, 0.02, 0.02, 0.1, 1e9]
    assert road.fixed_cost.tolist() == [0.0] * 5
    assert road.link_ids.tolist() == ["1", "2", "3", "4", "5"]
    assert [demand.origin.tolist(), demand.destination.tolist()] == [[0], [1]]
    assert demand.trips.tolist() == [6.0]


def test_toll_and_length_are_weighed(tmp_path: Path) -> None:
    road, _ = tntp(tmp_path, toll_weight=3.0, length_weight=0.01)
    assert road.fixed_cost.tolist() == [1.0, 1.0, 1.0, 1.0 + 3.0 * 2.0, 1.0]


def test_comments_case_and_spaces_do_not_matter(tmp_path: Path) -> None:
    net = "~ a remark\n\n" + NET.replace("<NUMBER OF ZONES> 2", "<number  of zones>\t\t2 ~ two")
    net = net.replace("\t1;\n", "\t1 ; ~ the last\n").replace("\n", "\r\n")
    trips = TRIPS.replace("Origin \t1", "origin 1 ~ west").replace("2 :     6.0;", "2:6")
    (plain, one), (other, two) = tntp(tmp_path), tntp(tmp_path, "\ufeff" + net, trips)
    assert plain.free_time.tolist() == other.free_time.tolist()
    assert one.trips.tolist() == two.trips.tolist()


def test_trips_may_go_without_their_total(tmp_path: Path) -> None:
    _, demand = tntp(tmp_path, trips=TRIPS.replace("<TOTAL OD FLOW>   6.0\n", ""))
    assert demand.trips.tolist() == [6.0]


def test_a_link_from_a_node_to_itself_keeps_its_place(tmp_path: Path) -> None:
    road, _ = tntp(tmp_path, NET.replace("\t1\t4\t1", "\t4\t4\t1"))
    assert len(road.link_from) == 5
    assert road.link_from[1] == road.link_to[1] == 3


def test_a_link_without_delay_may_have_no_capacity(tmp_path: Path) -> None:
    road, _ = tntp(tmp_path, NET.replace("1\t4\t1\t100\t50\t0.02", "1\t4\t0\t100\t50\t0"))
    assert road.capacity.tolist() == [1.0, np.inf, 1.0, 1.0, 1.0]


BAD_NET = {
    "no-end": (NET.replace("<END OF METADATA>", ""), "<END OF METADATA> is missing"),
    "no-zones": (NET.replace("<NUMBER OF ZONES> 2\n", ""), "<NUMBER OF ZONES> is missing"),
    "no-nodes": (NET.replace("<NUMBER OF NODES> 4\n", ""), "<NUMBER OF NODES> is missing"),
    "no-first": (NET.replace("<FIRST THRU NODE> 1\n", ""), "<FIRST THRU NODE> is missing"),
    "no-links": (NET.replace("<NUMBER OF LINKS> 5\n", ""), "<NUMBER OF LINKS> is missing"),
    "twice": ("<NUMBER OF ZONES> 3\n" + NET, "line 2: <NUMBER OF ZONES> stands twice"),
    "a-word": (NET.replace("LINKS> 5", "LINKS> five"), 'line 4: <NUMBER OF LINKS> is "five"'),
    "half-a-node": (NET.replace("NODES> 4", "NODES> 4.5"), "not a whole number"),
    "negative-count": (NET.replace("ZONES> 2", "ZONES> -2"), "not a whole number"),
    "zones-above-nodes": (NET.replace("ZONES> 2", "ZONES> 5"), "4 is less than <NUMBER OF ZONES>"),
    "no-zone": (NET.replace("ZONES> 2", "ZONES> 0"), "<NUMBER OF ZONES> is 0"),
    "a-billion-nodes": (NET.replace("NODES> 4", "NODES> 999999999"), "is above 10,000,000"),
    "first-beyond-zones": (NET.replace("THRU NODE> 1", "THRU NODE> 4"), "is 4, not 1 to 3"),
    "cut-off": (NET[: NET.rindex("\t4\t2")], "says 5, the file holds 4. Is the file cut off?"),
    "stray-metadata": ("hello\n" + NET, 'line 1: "hello" is no metadata'),
    "too-few-figures": (NET.replace("\t0\t2\t1\t;", "\t2\t1\t;"), "line 12: holds 9 figures"),
    "not-a-number": (NET.replace("\t50\t0.02", "\tfast\t0.02"), "line 10: free flow time: not a"),
    "nan": (NET.replace("\t50\t0.02", "\tnan\t0.02"), "line 10: free flow time: not a number"),
    "underscore": (NET.replace("\t50\t0.02", "\t5_0\t0.02"), "line 10: free flow time: not a"),
    "infinite": (NET.replace("\t50\t0.02", "\t1e400\t0.02"), "line 10: has a figure beyond all bounds"),
    "negative-time": (NET.replace("\t50\t0.02", "\t-50\t0.02"), "has a negative free flow time"),
    "unknown-node": (NET.replace("\t1\t4\t1", "\t1\t9\t1"), "line 10: ends at no node"),
    "node-0": (NET.replace("\t1\t4\t1", "\t0\t4\t1"), "line 10: ends at no node"),
    "half-node": (NET.replace("\t1\t4\t1", "\t1.5\t4\t1"), "line 10: ends at no node"),
    "no-capacity": (NET.replace("\t1\t4\t1", "\t1\t4\t0"), "has capacity 0 but a delay"),
    "empty": ("", "The file is empty"),
    "only-metadata": (NET[: NET.index("~ init")], "says 5, the file holds 0"),
    "a-zip": (b"PK\x03\x04" + b"\0" * 50, "It is not a text file"),
    "latin-1": (NET.replace("remark", "").encode() + b"~ \xff", "cannot be read as text"),
    "endless": (NET + "\n" * 3_000_001, "more than 3,000,000 lines"),
    "zero-bytes": (b"\0" * 1000, "<END OF METADATA> is missing"),
}  # fmt: skip


@pytest.mark.parametrize(("net", "said"), BAD_NET.values(), ids=BAD_NET.keys())
def test_a_bad_network_is_refused_in_plain_words(
    net: str | bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        tntp(tmp_path, net)
    assert said in str(caught.value)
    assert "a_net.tntp" in str(caught.value)


BAD_TRIPS = {
    "other-total": (TRIPS.replace("6.0\n", "7.0\n"), "says 7, the trips sum to 6"),
    "total-a-word": (TRIPS.replace("6.0\n", "six\n"), '<TOTAL OD FLOW> is "six"'),
    "other-zones": (TRIPS.replace("ZONES> 2", "ZONES> 3"), "is 3, the network has 2"),
    "no-such-zone": (TRIPS.replace("2 :     6", "3 :     6"), "a destination that is not 1 to 2"),
    "no-such-origin": (TRIPS.replace("Origin \t1", "Origin 7"), "an origin that is not 1 to 2"),
    "no-origin": (TRIPS.replace("Origin \t1", ""), "trips before the first origin"),
    "origin-a-word": (TRIPS.replace("Origin \t1", "Origin west"), '"west" is no number of a zone'),
    "pair-twice": (TRIPS + "Origin 1\n 2 : 0.0;\n", "line 8, 1 to 2: has a pair of zones that"),
    "negative": (TRIPS.replace(" 0.0", "-1.0"), "line 6, 1 to 1: has negative trips"),
    "nan": (TRIPS.replace("6.0;", "nan;"), '"2 :     nan" is no pair'),
    "huge": (TRIPS.replace("6.0;", "1e300;"), "has trips beyond all bounds"),
    "no-colon": (TRIPS.replace("2 :     6.0;", "2 6.0;"), '"2 6.0" is no pair'),
    "no-end": (TRIPS.replace("<END OF METADATA>", ""), "<END OF METADATA> is missing"),
}  # fmt: skip


@pytest.mark.parametrize(("trips", "said"), BAD_TRIPS.values(), ids=BAD_TRIPS.keys())
def test_bad_trips_are_refused_in_plain_words(trips: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        tntp(tmp_path, trips=trips)
    assert said in str(caught.value)
    assert "a_trips.tntp" in str(caught.value)


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    net = NET.replace("<NUMBER OF ZONES> 2\n", "").replace("\t1\t4\t1", "\t1\t9\t1")
    net = net.replace("\t10\t0.1", "\tten\t0.1").replace("THRU NODE> 1", "THRU NODE> 0")
    with pytest.raises(InputError) as caught:
        tntp(tmp_path, net)
    assert len(caught.value.faults) == 4, caught.value


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_weights_are_0_or_more(weight: float, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="toll_weight: is no weight"):
        tntp(tmp_path, toll_weight=weight)


def test_an_address_is_not_opened() -> None:
    with pytest.raises(InputError, match="Only files on this machine"):
        network.read_tntp("https://example.org/a_net.tntp", "a_trips.tntp")


TOKENS = st.sampled_from(
    ["<NUMBER OF ZONES> ", "<END OF METADATA>\n", "<", ">", "~", ";", ":", "Origin ", "\n", "\t",
     "1", "2", "-", "1e9", "nan", "1e999", "\0", "é", "9" * 50, " "]
)  # fmt: skip
CUT = st.tuples(st.integers(0, len(NET)), st.integers(0, 60), st.lists(TOKENS, max_size=6))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(cut=CUT, in_net=st.booleans())
def test_whatever_is_changed_gives_a_network_or_an_error(
    cut: tuple[int, int, list[str]], in_net: bool, tmp_path: Path
) -> None:
    at, length, tokens = cut
    text = NET if in_net else TRIPS
    changed = text[:at] + "".join(tokens) + text[at + length :]
    texts = (changed, TRIPS) if in_net else (NET, changed)
    try:
        road, demand = tntp(tmp_path, *texts)
    except InputError:
        return
    _sound(road)
    assert ((demand.trips > 0) & (demand.origin < road.zones)).all()
    assert (demand.destination < road.zones).all()


def _sound(road: RoadNetwork) -> None:
    ends = np.concatenate([road.link_from, road.link_to])
    assert ((ends >= 0) & (ends < road.nodes)).all()
    assert (road.link_from != road.link_to).all()
    for name in ("length", "free_time", "alpha", "power", "fixed_cost"):
        figures = getattr(road, name)
        assert (np.isfinite(figures) & (figures >= 0)).all(), name
    assert (road.capacity[road.alpha > 0] > 0).all()


# GMNS ----------------------------------------------------------------------------------------

NODES = """node_id,x_coord,y_coord,node_type,zone_id,remark
a,0,0,,1,west end
b,1000,0,,,
c,2000,0,,,
z2,2500,0,centroid,2,
"""
LINKS = """link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,lanes,facility_type,allowed_uses
1,a,b,false,1,50,800,1,residential,
2,b,c,true,2,100,2000,2,motorway,"auto, truck"
3,c,z2,0,0.5,30,,,connector,auto
4,a,c,true,3,,,,path,"bike,walk"
"""
CONFIG = "dataset_name,long_length,speed,crs\nTest,km,km/h,EPSG:25832\n"


def gmns(folder: Path, nodes: str = NODES, links: str = LINKS, config: str | None = CONFIG,
         **options: Any) -> network.Gmns:  # fmt: skip
    texts = {"node.csv": nodes, "link.csv": links, "config.csv": config}
    for name, text in texts.items():
        (folder / name).unlink(missing_ok=True)
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return network.read_gmns(folder, **{"delay_alpha": 0.15, "delay_power": 4.0, **options})


def test_gmns_becomes_the_arrays_of_assignment(tmp_path: Path) -> None:
    found = gmns(tmp_path)
    road = found.network
    assert found.zones.tolist() == ["1", "2"]
    assert found.nodes["number"].to_dict() == {"a": 2, "b": 3, "c": 4, "z2": 1}
    assert found.crs == "EPSG:25832"
    assert (road.zones, road.nodes, road.first_through) == (2, 5, 2)
    rows = dict(zip(road.link_ids, zip(road.link_from, road.link_to, strict=True), strict=True))
    assert rows == {
        "1 forward": (2, 3), "1 backward": (3, 2), "2": (3, 4), "3 forward": (4, 1),
        "3 backward": (1, 4), "1 a out": (0, 2), "1 a in": (2, 0),
    }  # fmt: skip
    time = dict(zip(road.link_ids, road.free_time, strict=True))
    assert time["1 forward"] == pytest.approx(1 / 50 * 60)
    assert time["2"] == pytest.approx(2 / 100 * 60)
    assert time["1 a out"] == 0.0
    capacity = dict(zip(road.link_ids, road.capacity, strict=True))
    assert (capacity["1 backward"], capacity["2"], capacity["3 forward"]) == (800, 4000, np.inf)
    alpha = dict(zip(road.link_ids, road.alpha, strict=True))
    assert (alpha["2"], alpha["3 forward"], alpha["1 a in"]) == (0.15, 0.0, 0.0)
    assert found.drops.to_dict("records") == [
        {"table": "link", "reason": "not for auto", "count": 1, "examples": "4"}
    ]
    _sound(road)


def test_miles_are_made_kilometres(tmp_path: Path) -> None:
    kilometres = gmns(tmp_path).network
    miles = gmns(tmp_path, config=None, length_unit="Miles", speed_unit="mph").network
    assert miles.length == pytest.approx(kilometres.length * 1.609344)
    assert miles.free_time == pytest.approx(kilometres.free_time)


BAD_GMNS: dict[str, tuple[dict[str, Any], str]] = {
    "no-node-id": ({"nodes": NODES.replace("node_id,", "id,")}, "node.csv column node_id: is mis"),
    "no-directed": ({"links": LINKS.replace("directed", "oneway")}, "link.csv column directed"),
    "column-twice": ({"nodes": NODES.replace("remark", "x_coord")}, "column x_coord: stands twice"),
    "node-twice": ({"nodes": NODES.replace("\nb,", "\na,")}, 'line 3: node_id "a" stands twice'),
    "link-twice": ({"links": LINKS.replace("\n2,", "\n1,")}, 'line 3: link_id "1" stands twice'),
    "lost-node": ({"links": LINKS.replace("b,c", "b,x")}, "node that is not in node.csv"),
    "no-coordinate": ({"nodes": NODES.replace("1000,0", ",0")}, "node.csv line 3, x_coord: is em"),
    "nan-coordinate": ({"nodes": NODES.replace("1000,0", "NaN,0")}, "node.csv line 3, x_coord"),
    "inf-coordinate": ({"nodes": NODES.replace("1000,0", "inf,0")}, '"inf" cannot be used'),
    "word-length": ({"links": LINKS.replace("true,2,", "true,far,")}, '"far" cannot be used'),
    "no-length": ({"links": LINKS.replace("true,2,", "true,,")}, 'line 3, "2": has no length'),
    "negative-length": ({"links": LINKS.replace("true,2,", "true,-2,")}, '"-2" cannot be used'),
    "no-speed": ({"links": LINKS.replace("2,100", "2,")}, 'line 3, "2": has no free_speed above 0'),
    "speed-0": ({"links": LINKS.replace("2,100", "2,0")}, "has no free_speed above 0"),
    "no-capacity": ({"links": LINKS.replace("2,100,2000", "2,100,")}, "has no capacity or lanes"),
    "maybe-directed": ({"links": LINKS.replace("b,c,true", "b,c,maybe")}, "neither directed"),
    "loop": ({"links": LINKS.replace("b,c", "b,b")}, "begins and ends at one node"),
    "no-zone-of-centroid": ({"nodes": NODES.replace("centroid,2", "centroid,")}, "without zone_id"),
    "two-centroids": ({"nodes": NODES.replace("c,2000,0,,,", "c,2000,0,centroid,2,")}, "second"),
    "no-links": ({"links": LINKS.splitlines()[0] + "\n"}, "holds no link"),
    "no-units": ({"config": None}, "the unit of length is not given"),
    "odd-units": ({"config": CONFIG.replace(",km,", ",furlong,")}, 'unit of length is "furlong"'),
    "two-configs": ({"config": CONFIG + "B,km,km/h,\n"}, "config.csv: holds 2 rows"),
    "empty-file": ({"nodes": ""}, "node.csv: The file is empty"),
    "bad-delay": ({"delay_alpha": -1.0}, "is no delay law"),
    "zip-in-disguise": ({"nodes": "PK\x03\x04"}, "named .csv but is a zip"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "said"), BAD_GMNS.values(), ids=BAD_GMNS.keys())
def test_bad_gmns_is_refused_in_plain_words(
    changed: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        gmns(tmp_path, **{"links": LINKS, **changed})
    assert said in str(caught.value)


def test_faults_of_all_gmns_files_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        gmns(
            tmp_path, NODES.replace("1000,0", "x,0"), LINKS.replace("true,2,", "true,-2,"), "a\n1\n"
        )
    assert {fault.place.split()[0] for fault in caught.value.faults} == {
        "node.csv", "link.csv", "config.csv"
    }  # fmt: skip


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"node\.csv: There is no such file"):
        network.read_gmns(tmp_path / "nowhere", delay_alpha=0.15, delay_power=4.0)


CELLS = st.sampled_from(
    ["", "a", "b", "z2", "1", "-1", "0", "true", "NaN", "1e309", "'", '"', ",", "\n", "centroid",
     "connector", "\u0660", "=1+1", "0x10"]
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    at=st.integers(0, len(LINKS)),
    length=st.integers(0, 30),
    cells=st.lists(CELLS, max_size=5),
    which=st.sampled_from(["nodes", "links", "config"]),
)
def test_whatever_cell_is_changed_gives_gmns_or_an_error(
    at: int, length: int, cells: list[str], which: str, tmp_path: Path
) -> None:
    text = {"nodes": NODES, "links": LINKS, "config": CONFIG}[which]
    changed = text[:at] + "".join(cells) + text[at + length :]
    try:
        found = gmns(tmp_path, **{"links": LINKS, which: changed})
    except InputError:
        return
    _sound(found.network)
    assert found.nodes["number"].is_unique
    assert isinstance(found.zones, pd.Index)
