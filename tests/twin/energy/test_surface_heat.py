from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.energy.rooms import HEAVY, LIGHT
from twin.energy import surface_heat

FIGURE = surface_heat.figures()


@given(
    st.lists(
        st.tuples(
            st.floats(0.001, 1.0), st.floats(0.02, 5.0), st.floats(0.0, 2e3), st.floats(0.0, 3e3)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_nodes_keep_resistance_and_heat_capacity(
    layers: list[tuple[float, float, float, float]],
) -> None:
    conductance, capacity = surface_heat.nodes(layers)
    assert (1.0 / conductance).sum() == pytest.approx(sum(row[0] / row[1] for row in layers))
    assert capacity.sum() == pytest.approx(sum(row[0] * row[2] * row[3] for row in layers))
    assert (capacity >= 0.0).all()


def test_an_even_wall_has_the_nodes_of_the_standard() -> None:
    # Linear shares: half of each sixth and third to either side.
    conductance, capacity = surface_heat.nodes([(0.3, 1.0, 1000.0, 1000.0)])
    np.testing.assert_allclose(1.0 / conductance, [0.05, 0.1, 0.1, 0.05])
    np.testing.assert_allclose(capacity / 3e5, [1 / 12, 1 / 4, 1 / 3, 1 / 4, 1 / 12], rtol=1e-3)


def test_mass_stays_on_its_side_of_the_insulation() -> None:
    _, capacity = surface_heat.nodes(HEAVY)
    assert capacity[3:].sum() > 0.9 * capacity.sum()


def test_the_wind_cools_rough_surfaces_more() -> None:
    wind = np.array([0.0, 2.0, 8.0])
    smooth, rough = (surface_heat.outside_convection(wind, share, FIGURE) for share in (1.0, 1.67))
    assert smooth[0] == rough[0] == pytest.approx(1.31 * 5.0 ** (1 / 3))
    assert (np.diff(smooth) > 0.0).all()
    assert (rough[1:] > smooth[1:]).all()


def test_the_mean_wind_of_denver_gives_what_reference_programs_use() -> None:
    # 4 m/s: windward 3.26 x 4**0.89 = 11.2, leeward 3.55 x 4**0.617 = 8.4.
    assert surface_heat.forced(np.array([4.0]), FIGURE)[0] == pytest.approx(9.77, abs=0.02)


def test_air_is_a_fifth_thinner_in_denver() -> None:
    share = surface_heat.air_density(1650.0, FIGURE) / surface_heat.air_density(0.0, FIGURE)
    assert share == pytest.approx(0.82, abs=0.005)


def test_a_wall_sees_half_the_sky_and_less_of_its_cold() -> None:
    assert surface_heat.sky_share(0.0) == 1.0
    assert surface_heat.sky_share(90.0) == pytest.approx(0.5**1.5)
    assert surface_heat.sky_share(180.0) == 0.0


def test_two_facing_black_walls_exchange_as_parallel_plates() -> None:
    # Half and half of the room: to the common mean each needs twice the black coefficient.
    found = surface_heat.room_radiation(np.array([10.0, 10.0]), np.ones(2), 5.7)
    np.testing.assert_allclose(found, 2.0 * 5.7)


def test_a_cube_of_six_black_sides_exchanges_six_fifths() -> None:
    found = surface_heat.room_radiation(np.full(6, 4.0), np.ones(6), 5.7)
    np.testing.assert_allclose(found, 5.7 * 1.2, rtol=1e-3)


def test_the_active_mass_ends_at_the_insulation_or_the_middle() -> None:
    assert surface_heat.active_capacity(LIGHT, 0.1) == pytest.approx(0.012 * 840.0 * 950.0)
    assert surface_heat.active_capacity(HEAVY, 0.1) == pytest.approx(0.1 * 1000.0 * 1600.0)
    thin = ((0.1, 0.6, 1000.0, 1000.0),)
    assert surface_heat.active_capacity(thin, 0.1) == pytest.approx(0.05 * 1e6)


def test_the_ground_lags_and_is_milder_than_the_air() -> None:
    hours = np.arange(8760)
    air = 10.0 - 12.0 * np.cos(2.0 * np.pi * (hours - 480) / 8760)
    ground = surface_heat.ground_temperature(air, FIGURE)
    damping = np.sqrt(np.pi / (365.0 * 0.06))
    assert ground.mean() == pytest.approx(10.0)
    assert np.ptp(ground) == pytest.approx(24.0 * np.exp(-damping), rel=1e-3)
    assert ground.argmin() - air.argmin() == pytest.approx(damping / (2 * np.pi) * 8760, abs=2)


def test_a_slab_on_the_ground_loses_as_the_standard_says() -> None:
    # 10 m by 10 m, B' = 5 m, no insulation (R 0.1): dt = 0.3 + 2 (0.17 + 0.1 + 0.04) = 0.92 m,
    # U = 2 x 2 / (pi 5 + 0.92) ln(pi 5 / 0.92 + 1) = 0.2406 x 2.8945 = 0.6963 W/m2K.
    film = surface_heat.ground_film(100.0, 40.0, 0.1, FIGURE)
    whole = 0.17 + 0.1 + 0.5 / 2.0 + 1.0 / film
    assert 1.0 / whole == pytest.approx(0.6963, abs=5e-5)


def test_a_well_insulated_slab_too() -> None:
    # R 5: dt = 0.3 + 2 x 5.21 = 10.72 m > B', so U = 2 / (0.457 x 5 + 10.72) = 0.1538 W/m2K.
    film = surface_heat.ground_film(100.0, 40.0, 5.0, FIGURE)
    assert 1.0 / (0.17 + 5.0 + 0.25 + 1.0 / film) == pytest.approx(0.1538, abs=1e-4)


def test_a_wide_slab_loses_less_per_area() -> None:
    narrow, wide = (surface_heat.ground_film(100.0, rim, 0.5, FIGURE) for rim in (60.0, 20.0))
    assert wide < narrow
