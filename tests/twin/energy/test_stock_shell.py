from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.energy import stocks
from twin.energy import stock_shell, surface_heat
from twin.energy.stock_shell import FLOOR, INNER, ROOF, WALL, WINDOW

STOCK = stocks.assembled()
TABLES = stocks.DANISH.rooms

LAYER = st.tuples(
    st.floats(0.01, 0.5), st.floats(0.03, 2.0), st.floats(700.0, 1600.0), st.floats(20.0, 2400.0)
)


@given(layers=st.lists(LAYER, min_size=1, max_size=4))
def test_nodes_of_many_are_those_of_one(layers: list[tuple[float, float, float, float]]) -> None:
    thickness, conductivity, heat, density = np.array(layers).T
    found, held = stock_shell.nodes(
        (thickness / conductivity)[None, :], (thickness * heat * density)[None, :]
    )
    expected, sliced = surface_heat.nodes(layers)
    np.testing.assert_allclose(found[0], expected, rtol=1e-9)
    # The other one cuts each layer into 200 slices.
    np.testing.assert_allclose(held[0], sliced, atol=2e-3 * sliced.sum())


def test_resistance_is_what_the_u_value_leaves() -> None:
    made = stock_shell.shell(STOCK, TABLES)
    u_value, figure = stock_shell.u_values(STOCK), TABLES.figures
    for part, name in ((WALL, "wall"), (ROOF, "roof"), (FLOOR, "floor")):
        core = (1.0 / made.conductance[:, part]).sum(axis=1)
        np.testing.assert_allclose(core + figure[f"film.{name}"], 1.0 / u_value[:, part])
    glass = (1.0 / made.conductance[:, WINDOW]).sum(axis=1) + 0.17
    np.testing.assert_allclose(glass, 1.0 / u_value[:, WINDOW])


def test_areas_fill_the_facade_and_the_footprint() -> None:
    area = stock_shell.areas(STOCK, TABLES)
    np.testing.assert_allclose(area[:, WALL] + area[:, WINDOW], STOCK.walls.exposed.sum(axis=1))
    np.testing.assert_allclose(area[:, ROOF], STOCK.buildings["footprint"])
    np.testing.assert_allclose(area[:, ROOF], area[:, FLOOR])
    assert (area[:, INNER] > STOCK.walls.party).all()


def test_insulation_keeps_the_heat_capacity_inside() -> None:
    plain = stock_shell.shell(STOCK, TABLES)
    better = stock_shell.shell(stocks.assembled(stocks.changed(u_wall=0.15)), TABLES)
    np.testing.assert_allclose(
        better.capacity[:, WALL].sum(axis=1), plain.capacity[:, WALL].sum(axis=1)
    )
    np.testing.assert_allclose(better.active, plain.active)
    # All of it moves to the inner side of the insulation.
    assert (better.capacity[:, WALL, -1] > plain.capacity[:, WALL, -1]).all()


def test_a_green_roof_insulates_a_little() -> None:
    green = stock_shell.shell(stocks.assembled(stocks.changed(green_roof=True)), TABLES)
    plain = stock_shell.shell(STOCK, TABLES)
    gained = (1.0 / green.conductance - 1.0 / plain.conductance)[:, ROOF].sum(axis=1)
    assert gained == pytest.approx(TABLES.figures["roof.green_resistance"])
