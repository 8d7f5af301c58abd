from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import affinity

from layers import tables
from layers.errors import InputError
from layers.schema import silent
from tests.twin.cities import tiny
from twin import energy_fit, meters, simulate, store
from twin.cli import cli
from twin.complete import site
from twin.domains import STANDARD
from twin.energy import appliances, fitted, stock
from twin.energy.parameters import energy_parameters

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.city import City

    Floats = NDArray[np.float64]

DANISH = energy_parameters("DK")
TRUTH = {fitted.SETPOINT: 1.2, fitted.PREBOUND: 0.5, fitted.U: 0.85, fitted.INFILTRATION: 1.3}
COUNT = 240
SPREAD = 0.2


def town(count: int = COUNT) -> City:
    """Lilleby with many gas-heated houses of many ages, far from each other."""
    city = tiny()
    own = city.buildings
    pattern = own.loc[["w1001", "w1003", "w1005", "w1012"]]
    rows = [pattern.iloc[number % 4] for number in range(count)]
    table = gpd.GeoDataFrame(rows, crs=own.crs)
    table.index = pd.Index([f"w{5000 + number}" for number in range(count)], name="id", dtype="str")
    table = table.astype(own.dtypes.to_dict())
    years = np.random.default_rng(0).integers(1900, 2020, count).astype(float)
    moved = [affinity.translate(one, 1000.0 * number) for number, one in enumerate(table.geometry)]
    table = table.assign(year=years, heating="natural_gas", renovation="existing")
    return city.replace(buildings=table.set_geometry(moved, crs=own.crs))


def energy(city: City, values: dict[str, float]) -> pd.Series:
    """Gas that the model says at known parameters [kWh/a]."""
    given = fitted.adjusted(stock.assemble(city.buildings, DANISH), values, DANISH)
    _, latitude = site.centre(city.boundary, city.crs)
    need = stock.heat_balance(given, city.weather.sort_index(), latitude, DANISH).need.sum(axis=1)
    heat = need + appliances.hot_water(given.profile, given.area).to_numpy()
    return pd.Series(heat / 0.9, given.buildings.index)


def metered(city: City, gas: pd.Series, **columns: Any) -> City:
    rows = pd.DataFrame(
        {
            "building": gas.index, "carrier": "natural_gas", "start": "2023-01-01",
            "end": "2024-01-01", "energy": gas.to_numpy(), "grade": "meter", "source": "meters",
        }
        | columns,
        index=pd.Index([f"meters:{number}" for number in range(len(gas))], name="id", dtype="str"),
    )  # fmt: skip
    texts = ("building", "carrier", "start", "end", "grade", "source")
    return city.replace(metered=rows.astype(dict.fromkeys(texts, "str")))


def scattered(gas: pd.Series, seed: int = 1) -> pd.Series:
    noise = np.random.default_rng(seed).normal(size=len(gas)) * SPREAD - SPREAD**2 / 2.0
    return gas * np.exp(noise) * 365.0 / 365.25


@pytest.fixture(scope="module")
def found() -> energy_fit.EnergyFit:
    city = town()
    return energy_fit.run(metered(city, scattered(energy(city, TRUTH))), progress=silent)


def test_the_truth_lies_within_the_posterior(found: energy_fit.EnergyFit) -> None:
    known = found.parameters
    apart = (known["value"] - pd.Series(TRUTH)) / known["spread"]
    assert (apart.abs() < 2.5).all()
    factors = known["unit"] == "1"
    before = known["prior_spread"].where(~factors, known["prior_spread"] * known["value"])
    assert (known["spread"] < before).all()
    assert found.summary["spread_between_buildings"] == pytest.approx(SPREAD, rel=0.15)


def test_meters_left_out_are_foretold_without_bias(found: energy_fit.EnergyFit) -> None:
    told = found.summary
    assert abs(told["nmbe_held_out"]) < 0.05
    assert abs(told["nmbe_after"]) < abs(told["nmbe_before"])
    # Houses differ by 20 %: no model of types foretells one of them better.
    assert 0.1 < told["cv_rmse_held_out"] < 0.35


def test_the_city_is_simulated_as_fitted(found: energy_fit.EnergyFit) -> None:
    domains = [one for one in STANDARD if one.name == "energy"]
    frame = simulate.run(found.city, domains=domains).frames["buildings"]
    values = fitted.chosen(found.city.parameters)
    expected = energy(found.city, values)
    assert frame["heat_final"].to_numpy() == pytest.approx(expected.to_numpy())
    assert values[fitted.U] == pytest.approx(found.parameters.loc[fitted.U, "value"], rel=1e-5)
    said = found.city.parameters.loc[fitted.U, "source"]
    assert said == f"calibration to meters of {COUNT} buildings"


def test_a_town_total_moves_the_model_to_it_but_leaves_it_unsure() -> None:
    city = town(40)
    neutral = dict(zip(fitted.NAMES, fitted.NEUTRAL, strict=True))
    total = 1.2 * float(energy(city, neutral).sum())
    fit = energy_fit.run(city, totals={"natural_gas": total}, progress=silent)
    row = fit.table.loc["town natural_gas"]
    assert row["before"] == pytest.approx(total / 1.2)
    assert row["after"] == pytest.approx(total, rel=0.05)
    assert any("hardly anything" in one for one in fit.limits)
    assert "nmbe_held_out" not in fit.summary


