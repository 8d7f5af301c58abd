from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from twin import abatement
from twin.packages import FIGURES, Packages

SETS = (("envelope",), ("heat_pump",), ("envelope", "heat_pump"))


def _packages(tonnes: np.ndarray, bill: np.ndarray) -> Packages:
    count = len(tonnes)
    figures = {name: np.zeros((count, 3)) for name in FIGURES}
    amount = np.tile([100.0, 50.0, 140.0], (count, 1))
    figures |= {"tonnes": tonnes, "co2": tonnes / 20.0, "bill": bill, "amount": amount}
    index = pd.Index([f"h{number}" for number in range(count)])
    before = pd.DataFrame(index=index)
    base: Any = SimpleNamespace()
    return Packages(index, SETS, tuple(" + ".join(one) for one in SETS), figures, before, {}, base, 20, ())  # fmt: skip


def test_bars_add_up_to_what_all_of_it_does_together() -> None:
    tonnes = np.array([[60.0, 70.0, 90.0], [10.0, 30.0, 36.0], [5.0, 8.0, 9.0]])
    found = _packages(tonnes, tonnes * 2.0)
    worth = np.array([[-50.0, 20.0, -10.0], [-90.0, -20.0, -100.0], [1.0, 2.0, 3.0]])
    option = np.array([2, 1, -1])
    curve = abatement.curve(found, option, worth, pd.Series(["old", "new", "new"], found.index))
    assert curve["tonnes"].sum() == pytest.approx(90.0 + 30.0)
    assert curve["value"].sum() == pytest.approx(-10.0 - 20.0)
    assert curve["amount"].sum() == pytest.approx(140.0 + 50.0)
    # Two parts share what overlaps in halves: 60 + 70 - 90 = 40 tonnes.
    old = curve[curve["group"] == "old"].set_index("part")
    assert old.loc["envelope", "tonnes"] == pytest.approx(60.0 - 20.0)
    assert old.loc["heat_pump", "tonnes"] == pytest.approx(70.0 - 20.0)
    assert old["alone"].tolist() == pytest.approx([70.0, 60.0])
    assert curve["until"].iloc[-1] == pytest.approx(120.0)


def test_what_saves_money_comes_first_by_tonnes_and_has_no_cost_by_tonne() -> None:
    tonnes = np.array([[1.0, 4.0, 5.0], [2.0, 8.0, 10.0], [3.0, 0.0, 3.0]])
    found = _packages(tonnes, tonnes)
    worth = np.array([[-30.0, 9.0, -21.0], [-30.0, 1.0, -29.0], [-30.0, 0.0, -30.0]])
    group = pd.Series(["a", "b", "c"], found.index)
    curve = abatement.curve(found, np.array([2, 2, 2]), worth, group)
    assert curve["status"].tolist() == [abatement.SAVES] * 2 + [abatement.COSTS] * 3 + [abatement.NOTHING_SAVED]  # fmt: skip
    assert curve["tonnes"].tolist() == pytest.approx([8.0, 4.0, 3.0, 2.0, 1.0, 0.0])
    assert curve["eur_per_t"].tolist()[2:5] == pytest.approx([10.0, 15.0, 30.0])
    assert curve["eur_per_t"].isna().tolist() == [True, True, False, False, False, True]


def test_nothing_chosen_is_an_empty_curve() -> None:
    found = _packages(np.ones((1, 3)), np.ones((1, 3)))
    group = pd.Series(["a"], found.index)
    assert abatement.curve(found, np.array([-1]), np.ones((1, 3)), group).empty
