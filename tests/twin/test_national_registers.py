"""National registers, crashes, income, dwellings and prices.

All files are made up here, in the shape that is documented: BBR and DAR by the field names of
Datafordeler, the Catastro by its building.gml and buildingpart.gml, income by INE's columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
from shapely import box

from layers import registers
from layers.errors import InputError
from tests.twin import cities
from twin import attach
from twin.matching import AMBIGUOUS, MATCHED, UNMATCHED

if TYPE_CHECKING:
    from pathlib import Path

    from twin.attach import Attached
    from twin.city import City


@pytest.fixture
def city() -> City:
    return cities.tiny()


def attached(
    city: City, folder: Path, data: str | bytes, name: str = "a.csv", **options: Any
) -> Attached:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return attach.attach(city, registers.read(path, **options))


def middle(city: City, building: str) -> str:
    spot = city.buildings.geometry[building].centroid
    return f"{spot.x:.2f} {spot.y:.2f}"


# Danish BBR and DAR

BBR = ("id_lokalId;husnummer;status;byg021BygningensAnvendelse;byg026Opførelsesår;byg054AntalEtager;"
       "byg038SamletBygningsareal;byg056Varmeinstallation;byg057Opvarmningsmiddel;byg404Koordinat\n")  # fmt: skip


def bbr(city: City, *rows: str) -> str:
    """Rows after the id; W stands for the place of w1001."""
    lines = [f"b{n};h{n};{row}" for n, row in enumerate(rows)]
    return BBR + "".join(
        f"{line}\n".replace("W", f"POINT ({middle(city, 'w1001')})") for line in lines
    )


@pytest.mark.parametrize(
    ("installation", "fuel", "heating"),
    [("1", "", "district_heating"), ("2", "3", "heating_oil"), ("2", "7", "natural_gas"),
     ("3", "6", "biomass"), ("5", "1", "heat_pump"), ("6", "7", "natural_gas"), ("7", "", "electricity"),
     ("7", "1", "electricity"), ("8", "7", "natural_gas"), ("2", "6", "biomass")],
)  # fmt: skip
def test_bbr_heating_is_told_by_two_codes(
    city: City, tmp_path: Path, installation: str, fuel: str, heating: str
) -> None:
    text = bbr(city, f"6;120;1968;1;142;{installation};{fuel};W")
    path = tmp_path / "bbr.csv"
    path.write_text(text, encoding="utf-8")
    assert registers.read(path).frame["heating"].item() == heating


def test_bbr_by_place_with_its_codes(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, bbr(city, "6;132;1968;2;142;1;;W"))
    house = found.city.buildings.loc["w1001"]
    assert list(found.matches["status"]) == [MATCHED]
    assert (house["use"], house["year"], house["levels"], house["floor_area"]) == (
        "terrace", 1968, 2, 142)  # fmt: skip
    assert (house["heating"], house["heating_source"]) == ("district_heating", "register")
    assert house["register_id"] == "b0"


def test_codes_that_do_not_decide_are_counted_and_not_guessed(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, bbr(city, "6;120;1968;1;142;2;4;W"))  # wood or coal
    assert found.quality["columns"]["heating"] == {"set": 0, "differ": 0}
    assert found.city.buildings["heating"].equals(city.buildings["heating"])
    assert found.city.drops["reason"].str.contains("together do not tell the heating").any()
    silent = attached(city, tmp_path, bbr(city, "6;120;1968;1;142;9;;W"))  # no installation
    assert silent.quality["columns"]["heating"]["set"] == 0


def test_bbr_says_what_it_does_not_know(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, bbr(city, "6;999;1000;0;142;;;W"))
    counts = {name: figures["set"] for name, figures in found.quality["columns"].items()}
    assert counts == {"use": 0, "year": 0, "levels": 0, "floor_area": 1, "heating": 0}


def test_only_what_stands_counts(city: City, tmp_path: Path) -> None:
    text = bbr(city, "6;120;1968;1;142;1;;W", "2;120;2025;1;99;1;;W", "10;120;1900;1;77;1;;W")
    found = attached(city, tmp_path, text)
    assert found.city.buildings.loc["w1001", "year"] == 1968
    drops = found.city.drops.set_index("reason")["count"]
    assert drops["status is not 6 (built)"] == 2
    source = found.city.sources.loc["a"]
    assert (source["rows_in"], source["rows_kept"], source["rows_refused"]) == (3, 1, 2)


BAD_BBR = {
    "unknown use": ("6;777;1968;1;142;1;;W", '"777" is not known'),
    "unknown installation": ("6;120;1968;1;142;44;;W", '"44" is not known'),
    "unknown fuel": ("6;120;1968;1;142;2;8;W", '"8" is not known'),
    "a year in words": ("6;120;last;1;142;1;;W", "not a year"),
    "a line for a point": ("6;120;1968;1;142;1;;LINESTRING (0 0, 1 1)", "not a point"),
    "no point": ("6;120;1968;1;142;1;;POINT EMPTY", "not a point"),
    "broken point": ("6;120;1968;1;142;1;;POINT (7", "not a point"),
    "negative storeys": ("6;120;1968;-1;142;1;;W", "outside 0"),
    "area with a wrong unit": ("6;120;1968;1;142 kWh;1;;W", "cannot be turned into m2"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_BBR)
def test_bad_bbr_rows(city: City, tmp_path: Path, case: str) -> None:
    row, reason = BAD_BBR[case]
    with pytest.raises(InputError, match=reason):
        attached(city, tmp_path, bbr(city, row))


def test_dar_ties_the_house_numbers_of_bbr_to_addresses(city: City, tmp_path: Path) -> None:
    dar = ("id_lokalId;adgangsadressebetegnelse;husnummertekst;status\n"
           "h0;Hovedgaden 1, 2620 Albertslund;1;3\nh9;Hovedgaden 2;2;4\n")  # fmt: skip
    first = attached(city, tmp_path, dar, name="dar.csv")
    assert first.city.buildings.loc["w1001", "register_id"] == "h0"
    assert list(first.matches["status"]) == [MATCHED]
    second = attached(first.city, tmp_path, bbr(city, "6;120;1931;1;142;1;;"))
    house = second.city.buildings.loc["w1001"]
    assert (house["year"], house["register_id"]) == (1931, "h0;b0")


# Spanish Catastro

HEAD = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!--Edificios: año, diseño.-->
<gml:FeatureCollection gml:id="ES.SDGC.BU" xmlns:gml="http://www.opengis.net/gml/3.2"
 xmlns:base="urn:x-inspire:specification:gmlas:BaseTypes:3.2"
 xmlns:bu-core2d="http://inspire.jrc.ec.europa.eu/schemas/bu-core2d/2.0"
 xmlns:bu-ext2d="http://inspire.jrc.ec.europa.eu/schemas/bu-ext2d/2.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://inspire.jrc.ec.europa.eu/schemas/bu-ext2d/2.0 http://127.0.0.1:9/no.xsd">
"""


