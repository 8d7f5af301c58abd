from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from twin.complete import defaults, systems


def houses(*years: float, **columns: list[str | None]) -> pd.DataFrame:
    frame = pd.DataFrame({"year": list(years)}, index=[f"w{n}" for n in range(len(years))])
    return frame.assign(
        **{name: pd.Series(v, frame.index, dtype="str") for name, v in columns.items()}
    )


def test_a_country_with_a_figure_has_its_share_of_renovated_old_houses() -> None:
    found = systems.complete(houses(1950.0, 1990.0), defaults.load("LI"))
    assert found["renovation"].tolist() == ["existing", "existing"]
    assert found["renovation_source"].tolist() == ["typology", "default"]
    assert found["renovation_spread"].tolist() == pytest.approx([0.33, 0.5])


def test_nobody_stands_in_for_a_country_without_a_figure() -> None:
    found = systems.complete(houses(1950.0), defaults.load("AT"))
    assert found["renovation_source"].tolist() == ["default"]


def test_where_most_are_renovated_the_usual_state_is_taken() -> None:
    figures = defaults.load("LI")
    rows = figures.renovations.assign(value=0.8)

    found = systems.complete(houses(1950.0), replace(figures, renovations=rows))
    assert found["renovation"].tolist() == ["usual"]
    assert found["renovation_spread"].tolist() == pytest.approx([0.2])


def test_what_a_register_says_stays() -> None:
    told = houses(1950.0, 1950.0, renovation=["advanced", None], renovation_source=["register", None],
                  heating=["heat_pump", None], heating_source=["register", None])  # fmt: skip
    told = told.assign(renovation_spread=[0.0, None], heating_spread=[0.0, None])
    found = systems.complete(told, defaults.load("LI"))
    assert found["renovation"].tolist() == ["advanced", "existing"]
    assert found["heating"].tolist() == ["heat_pump", "mix"]
