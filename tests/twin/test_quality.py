from __future__ import annotations

import json
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from tests.twin import cities
from tests.twin.test_build import hamlet, osm_file
from twin import build, quality

if TYPE_CHECKING:
    from pathlib import Path


def test_lilleby_by_head() -> None:
    found = quality.check(cities.tiny())
    # 340 m x 240 m; 80 people; 7,400 m2 of which the nine residential ones hold 4,000 m2.
    assert found.figures["area"] == pytest.approx(8.16)
    assert found.figures["people_per_hectare"] == pytest.approx(80 / 8.16)
    houses = cities.tiny().buildings
    floor = float(houses.loc[houses["dwellings"] > 0, "floor_area"].sum())
    assert found.figures["floor_area_per_person"] == pytest.approx(floor / 80)
    assert found.figures["street_length"] == pytest.approx(1.7)
    assert found.counts["buildings"] == {"rows": 12, "inside": 12}


def test_connectivity_is_that_of_networkx() -> None:
    streets = cities.tiny().streets
    ahead, back = streets[streets["drive_forward"]], streets[streets["drive_backward"]]
    graph = nx.DiGraph(
        [
            *zip(ahead["from_node"], ahead["to_node"], strict=True),
            *zip(back["to_node"], back["from_node"], strict=True),
        ]
    )
    largest = max(nx.strongly_connected_components(graph), key=len)
    found = quality.check(cities.tiny())
    assert found.figures["drive_connected"] == pytest.approx(len(largest) / len(graph))
    assert found.figures["walk_connected"] == 1.0


def test_shares_of_evidence_add_up() -> None:
    found = quality.check(cities.tiny())
    columns = {(row["table"], row["column"]) for row in found.evidence}
    assert {("buildings", "use"), ("buildings", "year"), ("streets", "speed_kph")} <= columns
    for row in found.evidence:
        assert row["observed"] + row["estimated"] + row["assumed"] == pytest.approx(1.0)
    heating = next(row for row in found.evidence if row["column"] == "heating")
    assert heating["assumed"] == pytest.approx(2 / 12)  # two buildings with the mix
    assert heating["observed"] == pytest.approx(10 / 12)


@pytest.mark.parametrize(
    ("date", "gap"),
    [("2024-01-01", None), ("2021", None), ("2020", 4), ("1991-2020", 4), ("", None)],
)
def test_gaps_over_three_years_are_listed(date: str, gap: int | None) -> None:
    city = cities.tiny()
    sources = city.sources
    sources["reference_date"] = ["2024-01-01", date]
    found = quality.check(city.replace(sources=sources))
    assert [row["gap"] for row in found.gaps] == ([] if gap is None else [gap])
    assert all(row["done"] for row in found.gaps)


def test_the_report_is_strict_json() -> None:
    found = quality.check(cities.tiny())
    again = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert again["name"] == "Lilleby"
    assert again["drops"][0]["count"] == 2


def test_an_empty_place_says_so_in_plain_words(tmp_path: Path) -> None:
    body = hamlet(longitude=-51.2, latitude=-30.0).replace("building", "not_building")
    found = quality.check(build.from_osm(osm_file(tmp_path, body)))
    words = " ".join(found.warnings)
    for part in ("no buildings", "no zones", "no weather", "hull of the data", "No population"):
        assert part in words, part
    assert found.figures["floor_area_per_person"] is None
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(("people", "word"), [(0.1, "above"), (500.0, "below")])
def test_implausible_floor_area_per_person_is_told(people: float, word: str) -> None:
    city = cities.tiny()
    houses = city.buildings
    houses["people"] *= people
    found = quality.check(city.replace(buildings=houses))
    hits = [text for text in found.warnings if text.startswith("Gross residential floor area")]
    assert [word in text for text in hits] == [True]


def test_every_checked_figure_has_a_title_and_every_figure_a_unit() -> None:
    found = quality.check(cities.tiny())
    assert set(found.figures) == set(quality.titles().index)
    assert quality.titles().notna().all(axis=None)


@pytest.mark.parametrize(("share", "text"), [(0.0004, "less than 1%"), (0.006, "1%"), (0.5, "50%")])
def test_a_small_share_of_assumptions_is_not_told_as_none(share: float, text: str) -> None:
    rows = [{"table": "buildings", "column": "use", "assumed": share}]
    words = quality._substitutes(cities.tiny(), rows)
    assert words[-1] == f"buildings.use: {text} are figures of this toolkit."


def test_hiding_is_on_request_and_says_when_too_few_are_known() -> None:
    assert quality.check(cities.tiny()).accuracy == []
    rows = quality.check(cities.tiny(), hide=True).accuracy
    assert [row["column"] for row in rows] == ["use", "levels", "height", "year"]
    assert all(row["known"] <= 12 for row in rows)
    json.dumps(rows, allow_nan=False)