def surface(city: City, building: str, west: float = 0.0, east: float = 1.0) -> str:
    """Outline of a part of a building between two shares of its width."""
    a, b, c, d = city.buildings.geometry[building].bounds
    shape = box(a + west * (c - a), b, a + east * (c - a), d)
    places = " ".join(f"{x} {y}" for x, y in shape.exterior.coords)
    return (
        "<bu-ext2d:geometry><bu-core2d:BuildingGeometry><bu-core2d:geometry>"
        '<gml:Surface srsName="urn:ogc:def:crs:EPSG::25832"><gml:patches><gml:PolygonPatch>'
        f'<gml:exterior><gml:LinearRing><gml:posList srsDimension="2">{places}</gml:posList>'
        "</gml:LinearRing></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface>"
        "</bu-core2d:geometry></bu-core2d:BuildingGeometry></bu-ext2d:geometry>"
    )


def identifier(name: str) -> str:
    return ("<bu-core2d:inspireId><base:Identifier>"
            f"<base:localId>{name}</base:localId><base:namespace>ES.SDGC.BU</base:namespace>"
            "</base:Identifier></bu-core2d:inspireId>")  # fmt: skip


def building(
    city: City,
    name: str,
    years: tuple[int, int],
    use: str,
    dwellings: int,
    state: str = "functional",
) -> str:
    return (
        f'<gml:featureMember><bu-ext2d:Building gml:id="ES.SDGC.BU.{name}">'
        f"<bu-core2d:conditionOfConstruction>{state}</bu-core2d:conditionOfConstruction>"
        "<bu-core2d:dateOfConstruction><bu-core2d:DateOfEvent>"
        f"<bu-core2d:beginning>{years[0]}-01-01T00:00:00</bu-core2d:beginning>"
        f"<bu-core2d:end>{years[1]}-01-01T00:00:00</bu-core2d:end>"
        "</bu-core2d:DateOfEvent></bu-core2d:dateOfConstruction>"
        f"{identifier(name)}{surface(city, name)}"
        f"<bu-ext2d:currentUse>{use}</bu-ext2d:currentUse>"
        f"<bu-ext2d:numberOfBuildingUnits>{dwellings + 7}</bu-ext2d:numberOfBuildingUnits>"
        f"<bu-ext2d:numberOfDwellings>{dwellings}</bu-ext2d:numberOfDwellings>"
        "</bu-ext2d:Building></gml:featureMember>"
    )


