"""Road noise of a real, clipped city centre: what must hold whatever the data look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from twin import build
from twin.mobility import noise
from twin.mobility.noise_parameters import noise_parameters

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City
    from twin.mobility.noise import NoiseRun

FINLAND = noise_parameters("FI")


@pytest.fixture(scope="module")
def centre(helsinki: Path) -> City:
    return build.from_osm(helsinki)


@pytest.fixture(scope="module")
def traffic(centre: City) -> pd.DataFrame:
    streets = centre.streets
    driven = streets[streets["drive_forward"] | streets["drive_backward"]]
    busy = driven["highway"].isin(["primary", "secondary", "tertiary"])
    light = np.where(busy, 600.0, 60.0)
    columns = {}
    for part, share in (("day", 1.0), ("evening", 0.6), ("night", 0.15)):
        columns[f"light_{part}"] = share * light
        columns[f"heavy_{part}"] = 0.05 * share * light
        columns[f"speed_{part}"] = driven["speed_kph"].to_numpy()
    return pd.DataFrame(columns, index=driven.index)


def _run(city: City, traffic: pd.DataFrame, threads: int | None = None) -> NoiseRun:
    return noise.run(
        city.streets, city.junctions, traffic, city.buildings, city.land, FINLAND, threads=threads
    )


def test_a_real_centre_has_plausible_levels_with_any_number_of_threads(
    centre: City, traffic: pd.DataFrame
) -> None:
    found = _run(centre, traffic, threads=2)
    levels = found.frame["lden"].dropna()
    assert len(levels) > 0.9 * len(found.frame)
    assert levels.max() < 80.0
    assert 50.0 < levels.median() < 72.0
    assert (
        found.frame["lden_quiet"].dropna() <= levels.loc[found.frame["lden_quiet"].dropna().index]
    ).all()
    heated = centre.buildings["heated"]
    assert list(found.frame.index) == list(centre.buildings.index[heated])
    people = (centre.buildings["people"] * centre.buildings["inside"]).sum()
    for name in ("lden", "lnight"):
        above = found.counts[f"people_{name}_above_limit"]
        assert 0.0 < above <= people * (1 + 1e-9)
    assert found.counts["highly_sleep_disturbed"] < found.counts["highly_annoyed"] < people
    pd.testing.assert_frame_equal(
        _run(centre, traffic, threads=1).frame, found.frame, check_exact=True
    )
