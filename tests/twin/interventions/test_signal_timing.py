from __future__ import annotations

import pytest

from tests.twin import cities
from twin.errors import ScenarioError
from twin.interventions.signal_timing import SignalTiming

CITY = cities.tiny()


def timed(node: str, share: float) -> SignalTiming:
    return SignalTiming.model_validate(
        {"id": "s", "where": {"ids": [node]}, "start": 2025, "green_share": share}
    )


def test_the_signal_gets_its_share() -> None:
    junctions = timed("22", 0.7).apply(CITY).junctions
    assert junctions.loc[22, "green_share"] == 0.7
    assert junctions["green_share"].notna().sum() == 1
    assert timed("22", 0.7).cost(CITY).amount == 5_000.0


def test_a_junction_without_signals_has_no_timing() -> None:
    with pytest.raises(ScenarioError, match="changes none"):
        timed("23", 0.7).select(CITY)
