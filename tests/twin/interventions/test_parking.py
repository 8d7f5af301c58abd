from __future__ import annotations

import numpy as np

from tests.twin import cities
from twin.interventions.parking import Parking

CITY = cities.tiny()


def test_price_and_spaces_are_those_of_the_zone() -> None:
    measure = Parking.model_validate(
        {"id": "p", "where": {"ids": ["z1_0"]}, "start": 2025, "price_eur": 2.5, "supply": 30.0}
    )
    zones = measure.apply(CITY).zones
    assert zones.loc["z1_0", ["parking_price_eur", "parking_supply"]].tolist() == [2.5, 30.0]
    assert np.isnan(zones.loc["z0_0", "parking_price_eur"])
    assert measure.cost(CITY).amount == 20_000.0
