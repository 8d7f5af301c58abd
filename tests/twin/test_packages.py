from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers.errors import InputError
from tests.twin.cities import tiny
from twin import catalog, packages, scenario, simulate

PARTS = ("envelope", "heat_pump")


@pytest.fixture(scope="module")
def found() -> packages.Packages:
    return packages.evaluate(tiny(), PARTS, years=20)


def _plan(house: str, *kinds: dict[str, str]) -> scenario.Scenario:
    entries = [
        {"id": f"m{number}", "where": {"ids": [house]}, "start": 2025, **kind}
        for number, kind in enumerate(kinds)
    ]
    measures = []
    for entry in entries:
        measure, faults = catalog.read(entry, (), {})
        assert measure is not None, faults
        measures.append(measure)
    return scenario.Scenario(name="one", interventions=tuple(measures))


@pytest.mark.parametrize(
    ("package", "kinds"),
    [
        (0, [{"kind": "retrofit", "package": "usual"}]),
        (1, [{"kind": "heat_pump"}]),
        (2, [{"kind": "retrofit", "package": "usual"}, {"kind": "heat_pump"}]),
    ],
)
def test_a_package_of_the_whole_stock_tells_what_one_house_alone_would_save(
    found: packages.Packages, package: int, kinds: list[dict[str, str]]
) -> None:
    city, house = tiny(), "w1001"
    before = simulate.run(city, domains=packages.ENGINES)
    after = simulate.run(_plan(house, *kinds).city(city, 2025), domains=packages.ENGINES)
    row = found.index.get_loc(house)
    for name, column in (("co2", "tco2e"), ("energy", "activity")):
        saved = before.ledger.total(column, kind="activity", object_id=house)
        saved -= after.ledger.total(column, kind="activity", object_id=house)
        assert found.figures[name][row, package] == pytest.approx(saved, rel=1e-9)
    bills = [
        run.frames["buildings"].loc[house, "bill"] for run in (before, after)
    ]  # one dwelling: the bill of the house is that of the dwelling
    euro = 0.1341
    assert found.figures["bill"][row, package] == pytest.approx(
        (bills[0] - bills[1]) * euro, rel=1e-9
    )


def test_together_is_less_than_the_sum_and_a_pump_behind_insulation_is_cheaper(
    found: packages.Packages,
) -> None:
    fits = found.fits.all(axis=1)
    assert fits.any()
    for name in ("co2", "amount"):
        alone = found.figures[name][fits, 0] + found.figures[name][fits, 1]
        assert (found.figures[name][fits, 2] < alone).all()


def test_packages_fit_where_all_their_parts_do(found: packages.Packages) -> None:
    fits = pd.DataFrame(found.fits, found.index, list(found.titles))
    assert found.sets == (("envelope",), ("heat_pump",), ("envelope", "heat_pump"))
    assert "w1010" not in fits.index  # a garage is not heated
    assert not fits.loc["w1011"].iloc[1:].any()  # it has a heat pump
    assert not fits.loc["w1003"].iloc[1:].any()  # district heating
    assert fits.loc["w1012"].all()
    assert np.isnan(found.figures["co2"][~found.fits]).all()


def test_tonnes_of_all_years_follow_the_path_of_the_factors(found: packages.Packages) -> None:
    one = packages.evaluate(tiny(), PARTS, years=1)
    kept = one.fits
    assert one.figures["tonnes"][kept] == pytest.approx(one.figures["co2"][kept], rel=1e-9)
    # Gas keeps its factor, so insulation in a gas house avoids the same every year.
    gas = found.index.get_loc("w1001")
    assert found.figures["tonnes"][gas, 0] == pytest.approx(20 * found.figures["co2"][gas, 0], rel=0.05)  # fmt: skip


def test_what_needs_hours_is_left_out_by_months_and_said() -> None:
    found = packages.evaluate(tiny(), ("envelope", "pv"), years=10)
    assert found.sets == (("envelope",),)
    assert any("solar modules" in said for said in found.limits)
    with pytest.raises(InputError, match="by months"):
        packages.evaluate(tiny(), ("pv",), years=10)


def test_parts_of_one_group_exclude_each_other_and_unknown_ones_are_named() -> None:
    chosen = packages.parts(["heat_pump", "district_heating", "envelope"])
    sets = [{part.name for part in one} for one in packages.subsets(chosen)]
    assert {"heat_pump", "district_heating"} not in sets
    assert len(sets) == 5
    with pytest.raises(InputError, match="fairy_dust"):
        packages.parts(["fairy_dust"])
    with pytest.raises(InputError, match="cannot be combined"):
        packages.parts([])


def test_progress_grows_evenly_from_nothing_to_all() -> None:
    told: list[tuple[str, float]] = []
    packages.evaluate(
        tiny(), ["envelope"], years=20, progress=lambda stage, done: told.append((stage, done))
    )
    done = [share for _, share in told]
    assert done[0] == 0.0
    assert done[-1] == 1.0
    assert done == sorted(done)
    assert max(np.diff(done)) < 0.5
    assert {stage for stage, _ in told} == {"houses as they are", "insulated envelope", "packages"}
