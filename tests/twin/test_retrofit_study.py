from __future__ import annotations

import json
from math import fsum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook
from shapely import box

from layers.errors import InputError
from tests.twin.cities import SOUTH, WEST, frame, tiny
from twin import cli, priority, retrofit_report, retrofit_study, store
from twin.retrofit_study import Budget, Study

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("envelope", "heat_pump")


@pytest.fixture(scope="module")
def study() -> Study:
    budget = Budget(40_000.0, 1, {})
    return retrofit_study.run(tiny(), PARTS, granted=0.25, budget=budget, years=20, draws=20)


def test_the_budget_pays_for_grants_and_is_never_passed(study: Study) -> None:
    chosen = study.chosen
    assert chosen is not None
    done = chosen.option >= 0
    amount = priority.pick(study.packages.figures["amount"], chosen.option)[done]
    assert 0 < done.sum() < len(done)
    assert chosen.cost.sum() == pytest.approx(0.25 * amount.sum())
    assert chosen.cost.sum() <= 40_000.0
    tonnes = priority.pick(study.packages.figures["tonnes"], chosen.option)[done]
    assert chosen.tonnes == pytest.approx(tonnes.sum())
    assert 0.0 <= chosen.gap < 1.0


def test_the_curve_adds_up_to_what_is_chosen(study: Study) -> None:
    assert study.chosen is not None
    assert study.curve["tonnes"].sum() == pytest.approx(study.chosen.tonnes)
    assert study.curve["amount"].sum() * 0.25 == pytest.approx(study.chosen.cost.sum())


def test_the_table_names_everything_beside_the_order(study: Study) -> None:
    table = study.table
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    for name, told in (("package", "permission"), ("chosen", "chosen_permission")):
        envelope = table[name].str.contains("envelope")
        assert (table.loc[envelope, told] == "unknown").all()
        assert (table.loc[~envelope & (table[name] != ""), told] == "allowed").all()
        assert table.loc[table[name] == "", told].isna().all()
    assert (table["rank_p10"] <= table["rank_p90"]).all()
    assert set(table["first"]) <= {"surely", "perhaps", "no"}
    assert table.loc["w1005", "decider"] == "community"
    assert table.loc["w1001", "decider"] == "owner"
    assert set(table["status"]) <= set(priority.CLASSES)
    assert (table.loc[table["status"] == priority.PAYS, "eur_per_t"].isna()).all()
    assert sum(study.persuade.values()) == (study.option >= 0).sum()
    assert table["comfort"].isna().all()  # by months one use is modelled


def test_years_and_quotas(study: Study) -> None:
    city, money = tiny(), study.money
    budget = Budget(30_000.0, 3, {})
    chosen = retrofit_study.choose(city, study.packages, money, budget)
    assert (chosen.cost <= 30_000.0).all()
    assert set(chosen.year[chosen.option >= 0]) <= {0, 1, 2}
    west = frame("boundaries", ["r1"], geometry=[box(WEST - 50, SOUTH - 50, WEST + 100, SOUTH + 300)],
                 name=["Vest"])  # fmt: skip
    parted = city.replace(boundaries=west)
    least = Budget(30_000.0, 3, {"Vest": 0.1})
    there = retrofit_study.choose(parted, study.packages, money, least)
    amount = priority.pick(study.packages.figures["amount"], there.option)
    inside = study.packages.index.isin(["w1001", "w1002", "w1007", "w1008"])
    assert 0.25 * np.nansum(amount[inside]) >= 0.1 * 90_000.0 * (1.0 - 1e-6)
    assert there.tonnes <= chosen.tonnes * (1.0 + 2e-4)
    with pytest.raises(InputError, match="quota Vest"):
        retrofit_study.choose(parted, study.packages, money, Budget(1e9, 1, {"Vest": 1.0}))
    with pytest.raises(InputError, match="area Atlantis"):
        retrofit_study.choose(city, study.packages, money, Budget(1e4, 2, {"Atlantis": 0.1}))


def test_the_report_says_what_the_tables_hold(study: Study) -> None:
    parts = {part.title: part for part in retrofit_report.sections(study)}
    said = "\n".join(line for part in parts.values() for line in part.lines())
    assert "What is chosen" in parts
    assert "To persuade: " in said
    assert "certified by a bound" in said
    assert "Not told: no incomes" in said
    for bad in ("nan", "inf ", "None"):
        assert bad not in said
    data = retrofit_report.to_dict(study)
    json.dumps(data, allow_nan=False)
    figures = priority.pick(study.packages.figures["co2"], study.option)
    assert data["sums"]["co2"] == pytest.approx(fsum(figures[np.isfinite(figures)]))


def test_maps_show_the_study(study: Study) -> None:
    frame = retrofit_study.shown(study).frames["buildings"]
    known = frame["retrofit_co2"].dropna()
    assert known.to_dict() == pytest.approx(
        (study.table.loc[known.index, "saving_t"] * 1e3).to_dict()
    )


def test_the_command_writes_a_workbook_a_page_and_a_map(tmp_path: Path) -> None:
    path = tmp_path / "lilleby.twin"
    store.save(tiny(), path)
    runner = CliRunner()
    args = ["retrofit", str(path), "--parts", "envelope,heat_pump", "--draws", "10", "--json"]
    found = runner.invoke(cli.cli, args)
    assert found.exit_code == 0, found.output
    data = json.loads(found.stdout)
    assert data["with_package"] > 0
    book = CalamineWorkbook.from_path(str(tmp_path / "lilleby.retrofit.xlsx"))
    assert book.sheet_names == ["houses", "streets of works", "curve", "money", "notes"]
    rows = book.get_sheet_by_name("houses").to_python()
    assert len(rows) == data["houses"] + 1
    table = pd.read_csv(tmp_path / "lilleby.retrofit-houses.csv", encoding="utf-8-sig")
    assert table["rank"].tolist() == list(range(1, data["houses"] + 1))
    assert (tmp_path / "lilleby.retrofit-map.html").stat().st_size > 10_000
    assert all("[" in head or head.islower() for head in table.columns)


def test_wrong_options_say_what_to_write(tmp_path: Path) -> None:
    path = tmp_path / "lilleby.twin"
    store.save(tiny(), path)
    for args, said in (
        (["--quota", "Vaduz=0.1"], "--quota needs --budget"),
        (["--budget", "1e5", "--quota", "Vaduz"], "AREA=SHARE"),
        (["--parts", "wings"], "wings"),
        (["--grant", "1.5"], "1.5"),
    ):
        found = CliRunner().invoke(cli.cli, ["retrofit", str(path), *args])
        assert found.exit_code in (2, 3), found.output
        assert said in found.output
