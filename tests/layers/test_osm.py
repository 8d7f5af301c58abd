from __future__ import annotations

import bz2
import gzip
import io
import os
import socket
import threading
import zipfile
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np
import osmium
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import assembly, osm, tables
from layers.archive import Limits
from layers.errors import ArchiveError, InputError
from tests.layers import osm_xml as xml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from layers.schema import Found

NAMES = [
    "streets",
    "junctions",
    "turns",
    "buildings",
    "addresses",
    "places",
    "land",
    "lamps",
    "stops",
    "trees",
    "power",
    "boundaries",
]
GRID = xml.grid(3, 3)
STREET = xml.way(50, (1, 2, 3), highway="residential")


def house(number: int = 60, nodes: tuple[int, ...] = (1, 2, 5, 4, 1), **values: str) -> str:
    return xml.way(number, nodes, **({"building": "yes"} | values))


def text(*parts: str) -> bytes:
    return (xml.HEAD + "".join(parts) + xml.TAIL).encode()


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def lying_zip() -> bytes:
    """A header that promises ten bytes for fifty million."""
    content = bytearray(zipped(("a.osm", b"\0" * 50_000_000)))
    size = (50_000_000).to_bytes(4, "little")
    return bytes(content.replace(size, (10).to_bytes(4, "little")))


def entity_bomb() -> bytes:
    steps = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    head = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">{steps}]>'
    return (
        head
        + '<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="shop" v="&j;"/></node></osm>'
    ).encode()


def read(folder: Path, *parts: str, **options: object) -> Found:
    return osm.read(xml.write(folder / "a.osm", *parts), **options)  # type: ignore[arg-type]


def lost(found: Found) -> dict[tuple[str, str], int]:
    return {
        (str(t), str(r)): int(n)
        for t, r, n in found.drops[["table", "reason", "count"]].itertuples(index=False)
    }


def helsinki_bytes() -> bytes:
    from layers import demo

    return demo.path("helsinki").read_bytes()


REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty-pbf": ("a.osm.pbf", bytes, "The file is empty"),
    "empty-xml": ("a.osm", bytes, "The file is empty"),
    "truncated-pbf-half": ("a.osm.pbf", lambda: helsinki_bytes()[:100_000], "damaged"),
    "truncated-pbf-last-byte": ("a.osm.pbf", lambda: helsinki_bytes()[:-1], "damaged"),
    "truncated-pbf-header": ("a.osm.pbf", lambda: helsinki_bytes()[:10], "holds something else"),
    "overwritten-pbf": (
        "a.osm.pbf",
        lambda: helsinki_bytes()[:5000] + b"\xff" * 99 + helsinki_bytes()[5099:],
        "damaged",
    ),
    "random-bytes": ("a.osm.pbf", lambda: bytes(range(256)) * 4, "holds something else"),
    "truncated-xml": ("a.osm", lambda: text(GRID, STREET)[:-30], "damaged"),
    "xml-entity-bomb": ("a.osm", entity_bomb, "entities are not supported"),
    "xml-external-entity": (
        "a.osm",
        lambda: entity_bomb().replace(b'"aaaaaaaaaa"', b'SYSTEM "file:///etc/hostname"'),
        "entities are not supported",
    ),
    "deep-nesting": ("a.osm", lambda: text()[:-7] + b"<a>" * 100_000, "damaged"),
    "no-objects": ("a.osm", text, "holds no street"),
    "only-untagged-nodes": ("a.osm", lambda: text(GRID), "holds no street"),
    "nan-coordinate": ("a.osm", lambda: text(xml.node(1, "nan", 1, shop="a")), "coordinate"),
    "infinite-coordinate": ("a.osm", lambda: text(xml.node(1, "inf", 1, shop="a")), "coordinate"),
    "1e308-coordinate": ("a.osm", lambda: text(xml.node(1, "1e308", 1, shop="a")), "coordinate"),
    "9e9-coordinate": ("a.osm", lambda: text(xml.node(1, 50_000, "9e9", shop="a")), "coordinate"),
    "blank-coordinate": ("a.osm", lambda: text(xml.node(1, "", "", shop="a")), "coordinate"),
    "10-MB-tag-value": (
        "a.osm",
        lambda: text(GRID, STREET, xml.node(99, 10, 55, shop="a" * 10**7)),
        "too long",
    ),
    "id-beyond-64-bits": ("a.osm", lambda: text(xml.node(2**70, 10, 55, shop="a")), "illegal id"),
    "nul-byte": (
        "a.osm",
        lambda: text(STREET).replace(b"residential", b"resi\0dential"),
        "damaged",
    ),
    "no-utf-8": ("a.osm", lambda: text(STREET).replace(b"residential", b"\xff\xfe"), "damaged"),
    "old-format-version": ("a.osm", lambda: text(STREET).replace(b'"0.6"', b'"0.5"'), "version"),
    "unsaved-edits": (
        "a.osm",
        lambda: text(
            xml.node(-1, 10, 55), xml.node(-2, 10.1, 55), xml.way(-3, (-1, -2), highway="service")
        ),
        "negative ids",
    ),
    "antimeridian": (
        "a.osm",
        lambda: text(
            xml.node(1, 179.99, -17),
            xml.node(2, -179.99, -17),
            xml.way(1, (1, 2), highway="service"),
        ),
        "180th meridian",
    ),
    "half-the-globe": (
        "a.osm",
        lambda: text(xml.node(1, 0, 0, shop="a"), xml.node(2, 90, 45, shop="a")),
        "Give a boundary",
    ),
    "pole": ("a.osm", lambda: text(xml.node(1, 0, 90, shop="a")), "pole"),
    "pbf-named-osm": ("a.osm", helsinki_bytes, "holds something else"),
    "xml-named-pbf": ("a.osm.pbf", lambda: text(GRID, STREET), "holds something else"),
    "json-named-osm": ("a.osm", lambda: b'{"a": 1}', "holds something else"),
    "vrt-named-osm": ("a.osm", lambda: b"<OGRVRTDataSource/>", "holds something else"),
    "wrong-ending": ("a.txt", lambda: text(GRID, STREET), "does not end like"),
    "plain-named-gz": ("a.osm.gz", lambda: text(GRID, STREET), "ends in .gz but"),
    "zip-named-bz2": (
        "a.osm.bz2",
        lambda: zipped(("a.osm", text(GRID, STREET))),
        "ends in .bz2 but",
    ),
    "truncated-gz": ("a.osm.gz", lambda: gzip.compress(text(GRID, STREET))[:-20], "damaged"),
    "truncated-bz2": ("a.osm.bz2", lambda: bz2.compress(text(GRID, STREET))[:-5], "damaged"),
    "truncated-zip": ("a.osm.zip", lambda: zipped(("a.osm", text(GRID, STREET)))[:-30], "damaged"),
    "gz-bomb": ("a.osm.gz", lambda: gzip.compress(b"\0" * 50_000_000), "200 times"),
    "bz2-bomb": ("a.osm.bz2", lambda: bz2.compress(b"\0" * 50_000_000), "200 times"),
    "zip-bomb": ("a.osm.zip", lambda: zipped(("a.osm", b"\0" * 50_000_000)), "200 times"),
    "lying-zip-header": ("a.osm.zip", lying_zip, "damaged|times|promise"),
    "zip-in-zip": (
        "a.osm.zip",
        lambda: zipped(("a.zip", zipped(("a.osm", text(STREET))))),
        "holds 0 OpenStreetMap files",
    ),
    "gz-in-gz": ("a.osm.gz", lambda: gzip.compress(gzip.compress(text(STREET))), "something else"),
    "member-climbs-up": (
        "a.osm.zip",
        lambda: zipped(("../../a.osm", text(STREET))),
        "points outside",
    ),
    "member-is-absolute": (
        "a.osm.zip",
        lambda: zipped(("/tmp/a.osm", text(STREET))),
        "points outside",
    ),
    "two-extracts": ("a.osm.zip", lambda: zipped(("a.osm", text()), ("b.osm", text())), "holds 2"),
    "101-members": ("a.osm.zip", lambda: zipped(*((f"{i}.osm", b"") for i in range(101))), "101"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_file_is_refused_with_file_reason_and_advice(case: str, tmp_path: Path) -> None:
    name, content, reason = REFUSED[case]
    path = tmp_path / name
    path.write_bytes(content())
    before = set(tmp_path.iterdir())
    with pytest.raises(InputError, match=reason) as caught:
        osm.read(path)
    assert caught.value.file == name
    assert caught.value.faults[0].advice
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "path",
    [
        "http://127.0.0.1:{port}/a.osm",
        "https://127.0.0.1:{port}/a.osm.pbf",
        "/vsicurl/http://127.0.0.1:{port}/a.osm",
        "/vsizip//etc/a.osm",
        "ftp://127.0.0.1/a.osm",
    ],
)
def test_an_address_is_never_opened(path: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.2)
        with pytest.raises(InputError, match="Only files on this machine"):
            osm.read(path.format(port=server.getsockname()[1]))
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("name", ["missing.osm", ".", "-"])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        osm.read(tmp_path / name)


