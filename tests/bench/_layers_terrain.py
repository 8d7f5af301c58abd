"""Terrain: hidden building heights of Gothenburg, slopes of many streets, a large grid on disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.frame import Row, at_most, data, measured
from tests.twin import gothenburg

SLOPE_BAR, GRID_BAR = 10.0, 10.0


def rows(quick: bool) -> list[Row]:
    """CPU times; the error of hidden heights only with the larger data."""
    streets, side = (2_000, 500) if quick else (30_000, 2_000)
    found = [_slopes(streets), _grid(side)]
    return found if quick else [*_hidden(), *found]


def _hidden() -> list[Row]:
    """Each fifth of the buildings hidden in turn; DSM - DEM is the truth."""
    guesses = gothenburg.hidden(data("dem"))
    error = guesses[["ours", "naive"]].sub(guesses["truth"], axis=0).abs().mean()
    name = f"heights of {len(guesses)} Gothenburg buildings, hidden: mean absolute error"
    return [
        Row(name, float(error["ours"]), "m", peer=f"median of the known {error['naive']:.2f} m")
    ]


def _slopes(count: int) -> Row:
    used = measured(
        "import numpy as np, shapely\nfrom twin.complete import slope\n"
        "rng = np.random.default_rng(1)\n"
        "z = rng.normal(50, 3, (1000, 1000)); x = np.arange(1000) * 10.0; y = x[::-1].copy()\n"
        f"ends = rng.uniform(100, 9800, ({count}, 1, 2))\n"
        f"lines = shapely.linestrings(ends + rng.uniform(-90, 90, ({count}, 4, 2)))",
        "slope.along(lines, np.zeros(len(lines), bool), (z, x, y), 10.0)",
    )
    return at_most(f"slopes of {count:,} streets, CPU", used["cpu"], "s", SLOPE_BAR)


def _grid(side: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "x.twin")
        used = measured(
            "import numpy as np, xarray as xr\nfrom tests.twin.cities import tiny\n"
            "from twin import store\nimport zarr\n"
            f"z = np.random.default_rng(1).normal(50, 3, ({side}, {side})).astype('float32')\n"
            f"x = 7e5 + np.arange({side}) * 5.0\n"
            "city = tiny()",
            "axes = {'y': ('y', x[::-1], {'units': 'm'}), 'x': ('x', x, {'units': 'm'})}\n"
            "grid = xr.Dataset({'elevation': (('y', 'x'), z, {'units': 'm'})}, axes,\n"
            "                  {'crs': city.crs})\n"
            f"store.save(city.replace(grid=grid), {path!r})\n"
            f"store.open({path!r}).grid",
        )
    return at_most(f"grid of {side**2:,} cells saved and opened, CPU", used["cpu"], "s", GRID_BAR)