def part(city: City, name: str, number: int, floors: int, west: float, east: float) -> str:
    return (
        f'<gml:featureMember><bu-ext2d:BuildingPart gml:id="ES.SDGC.BU.{name}_part{number}">'
        f"{identifier(f'{name}_part{number}')}{surface(city, name, west, east)}"
        f"<bu-ext2d:numberOfFloorsAboveGround>{floors}</bu-ext2d:numberOfFloorsAboveGround>"
        "</bu-ext2d:BuildingPart></gml:featureMember>"
    )


def gml(*members: str) -> bytes:
    return (HEAD + "".join(members) + "</gml:FeatureCollection>").encode("latin-1")


def test_catastro_buildings(city: City, tmp_path: Path) -> None:
    data = gml(building(city, "w1005", (1972, 1972), "1_residential", 12),
               building(city, "w1008", (2000, 2009), "4_1_office", 0),
               building(city, "w1009", (1950, 1950), "1_residential", 3, "ruin"))  # fmt: skip
    found = attached(city, tmp_path, data, name="A.ES.SDGC.BU.building.gml")
    houses = found.city.buildings
    assert list(found.matches["status"]) == [MATCHED, MATCHED]
    assert (houses.loc["w1005", "dwellings"], houses.loc["w1005", "year"]) == (12, 1972)
    assert houses.loc["w1008", ["year_earliest", "year_latest"]].tolist() == [2000, 2009]
    assert houses.loc["w1008", "year_source"] != "register"
    assert (houses.loc["w1008", "use"], houses.loc["w1005", "use"]) == ("office", "apartments")
    assert houses.loc["w1005", "use_source"] != "register"
    assert houses.loc["w1005", "register_id"] == "w1005"
    assert found.city.drops["reason"].str.contains("is not functional or declined").any()


def test_storeys_stand_in_the_parts(city: City, tmp_path: Path) -> None:
    data = gml(part(city, "w1005", 1, 5, 0, 0.5), part(city, "w1005", 2, 2, 0.5, 0.9),
               part(city, "w1005", 3, 0, 0.9, 1), part(city, "w1008", 1, 0, 0, 1))  # fmt: skip
    found = attached(city, tmp_path, data, name="A.ES.SDGC.BU.buildingpart.gml")
    houses = found.city.buildings
    assert (houses.loc["w1005", "levels"], houses.loc["w1005", "levels_source"]) == (5, "register")
    assert houses.loc["w1008", "levels_source"] != "register"
    assert found.city.drops.set_index("reason")["count"]["no value"] == 2