def test_a_device_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.osm")
    with pytest.raises(InputError, match="no such file"):
        osm.read(tmp_path / "a.osm")


def check(found: Found) -> None:
    """What holds for every file."""
    assert list(found.tables) == NAMES
    for name, table in found.tables.items():
        tables.schema(name).validate(table)
        if name != "turns":
            assert table.crs == "EPSG:4326"
            assert table.geometry.is_valid.all()
            assert not table.geometry.is_empty.any()
    assert found.source.rows_in == found.source.rows_kept + found.source.rows_refused
    streets, junctions = found.tables["streets"], found.tables["junctions"]
    assert set(streets["from_node"]) | set(streets["to_node"]) == set(junctions.index)
    assert junctions["street_count"].sum() == 2 * len(streets)
    objects = sum(
        len(found.tables[n])
        for n in ("buildings", "places", "land", "lamps", "stops", "trees", "power", "boundaries")
    )
    own = ~found.tables["addresses"].index.isin(found.tables["buildings"].index)
    turns = found.tables["turns"].index.str.split(":").str[0].nunique()
    assert found.source.rows_kept == objects + own.sum() + turns + streets["way_id"].nunique()


def test_helsinki_is_read_though_it_is_clipped(helsinki: Path) -> None:
    found = osm.read(helsinki)
    check(found)
    # Counted in the file by a second route: 500 objects tagged as buildings, 586 street lamps.
    drops = found.drops[
        (found.drops["table"] == "buildings")
        & ~found.drops["reason"].str.contains("read|fit|repeats|mended")
    ]
    assert len(found.tables["buildings"]) + drops["count"].sum() == 500
    assert len(found.tables["lamps"]) == 586
    assert found.source.origin == "Helsinki.osm.pbf"
    assert found.source.reference_date.startswith("20")
    assert found.source.attribution == "© OpenStreetMap contributors"


def test_helsinki_twice_gives_the_same(helsinki: Path) -> None:
    first, second = osm.read(helsinki), osm.read(helsinki)
    for name, table in first.tables.items():
        assert table.equals(second.tables[name])


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "buildings", "date"),
    [
        ("liechtenstein-2021-05-05.osm.pbf", 14_035, "2021-05-05"),
        ("liechtenstein-2015-07.osm.pbf", 8_993, "2015-07-27"),
        ("liechtenstein-2013-08-03.osm.pbf", 3_723, "2013-08-03"),
        ("liechtenstein-2013-08-03.osm.bz2", 3_723, "2013-08-02"),
        ("dk-roedovre-2015-04.osm", 206, "2015-04-18"),
        ("poa.osm.pbf", 19, "2020-08-12"),
    ],
)
def test_larger_files_are_read(data_dir: Path, name: str, buildings: int, date: str) -> None:
    found = osm.read(data_dir / "osm" / name)
    check(found)
    assert len(found.tables["buildings"]) == buildings
    assert found.source.reference_date == date


@pytest.mark.data
def test_packed_and_plain_file_hold_the_same_streets(data_dir: Path) -> None:
    names = ("liechtenstein-2013-08-03.osm.pbf", "liechtenstein-2013-08-03.osm.bz2")
    plain, packed = (osm.read(data_dir / "osm" / name).tables for name in names)
    assert len(plain["streets"]) == len(packed["streets"])
    lengths = [
        shapely.length(np.asarray(t["streets"].geometry.array)).sum() for t in (plain, packed)
    ]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-6)


