"""Every kind of register refuses what cannot be right, in plain words, and a fuzzed GML does no harm."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import headers, registers
from layers.errors import InputError
from tests.twin import cities
from tests.twin.test_national_registers import building, gml, part
from twin import attach

if TYPE_CHECKING:
    from pathlib import Path

Case = tuple[str | bytes, str]
"""Content, and what the message says of it."""

FEWEST = 8
"""Bad inputs of each kind [1]."""

ELSEWHERE = {"commuting", "gateways", "survey"}
"""Kinds of travel, whose bad inputs stand with their own tests."""

HOUSE = "id;address;{}\nB-1;Hovedgaden 1;{}\n"


def house(column: str, cell: str) -> str:
    return HOUSE.format(column, cell)


CERTIFICATES: dict[str, Case] = {
    "unknown class": (house("energy class", "Z"), '"Z" is not known'),
    "class of two letters": (house("energy class", "AB"), '"AB" is not known'),
    "energy in words": (house("energy class;certificate_energy", "B;much"), "not a number"),
    "energy below zero": (house("certificate_energy", "-3"), "outside 0 to 2000"),
    "energy of a palace": (house("certificate_energy", "99999"), "outside 0 to 2000"),
    "energy in litres": (house("certificate_energy [l/m2]", "12"), "l/m2"),
    "unknown basis": (
        house("certificate_energy;certificate_basis", "90;felt"),
        '"felt" is not known',
    ),
    "emissions that are endless": (house("certificate_co2", "1e999"), "too large|not finite"),
    "a day that is none": (house("energy class;certificate_date", "B;31-02-2020"), "02-31"),
    "a date in words": (house("energy class;certificate_date", "B;last spring"), "last spring"),
}
PROTECTED: dict[str, Case] = {
    "unknown state": (house("protection", "maybe"), '"maybe" is not known'),
    "a number for a state": (house("protection", "7"), '"7" is not known'),
    "two states at once": (house("protection", "protected, free"), "is not known"),
    "a formula": (house("protection", "=1+1"), "is not known"),
    "state missing": (house("protection", ""), "No row can be used"),
    "no key": ("protection\nprotected\n", "No row can be used"),
    "longitude off the globe": ("lon;lat;protection\n400;55;protected\n", "outside -180 to 180"),
    "no coordinate system": ("x;y;protection\n711500;6173500;protected\n", "--crs"),
    "only another column": ("id;listed by\nB-1;town\n", "recognised|needs"),
}


def outline(shape: str = "", **facts: str) -> bytes:
    """One feature of a GeoJSON: coordinates of its ring as text, and what it says."""
    ring = shape or "[[12.3,55.6],[12.4,55.6],[12.4,55.7],[12.3,55.6]]"
    area = {"type": "Polygon", "coordinates": [json.loads(ring)]}
    feature = {"type": "Feature", "properties": facts, "geometry": area}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}, separators=(",", ":"))
    return text.encode()


OUTLINES: dict[str, Case] = {
    "no JSON": (b'{"type":"FeatureCollection"', "damaged"),
    "no features": (b'{"type":"FeatureCollection","features":{}}', "no GeoJSON features"),
    "nothing in it": (b'{"type":"FeatureCollection","features":[]}', "."),
    "a table of other files": (b"<OGRVRTDataSource/>", "is XML"),
    "a spreadsheet": (b"PK\x03\x04" + b"0" * 60, "is a zip or spreadsheet"),
    "nested without end": (b"[" * 100_000, "damaged"),
}
SECTIONS: dict[str, Case] = OUTLINES | {
    "another continent": (
        outline("[[0,0],[1,0],[1,1],[0,0]]", CUSEC="1", NMUN="A"),
        "touches the City",
    ),
    "unknown system": (
        outline(CUSEC="1", NMUN="A").replace(
            b'"features"', b'"crs":{"properties":{"name":"Mars"}},"features"'
        ),
        "is not known",
    ),
    "no code": (outline(town="A"), "recognised|No row can be used"),
    "metres for degrees": (
        outline("[[9e5,6e6],[9.1e5,6e6],[9e5,6.1e6],[9e5,6e6]]", CUSEC="1", NMUN="A"),
        "coordinate system",
    ),
}
INCOME: dict[str, Case] = {
    "income in words": ("section;income [EUR/people];income year\n1;rich;2021\n", "not a number"),
    "income below zero": ("section;income [EUR/people];income year\n1;-5;2021\n", "outside 0"),
    "endless income": (
        "section;income [EUR/people];income year\n1;1e999;2021\n",
        "too large|finite",
    ),
    "no unit": ("section;income;income year\n1;14250;2021\n", "no unit is stated"),
    "unknown unit": ("section;income;unit\n1;14250;shells\n", "shells"),
    "a year in words": ("section;income [EUR/people];income year\n1;14250;late\n", "not a year"),
    "a year of another age": (
        "section;income [EUR/people];income year\n1;14250;1066\n",
        "outside 1900",
    ),
    "two readings": ("section\tincome [EUR/people]\n1\t14.250\n", "may be read"),
    "no income": ("section;income [EUR/people]\n1;\n", "No row can be used"),
}
DAR: dict[str, Case] = {
    "no status that counts": (
        "id_lokalId;adgangsadressebetegnelse;husnummertekst;status\nh0;Hovedgaden 1;1;4\n",
        "No row can be used|status",
    ),
    "headers alone": ("id_lokalId;adgangsadressebetegnelse;husnummertekst;status\n", "no rows"),
    "no id and no address": (
        "id_lokalId;adgangsadressebetegnelse;husnummertekst;status\n;;1;3\n",
        "No row can be used",
    ),
    "no house number": (
        "id_lokalId;adgangsadressebetegnelse;husnummertekst;status\nh0;A 1;;3\n",
        "No row can be used",
    ),
    "a cell too many": ("id_lokalId;husnummertekst;status\nh0;1;3;9\n", "does not fit the header"),
    "nothing known": ("a;b\n1;2\n", "No column is recognised"),
    "a row of another length": ("id_lokalId;husnummertekst;status\nh0;1;3\nh1;2;3;4;5\n", "row 3"),
    "NUL bytes": (b"id_lokalId;husnummertekst\x00;status\nh0;1;3\n", "."),
}
METERED: dict[str, Case] = {
    "no unit": (house("carrier;year;energy", "el;2022;1"), "no unit is stated"),
    "unknown carrier": (house("carrier;year;energy [kWh]", "magic;2022;1"), '"magic" is not known'),
    "no carrier": (house("carrier;year;energy [kWh]", ";2022;1"), "no carrier is stated"),
    "energy in words": (house("carrier;year;energy [kWh]", "el;2022;lots"), "not a number"),
    "no period": (house("carrier;energy [kWh]", "el;1"), "period is not clear"),
    "ends before it begins": (
        house("carrier;start;end;energy [kWh]", "el;2022-02-01;2022-01-01;1"),
        "ends before",
    ),
    "another age": (house("carrier;year;energy [kWh]", "el;1066;1"), "1066"),
    "litres": (house("carrier;year;energy [l]", "el;2022;1"), "unit"),
}
HEAT_AREAS: dict[str, Case] = OUTLINES | {
    "factor in words": (outline(heat_network="A", heat_factor="low"), "not a number"),
    "factor below zero": (outline(heat_network="A", heat_factor="-0.1"), "outside 0 to 2"),
    "factor too large": (outline(heat_network="A", heat_factor="250"), "outside 0 to 2"),
    "tariff without unit": (outline(heat_network="A", heat_tariff="650"), "no unit is stated"),
    "another continent": (
        outline("[[0,0],[1,0],[1,1],[0,0]]", heat_network="A", heat_factor="0.1"),
        "touches the City",
    ),
}
BUILDINGS: dict[str, Case] = {
    "storeys in words": (house("levels", "three"), "not a number"),
    "storeys below zero": (house("levels", "-2"), "outside"),
    "year in words": (house("year", "old"), "not a year"),
    "year of the far future": (house("year", "9999"), "outside"),
    "unknown heating": (house("heating", "magic"), '"magic" is not known'),
    "unknown use": (house("use", "castle in the air"), "is not known"),
    "area in litres": (house("floor_area [l]", "12"), "unit"),
    "endless height": (house("height", "inf"), "finite|not a number"),
}
POINTS: dict[str, Case] = {
    "value in words": ("lon;lat;kind;value;unit\n12.35;55.67;charger;many;kW\n", "not a number"),
    "no unit": ("lon;lat;kind;value\n12.35;55.67;charger;22\n", "no unit is stated"),
    "unknown unit": ("lon;lat;kind;value;unit\n12.35;55.67;charger;22;shells\n", "shells"),
    "longitude off the globe": ("lon;lat;kind;value;unit\n1235;55.67;charger;22;kW\n", "outside"),
    "latitude off the globe": ("lon;lat;kind;value;unit\n12;-95;charger;22;kW\n", "outside"),
    "no coordinate system": ("x;y;kind;value;unit\n711500;6173500;charger;22;kW\n", "--crs"),
    "another continent": ("lon;lat;kind;value;unit\n-60;-30;charger;22;kW\n", "."),
    "headers alone": ("lon;lat;kind;value;unit\n", "no rows"),
}
BBR: dict[str, Case] = {
    "unknown use": (
        "id_lokalId;byg021BygningensAnvendelse;byg026Opførelsesår;status\nb;777;1968;6\n",
        '"777" is not known',
    ),
    "unknown material": (
        "id_lokalId;byg056Varmeinstallation;byg026Opførelsesår;status\nb;44;1968;6\n",
        '"44" is not known',
    ),
    "year in words": ("id_lokalId;byg026Opførelsesår;status\nb;old;6\n", "not a year"),
    "year of another age": ("id_lokalId;byg026Opførelsesår;status\nb;12;6\n", "outside"),
    "storeys below zero": ("id_lokalId;byg054AntalEtager;status\nb;-1;6\n", "outside"),
    "area in words": (
        "id_lokalId;byg038SamletBygningsareal;byg026Opførelsesår;status\nb;big;1968;6\n",
        "not a number",
    ),
    "broken point": (
        "id_lokalId;byg026Opførelsesår;byg404Koordinat;status\nb;1968;POINT (7;6\n",
        "not a point",
    ),
    "headers alone": ("id_lokalId;byg026Opførelsesår;status\n", "no rows"),
}
CRASHES: dict[str, Case] = {
    "unknown severity": ("lon;lat;severity;casualties\n11;55;sore;1\n", '"sore" is not known'),
    "casualties below zero": ("lon;lat;severity;casualties\n11;55;slight;-1\n", "outside 0"),
    "casualties in words": ("lon;lat;severity;casualties\n11;55;slight;many\n", "not a number"),
    "casualties of a war": ("lon;lat;severity;casualties\n11;55;slight;5000\n", "outside 0"),
    "longitude off the globe": ("lon;lat;severity\n411;55;slight\n", "outside"),
    "latitude off the globe": ("lon;lat;severity\n11;155;slight\n", "outside"),
    "a day that is none": ("lon;lat;severity;crash_date\n11;55;slight;2021-02-30\n", "2021-02-30"),
    "no coordinate system": ("x;y;severity\n711500;6173500;slight\n", "--crs"),
}
UNITS: dict[str, Case] = {
    "unknown tenure": (house("dwelling;tenure", "1;squatted"), '"squatted" is not known'),
    "share above one": (house("dwelling;tenure;share", "1;owner;1,5"), "outside 0 to 1"),
    "share below zero": (house("dwelling;tenure;share", "1;owner;-0,1"), "outside 0 to 1"),
    "share in words": (house("dwelling;tenure;share", "1;owner;half"), "not a number"),
    "area below zero": (house("dwelling;unit_area;tenure", "1;-4;owner"), "outside 0"),
    "area in litres": (house("dwelling;unit_area [l];tenure", "1;74;owner"), "unit"),
    "endless area": (house("dwelling;unit_area;tenure", "1;1e999;owner"), "too large|finite"),
    "nothing of the dwelling": (house("dwelling;tenure", "1;"), "No row can be used"),
}
PRICES: dict[str, Case] = {
    "no unit": ("carrier;price;price year\nelectricity;0.28;2023\n", "no unit is stated"),
    "unknown carrier": ("carrier;price [EUR/kWh];price year\nmagic;0.28;2023\n", '"magic"'),
    "unknown buyer": ("carrier;buyer;price [EUR/kWh];price year\ngas;king;0.1;2023\n", '"king"'),
    "price in words": ("carrier;price [EUR/kWh];price year\ngas;dear;2023\n", "not a number"),
    "endless price": ("carrier;price [EUR/kWh];price year\ngas;1e999;2023\n", "too large|finite"),
    "year in words": ("carrier;price [EUR/kWh];price year\ngas;0.1;soon\n", "not a year"),
    "year of another age": ("carrier;price [EUR/kWh];price year\ngas;0.1;1066\n", "outside 1900"),
    "unknown tax": ("carrier;price [EUR/kWh];price year;vat\ngas;0.1;2023;perhaps\n", '"perhaps"'),
}
BOMB = (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
        b"<a>&c;</a>")  # fmt: skip
TOWN = cities.tiny()
ONE = gml(building(TOWN, "w1005", (1972, 1972), "1_residential", 12))
TWO = gml(part(TOWN, "w1005", 1, 5, 0, 0.5), part(TOWN, "w1005", 2, 2, 0.5, 1))
XML: dict[str, Case] = {
    "entities": (BOMB, "document type or entities"),
    "an outer entity": (
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        "entities",
    ),
    "cut off": (ONE[: len(ONE) // 2], "."),
    "no features": (b"<?xml version='1.0'?><a/>", "."),
    "nested without end": (b"<a>" * 50_000, "."),
    "text": (b"building;use\n1;2\n", "is text"),
    "a spreadsheet": (b"PK\x03\x04" + b"0" * 60, "is a zip or spreadsheet"),
}
CATASTRO: dict[str, Case] = XML | {
    "unknown use": (ONE.replace(b"1_residential", b"9_castle"), "9_castle"),
    "dwellings in words": (ONE.replace(b">12<", b">twelve<"), "not a number"),
    "dwellings below zero": (ONE.replace(b">12<", b">-12<"), "outside"),
    "elsewhere": (ONE.replace(b"EPSG::25832", b"EPSG::25829"), "."),
}
PARTS: dict[str, Case] = XML | {
    "storeys in words": (TWO.replace(b">5<", b">five<"), "not a number"),
    "storeys below zero": (TWO.replace(b">5<", b">-5<"), "outside"),
}
WORK_PRICES: dict[str, Case] = {
    "no unit": ("work;price;price year\nwall;145;2025\n", "no unit is stated"),
    "unknown work": ("work;price [EUR/m2];price year\nmoat;145;2025\n", '"moat"'),
    "price in words": ("work;price [EUR/m2];price year\nwall;dear;2025\n", "not a number"),
    "price below zero": ("work;price [EUR/m2];price year\nwall;-1;2025\n", "outside 0"),
    "endless price": ("work;price [EUR/m2];price year\nwall;1e999;2025\n", "too large|finite"),
    "year of another age": ("work;price [EUR/m2];price year\nwall;1;1066\n", "outside 1900"),
    "unknown unit": ("work;price;unit;price year\nwall;1;EUR/yard;2025\n", "EUR/yard"),
    "unknown tax": ("work;price [EUR/m2];price year;vat\nwall;1;2025;perhaps\n", '"perhaps"'),
    "a life of no years": (
        "work;price [EUR/m2];price year;service life\nwall;1;2025;0\n", "outside 1",
    ),
}  # fmt: skip
BAD = {
    "buildings": BUILDINGS, "points": POINTS, "certificates": CERTIFICATES, "metered": METERED,
    "protected": PROTECTED, "heat_areas": HEAT_AREAS, "bbr": BBR, "dar": DAR, "crashes": CRASHES,
    "sections": SECTIONS, "income": INCOME, "units": UNITS, "prices": PRICES, "catastro": CATASTRO,
    "catastro_parts": PARTS, "work_prices": WORK_PRICES,
}  # fmt: skip
ENDINGS = {
    "catastro": "gml",
    "catastro_parts": "gml",
    "sections": "geojson",
    "heat_areas": "geojson",
}
ROWS = [(kind, case) for kind, cases in BAD.items() for case in cases]


def attached(folder: Path, kind: str, content: str | bytes) -> attach.Attached:
    path = folder / f"a.{ENDINGS.get(kind, 'csv')}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return attach.attach(TOWN, registers.read(path, kind=kind))


def test_every_kind_has_enough_bad_inputs() -> None:
    assert set(headers.kinds()) - set(BAD) <= ELSEWHERE
    assert min(len(cases) for cases in BAD.values()) >= FEWEST


@pytest.mark.parametrize(("kind", "case"), ROWS, ids=[f"{kind}: {case}" for kind, case in ROWS])
def test_bad_input_is_refused_in_plain_words(tmp_path: Path, kind: str, case: str) -> None:
    content, reason = BAD[kind][case]
    with pytest.raises(InputError, match=reason) as caught:
        attached(tmp_path, kind, content)
    assert all(fault.reason for fault in caught.value.faults)
    assert str(tmp_path) not in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["section;section_name\n1;A\n", "heat_network;heat_factor\nA;0.1\n"]
)
def test_an_area_without_outline_reaches_nobody(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    found = attach.attach(TOWN, registers.read(path))
    assert found.matches["status"].tolist() == ["unmatched"]
    assert found.city is TOWN


WORDS = [b"", b"&", b"<", b">", b"]]>", b"<!--", b"nan", b"1e999", b"-1", b"\xff", b"\x00", b"gml:",
         b"EPSG::0", b"POINT", b"<gml:pos>", b"0 0 0 0", b"</gml:featureMember>"]  # fmt: skip


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_damage_to_a_gml_is_attached_or_an_input_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    kind, content = data.draw(st.sampled_from([("catastro", ONE), ("catastro_parts", TWO)]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        gone = data.draw(st.integers(0, 60))
        word = data.draw(st.sampled_from(WORDS) | st.binary(max_size=6))
        content = content[:at] + word + content[at + gone :]
    found: Any = None
    with contextlib.suppress(InputError):
        found = attached(tmp_path, kind, content)
    if found is not None:
        counts = found.quality
        assert counts["rows"] == counts["matched"] + counts["unmatched"] + counts["ambiguous"]
        assert found.city.buildings["levels"].between(0.5, 100).all()
