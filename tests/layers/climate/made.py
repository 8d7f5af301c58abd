"""Weather files of our own making, in the documented shapes; no measured weather.

The year is a formula: a yearly and a daily wave of temperature, and a sun that shines through a
constant share of the atmosphere, so every figure has a second route.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pvlib import irradiance, solarposition

if TYPE_CHECKING:
    from pathlib import Path

LATITUDE, LONGITUDE, ELEVATION = 55.5, 10.5, 20.0
MONTH_YEARS = (2003, 2004, 2005, 2008, 2006, 2003, 2009, 2007, 2004, 2008, 2005, 2006)
TRANSMITTED = 0.5


def hours(year: int, freq: str = "h") -> pd.DatetimeIndex:
    return pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq=freq, inclusive="left")


def year(utc_offset: float = 0.0, label: int = 2001, minutes: float = 30.0) -> pd.DataFrame:
    """Index: begin of the hour in local standard time."""
    return _year(utc_offset, label, minutes).copy()


@cache
def _year(utc_offset: float, label: int, minutes: float) -> pd.DataFrame:
    times = hours(label)
    day, hour = times.day_of_year.to_numpy(), times.hour.to_numpy()
    moments = times - pd.Timedelta(hours=utc_offset) + pd.Timedelta(minutes=minutes)
    sun = solarposition.get_solarposition(moments.tz_localize("UTC"), LATITUDE, LONGITUDE)
    cosine = np.maximum(np.cos(np.radians(sun["apparent_zenith"].to_numpy())), 0.0)
    dni = np.where(cosine > 0, TRANSMITTED * irradiance.get_extra_radiation(day), 0.0).round(3)
    dhi = (100.0 * cosine).round(3)
    return pd.DataFrame(
        {
            "temperature": (9 - 10 * np.cos((day - 20) / 58.1) - 3 * np.cos(hour / 3.82)).round(2),
            "relative_humidity": 70.0 + hour % 7,
            "ghi": (dhi + dni * cosine).round(4),
            "dni": dni,
            "dhi": dhi,
            "wind_speed": 3.0 + (day % 5) / 2,
            "pressure": 101_000.0 + 10.0 * hour,
            "sky_infrared": 300.0 + hour,
        },
        index=times,
    )  # fmt: skip


def epw(frame: pd.DataFrame, utc_offset: float = 0.0, years: tuple[int, ...] = MONTH_YEARS) -> str:
    head = [
        f"LOCATION,Made Up,-,DNK,TEST,000000,{LATITUDE},{LONGITUDE},{utc_offset},{ELEVATION}",
        "DESIGN CONDITIONS,0", "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0",
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1,made for a test", "COMMENTS 2,",
        "DATA PERIODS,1,1,Data,Sunday,1/1,12/31",
    ]  # fmt: skip
    rows = [
        f"{years[at.month - 1] if years else at.year},{at.month},{at.day},{at.hour + 1},60,x,"
        f"{r.temperature},5.0,{r.relative_humidity},{r.pressure},0,0,{r.sky_infrared},{r.ghi},"
        f"{r.dni},{r.dhi},0,0,0,0,180,{r.wind_speed},5,5,20.0,77777,9,999999999,30,0.1,0,88,0.2,0,0"
        for at, r in zip(frame.index, frame.itertuples(), strict=True)
    ]
    return "\n".join(head + rows) + "\n"


def tmy3(frame: pd.DataFrame, utc_offset: int = 0, years: tuple[int, ...] = MONTH_YEARS) -> str:
    head = (
        f'000000,"Made Up",DK,{utc_offset},{LATITUDE},{LONGITUDE},{ELEVATION}\n'
        "Date (MM/DD/YYYY),Time (HH:MM),GHI (W/m^2),DNI (W/m^2),DHI (W/m^2),Dry-bulb (C),"
        "RHum (%),Pressure (mbar),Wspd (m/s)\n"
    )
    return head + "".join(
        f"{at.month:02d}/{at.day:02d}/{years[at.month - 1]},{at.hour + 1:02d}:00,"
        f"{r.ghi},{r.dni},{r.dhi},{r.temperature},{r.relative_humidity},{r.pressure / 100},"
        f"{r.wind_speed}\n"
        for at, r in zip(frame.index, frame.itertuples(), strict=True)
    )


def pvgis_tmy(frame: pd.DataFrame, offset: float) -> dict[str, object]:
    rows = [
        {
            "time(UTC)": f"{MONTH_YEARS[at.month - 1]}{at:%m%d:%H%M}", "T2m": r.temperature,
            "RH": r.relative_humidity, "G(h)": r.ghi, "Gb(n)": r.dni or -0.0, "Gd(h)": r.dhi,
            "IR(h)": r.sky_infrared, "WS10m": r.wind_speed, "WD10m": 200.0, "SP": r.pressure,
        }
        for at, r in zip(frame.index, frame.itertuples(), strict=True)
    ]  # fmt: skip
    place = {"latitude": LATITUDE, "longitude": LONGITUDE, "elevation": ELEVATION,
             "irradiance_time_offset": offset}  # fmt: skip
    months = [{"month": n, "year": y} for n, y in enumerate(MONTH_YEARS, 1)]
    return {
        "inputs": {"location": place},
        "outputs": {"months_selected": months, "tmy_hourly": rows},
        "meta": {"inputs": {}, "outputs": {}},
    }


def pvgis_csv(frame: pd.DataFrame, offset: float) -> str:
    answer = json.loads(json.dumps(pvgis_tmy(frame, offset)))
    rows = answer["outputs"]["tmy_hourly"]
    lines = [
        f"Latitude (decimal degrees): {LATITUDE:.3f}",
        f"Longitude (decimal degrees): {LONGITUDE:.3f}",
        f"Elevation (m): {ELEVATION}",
        f"Irradiance Time Offset (h): {offset}",
        "month,year",
        *[f"{n},{y}" for n, y in enumerate(MONTH_YEARS, 1)],
        ",".join(rows[0]),
        *[",".join(str(cell) for cell in row.values()) for row in rows],
        "",
        "T2m: 2-m air temperature (degree Celsius)",
        "PVGIS (c) European Union, 2001-2026",
    ]
    return "\r\n".join(lines) + "\r\n"


def pvgis_hourly(frame: pd.DataFrame, minutes: int, slope: float = 0.0) -> dict[str, object]:
    rows = [
        {
            "time": f"{at:%Y%m%d:%H}{minutes:02d}", "Gb(i)": r.ghi - r.dhi, "Gd(i)": r.dhi,
            "Gr(i)": 0.0, "H_sun": 0.0, "T2m": r.temperature, "WS10m": r.wind_speed, "Int": 0.0,
        }
        for at, r in zip(frame.index, frame.itertuples(), strict=True)
    ]  # fmt: skip
    place = {"latitude": LATITUDE, "longitude": LONGITUDE, "elevation": ELEVATION}
    fixed = {"slope": {"value": slope, "optimal": False}, "azimuth": {"value": 0}}
    return {
        "inputs": {"location": place, "mounting_system": {"fixed": fixed}},
        "outputs": {"hourly": rows},
        "meta": {"inputs": {}, "outputs": {}},
    }


def met(frame: pd.DataFrame) -> str:
    rows = [
        f"{at.month} {at.day} {at.hour + 1} {r.temperature} -5.0 {r.ghi - r.dhi:.4f} {r.dhi} 0.006 "
        f"{r.relative_humidity} {r.wind_speed} 180 0 90"
        for at, r in zip(frame.index, frame.itertuples(), strict=True)
    ]
    return "\n".join(["zonaD3 made up", f"{LATITUDE} {LONGITUDE} {ELEVATION} 15", *rows]) + "\n"


def dmi_long(frame: pd.DataFrame) -> str:
    """Shape of metObs: one row per parameter and observation, time in UTC, end of the hour."""
    names = {"temperature": "temp_mean_past1h", "relative_humidity": "humidity_past1h",
             "ghi": "radia_glob_past1h", "wind_speed": "wind_speed_past1h"}  # fmt: skip
    lines = ["stationId,observed,parameterId,value,lon,lat"]
    for at, row in frame.iterrows():
        stamp = f"{at + pd.Timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        lines += [f"06184,{stamp},{name},{row[key]},{LONGITUDE},{LATITUDE}"
                  for key, name in names.items()]  # fmt: skip
    return "\n".join(lines) + "\n"


def aemet(frame: pd.DataFrame) -> str:
    """Shape of `observacion convencional`: `fint` is the end of the hour in UTC."""
    lines = ["idema;lon;lat;alt;fint;ta;hr;vv;pres"]
    lines += [
        f"3195;{LONGITUDE};{LATITUDE};{ELEVATION};{at + pd.Timedelta(hours=1):%Y-%m-%dT%H:%M:%S};"
        f"{r.temperature};{r.relative_humidity};{r.wind_speed};{r.pressure / 100}"
        for at, r in zip(frame.index, frame.itertuples(), strict=True)
    ]
    return "\n".join(lines) + "\n"


def danish_year(frame: pd.DataFrame) -> str:
    """A reference year as a plain table: semicolons, decimal commas, hour 1 to 24."""
    lines = ["måned;dag;time_på_døgnet;lufttemperatur;globalstråling;diffus_stråling;vindhastighed"]
    lines += [
        f"{at.month};{at.day};{at.hour + 1};{r.temperature};{r.ghi};{r.dhi};{r.wind_speed}".replace(
            ".", ","
        )
        for at, r in zip(frame.index, frame.itertuples(), strict=True)
    ]
    return "\n".join(lines) + "\n"


def written(folder: Path, name: str, content: str | dict[str, object]) -> Path:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8", newline="")
    return path
