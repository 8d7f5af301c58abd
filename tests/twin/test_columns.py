"""Result columns: complete in five languages, with units, and nothing computed goes undescribed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from layers.errors import InputError
from twin import city, columns
from twin.mobility import choice

ROWS = list(columns.catalogue().values())
IDS = [f"{row.table}.{row.column}" for row in ROWS]
PLAIN = columns.get("buildings", "heat_need")

NEEDED = {
    "buildings": {
        "heat_need", "heat_need_area", "heat_final", "electricity", "co2", "walk_groceries",
        "walk_school", "walk_kindergarten", "walk_doctor", "walk_pharmacy", "walk_park",
        "walk_transit", "needs_met", "travel_share", "lden", "lden_quiet", "lnight",
        "lden_compare", "lnight_compare",
    },
    "streets": {
        "vehicles", "speed", "delay", "vehicle_km", "co2", "energy_petrol", "energy_diesel",
        "energy_electricity", "nox_kg", "pm10_kg", "pm25_kg", "wear_kg", "co_kg", "voc_kg",
        "crashes", "crash_loss", "crash_cost", "air_cost", "lw_day", "lw_evening", "lw_night",
    },
    "zones": {"people", "jobs", "trips", "deaths_prevented", "health_value"},
}  # fmt: skip


DAILY = ("groceries", "school", "kindergarten", "doctor", "pharmacy", "park", "transit")
REACHED = {
    f"{way}_{need}"
    for way in ("walk", "bicycle", "ebike", "car", "transit")
    for need in DAILY
    if need != "transit" or way not in {"car", "transit"}
}
IN_TIME = {f"{what}_{way}_{minutes}" for what, minutes in (("jobs", 30), ("shops", 15))
           for way in ("walk", "bicycle", "ebike", "car")}  # fmt: skip
NEEDED["buildings"] |= REACHED | IN_TIME | {"jobs_transit_30", "shops_transit_15"} | {
    f"{need}_{way}_15" for need in DAILY if need != "transit"
    for way in ("walk", "bicycle", "transit", "car")
}  # fmt: skip
NEEDED["buildings"] |= {"sky_view", "roof_irradiation", "pv_potential", "pv_yield"}
NEEDED["buildings"] |= {
    "bill", "bill_p10", "bill_p90", "bill_share", "electricity_bought", "pv_made", "pv_sold",
    "pv_own_share", "power_peak", "cooling_power", "class_energy", "energy_class",
}  # fmt: skip
NEEDED["buildings"] |= {
    "retrofit_rank", "retrofit_co2", "retrofit_saving", "retrofit_cost", "retrofit_value",
    "retrofit_eur_per_t", "retrofit_comfort", "retrofit_stability",
}  # fmt: skip
NEEDED["buildings"] |= {
    "heat_need_standard", "cooling_need", "heat_peak", "cooling_peak", "overheating_hours",
}  # fmt: skip
NEEDED["addresses"] = REACHED | IN_TIME | {"needs_met"}
NEEDED["addresses"] |= {"needs_lost"} | {
    f"change_{way}" for way in ("worst", "walk", "bicycle", "car", "transit", "help")
}
PERIODS = ("morning", "midday", "evening", "night")
NEEDED["streets"] |= {"bicycles", "stress", "load", "lorries", "through"}
NEEDED["streets"] |= {
    "noticeable_change", "vehicles_change", "vehicles_change_p10", "vehicles_change_p90",
    "routes_change",
}  # fmt: skip
NEEDED["streets"] |= {f"{what}_{period}" for what in ("vehicles", "speed") for period in PERIODS}
NEEDED["zones"] |= {f"trips_{mode}" for mode in choice.MODES}
NEEDED["transit_lines"] = {
    "line_trips", "line_minutes", "line_km", "line_vehicles", "line_vehicle_km",
    "line_vehicle_km_year", "line_by_street", "line_delay", "line_delay_cars",
}  # fmt: skip
NEEDED["transit_stops"] = {
    "transit_km", "co2", "nox_kg", "pm10_kg", "pm25_kg", "crash_cost", "air_cost",
}  # fmt: skip
NEEDED["streets"] |= {"charge_paid"}
NEEDED["zones"] |= {"parking_paid", "noise_cost", "travel_cost", "travel_minutes"}


@pytest.mark.parametrize(("table", "names"), NEEDED.items())
def test_every_column_that_the_engines_promise_is_described(table: str, names: set[str]) -> None:
    assert {name for of, name in columns.catalogue() if of == table} == names


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_row_belongs_to_a_city_table_and_reads_as_a_sentence(row: columns.ResultColumn) -> None:
    assert row.table in city.TABLES
    assert row.description[0].isupper()
    assert 5 <= len(row.description.split()) <= 25
    assert all(len(title) <= 45 for title in row.titles.values())


def test_titles_are_unique_within_a_table_in_every_language() -> None:
    for language in columns.LANGUAGES:
        titles = [(row.table, row.title(language)) for row in ROWS]
        assert len(set(titles)) == len(titles), language


def test_title_falls_back_to_english() -> None:
    assert PLAIN.title("da") == "Varmebehov"
    assert PLAIN.title("xx") == PLAIN.title() == "Heat need"


@pytest.mark.parametrize(
    ("row", "value", "text"),
    [
        (PLAIN, 12345.6, "12,346 kWh/a"),
        (columns.get("buildings", "needs_met"), 4.0, "4"),
        (columns.get("streets", "delay"), 1.25, "1.2 s/veh"),
        (PLAIN, float("nan"), "not computed"),
    ],
)
def test_text_has_decimals_and_unit(row: columns.ResultColumn, value: float, text: str) -> None:
    assert row.text(value) == text


def test_find_gives_the_column_of_every_table_that_has_it() -> None:
    assert [row.table for row in columns.find("co2")] == [
        "buildings", "streets", "transit_stops",
    ]  # fmt: skip
    assert [row.table for row in columns.find("streets.co2")] == ["streets"]


def test_undescribed_names_the_stray_columns() -> None:
    frame = pd.DataFrame({"co2": [1.0], "profit": [2.0]})
    assert columns.undescribed({"buildings": frame, "moon": frame}) == [
        "buildings.profit",
        "moon.co2",
        "moon.profit",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"unit": ""}, "no unit", id="unit"),
        pytest.param({"titles": {"en": "Heat"}}, "da, de, es, fi", id="titles"),
        pytest.param({"palette": "rdylgn"}, "palette", id="red-green"),
        pytest.param({"breaks": (3.0, 2.0)}, "rise", id="falling"),
        pytest.param({"breaks": (1.0, float("nan"))}, "rise", id="nan"),
        pytest.param({"good_direction": "up"}, "good_direction", id="direction"),
        pytest.param({"decimals": -1}, "decimals", id="decimals"),
        pytest.param({"description": ""}, "description", id="description"),
    ],
)
def test_bad_rows_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        replace(PLAIN, **change)


def test_all_faults_of_a_row_are_reported_at_once() -> None:
    with pytest.raises(InputError) as caught:
        replace(PLAIN, unit="", palette="jet", description="")
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize(
    "ask", [lambda: columns.get("buildings", "co3"), lambda: columns.find("co3")]
)
def test_unknown_column_names_near_ones(ask: Any) -> None:
    with pytest.raises(InputError, match="co2"):
        ask()


@pytest.mark.parametrize("language", [one for one in columns.LANGUAGES if one != "en"])
def test_what_a_public_page_shows_is_described_in_every_language(language: str) -> None:
    shown = [
        row
        for (table, _), row in columns.catalogue().items()
        if table in {"streets", "buildings", "zones"}
    ]
    english = [row.column for row in shown if row.described(language)[1] != language]
    assert english == []


def test_a_description_that_is_not_kept_stays_english() -> None:
    row = columns.get("streets", "vehicles")
    assert row.described() == (row.description, "en")
    assert row.described("xx") == (row.description, "en")
    assert row.described("de")[0].startswith("Autos")
