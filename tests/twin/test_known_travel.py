"""What a town knows of its travel, from file to parameters. All files are made up here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from layers import registers
from layers.errors import InputError
from tests.twin import cities
from twin import attach, store
from twin.matching import MATCHED, UNMATCHED
from twin.mobility import network
from twin.mobility.demand_parameters import demand_parameters
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from pathlib import Path

    from twin.attach import Attached
    from twin.city import City

WEST, SOUTH = cities.WEST, cities.SOUTH


@pytest.fixture
def city() -> City:
    return cities.tiny()


def attached(city: City, folder: Path, text: str, name: str = "a.csv", **options: Any) -> Attached:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return attach.attach(city, registers.read(path, crs="EPSG:25832", **options))


GATES = (
    "x;y;id;vehicles in;vehicles out;through share\n"
    f"{WEST - 20};{SOUTH + 100};west;4000;4200;0,3\n"
    f"{WEST + 205};{SOUTH + 210};north;1500;;\n"
    f"{WEST + 5000};{SOUTH};far;100;100;0,1\n"
    f"{WEST};{SOUTH};empty;;;0,2\n"
)


def test_counts_become_gateways_at_junctions(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, GATES)
    assert found.matches["status"].tolist() == [MATCHED, MATCHED, UNMATCHED, UNMATCHED]
    assert "no junction" in found.matches["reason"].iloc[2]
    assert "neither inward nor outward" in found.matches["reason"].iloc[3]
    gates = found.city.gateways.set_index("node")
    assert gates.index.tolist() == [21, 33]
    assert gates.loc[21, ["inward", "outward", "through_share"]].tolist() == [4000.0, 4200.0, 0.3]
    assert gates.loc[33, ["inward", "outward"]].tolist() == [1500.0, 1500.0]
    assert np.isnan(gates.loc[33, "through_share"])
    assert gates["kind"].eq("count").all()
    assert found.quality == {"rows": 4, "matched": 2, "unmatched": 2, "ambiguous": 0, "objects": 2}
    assert len(city.gateways) == 0
    assert found.city.sources.loc["a", ["rows_in", "rows_kept"]].tolist() == [4, 2]


def test_gateways_are_kept_and_hang_on_the_network(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, GATES).city
    store.save(found, tmp_path / "a.twin")
    again = store.open(tmp_path / "a.twin")
    assert again.gateways.equals(found.gateways)
    roads = network.build(
        again.streets, again.junctions, again.zones, mobility_parameters("DK"),
        gateways=again.gateways,
    )  # fmt: skip
    assert roads.network.zones == len(again.zones) + 2
    assert roads.unconnected.empty


def test_a_file_attached_again_replaces_its_gateways(city: City, tmp_path: Path) -> None:
    once = attached(city, tmp_path, GATES).city
    again = attached(once, tmp_path, GATES).city
    assert len(again.gateways) == 2
    other = attached(once, tmp_path, GATES.replace("4000", "5000"), "b.csv")
    assert len(other.city.gateways) == 2
    assert other.city.gateways["inward"].max() == 5000.0
    assert any("2 gateways known before" in note for note in other.notes)


def test_rows_at_one_junction_are_added_up(city: City, tmp_path: Path) -> None:
    text = (
        "x;y;inward;outward;through share\n"
        f"{WEST};{SOUTH};100;300;0,5\n{WEST + 5};{SOUTH};100;100;\n"
    )
    gates = attached(city, tmp_path, text).city.gateways
    assert gates[["inward", "outward"]].to_numpy().tolist() == [[200.0, 400.0]]
    assert gates["through_share"].tolist() == [0.5]


def test_commuters_come_by_the_nearest_main_road(city: City, tmp_path: Path) -> None:
    text = (
        "x;y;id;einpendler;auspendler\n"
        f"{WEST - 9000};{SOUTH + 3000};Westby;110;0\n{WEST + 9000};{SOUTH};Østby;;220\n"
    )
    found = attached(city, tmp_path, text)
    assert found.matches["status"].tolist() == [MATCHED, MATCHED]
    gates = found.city.gateways.set_index("node")
    # Hovedgaden is the one main road; it runs from junction 21 to 24.
    assert gates.index.tolist() == [21, 24]
    figures = demand_parameters("DK")
    cars = figures["external.car_share"] / figures["occupancy.work"]
    assert gates["inward"].tolist() == pytest.approx([110.0 * cars, 220.0 * cars])
    assert gates["outward"].tolist() == gates["inward"].tolist()
    assert gates["kind"].eq("commuting").all()
    assert gates["through_share"].tolist() == [0.0, 0.0]


def test_a_survey_sets_figures_of_travel(city: City, tmp_path: Path) -> None:
    text = "figure;target\nshare.walk;0,31\nlength.work;9,5\nshare.flying;0,1\n"
    found = attached(city, tmp_path, text)
    assert found.matches["status"].tolist() == [MATCHED, MATCHED, UNMATCHED]
    assert "no such figure" in found.matches["reason"].iloc[2]
    own = demand_parameters("DK", found.city.parameters)
    assert own.length[0] == 9.5
    assert own["share.walk"] == 0.31
    assert own.figures.loc["share.walk", "evidence"] == "chosen"
    assert found.city.parameters.loc["mobility.length.work", "unit"] == "km"


def test_a_target_that_cannot_be_is_refused(city: City, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not possible"):
        attached(city, tmp_path, "figure;target\nshare.walk;31\n")


def test_a_figure_told_twice_is_not_taken(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, "figure;target\nshare.walk;0,3\nshare.walk;0,4\n")
    assert (found.matches["status"] == UNMATCHED).all()
    assert found.city is city


def test_counts_without_places_match_nothing(city: City, tmp_path: Path) -> None:
    found = attached(city, tmp_path, "id;inward;outward\nwest;10;10\n", kind="gateways")
    assert found.matches["reason"].tolist() == ["no place is stated"]
    assert found.city is city
