"""Charts: figures from tables with declared columns, drawn alike on the page and on paper."""

from __future__ import annotations

import inspect
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
from twin.maps import chart, leaflet, load_tables, marks, page_content, panel_tables, panels, style
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
         "sector": ["transport", "homes", "transport", "transport", "transport"],
         "energy": [3.0, 1.0, 0.01, 0.01, 0.01]}
    ),
    "day_traffic": pd.DataFrame({"series": "a", "hour": range(24), "vehicle_km": np.arange(24.0)}),
    "typical_day": pd.DataFrame(
        {"series": "all", "hour": range(24), "power": 5.0, "p10": 4.0, "p90": 7.0}
    ),
    "heat_day": pd.DataFrame(
        {"series": "heat", "hour": range(24), "power": 5.0, "p10": 4.0, "p90": 7.0}
    ),
    "day_uses": pd.DataFrame(
        {"series": ["cooling"] * 24 + ["appliances"] * 24, "hour": [*range(24)] * 2, "power": 2.0}
    ),
    "solar_months": pd.DataFrame(
        {"month": [*range(1, 13)] * 2, "series": ["solar_own"] * 12 + ["solar_sold"] * 12,
         "energy": 3.0}
    ),
    "avoided": pd.DataFrame(
        {"year": [2028, 2031] * 2, "series": ["homes", "homes", "transport", "transport"],
         "tonnes": [1.0, 2.0, 1.0, -0.5]}
    ),
    "bills": pd.DataFrame(
        {"group": ["North", "North"], "series": ["today", "after_works"], "bill": [2000.0, 1500.0],
         "unit": "EUR/a"}
    ),
    "equity_curve": pd.DataFrame(
        {"people": [0.0, 40.0, 100.0], "share": [0.0, 30.0, 100.0], "series": "income"}
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
    found = load_tables.loads(hourly)
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


def test_emissions_of_years_have_the_range_of_possible_worlds() -> None:
    def run(year: int, tonnes: float) -> Result:
        frame = pd.DataFrame({"object_id": ["b1"], "layer": "buildings", "kind": "activity", "carrier": "natural_gas",
                              "end_use": "space_heating", "sector": "stationary", "gpc_ref": "I.1", "unit": "kWh",
                              "activity": 5000.0 * tonnes, "tco2e": tonnes, "evidence": "estimated"})  # fmt: skip
        return Result({}, rows(frame), {"scenario": "baseline", "year": year})

    runs = {"a": run(2028, 9.0), "b": run(2031, 8.0)}
    found = panel_tables.together(runs, {"a": "idle", "b": "idle"}, tiny())["emissions"]
    assert (found["low"] < found["tonnes"]).all()
    assert (found["high"] > found["tonnes"]).all()
    told = panels.panel("emissions", found)
    assert told.series[0].low
    assert "eight of ten possible worlds" in told.note


def test_words_of_panels_are_there() -> None:
    for language in LANGUAGES:
        for key in panels.kinds():
            assert "panel_" not in made(key, language).title


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255.0
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_lines_stand_out_from_paper_and_none_is_told_by_its_colour_alone() -> None:
    for name, mark in marks.known().items():
        assert 1.05 / (luminance(mark.line) + 0.05) >= 3.0, name
    several = marks.series()
    assert len(several) == panels.MANY
    assert len({mark.dash for mark in several}) == len({mark.pattern for mark in several}) == 8


def test_colours_of_series_are_those_of_the_palette() -> None:
    palette = set(style.colours("batlow", 17))
    assert {mark.colour for mark in marks.series()} <= palette


def test_page_and_paper_know_the_same_ways_and_patterns() -> None:
    script = leaflet.own("charts.js")
    used = {mark.pattern for mark in marks.known().values()}
    drawn = re.search(r"PATTERNS: \{(.*?)\n  \}", script, re.DOTALL)
    assert drawn is not None
    assert used - {"none"} <= set(re.findall(r"(\w+): \"M", drawn.group(1)))
    assert used <= set(chart.PATTERNS)
    assert set(chart._DRAWN) == set(panels.KINDS)
    assert "marks.plain()" in inspect.getsource(page_content)


@pytest.mark.parametrize("key", ["emissions", "typical_day", "duration"])
def test_paper_draws_lines_as_the_page_does(key: str) -> None:
    lines = [line for line in drawn(key).get_lines() if len(line.get_xdata()) > 1]
    for number, line in enumerate(lines):
        mark = marks.plain()["series"][number]
        assert line.get_color() == mark["line"]
        dashes = np.array(line._unscaled_dash_pattern[1] or ())
        assert dashes.tolist() == list(mark["dash"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", list(panels.kinds()))
def test_paper_says_what_the_page_says(key: str, language: str) -> None:
    from matplotlib.figure import Figure

    found, axes = made(key, language), Figure().add_subplot()
    chart.draw(found, axes)
    legend = axes.get_legend()
    texts = [text.get_text() for text in axes.texts] + [axes.get_xlabel(), axes.get_ylabel()]
    texts += [text.get_text() for text in legend.get_texts()] if legend else []
    texts += [text.get_text() for text in axes.get_yticklabels()]
    assert axes.get_title(loc="left") == found.title
    names = [] if found.chart == "steps" else [one.name for one in found.series]
    for name in [*names, *found.keys, *found.groups]:
        assert any(name in text for text in texts), name
    assert any(found.unit in text for text in texts)


def test_bands_are_said_in_words() -> None:
    assert "P10 to P90" in made("typical_day").note
    assert "P10" not in made("day_uses").note
    assert "zehn" in made("heat_day", "de").note


def test_works_that_save_money_have_a_width_and_no_height() -> None:
    table = TABLES["abatement"].assign(eur_per_t=[np.nan, 90.0, np.nan], low=[np.nan, 50.0, np.nan],
                                       high=[np.nan, 200.0, np.nan])  # fmt: skip
    found = panels.panel("abatement", table)
    assert found.widths == (300.0, 100.0)
    assert found.series[0].figures == (None, 90.0)
    assert found.printed()[0] == (found.x[0], "300", "saves money", "saves money", "saves money")
    from matplotlib.figure import Figure

    axes: Any = Figure().add_subplot()
    chart.draw(found, axes)
    assert axes.patches[0].get_width() == 300.0
    assert axes.patches[0].get_height() < 0.0
    assert min(axes.get_yticks()) >= 0.0  # the depth has no scale


def test_flows_go_on_to_who_uses_them_and_equal_names_stay_apart() -> None:
    table = pd.DataFrame(
        [("electricity", "lighting", "homes", 1.0), ("electricity", "lighting", "stationary", 3.0),
         ("diesel", "cars", "transport", 2.0)],
        columns=["carrier", "end_use", "sector", "energy"],
    )  # fmt: skip
    found = panels.panel("flows", table)
    assert found.x == ("Light", "Cars", "Light")
    assert found.groups == ("Other buildings", "Traffic", "Homes")
    assert [one.figures for one in found.series] == [(3.0, None, 1.0), (None, 2.0, None)]
    assert found.rows()[0] == ["Light", "Other buildings", 3.0, None]


def test_seasons_uses_and_own_sun_come_out_of_the_hours() -> None:
    times = pd.date_range("2023-01-01", periods=8760, freq="h")
    winter = np.isin(times.month, [12, 1, 2])
    sunny = np.where((times.hour == 12) & ~winter, 100.0, 0.0)
    power = {
        "grid|space_heating": np.where(winter, 50.0, 0.0), "grid|appliances": 10.0 + times.hour,
        "solar|made": sunny, "solar|sold": 0.2 * sunny, "heat": 80.0 * winter,
    }  # fmt: skip
    hourly = pd.concat(
        pd.DataFrame({"series": name, "month": times.month, "hour": np.arange(8760), "power": one})
        for name, one in power.items()
    )
    found = load_tables.loads(hourly)
    day = found["typical_day"].set_index(["series", "hour"])["power"]
    assert day["grid|months_12_2", 5] == 65.0
    assert day["grid|months_6_8", 5] == 15.0
    assert set(found["heat_day"]["series"]) == {f"heat|{name}" for name in load_tables.QUARTERS}
    uses = found["day_uses"].groupby("series")["power"].mean()
    assert uses["appliances"] == pytest.approx(21.5)
    months = found["solar_months"].set_index(["month", "series"])["energy"]
    assert months[7, "solar_own"] == pytest.approx(31 * 80.0 / 1e3)
    assert months[7, "solar_sold"] == pytest.approx(31 * 20.0 / 1e3)
    assert months[1, "solar_own"] == 0.0
    assert set(found["load_duration"]["series"]) == {"grid", "solar|sold", "heat"}
    whole = {name: panels.collect(load_tables.with_loads({"hourly_load": hourly}), name)
             for name in LANGUAGES}  # fmt: skip
    for panel in whole["da"]:
        assert all("_" not in one.name and "|" not in one.name for one in panel.series)


def test_a_load_without_sun_or_months_makes_what_it_can() -> None:
    hourly = pd.DataFrame({"series": "street lights", "hour": np.arange(48), "power": 4.0})
    assert set(load_tables.loads(hourly)) == {"typical_day", "load_duration"}


def test_what_a_plan_avoids_needs_its_years_and_those_of_doing_nothing() -> None:
    def run(scenario: str, year: int, tonnes: float) -> Result:
        frame = pd.DataFrame({"kind": ["activity"] * 2, "tco2e": [tonnes, 7.0],
                              "sector": ["stationary", "transport"], "gpc_ref": ["I.1", "II.1"]})  # fmt: skip
        return Result({}, rows(frame), {"scenario": scenario, "year": year})

    runs = {"b1": run("baseline", 2028, 9.0), "b2": run("baseline", 2031, 8.0),
            "p1": run("calm", 2028, 6.0), "p2": run("calm", 2031, 3.0)}  # fmt: skip
    found = panel_tables.avoided(runs, "p1", "baseline").set_index(["series", "year"])["tonnes"]
    assert found["homes", 2028] == 3.0
    assert found["homes", 2031] == 5.0
    assert found["transport", 2031] == 0.0
    assert panel_tables.avoided(runs, "b1", "baseline").empty
    few = {name: runs[name] for name in ("b1", "b2", "p1")}
    assert panel_tables.avoided(few, "p1", "baseline").empty


def test_shares_of_the_poorer_sections_are_drawn_where_incomes_are_known() -> None:
    city = tiny()
    houses = city.buildings
    section = pd.Series([f"s{n % 3}" for n in range(len(houses))], index=houses.index)
    income = section.map({"s0": 10.0, "s1": 20.0, "s2": 30.0}) * 1e3
    known = city.replace(
        buildings=houses.assign(section=section, income=income, income_unit="EUR/household",
                                dwellings=5.0)
    )  # fmt: skip
    frame = pd.DataFrame({"bill": 1000.0}, index=houses.index)
    run = Result({"buildings": frame}, ledger.Ledger.empty(), {})
    found = panel_tables.equity_curve(known, run, None)
    counts = section.value_counts()
    poorest = found[found["series"] == "income"].iloc[1]  # told in whole percents
    assert poorest["people"] == pytest.approx(100.0 * counts["s0"] / len(houses), abs=0.5)
    whole = sum(counts[f"s{n}"] * (n + 1) for n in range(3))
    assert poorest["share"] == pytest.approx(100.0 * counts["s0"] / whole, abs=0.5)
    bill = found[found["series"] == "bill"]
    assert np.allclose(bill["people"], bill["share"])  # all pay the same
    assert panel_tables.equity_curve(city, run, None).empty
