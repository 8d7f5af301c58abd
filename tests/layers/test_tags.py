from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import tables, tags

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = math.nan
LEVELS = tags.most("buildings", "levels")
ROOF_LEVELS = tags.most("buildings", "roof_levels")
DWELLINGS = tags.most("buildings", "dwellings")
HEIGHT = tags.length("buildings", "height")
WIDTH = tags.length("streets", "width")
LAMP_HEIGHT = tags.length("lamps", "height")
TREE_HEIGHT = tags.length("trees", "height")

CASES: list[tuple[Callable[[str], float], str, float]] = [
    (LEVELS, "4", 4),
    (LEVELS, "3;4", 4),
    (LEVELS, "2-3", 2.5),
    (LEVELS, "1,5", 1.5),
    (LEVELS, "1.5", 1.5),
    (LEVELS, "~3", 3),
    (LEVELS, "3 ; four", 3),
    (LEVELS, "ground", NAN),
    (LEVELS, "-1", NAN),
    (LEVELS, "0", NAN),
    (LEVELS, "250", NAN),
    (LEVELS, "", NAN),
    (tags.incline, "8%", 0.08),
    (tags.incline, " -12.5 %", -0.125),
    (tags.incline, "45°", 1.0),
    (tags.incline, "-10°", -math.tan(math.radians(10.0))),
    (tags.incline, "0%", 0.0),
    (tags.incline, "up", NAN),
    (tags.incline, "8", NAN),
    (tags.incline, "150%", NAN),
    (ROOF_LEVELS, "0", 0),
    (HEIGHT, "12", 12),
    (HEIGHT, "12 m", 12),
    (HEIGHT, "12m", 12),
    (HEIGHT, "12,5", 12.5),
    (HEIGHT, "40'", 40 * 0.3048),
    (HEIGHT, "40 ft", 40 * 0.3048),
    (HEIGHT, "3'6\"", 3 * 0.3048 + 6 * 0.0254),
    (HEIGHT, "3\N{PRIME}6\N{DOUBLE PRIME}", 3 * 0.3048 + 6 * 0.0254),
    (HEIGHT, "350 cm", 3.5),
    (HEIGHT, "10-12", 11),
    (HEIGHT, "10 m - 12 m", 11),
    (HEIGHT, "10 storeys", NAN),
    (HEIGHT, "1e3", NAN),
    (HEIGHT, "nan", NAN),
    (HEIGHT, "inf", NAN),
    (HEIGHT, "0", NAN),
    (tags.speed, "50", 50),
    (tags.speed, "30 mph", 30 * 1.609344),
    (tags.speed, "30mph", 30 * 1.609344),
    (tags.speed, "5 knots", 5 * 1.852),
    (tags.speed, "50;30", 30),
    (tags.speed, "80|100", 80),
    (tags.speed, "DK:urban", 50),
    (tags.speed, "dk:urban", 50),
    (tags.speed, "DK:rural", 80),
    (tags.speed, "DE:rural", 100),
    (tags.speed, "GB:nsl_single", 60 * 1.609344),
    (tags.speed, "GB:nsl_dual", 70 * 1.609344),
    (tags.speed, "DE:zone30", 30),
    (tags.speed, "DE:zone:30", 30),
    (tags.speed, "FR:30", 30),
    (tags.speed, "FR:zone30", 30),
    (tags.speed, "BE-VLG:rural", 70),
    (tags.speed, "BE-WAL:rural", 90),
    (tags.speed, "walk", 7),
    (tags.speed, "none", 130),
    (tags.speed, "signals", NAN),
    (tags.speed, "sign", NAN),
    (tags.speed, "XX:urban", NAN),
    (tags.speed, "500", NAN),
    (tags.lanes, "2", 2),
    (tags.lanes, "2;3", 2),
    (tags.lanes, "1.5", 1.5),
    (tags.lanes, "0", NAN),
    (WIDTH, "3.5 m", 3.5),
    (WIDTH, "12'", 12 * 0.3048),
    (tags.year, "1930", 1930),
    (tags.year, "1930-05-12", 1930),
    (tags.year, "1930-05", 1930),
    (tags.year, "1930s", 1935),
    (tags.year, "early 1930s", 1931),
    (tags.year, "late 1920s", 1928),
    (tags.year, "C19", 1850),
    (tags.year, "early C20", 1916),
    (tags.year, "~1900", 1900),
    (tags.year, "~1930s", 1935),
    (tags.year, "ca. 1900", 1900),
    (tags.year, "1868..1872", 1870),
    (tags.year, "1868-1872", 1870),
    (tags.year, "before 1900", 1900),
    (tags.year, "after 1945", 1945),
    (tags.year, "12 May 1930", NAN),
    (tags.year, "500", NAN),
    (tags.year, "3000", NAN),
    (tags.year, "old", NAN),
    (tags.voltage, "110000;20000", 110_000),
    (tags.voltage, "20 kV", 20_000),
    (tags.voltage, "400/230", 400),
    (tags.voltage, "low", NAN),
    (tags.population, "39 055", 39_055),
    (tags.population, "39'055", 39_055),
    (tags.admin_level, "8", 8),
    (tags.layer, "-1", -1),
    (tags.layer, "above", 0),
    (tags.layer, "1e9", 0),
    (DWELLINGS, "12", 12),
]


