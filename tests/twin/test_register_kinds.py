"""Kinds of registers, end to end. All files are made up here, in the shape that their makers document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point, box
from shapely.affinity import translate

from layers import headers, registers
from layers.errors import InputError
from tests.twin import cities
from twin import attach, carry, protection, store
from twin.matching import AMBIGUOUS, MATCHED, UNMATCHED

if TYPE_CHECKING:
    from twin.attach import Attached
    from twin.city import City


@pytest.fixture
def city() -> City:
    return cities.tiny()


def attached(city: City, folder: Path, text: str, name: str = "a.csv", **options: Any) -> Attached:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return attach.attach(city, registers.read(path, **options))


def outlines(folder: Path, shapes: list[Any], **columns: list[Any]) -> Path:
    path = folder / "areas.geojson"
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=cities.CRS)
    path.write_text(frame.to_crs("OGC:CRS84").to_json())
    return path


WEST = box(cities.WEST - 50, cities.SOUTH - 50, cities.WEST + 100, cities.SOUTH + 250)
"""Holds w1001, w1002, w1007 and w1008, the houses of the western blocks."""


# energy certificates


def test_the_latest_certificate_of_a_building_counts(city: City, tmp_path: Path) -> None:
    text = ("adresse;energimærke;energibehov;grundlag;mærkningsdato\n"
            "Hovedgaden 1;D;160;primærenergi;31-05-2012\nHovedgaden 1;B;70;primærenergi;2021-03-01\n"
            "Hovedgaden 2;A2015;40;leveret energi;2018-01-02\n")  # fmt: skip
    found = attached(city, tmp_path, text)
    houses = found.city.buildings
    assert list(found.matches["status"]) == [MATCHED] * 3
    assert list(houses.loc[["w1001", "w1002"], "certificate_class"]) == ["B", "A2015"]
    assert list(houses.loc[["w1001", "w1002"], "certificate_energy"]) == [70, 40]
    assert list(houses.loc[["w1001", "w1002"], "certificate_basis"]) == ["primary", "final"]
    assert houses.loc["w1001", "certificate_date"] == "2021-03-01"
    assert houses.loc["w1001", "certificate_class_source"] == "register"
    assert houses["certificate_class"].isna().sum() == len(houses) - 2
    assert houses["year"].equals(city.buildings["year"])


def test_spanish_certificates(city: City, tmp_path: Path) -> None:
    text = ("dirección;calificación energía;consumo de energía primaria no renovable;emisiones\n"
            "Hovedgaden 1;E;201,5;38\n")  # fmt: skip
    house = attached(city, tmp_path, text).city.buildings.loc["w1001"]
    assert (house["certificate_class"], house["certificate_energy"], house["certificate_co2"]) == (
        "E", 201.5, 38)  # fmt: skip


def test_certificates_of_one_day_that_disagree_are_not_chosen_from(
    city: City, tmp_path: Path
) -> None:
    text = (
        "osm id;energy class;issued\nw1001;B;2020-01-01\nw1001;C;2020-01-01\nw1002;C;2020-01-01\n"
    )
    found = attached(city, tmp_path, text)
    assert list(found.matches["status"]) == [AMBIGUOUS, AMBIGUOUS, MATCHED]


# metered use


def test_annual_use_is_kept_per_carrier_in_kwh(city: City, tmp_path: Path) -> None:
    text = ("adresse;energiart;år;forbrug [MWh]\nHovedgaden 1;fjernvarme;2022;14,25\n"
            "Hovedgaden 1;el;2022;3,1\nHovedgaden 1;fjernvarme;2023;13\n")  # fmt: skip
    found = attached(city, tmp_path, text, name="meters.csv", kind="metered")
    rows = found.city.metered
    assert list(rows.index) == ["meters:2", "meters:3", "meters:4"]
    assert list(rows["building"]) == ["w1001"] * 3
    assert list(rows["carrier"]) == ["district_heating", "electricity", "district_heating"]
    assert list(rows["energy"]) == [14250, 3100, 13000]
    assert list(rows["start"]) == ["2022-01-01", "2022-01-01", "2023-01-01"]
    assert list(rows["end"]) == ["2023-01-01", "2023-01-01", "2024-01-01"]
    assert set(rows["grade"]) == {"meter"}
    assert found.city.buildings.equals(city.buildings)
    again = attached(found.city, tmp_path, text, name="meters.csv", kind="metered")
    assert again.city.metered.equals(rows)


def test_meters_without_id_or_address_go_to_the_building_at_their_place(
    city: City, tmp_path: Path
) -> None:
    """Inside a footprint (twice), 4 m beside one, halfway between two, and in the open country."""
    houses = city.buildings
    one = houses.geometry["w1001"]
    houses.loc["w1002", "geometry"] = two = translate(one, 22.0)
    x, y = one.centroid.coords[0]
    spots = [(x, y), (x, y), (two.bounds[0] + 5.0, two.bounds[1] - 4.0), (x + 11.0, y), (x, y - 60)]
    lines = [f"{east:.2f};{north:.2f};electricity;{2020 + n};1000"
             for n, (east, north) in enumerate(spots)]  # fmt: skip
    text = "\n".join(["x;y;carrier;year;energy [kWh]", *lines])
    found = attached(city.replace(buildings=houses), tmp_path, text, kind="metered", crs=city.crs)
    expected = [MATCHED, MATCHED, MATCHED, AMBIGUOUS, UNMATCHED]
    assert list(found.matches["status"]) == expected
    assert list(found.city.metered["building"]) == ["w1001", "w1001", "w1002"]
    assert set(found.matches.loc[5, "candidates"].split()) == {"w1001", "w1002"}
    assert (found.quality["matched"], found.quality["ambiguous"]) == (3, 1)
    listed = attach.write_matches(found, tmp_path / "m.csv").read_text(encoding="utf-8-sig")
    assert "w1001 w1002" in listed.splitlines()[1]


def test_units_stand_in_the_file(city: City, tmp_path: Path) -> None:
    text = "osm id;carrier;year;energy;unit\nw1001;gas;2022;1;GJ\nw1002;gas;2022;1000;kWh\n"
    rows = attached(city, tmp_path, text, kind="metered").city.metered
    assert rows["energy"].tolist() == pytest.approx([1e6 / 3600, 1000])
    with pytest.raises(InputError, match="no unit is stated"):
        attached(city, tmp_path, text.replace(";unit", "").replace(";GJ", "").replace(";kWh", ""),
                 kind="metered")  # fmt: skip
    with pytest.raises(InputError, match='"m3" is not known'):
        attached(city, tmp_path, text.replace("GJ", "m3"), kind="metered")


def test_hours_are_kept_in_utc_through_both_changes_of_the_clock(
    city: City, tmp_path: Path
) -> None:
    hours = ["2024-03-31 01:00", "2024-03-31 03:00", "2024-10-27 01:00", "2024-10-27 03:00",
             "2024-10-27T02:00+02:00", "2024-10-27T02:00+01:00"]  # fmt: skip
    text = "osm id;carrier;timestamp;period;energy [kWh]\n" + "".join(
        f"w1001;electricity;{hour};hour;1\n" for hour in hours
    )
    rows = attached(city, tmp_path, text).city.metered
    starts = pd.to_datetime(rows["start"])
    assert (pd.to_datetime(rows["end"]) - starts == pd.Timedelta("1h")).all()
    assert list(starts.dt.strftime("%d %H")) == [
        "31 00",
        "31 01",
        "26 23",
        "27 02",
        "27 00",
        "27 01",
    ]


def test_an_hour_that_comes_twice_or_never_is_reported_and_not_guessed(
    city: City, tmp_path: Path
) -> None:
    text = ("osm id;carrier;timestamp;period;energy [kWh]\nw1001;el;2024-10-27 02:00;hour;1\n"
            "w1001;el;2024-03-31 02:30;hour;1\nw1001;el;2024-03-31 05:30;hour;1\n")  # fmt: skip
    found = attached(city, tmp_path, text)
    assert list(found.matches["status"]) == [UNMATCHED, UNMATCHED, MATCHED]
    assert "state the offset" in found.matches["reason"].iloc[0]
    assert len(found.city.metered) == 1
    source = found.city.sources.loc["a"]
    assert (source["rows_in"], source["rows_kept"], source["rows_refused"]) == (3, 1, 2)


BAD_PERIODS = {
    "no carrier": ("osm id;year;energy [kWh]\nw1001;2022;1\n", "no carrier"),
    "unknown carrier": ("osm id;carrier;year;energy [kWh]\nw1001;unobtainium;2022;1\n", "unobtainium"),
    "no period": ("osm id;carrier;energy [kWh]\nw1001;el;1\n", "period is not clear"),
    "begin without end": ("osm id;carrier;start;energy [kWh]\nw1001;el;2022-01-01;1\n", "not clear"),
    "backwards": ("osm id;carrier;start;end;energy [kWh]\nw1001;el;2022-02-01;2022-01-01;1\n", "ends before"),
    "mixed offsets": (
        "osm id;carrier;start;end;energy [kWh]\nw1001;el;2022-01-01T00:00Z;2022-01-01T01:00;1\n", "offset"),
    "no date": ("osm id;carrier;start;length;energy [kWh]\nw1001;el;soon;day;1\n", "not a date"),
    "either month": ("osm id;carrier;start;length;energy [kWh]\nw1001;el;03/04/2022;day;1\n", "day/month"),
    "thirteenth month": ("osm id;carrier;start;length;energy [kWh]\nw1001;el;2022-13-01;day;1\n", "not a date"),
    "unknown length": ("osm id;carrier;start;length;energy [kWh]\nw1001;el;2022-01-01;aeon;1\n", "aeon"),
    "long ago": ("osm id;carrier;start;length;energy [kWh]\nw1001;el;0001-01-01;day;1\n", "outside 1900"),
    "area for energy": ("osm id;carrier;year;energy [m2]\nw1001;el;2022;1\n", "cannot be turned into kWh"),
    "year far off": ("osm id;carrier;year;energy [kWh]\nw1001;el;22;1\n", "outside 1900"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_PERIODS)
def test_bad_metered_rows(city: City, tmp_path: Path, case: str) -> None:
    text, reason = BAD_PERIODS[case]
    with pytest.raises(InputError, match=reason):
        attached(city, tmp_path, text, kind="metered")


# protected buildings and areas of district heating


def test_protection_has_three_states_and_unknown_is_never_allowed(
    city: City, tmp_path: Path
) -> None:
    assert not protection.allowed(city.buildings).any()
    text = "adresse;fredning\nHovedgaden 1;fredet\nHovedgaden 2;nej\nHovedgaden 3;ukendt\n"
    found = attached(city, tmp_path, text)
    houses = found.city.buildings
    states = protection.state(houses)
    assert list(states.iloc[:4]) == ["protected", "free", "unknown", "unknown"]
    assert list(houses.index[protection.allowed(houses)]) == ["w1002"]


def test_the_strictest_row_binds_whatever_the_order(city: City, tmp_path: Path) -> None:
    text = "id;osm id;protection\na;w1001;free\nb;w1001;unknown\nc;w1002;protected\nd;w1002;free\n"
    states = protection.state(attached(city, tmp_path, text).city.buildings)
    assert (states["w1001"], states["w1002"]) == ("unknown", "protected")


def test_an_outline_protects_all_buildings_inside_and_says_nothing_of_the_others(
    city: City, tmp_path: Path
) -> None:
    path = outlines(tmp_path, [WEST], protection=["protected"])
    found = attach.attach(city, registers.read(path))
    states = protection.state(found.city.buildings)
    assert set(states.index[states == "protected"]) == {"w1001", "w1002", "w1007", "w1008"}
    assert set(states[states != "protected"]) == {"unknown"}
    assert found.matches["reason"].item() == "4 buildings inside"
    assert found.quality["objects"] == 4


def test_buildings_of_a_heat_area_get_a_candidate_and_keep_their_heating(
    city: City, tmp_path: Path
) -> None:
    path = outlines(tmp_path, [WEST], heat_network=["Vest"], heat_factor=[0.06],
                    heat_tariff=[650.0], unit=["DKK/MWh"])  # fmt: skip
    found = attach.attach(city, registers.read(path, kind="heat_areas"))
    houses = found.city.buildings
    inside = houses[houses["heat_network"].eq("Vest")]
    assert set(inside.index) == {"w1001", "w1002", "w1007", "w1008"}
    assert set(inside["heating_candidates"]) == {"district_heating"}
    assert set(inside["heat_network_factor"]) == {0.06}
    assert set(inside["heat_network_tariff"]) == {650}
    assert set(inside["heat_network_tariff_unit"]) == {"DKK/MWh"}
    assert houses["heating_candidates"].count() == 4
    assert houses["heating"].equals(city.buildings["heating"])


def test_a_building_of_two_heat_areas_is_reported(city: City, tmp_path: Path) -> None:
    path = outlines(tmp_path, [WEST, WEST], heat_network=["A", "B"], heat_factor=[0.06, 0.06])
    found = attach.attach(city, registers.read(path, kind="heat_areas"))
    assert (
        "heat_network" not in found.city.buildings
        or found.city.buildings["heat_network"].isna().all()
    )
    assert any("4 buildings have rows that disagree about heat_network" in n for n in found.notes)


def test_outlines_elsewhere_are_refused(city: City, tmp_path: Path) -> None:
    path = outlines(tmp_path, [box(0, 0, 1, 1)], heat_network=["A"], heat_factor=[0.06])
    with pytest.raises(InputError, match="touches the City"):
        attach.attach(city, registers.read(path, kind="heat_areas"))


def test_an_outline_without_buildings_is_unmatched(city: City, tmp_path: Path) -> None:
    empty = Point(cities.WEST + 50, cities.SOUTH + 50).buffer(1)
    path = outlines(tmp_path, [WEST, empty], heat_network=["A", "B"], heat_factor=[0.06, 0.1])
    found = attach.attach(city, registers.read(path, kind="heat_areas"))
    assert list(found.matches["status"]) == [MATCHED, UNMATCHED]


# the City keeps it


def test_every_kind_is_described_in_the_readme() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `--kind ([a-z_]+)` \| (.+) \|$", text, flags=re.MULTILINE)
    described = {name: headers.kind(name).description for name in headers.kinds()}
    assert dict(listed) == described


def test_meters_follow_their_building_into_a_newer_extract(city: City, tmp_path: Path) -> None:
    text = "osm id;carrier;year;energy [kWh]\nw1001;el;2022;1\nw1002;el;2022;2\n"
    rows = attached(city, tmp_path, text, kind="metered").city.metered
    follow = {"buildings": pd.Series(["w9"], pd.Index(["w1001"]), dtype="str")}
    done, counts = carry.references("metered", rows, follow)
    assert list(done["building"]) == ["w9"]
    assert counts == [{"table": "metered", "column": "building", "carried": 1, "lost": 1}]


def test_what_registers_brought_is_stored_and_opened_again(city: City, tmp_path: Path) -> None:
    first = attached(city, tmp_path, "osm id;carrier;year;energy [kWh]\nw1001;el;2022;1\n",
                     kind="metered")  # fmt: skip
    second = attached(first.city, tmp_path, "osm id;energy class\nw1001;B\n", name="b.csv")
    store.save(second.city, tmp_path / "a.twin")
    opened = store.open(tmp_path / "a.twin")
    assert opened.digest == second.city.digest
    assert opened.metered.equals(second.city.metered)


def test_a_column_of_a_register_must_keep_its_contract(city: City) -> None:
    houses = city.buildings.assign(certificate_energy=-5.0)
    with pytest.raises(InputError, match="certificate_energy"):
        city.replace(buildings=houses)


@given(
    kind=st.sampled_from([k for k in headers.kinds() if headers.kind(k).table != "points"]),
    data=st.data(),
)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_file_of_any_kind_is_attached_or_an_input_error(
    tmp_path: Path, kind: str, data: st.DataObject
) -> None:
    names = [f.column for f in headers.fields(kind).values()
             if f.role not in {"derived", "place"}]  # fmt: skip
    cell = st.one_of(
        st.sampled_from(["w1001", "w1002", "B-1", "2022", "2024-10-27 02:30", "hour", "electricity",
                         "kWh", "EUR/kWh", "6", "120", "1", "free", "0.5", "A", "", "2022-01-01"]),
        st.text("0123456789.,;-+/:TZe ukn'\"@", max_size=9),
    )  # fmt: skip
    rows = data.draw(st.lists(st.lists(cell, min_size=len(names), max_size=len(names)), max_size=3))
    text = "\n".join("\t".join(c.replace("\t", "").replace('"', "") for c in row)
                     for row in [names, *rows])  # fmt: skip
    try:
        found = attached(cities.tiny(), tmp_path, text, kind=kind, lenient=True)
    except InputError:
        return
    counts = found.quality
    assert counts["rows"] == counts["matched"] + counts["unmatched"] + counts["ambiguous"]
    for table in ("buildings", "metered", "units", "prices"):
        assert found.city.table(table).index.is_unique