def test_an_unknown_use_of_the_catastro_is_reported(city: City, tmp_path: Path) -> None:
    data = gml(building(city, "w1005", (1972, 1972), "9_castle", 12))
    with pytest.raises(InputError, match="9_castle"):
        attached(city, tmp_path, data, name="a.gml")


# income by census section


def sections(city: City, folder: Path) -> City:
    half = box(cities.WEST - 50, cities.SOUTH - 50, cities.WEST + 100, cities.SOUTH + 250)
    rest = box(cities.WEST + 100, cities.SOUTH - 50, cities.WEST + 400, cities.SOUTH + 250)
    frame = gpd.GeoDataFrame(
        {"CUSEC": ["0800101001", "0800101002"], "NMUN": ["Lilleby", "Lilleby"]},
        geometry=[half, rest], crs=cities.CRS,
    )  # fmt: skip
    path = folder / "sections.parquet"
    frame.to_parquet(path)
    return attach.attach(city, registers.read(path)).city


def test_income_by_section_reaches_the_buildings_inside(city: City, tmp_path: Path) -> None:
    with_sections = sections(city, tmp_path)
    text = ("Sección censal;Periodo;Renta neta media por persona [EUR/people]\n"
            "0800101001;2020;13.100\n0800101001;2021;14.250\n0800101002;2021;9.800\n0800199999;2021;1.000\n")  # fmt: skip
    found = attached(with_sections, tmp_path, text, decimal=",", kind="income")
    houses = found.city.buildings
    assert list(found.matches["status"]) == [MATCHED, MATCHED, MATCHED, UNMATCHED]
    assert houses.loc["w1001", ["income", "income_year", "income_unit"]].tolist() == [
        14250, 2021, "EUR/people"]  # fmt: skip
    assert houses.loc["w1006", "income"] == 9800
    assert houses["income"].notna().all()
    assert houses.loc["w1001", "section"] == "0800101001"


def test_income_without_sections_matches_nothing(city: City, tmp_path: Path) -> None:
    text = "section;income [EUR/people];income year\n0800101001;14250;2021\n"
    assert attached(city, tmp_path, text).city is city


# crashes, units, prices


def test_crashes_are_points_with_their_severity(city: City, tmp_path: Path) -> None:
    spot = middle(city, "w1001").split()
    text = ("x;y;alvorlighed;tilskadekomne;ulykkesdato\n"
            f"{spot[0]};{spot[1]};alvorlig;2;2023-11-05\n{spot[0]};{spot[1]};dræbt;1;2022-01-02\n"
            f"100000;{spot[1]};let;1;2022-01-02\n")  # fmt: skip
    found = attached(city, tmp_path, text, crs=cities.CRS)
    rows = found.city.points
    assert list(found.matches["status"]) == [MATCHED, MATCHED, UNMATCHED]
    assert set(rows["kind"]) == {"crash"}
    assert list(rows["quantity"]) == ["serious", "fatal"]
    assert list(rows["value"]) == [2, 1]
    assert list(rows["date"]) == ["2023-11-05", "2022-01-02"]
    assert set(rows["unit"]) == {"people"}