@pytest.mark.parametrize(
    ("parse", "text", "expected"), CASES, ids=[f"{p.__name__}-{t or 'blank'}" for p, t, _ in CASES]
)
def test_free_text_is_read(parse: Callable[[str], float], text: str, expected: float) -> None:
    assert parse(text) == pytest.approx(expected, nan_ok=True)


BOUNDS: dict[Callable[[str], float], tuple[str, str]] = {
    LEVELS: ("buildings", "levels"),
    ROOF_LEVELS: ("buildings", "roof_levels"),
    HEIGHT: ("buildings", "height"),
    tags.year: ("buildings", "year"),
    DWELLINGS: ("buildings", "dwellings"),
    tags.speed: ("streets", "speed_kph"),
    tags.lanes: ("streets", "lanes"),
    WIDTH: ("streets", "width"),
    tags.layer: ("streets", "level"),
    LAMP_HEIGHT: ("lamps", "height"),
    TREE_HEIGHT: ("trees", "height"),
    tags.voltage: ("power", "voltage"),
    tags.admin_level: ("boundaries", "admin_level"),
    tags.population: ("boundaries", "population"),
}
PIECES = st.sampled_from(
    [
        "1",
        "9",
        "30",
        "1900",
        "19000000000",
        ".",
        ",",
        ";",
        "-",
        "..",
        " ",
        "~",
        "m",
        "km/h",
        "mph",
        "'",
        '"',
        "ft",
        "DK:",
        "zone",
        "urban",
        "C",
        "s",
        "early ",
        "late ",
        "before ",
        "after ",
        "e9",
        "nan",
        "inf",
        "kV",
        "/",
        "|",
        "\u0661",
        "\u00b2",
        "\x00",
    ]
)
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=8).map("".join))


@given(parse=st.sampled_from(list(BOUNDS)), text=TEXTS)
def test_a_parser_never_raises_and_stays_within_its_column(
    parse: Callable[[str], float], text: str
) -> None:
    column = tables.schema(BOUNDS[parse][0])[BOUNDS[parse][1]]
    value = parse(text)
    assert math.isnan(value) or column.lower <= value <= column.upper


@given(number=st.integers(1, 99))
def test_units_agree_with_each_other(number: int) -> None:
    assert HEIGHT(f"{number}m") == pytest.approx(HEIGHT(f"{number * 100} cm"))
    assert tags.voltage(f"{number}kV") == tags.voltage(f"{number}000")
    assert LEVELS(f"{number}") == LEVELS(f"{number},0") == LEVELS(f" {number} ")


def test_ten_megabytes_of_digits_are_no_number_and_take_no_time() -> None:
    assert math.isnan(HEIGHT("9" * 10_000_000))


def test_column_keeps_missing_values_and_order() -> None:
    texts = pd.Series(["2", None, "x", "2"], index=list("abcd"), dtype="str")
    expected = pd.Series([2.0, NAN, NAN, 2.0], index=list("abcd"))
    pd.testing.assert_series_equal(tags.column(texts, LEVELS), expected)


@pytest.mark.parametrize(
    ("levels", "height", "footprint", "good"),
    [
        pytest.param(63, 10, 120, (False, True), id="63-storeys-on-a-10-m-house"),
        pytest.param(3, 10, 120, (True, True), id="a-house"),
        pytest.param(3, 3, 120, (True, False), id="height-repeats-storeys"),
        pytest.param(1, 60, 400, (True, True), id="a-church"),
        pytest.param(63, NAN, 100, (False, True), id="a-needle-without-height"),
        pytest.param(63, 200, 2500, (True, True), id="a-tower"),
        pytest.param(NAN, NAN, 100, (True, True), id="nothing-tagged"),
    ],
)
def test_storeys_and_height_are_believed_together(
    levels: float, height: float, footprint: float, good: tuple[bool, bool]
) -> None:
    found = tags.plausible_levels(
        *(np.array([x], dtype=float) for x in (levels, height, footprint))
    )
    assert (bool(found[0][0]), bool(found[1][0])) == good


def test_every_european_country_has_its_speeds() -> None:
    speeds = tables.load("speeds")
    kinds = speeds[speeds["country"].str.len() == 2].groupby("country")["kind"].agg(set)
    assert len(kinds) >= 30
    assert all({"urban", "rural", "motorway", "living_street"} <= kind for kind in kinds)
    assert not speeds.duplicated(["country", "kind"]).any()
    assert set(speeds["evidence"]) <= {"published", "assumed"}