@pytest.mark.data
def test_danish_addresses_are_nodes_and_reach_their_buildings(data_dir: Path) -> None:
    found = osm.read(data_dir / "osm" / "dk-roedovre-2015-04.osm").tables
    assert len(found["addresses"]) == 2672
    joined = found["addresses"].dropna(subset="building_id")
    houses = found["buildings"].loc[joined["building_id"]]
    metres = shapely.distance(np.asarray(joined.geometry.array), np.asarray(houses.geometry.array))
    assert (metres * 111_195 <= 2.0 / np.cos(np.radians(55.7))).all()
    assert houses["housenumber"].notna().all()


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        (".osm", bytes),
        (".osm.gz", gzip.compress),
        (".osm.bz2", bz2.compress),
        (".osm.zip", lambda content: zipped(("folder/a.osm", content), ("readme.txt", b"hello"))),
    ],
)
def test_every_packing_reads_the_same(
    ending: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(pack(text(GRID, STREET, house())))
    found = osm.read(path)
    assert (len(found.tables["streets"]), len(found.tables["buildings"])) == (1, 1)
    assert found.source.origin == path.name


def test_limits_of_unpacking_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "a.osm.gz"
    path.write_bytes(gzip.compress(text(GRID, STREET)))
    with pytest.raises(ArchiveError, match="more than 100 bytes"):
        osm.read(path, limits=Limits(member=100))


def test_order_of_elements_does_not_matter(tmp_path: Path) -> None:
    member = xml.relation(1, [("way", 61, "outer")], type="multipolygon", building="yes")
    parts = [GRID, STREET, xml.way(61, (5, 6, 9, 8, 5)), member]
    there, back = read(tmp_path, *parts), read(tmp_path, *parts[::-1])
    for name in NAMES:
        assert there.tables[name].equals(back.tables[name])
    assert len(there.tables["buildings"]) == 1


def test_boundary_keeps_what_meets_it(tmp_path: Path) -> None:
    boundary = shapely.box(9.9995, 54.9995, 10.0005, 55.0005)  # holds node 1 only
    found = read(
        tmp_path,
        GRID,
        STREET,
        house(60),
        house(61, (5, 6, 9, 8, 5)),
        xml.node(99, 10.002, 55.002, shop="a"),
        boundary=boundary,
    )
    check(found)
    assert list(found.tables["buildings"].index) == ["w60"]
    assert lost(found) == {
        ("buildings", "outside the boundary"): 1,
        ("places", "outside the boundary"): 1,
    }


@pytest.mark.parametrize(
    "boundary",
    [shapely.box(500_000, 6e6, 510_000, 6.1e6), shapely.Polygon()],
    ids=["in-metres", "empty"],
)
def test_boundary_must_be_in_degrees(boundary: shapely.Polygon, helsinki: Path) -> None:
    with pytest.raises(InputError, match="degrees"):
        osm.read(helsinki, boundary)


def test_boundary_elsewhere_is_told(helsinki: Path) -> None:
    with pytest.raises(InputError, match="outside the boundary"):
        osm.read(helsinki, shapely.box(10, 55, 10.1, 55.1))


@pytest.mark.parametrize(
    ("bounds", "boundary", "reason"),
    [
        ((0, 40, 20, 60), None, "Give a boundary"),
        ((9, 47, 10, 48), (10, 55, 11, 56), "does not overlap"),
        ((9, 47, 10, 48), None, ""),
        ((0, 40, 20, 60), (9, 47, 10, 48), ""),
    ],
    ids=["country", "elsewhere", "city", "city-in-a-country"],
)
def test_large_file_is_refused_by_what_it_announces(
    bounds: tuple[float, ...], boundary: tuple[float, ...] | None, reason: str
) -> None:
    west, south, east, north = bounds
    box = osmium.osm.Box(osmium.osm.Location(west, south), osmium.osm.Location(east, north))
    area = None if boundary is None else shapely.box(*boundary)
    with pytest.raises(InputError, match=reason) if reason else nullcontext():
        assembly._check_announced(box, area, "a.osm.pbf")


def test_hostile_texts_pass_unchanged_as_data(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>'; DROP TABLE streets;--\u202e"
    found = read(tmp_path, GRID, xml.way(50, (1, 2), highway="service", name=name))
    assert list(found.tables["streets"]["name"]) == [name]


def test_progress_grows_to_one(helsinki: Path) -> None:
    told: list[tuple[str, float]] = []
    osm.read(helsinki, progress=lambda stage, share: told.append((stage, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.fixture(scope="module")
def small() -> bytes:
    return text(GRID, STREET, house(name="Town hall"))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 10_000), new=st.binary(max_size=12), cut=st.integers(0, 40))
def test_any_bytes_give_tables_or_an_input_error(
    small: bytes, tmp_path: Path, place: int, new: bytes, cut: int
) -> None:
    place %= len(small)
    path = tmp_path / "fuzz.osm"
    path.write_bytes(small[:place] + new + small[place + cut :])
    try:
        found = osm.read(path)
    except InputError:
        return
    check(found)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 10**6), new=st.binary(min_size=1, max_size=12))
def test_any_bytes_in_a_pbf_give_tables_or_an_input_error(
    helsinki: Path, tmp_path: Path, place: int, new: bytes
) -> None:
    content = helsinki.read_bytes()[:60_000]
    place %= len(content)
    path = tmp_path / "fuzz.osm.pbf"
    path.write_bytes(content[:place] + new + content[place + len(new) :])
    try:
        found = osm.read(path)
    except InputError:
        return
    check(found)


def test_reading_leaves_no_thread_and_no_folder(
    helsinki: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = threading.active_count()
    osm.read(helsinki)
    assert threading.active_count() == before
    assert list(tmp_path.iterdir()) == []