def test_only_points_take_a_column(city: City, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("lon;lat;severity\n12.3;55.6;slight\n")
    with pytest.raises(InputError, match="columns of its own"):
        attach.attach(city, registers.read(path), column="crashes")


def test_crashes_without_casualties_and_points_live_side_by_side(
    city: City, tmp_path: Path
) -> None:
    spot = middle(city, "w1001").split()
    first = attached(city, tmp_path, f"x;y;severity\n{spot[0]};{spot[1]};slight\n", crs=cities.CRS)
    assert first.city.points["value"].isna().all()
    text = f"x;y;kind;value;unit\n{spot[0]};{spot[1]};charger;22;kW\n"
    both = attached(first.city, tmp_path, text, name="b.csv", crs=cities.CRS).city.points
    assert sorted(both["kind"]) == ["charger", "crash"]


BAD_CRASHES = {
    "unknown severity": "11;55;sore;1",
    "negative casualties": "11;55;slight;-1",
    "casualties in words": "11;55;slight;many",
    "longitude": "411;55;slight;1",
}


@pytest.mark.parametrize("case", BAD_CRASHES)
def test_bad_crashes(city: City, tmp_path: Path, case: str) -> None:
    with pytest.raises(InputError):
        attached(city, tmp_path, f"lon;lat;severity;casualties\n{BAD_CRASHES[case]}\n")


def test_dwellings_are_units_of_their_building(city: City, tmp_path: Path) -> None:
    text = ("adresse;etage dør;ejerform;fordelingstal;boligareal\nHovedgaden 5;1. tv;andelsbolig;0,5;74\n"
            "Hovedgaden 5;1. th;almen;0,25;60\nHovedgaden 5;2. tv;ukendt;0,25;60\n")  # fmt: skip
    found = attached(city, tmp_path, text, name="homes.csv")
    rows = found.city.units
    assert list(rows["building"]) == ["w1005"] * 3
    assert list(rows["tenure"].fillna("?")) == ["cooperative", "social", "?"]
    assert rows["share"].sum() == 1
    assert list(rows["dwelling"]) == ["1. tv", "1. th", "2. tv"]


def test_one_dwelling_said_twice_is_ambiguous(city: City, tmp_path: Path) -> None:
    text = "osm id;dwelling;tenure\nw1005;1;owner\nw1005;1;rented\nw1005;2;public\n"
    found = attached(city, tmp_path, text)
    assert list(found.matches["status"]) == [AMBIGUOUS, AMBIGUOUS, MATCHED]


BAD_UNITS = {
    "unknown tenure": "w1005;1;squatted;0,5",
    "share above one": "w1005;1;owner;1,5",
    "negative share": "w1005;1;owner;-0,1",
    "share in words": "w1005;1;owner;half",
}


@pytest.mark.parametrize("case", BAD_UNITS)
def test_bad_units(city: City, tmp_path: Path, case: str) -> None:
    with pytest.raises(InputError):
        attached(city, tmp_path, f"osm id;dwelling;tenure;share\n{BAD_UNITS[case]}\n")


def test_prices_belong_to_the_whole_city(city: City, tmp_path: Path) -> None:
    text = ("carrier;buyer;price [EUR/kWh];price year;vat\nelectricity;household;0.28;2023;included\n"
            "gas;business;0.09;2023;excluded\ngas;household;0.1;;included\n")  # fmt: skip
    found = attached(city, tmp_path, text, name="prices.csv")
    rows = found.city.prices
    assert list(found.matches["status"]) == [MATCHED, MATCHED, UNMATCHED]
    assert found.matches["reason"].iloc[2] == "no year is stated"
    assert list(rows["carrier"]) == ["electricity", "natural_gas"]
    assert list(rows["price"]) == [0.28, 0.09]
    assert set(rows["unit"]) == {"EUR/kWh"}
    assert list(rows["tax"]) == ["included", "excluded"]


def test_one_price_said_twice_is_ambiguous(city: City, tmp_path: Path) -> None:
    text = "carrier;price [EUR/kWh];price year\ncoal;0.1;2023\ncoal;0.2;2023\ncoal;0.3;2024\n"
    found = attached(city, tmp_path, text)
    assert list(found.matches["status"]) == [AMBIGUOUS, AMBIGUOUS, MATCHED]
    assert list(found.city.prices["price"]) == [0.3]


def test_a_price_needs_its_unit(city: City, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no unit is stated"):
        attached(city, tmp_path, "carrier;price;price year\nelectricity;0.28;2023\n")
