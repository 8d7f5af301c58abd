from __future__ import annotations

import pandas as pd
import pytest

from twin.energy import constructions
from twin.energy.parameters import energy_parameters


def matched(country: str, **building: object) -> pd.Series:
    usual: dict[str, object] = {
        "use": "house", "year": 1965.0, "levels": 2.0, "renovation": "existing",
    }  # fmt: skip
    frame = pd.DataFrame([usual | building], index=["w1"])
    found = constructions.match(frame, energy_parameters(country))
    assert list(found.index) == ["w1"]
    return found.iloc[0]


@pytest.mark.parametrize(
    ("country", "building", "code"),
    [
        pytest.param("DE", {}, "DE.N.SFH.05.Gen.ReEx.001.001", id="house-1965"),
        pytest.param("DE", {"use": "terrace"}, "DE.N.TH.05.Gen.ReEx.001.001", id="terrace"),
        pytest.param(
            "DE", {"use": "apartments", "levels": 3.0}, "DE.N.MFH.05.Gen.ReEx.001.001", id="few-storeys"
        ),
        pytest.param(
            "DE", {"use": "apartments", "levels": 8.0}, "DE.N.AB.05.Gen.ReEx.001.001", id="block"
        ),
        pytest.param(
            "DE", {"renovation": "advanced"}, "DE.N.SFH.05.Gen.ReEx.001.003", id="advanced"
        ),
        pytest.param("DE", {"year": 1968.4}, "DE.N.SFH.05.Gen.ReEx.001.001", id="last-year-of-period"),
        pytest.param("DE", {"year": 1968.6}, "DE.N.SFH.06.Gen.ReEx.001.001", id="rounds-into-the-next"),
        pytest.param("DK", {"use": "apartments"}, "DK.N.AB.05.Gen.SyAv.001.001", id="average-first"),
        pytest.param("SE", {"year": 2024.0}, "SE.N.MFH.05.Gen.ReEx.001.001", id="after-the-last-period"),
        pytest.param("SE", {"year": 1980.0}, "SE.N.MFH.03.Gen.ReEx.001.001", id="refused-row-replaced"),
        pytest.param("DE", {"use": "pagoda"}, "DE.N.MFH.05.Gen.ReEx.001.001", id="unknown-use-is-other"),
    ],
)  # fmt: skip
def test_the_archetype_of_a_building(country: str, building: dict[str, object], code: str) -> None:
    assert matched(country, **building)["code"] == code


def test_every_building_keeps_its_own_row() -> None:
    frame = pd.DataFrame(
        {
            "use": ["house", "office", "house"],
            "year": [2015.0, 1930.0, 1890.0],
            "levels": [1.0, 4.0, 2.0],
            "renovation": ["existing", "usual", "existing"],
        },
        index=["b", "a", "c"],
    )
    found = constructions.match(frame, energy_parameters("AT"))
    assert list(found.index) == ["b", "a", "c"]
    alone = pd.concat(
        [constructions.match(frame.loc[[name]], energy_parameters("AT")) for name in frame.index]
    )
    pd.testing.assert_frame_equal(found, alone)
