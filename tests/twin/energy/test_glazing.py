from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.energy import glazing, surface_heat

FIGURE = surface_heat.figures()


def test_the_pane_of_the_standard_is_found_again() -> None:
    index, absorption = glazing.pane(0.834, 0.075)
    through, *kept = glazing.panes(1, index, absorption, np.array([1.0]))
    assert index == pytest.approx(1.5207, abs=1e-3)
    assert through[0] == pytest.approx(0.834, abs=1e-9)
    assert 1.0 - through[0] - sum(part[0] for part in kept) == pytest.approx(0.075, abs=1e-9)


@given(
    cosine=st.floats(0.01, 1.0), index=st.floats(1.2, 2.0), absorption=st.floats(0.0, 1.0),
    count=st.sampled_from([1, 2]),
)  # fmt: skip
def test_shares_of_light_are_shares(
    cosine: float, index: float, absorption: float, count: int
) -> None:
    parts = glazing.panes(count, index, absorption, np.array([cosine]))
    values = np.array([part[0] for part in parts])
    assert (values >= -1e-12).all()
    assert values.sum() <= 1.0 + 1e-12


def test_two_panes_are_the_series_of_their_reflections() -> None:
    # One polarisation at a time: rays that bounce n times between the panes, added up by hand.
    index, absorption = glazing.pane(0.834, 0.075)
    expected = 0.0
    for through, back in glazing._polarised(index, absorption, np.array([0.6])):
        expected += 0.5 * sum(through[0] ** 2 * back[0] ** (2 * n) for n in range(60))
    assert glazing.panes(2, index, absorption, np.array([0.6]))[0][0] == pytest.approx(expected)


def test_even_light_is_the_integral_over_the_hemisphere() -> None:
    assert glazing.hemisphere(np.ones(181)) == pytest.approx(1.0)
    assert glazing.hemisphere(np.linspace(0.0, 1.0, 181)) == pytest.approx(2.0 / 3.0, abs=1e-4)


def test_glass_at_grazing_incidence_lets_nothing_through() -> None:
    made = glazing.of_panes(2, 0.834, 0.075, 0.003, 0.012, 0.84, FIGURE)
    assert made.through[0] == 0.0
    assert (np.diff(made.through) > -1e-12).all()


def test_the_gap_of_en_673_conducts_by_air_and_radiates() -> None:
    # 12 mm: 0.02496 / 0.012 = 2.08 by air that stands still, 3.72 by radiation between 0.84 and 0.84.
    found, change = glazing.gap_conductance(0.012, 0.84, FIGURE)
    assert found == pytest.approx(2.08 + 3.725, abs=0.01)
    assert change == pytest.approx(3.0 * 3.725 / 283.15 + 8e-5 / 0.012, rel=0.01)


def test_a_wide_gap_convects() -> None:
    narrow, wide = (glazing.gap_conductance(width, 0.84, FIGURE)[0] for width in (0.02, 0.1))
    still = 0.02496 / 0.1 + 3.725
    assert wide > 1.2 * still
    assert narrow < 5.6


@pytest.mark.parametrize(("u_value", "g_value"), [(0.7, 0.5), (1.3, 0.6), (2.8, 0.75)])
def test_glass_known_by_values_has_these_values(u_value: float, g_value: float) -> None:
    made = glazing.of_values(u_value, g_value, 0.84, FIGURE)
    assert 1.0 / (1.0 / made.conductance + 0.04 + 0.13) == pytest.approx(u_value)
    assert made.normal == pytest.approx(g_value)
    assert made.diffuse[0] < g_value
