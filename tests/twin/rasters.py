"""Small grids and series, in the form that a City keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr


def grid(crs: str, height: float = 20.0, west: float = 711_500.0, north: float = 6_173_700.0,
         cell: float = 100.0) -> xr.Dataset:  # fmt: skip
    """Level ground of three by four cells."""
    return xr.Dataset(
        {"elevation": (("y", "x"), np.full((3, 4), height, "float32"), {"units": "m"})},
        {
            "y": ("y", north - cell * (np.arange(3) + 0.5), {"units": "m"}),
            "x": ("x", west + cell * (np.arange(4) + 0.5), {"units": "m"}),
        },
        {"crs": crs},
    )


def climate(hours: int = 48) -> xr.Dataset:
    """Two days with a warm noon, in UTC."""
    time = pd.date_range("2024-01-01", periods=hours, freq="h")
    day = np.sin(2 * np.pi * (np.arange(hours) - 6) / 24)
    return xr.Dataset(
        {
            "temperature": ("time", 5 + 3 * day, {"units": "degC"}),
            "ghi": ("time", 200 * np.maximum(day, 0), {"units": "W m-2"}),
        },
        {"time": ("time", time.to_numpy())},
    )