def test_groups_of_few_are_left_out_and_single_houses_stay_private() -> None:
    city = town(24)
    table = city.buildings.assign(section=["a"] * 10 + ["b"] * 10 + ["c"] * 4)
    gas = energy(city, TRUTH)
    city = metered(city.replace(buildings=table), gas)
    fit = energy_fit.run(city, by="section", progress=silent)
    assert fit.table.index.tolist() == ["a natural_gas", "b natural_gas"]
    assert (fit.table["privacy"] == "public").all()
    assert any("Groups of fewer" in one for one in fit.limits)
    assert "guideline_14_kept" not in fit.summary
    single = energy_fit.run(metered(town(3), energy(town(3), TRUTH)), progress=silent)
    assert (single.table["privacy"] == "object").all()
    assert "(private)" in single.city.parameters.loc[fitted.U, "source"]


def test_months_make_a_year_and_a_signature_fills_what_is_missing() -> None:
    city = town(1)
    name = city.buildings.index[0]
    air = city.weather["temperature"].sort_index().to_numpy()
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)
    used = (8.0 + 3.0 * np.maximum(15.0 - air, 0.0)) * days
    starts = pd.date_range("2023-01-01", periods=13, freq="MS")
    whole = metered(
        city, pd.Series(used, [name] * 12), start=starts[:12].strftime("%Y-%m-%d"),
        end=starts[1:].strftime("%Y-%m-%d"),
    )  # fmt: skip
    given = stock.assemble(city.buildings, DANISH)
    ask: dict[str, Any] = {
        "by": None,
        "totals": None,
        "figures": tables.figures("energy_fit", "twin.data"),
    }
    assert meters.sums(whole, given, DANISH, **ask).measured[0] == pytest.approx(used.sum())
    some = whole.replace(metered=whole.metered.iloc[[0, 1, 2, 5, 8, 10, 11]])
    told = meters.sums(some, given, DANISH, **ask)
    assert told.measured[0] == pytest.approx(used.sum(), rel=0.02)
    assert "signature" in told.limits[0]
    short = whole.replace(metered=whole.metered.iloc[:3])
    assert "too short" in meters.sums(short, given, DANISH, **ask).limits[0]


def test_meters_of_another_carrier_say_nothing_of_the_heating() -> None:
    city = town(6)
    gas = energy(city, TRUTH)
    one = metered(city, gas, carrier=["district_heating"] * 3 + ["natural_gas"] * 3)
    given = stock.assemble(city.buildings, DANISH)
    figures = tables.figures("energy_fit", "twin.data")
    told = meters.sums(one, given, DANISH, by=None, totals=None, figures=figures)
    assert len(told.measured) == 3
    assert "another carrier" in told.limits[0]


def test_without_meters_there_is_nothing_to_fit() -> None:
    with pytest.raises(InputError, match="no meter of heat"):
        energy_fit.run(tiny(), progress=silent)


@pytest.mark.parametrize("name", fitted.NAMES)
def test_each_parameter_changes_the_need_in_its_sense(name: str) -> None:
    city = town(8)
    neutral = dict(zip(fitted.NAMES, fitted.NEUTRAL, strict=True))
    more = neutral | {name: neutral[name] + 0.3}
    before, after = energy(city, neutral), energy(city, more)
    if name == fitted.PREBOUND:
        loss = stock.transmission(stock.assemble(city.buildings, DANISH))
        area = stock.assemble(city.buildings, DANISH).area
        poor = (loss / area > 2.0).to_numpy()
        assert (after[poor] < before[poor]).all()
        assert (after[~poor] > before[~poor]).all()
    else:
        assert (after > before).all()


def test_the_command_keeps_the_fit_and_shows_no_single_house(tmp_path: Path) -> None:
    city = town(12)
    path = tmp_path / "lilleby.twin"
    store.save(metered(city, scattered(energy(city, TRUTH))), path)
    shown = CliRunner().invoke(cli, ["fit", str(path), "--json"])
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)
    assert told["summary"]["meters"] == 12.0
    assert told["sums"] == []
    assert fitted.U in store.open(path).parameters.index
    assert "w5000" not in shown.output
    text = CliRunner().invoke(cli, ["fit", str(path), "--dry-run"])
    assert "ASHRAE Guideline 14" in text.output
    wrong = CliRunner().invoke(cli, ["fit", str(path), "--total", "gas"])
    assert wrong.exit_code != 0
    assert "is not CARRIER=KWH" in wrong.output


def test_meters_in_another_unit_are_refused_with_what_to_do() -> None:
    city = town(40)
    gas = scattered(energy(city, TRUTH))
    with pytest.raises(InputError, match="State the unit") as error:
        energy_fit.run(metered(city, gas / 1000.0), progress=silent)
    assert "kWh/m2" in str(error.value)


def test_a_meter_of_a_whole_street_on_one_house_is_left_out_and_told() -> None:
    city = town(40)
    gas = scattered(energy(city, TRUTH))
    gas.iloc[3] *= 400.0
    found = energy_fit.run(metered(city, gas), progress=silent)
    assert gas.index[3] not in " ".join(found.table.index)
    assert any("above 1500 kWh/m2, left out: 1" in one for one in found.limits)


def test_carriers_that_nobody_knows_and_houses_that_are_gone_are_told() -> None:
    city = town(40)
    gas = scattered(energy(city, TRUTH))
    given = metered(city, gas)
    rows = given.metered.copy()
    rows.iloc[0, rows.columns.get_loc("carrier")] = "unobtainium"
    rows.iloc[1, rows.columns.get_loc("building")] = "w999999"
    found = energy_fit.run(given.replace(metered=rows), progress=silent)
    said = " ".join(found.limits)
    assert "another carrier than the heating: 1" in said
    assert "not simulated: 1" in said
    assert len(found.table) == 38
