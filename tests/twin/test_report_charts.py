"""Charts in reports: which there are, that they say the same in words, and that nobody is named."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from layers.errors import InputError
from tests.twin import cities
from tests.twin.maps.test_panels import TABLES
from twin import abatement as curves
from twin import (
    climate,
    packages,
    priority,
    publication,
    report_charts,
    reports,
    retrofit_study,
    section,
    simulate,
    tariffs,
)
from twin.maps import panels, works_tables
from twin.retrofit_after import by_group, outcome

if TYPE_CHECKING:
    from pathlib import Path

TOWN = cities.tiny()
CITY = climate.made(
    TOWN.replace(buildings=TOWN.buildings.replace({"use": {"terrace": "house"}}))
)  # fmt: skip
"""With six houses: enough that they are told of."""
PARTS = ("envelope", "pv")


@pytest.fixture(scope="module")
def study() -> retrofit_study.Study:
    return retrofit_study.run(CITY, PARTS, years=20, draws=20)


def test_what_is_done_together_saves_what_its_packages_save(study: retrofit_study.Study) -> None:
    found = study.packages
    wanted = np.arange(len(found.index)) % (len(found.sets) + 1) - 1
    option = np.where(found.fits[np.arange(len(wanted)), wanted], wanted, -1)
    assert len(set(option)) > 2
    after = outcome(CITY, found, option)
    for name, column in (("energy", "activity"), ("co2", "tco2e")):
        saved = np.nansum(priority.pick(found.figures[name], option))
        sums = [run.ledger.where(kind="activity").total(column) for run in (found.base, after)]
        assert sums[0] - sums[1] == pytest.approx(saved, rel=1e-9)
        assert saved > 0.0


def test_bills_are_those_of_the_two_runs(study: retrofit_study.Study) -> None:
    found = study.bills
    assert list(found.index) == ["house"]
    assert found["by"].eq("use").all()
    assert (found["houses"] >= 5).all()
    homes, euro = CITY.buildings, tariffs.euro(tariffs.load(CITY.country, CITY.prices))
    for name, row in found.iterrows():
        here = (homes["use"] == name) & (homes["dwellings"] > 0.0)
        bill = study.packages.base.frames["buildings"]["bill"].reindex(homes.index)
        here &= bill.notna()
        mean = np.average(bill[here], weights=homes.loc[here, "dwellings"])
        assert row["today"] == pytest.approx(mean * euro, rel=1e-9)
    sections = homes.assign(section=["a"] * (len(homes) - 3) + ["b"] * 3)
    by = by_group(CITY.replace(buildings=sections), study.packages.base, study.after)
    assert list(by.index) == ["a"]  # b has fewer than five houses
    assert by["by"].eq("section").all()


def test_a_study_draws_loads_bills_and_costs_of_today_and_after(
    study: retrofit_study.Study,
) -> None:
    made = {one.title: one for one in report_charts.of_study(study)}
    duration = made["Hours with at least this load"]
    assert duration.head[1:] == (
        "From the grid, today", "From the grid, after the works", "Heat, today",
        "Heat, after the works",
    )  # fmt: skip
    day = made["Heat on a typical day"]
    assert len(day.rows) == 24
    assert "December to February" in day.head[1]
    assert all(one.pictures and one.folded for one in made.values())


def test_steps_of_few_houses_join_the_others(study: retrofit_study.Study) -> None:
    curve = study.curve.assign(houses=6).iloc[:2]
    few = study.curve.iloc[:1].assign(houses=4, group="hospital", tonnes=3.0)
    told = works_tables.abatement(pd.concat([curve, few]))
    assert "hospital" not in set(told["group"])
    assert works_tables.abatement(few).empty


def test_low_offers_cost_less_a_tonne_than_high_ones(study: retrofit_study.Study) -> None:
    curve = study.curve
    costs = curve[curve["status"] == curves.COSTS]
    assert (curve["value_low"] >= curve["value"] - 1e-6).all()
    assert (curve["value_high"] <= curve["value"] + 1e-6).all()
    assert (costs["eur_per_t_high"] >= costs["eur_per_t"]).all()
    whole = study.packages.at("low").worth(study.money.terms, 0.0, study.money.growth)
    done = study.option >= 0
    picked = whole[np.arange(len(done))[done], study.option[done]]
    assert curve["value_low"].sum() == pytest.approx(picked.sum(), rel=1e-9)


def test_every_chart_of_a_report_has_words_and_a_table_and_asks_nobody(tmp_path: Path) -> None:
    made = report_charts.sections(dict(TABLES.items()), "de")
    page = section.write(made, tmp_path / "r.html", "Bericht", "").read_text("utf-8")
    pictures = re.findall(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]+)">', page)
    assert len(pictures) == len(made) == page.count("<details>")
    assert all(base64.b64decode(one)[:4] == b"\x89PNG" for one, _ in pictures)
    assert all(told.startswith(one.title) for one, (_, told) in zip(made, pictures, strict=True))
    assert page.count("<table>") == len(made)
    assert "img-src data:" in page
    assert not re.search(r"(src|href)=.https?:", page)


def test_the_report_of_a_run_draws_its_loads(tmp_path: Path) -> None:
    run = simulate.run(CITY, domains=packages.ENGINES)
    page = reports.write_run(CITY, run, tmp_path / "run.html").read_text("utf-8")
    for title in (
        "Where the energy goes",
        "Power on a typical day",
        "Hours with at least this load",
    ):
        assert f"<h2>{title}</h2>" in page
    lines = reports.summary_lines(run)
    assert not any("Hours with at least" in line for line in lines)


def test_tables_of_a_study_switch_charts_of_the_page_on(
    study: retrofit_study.Study, tmp_path: Path
) -> None:
    paths = report_charts.write_tables(study, tmp_path / "x.xlsx")
    assert [path.name for path in paths] == ["x.chart-abatement.csv", "x.chart-bills.csv"]
    found = publication.table("abatement", paths[0])
    assert panels.collect({"abatement": found})[0].widths == panels.collect(
        {"abatement": works_tables.abatement(study.curve)}
    )[0].widths  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("weather", "a,b\n1,2\n", "is no table of a chart"),
        ("bills", "group,series,unit\na,today,EUR\n", "bill"),
        ("bills", "group,series,bill,unit\na,today,much,EUR\n", "holds no numbers"),
        ("bills", "", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_drawn_is_refused(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        publication.table(name, path)
