from __future__ import annotations

import pytest

from layers import tables, units


@pytest.mark.parametrize(
    ("theirs", "ours", "factor"),
    [("MWh", "kWh", 1000), ("MJ", "kWh", 1 / 3.6), ("GJ", "MWh", 1 / 3.6), ("kvm", "m2", 1),
     ("ft", "m", 0.3048), ("MWh/ha", "kWh/m2", 0.1), ("kWh/m²a", "kWh/m2/a", 1), ("ha", "m2", 1e4),
     ("kWh/(m2 a)", "kWh/m2/a", 1), ("mwh", "kWh", 1000)],
)  # fmt: skip
def test_conversion(theirs: str, ours: str, factor: float) -> None:
    assert units.factor(theirs, ours) == pytest.approx(factor)


@pytest.mark.parametrize(("theirs", "ours"), [("kWh", "m2"), ("kWh", "kW"), ("x", "m"), ("", "m")])
def test_what_measures_something_else_is_not_converted(theirs: str, ours: str) -> None:
    assert units.factor(theirs, ours) is None


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [("Heat [MWh]", "Heat", "MWh"), ("heat (kWh/m²a)", "heat", "kWh/m²a"), ("area_m2", "area", "m2"),
     ("Areal i m2", "Areal", "m2"), ("Fläche in m²", "Fläche", "m²"), ("Name (alt)", "Name (alt)", ""),
     ("year", "year", ""), ("height_m", "height", "m")],
)  # fmt: skip
def test_a_header_brings_its_unit(header: str, name: str, unit: str) -> None:
    assert units.split_header(header) == (name, unit)


def test_amounts_may_be_summed_and_intensities_not() -> None:
    assert units.is_additive("kWh")
    assert not units.is_additive("kWh/m2")
    assert not units.is_additive("m")


def test_every_unit_has_a_source_and_there_and_back_is_one() -> None:
    rows = tables.load("units")
    assert rows["source"].notna().all()
    for theirs, ours in zip(rows["alias"].astype(str), rows["unit"].astype(str), strict=True):
        there, back = units.factor(theirs, ours), units.factor(ours, theirs)
        assert there is not None
        assert back is not None
        assert there * back == pytest.approx(1)
