"""Charts: figures from tables with declared columns, drawn alike on the page and on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from layers.errors import InputError
from tests.twin.cities import tiny
from tests.twin.maps.results import result
from twin import ledger
from twin.columns import LANGUAGES
from twin.maps import chart, leaflet, panel_tables, panels
from twin.result import Result
from twin.words import words

if TYPE_CHECKING:
    from twin.maps.panels import Panel

TABLES: dict[str, pd.DataFrame] = {
    "emissions": pd.DataFrame(
        {"series": ["a", "a", "b"], "year": [2030, 2024, 2030], "tonnes": [8.0, 10.0, 6.0]}
    ),
    "wedges": pd.DataFrame(
        {"year": [2024, 2030] * 2, "measure": ["x", "x", "y", "y"], "tonnes": [0.0, 2.0, 1.0, 3.0]}
    ),
    "energy_flows": pd.DataFrame(
        {"carrier": ["electricity", "biomass", "diesel", "petrol", "diesel"],
         "end_use": ["cars", "hot_water", "lorries", "vans", "buses"],
         "energy": [3.0, 1.0, 0.01, 0.01, 0.01]}
    ),
    "day_traffic": pd.DataFrame({"series": "a", "hour": range(24), "vehicle_km": np.arange(24.0)}),
    "typical_day": pd.DataFrame(
        {"series": "all", "hour": range(24), "power": 5.0, "p10": 4.0, "p90": 7.0}
    ),
    "load_duration": pd.DataFrame({"series": "all", "hours": [1, 8760], "power": [9.0, 1.0]}),
    "abatement": pd.DataFrame(
        {"part": ["walls", "roof", "none"], "group": ["old", "old", "new"],
         "eur_per_t": [-20.0, 90.0, np.nan], "tonnes": [300.0, 100.0, 0.0]}
    ),
    "cash_flow": pd.DataFrame(
        {"year": [2026, 2027], "series": "municipality|capex", "cost": [5e5, 1e5], "unit": "DKK"}
    ),
    "sides": pd.DataFrame(
        {"figure": ["side_noise"] * 2, "side": ["worse", "better"], "people": [np.nan, 120.0]}
    ),
    "equity": pd.DataFrame(
        {"group": ["North", "North"], "side": ["worse", "better"], "people": [10.0, 20.0]}
    ),
}  # fmt: skip
"""One small table for each panel."""


def made(key: str, language: str = "en") -> Panel:
    row = panels.kinds()[key]
    return panels.panel(key, TABLES[row["table"]], language)


def test_every_panel_has_a_way_to_draw_and_words_in_every_language() -> None:
    script = leaflet.own("charts.js")
    for key, row in panels.kinds().items():
        assert row["chart"] in panels.KINDS
        assert re.search(rf"^  {row['chart']}\(panel", script, re.MULTILINE)
        assert row["table"] in TABLES
        for language in LANGUAGES:
            assert words(language)[f"panel_{key}"]
            assert words(language)[f"panel_{key}_x"]


def test_figures_are_placed_by_year_and_series_and_missing_ones_stay_missing() -> None:
    found = made("emissions")
    assert found.x == (2024.0, 2030.0)
    assert [(one.name, one.figures) for one in found.series] == [
        ("a", (10.0, 8.0)),
        ("b", (None, 6.0)),
    ]
    assert found.head() == ["Year", "a", "b"]
    assert found.rows() == [[2024.0, 10.0, None], [2030.0, 8.0, 6.0]]


def test_bands_stand_in_chart_and_table() -> None:
    found = made("typical_day")
    assert found.series[0].low == (4.0,) * 24
    assert found.series[0].high == (7.0,) * 24
    assert found.rows()[0] == [0.0, 5.0, 4.0, 7.0]
    assert len(found.head()) == 4


def test_columns_are_as_wide_as_the_tonnes_and_empty_ones_are_left_out() -> None:
    found = made("abatement")
    assert found.x == ("walls, old", "roof, old")
    assert found.widths == (300.0, 100.0)
    assert found.series[0].figures == (-20.0, 90.0)
    assert found.rows()[0] == ["walls, old", 300.0, -20.0]


def test_the_unit_of_money_is_that_of_the_table() -> None:
    assert made("cash_flow").unit == "DKK"
    assert made("cash_flow", "da").series[0].name == "Kommune, anlæg"


def test_a_table_that_lacks_a_column_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="tonnes"):
        panels.panel("abatement", TABLES["abatement"].drop(columns="tonnes"))


def test_without_tables_there_are_no_panels() -> None:
    assert panels.collect({}) == []
    assert panels.collect({"emissions": TABLES["emissions"].iloc[:0]}) == []


def test_many_series_become_the_largest_and_the_sum_of_the_others() -> None:
    table = pd.DataFrame({"year": 2030, "measure": [f"m{n}" for n in range(12)],
                          "tonnes": np.arange(1.0, 13.0)})  # fmt: skip
    found = panels.panel("wedges", table)
    assert len(found.series) == panels.MANY
    assert sum(one.figures[0] or 0.0 for one in found.series) == table["tonnes"].sum()


def drawn(key: str) -> Any:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    chart.draw(made(key), axes)
    return axes


def test_paper_shows_the_figures_of_the_panel() -> None:
    lines = drawn("emissions").get_lines()
    assert [list(line.get_ydata())[-1] for line in lines] == [8.0, 6.0]
    bars = drawn("abatement").patches
    assert [(bar.get_width(), bar.get_height()) for bar in bars] == [(300.0, -20.0), (100.0, 90.0)]
    sides = drawn("sides").patches
    assert [bar.get_width() for bar in sides] == [0.0, 120.0]


@pytest.mark.parametrize("key", list(panels.kinds()))
def test_every_panel_is_drawn_on_paper(key: str) -> None:
    assert chart.png(made(key)).startswith(b"\x89PNG")


def test_hours_of_the_day_add_up_to_what_is_driven() -> None:
    city = tiny()
    frame = result("baseline").frames["streets"]
    parts = {f"vehicles_{name}": frame["vehicles"] / 4.0 for name in ("morning", "midday", "evening", "night")}  # fmt: skip
    run = Result({"streets": frame.assign(**parts)}, ledger.Ledger.empty(), {"year": 2024})
    found = panel_tables.day_traffic(city, run)
    inside = city.streets["inside"].astype(bool)
    driven = (frame["vehicles"] * city.streets["length"])[inside].sum() / 1e3
    assert found["vehicle_km"].sum() == pytest.approx(driven)
    assert list(found["hour"]) == list(range(24))
    # the night runs from 19 to 6 o'clock
    assert found["vehicle_km"].iloc[0] == found["vehicle_km"].iloc[20]


def test_a_load_becomes_a_typical_day_and_a_curve_that_falls() -> None:
    hours = np.arange(8760)
    hourly = pd.DataFrame({"series": "all", "hour": hours, "power": 10.0 + hours % 24})
    found = panel_tables.loads(hourly)
    day = found["typical_day"].set_index("hour")
    assert day.loc[7, ["power", "p10", "p90"]].tolist() == [17.0, 17.0, 17.0]
    curve = found["load_duration"]
    assert curve["power"].is_monotonic_decreasing
    assert (curve["power"].iloc[0], curve["power"].iloc[-1]) == (33.0, 10.0)
    assert curve["hours"].iloc[-1] == 8760


def test_those_who_lose_stand_beside_those_who_gain() -> None:
    city, before = tiny(), result("baseline")
    frame = before.frames["buildings"].assign(lden=50.0)
    people = city.buildings["people"].where(city.buildings["inside"].astype(bool), 0.0).fillna(0.0)
    half = np.arange(len(frame)) % 2 == 0
    after = frame.assign(lden=np.where(half, 52.0, 47.0))
    before, later = (
        Result({"buildings": one}, ledger.Ledger.empty(), {}) for one in (frame, after)
    )
    found = panel_tables.sides(city, before, later).set_index("side")["people"]
    for side, hit in (("worse", half), ("better", ~half)):
        heads = people[hit].sum()
        told = found[side]
        assert (np.isnan(told) and heads < 5.0) or told == round(heads)


def test_districts_tell_people_apart_by_whether_anything_gets_worse() -> None:
    city, before = tiny(), result("baseline")
    frame = before.frames["buildings"].assign(lden=50.0, walk_school=10.0)
    number = np.arange(len(frame))
    louder, nearer = number % 3 == 0, number % 2 == 0
    after = frame.assign(lden=np.where(louder, 53.0, 50.0), walk_school=np.where(nearer, 5.0, 10.0))
    before, later = (
        Result({"buildings": one}, ledger.Ledger.empty(), {}) for one in (frame, after)
    )
    district = pd.Series("North", index=frame.index)
    found = panel_tables.equity(city, before, later, district).set_index("side")["people"]
    people = city.buildings["people"].where(city.buildings["inside"].astype(bool), 0.0).fillna(0.0)
    for side, hit in (("worse", louder), ("better", nearer & ~louder)):
        heads = people[hit].sum()
        assert (np.isnan(found[side]) and heads < 5.0) or found[side] == round(heads)
    none = pd.Series(pd.NA, index=frame.index, dtype="str")
    assert panel_tables.equity(city, before, later, none).empty
    assert panel_tables.equity(city, before, before, district).empty


def rows(frame: pd.DataFrame) -> ledger.Ledger:
    whole = {name: pd.Series(None, index=frame.index, dtype="object") for name in ledger.COLUMNS}
    return ledger.Ledger(pd.DataFrame(whole | dict(frame.items())).assign(year=2030))


def test_energy_of_few_is_not_told_apart() -> None:
    many = pd.DataFrame({"object_id": [f"b{n}" for n in range(10)], "carrier": "biomass",
                         "end_use": "hot_water", "activity": 1e6})  # fmt: skip
    few = pd.DataFrame({"object_id": ["b1", "b2"], "carrier": "coal", "end_use": "hot_water",
                        "activity": 1e6})  # fmt: skip
    booked = rows(pd.concat([many, few], ignore_index=True).assign(kind="activity", unit="kWh"))
    found = panel_tables.energy_flows(Result({}, booked, {}))
    assert found[["carrier", "energy"]].to_numpy().tolist() == [["biomass", 1e4]]


def test_money_is_told_by_year_and_payer() -> None:
    spent = pd.DataFrame({"kind": ["capex", "capex", "opex", "transfer"], "cost": [1.0, 2.0, 4.0, 8.0],
                          "payer": "owner", "currency": "EUR"})  # fmt: skip
    found = panel_tables.cash_flow(Result({}, rows(spent), {}))
    assert dict(zip(found["series"], found["cost"], strict=True)) == {
        "owner|capex": 3.0,
        "owner|opex": 4.0,
    }
    mixed = rows(spent.assign(currency=["EUR", "DKK", "EUR", "EUR"]))
    assert panel_tables.cash_flow(Result({}, mixed, {})).empty


def test_emissions_over_years_need_two_years() -> None:
    runs = {"a": result("baseline"), "b": result("quiet")}
    assert "emissions" not in panel_tables.together(runs, {"a": "a", "b": "b"}, tiny())


def test_words_of_panels_are_there() -> None:
    for language in LANGUAGES:
        for key in panels.kinds():
            assert "panel_" not in made(key, language).title
