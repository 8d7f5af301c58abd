"""PVGIS of the EU's Joint Research Centre: typical years and real years, as files or online.

Times are UTC. The irradiance of a row is that of one instant: the minutes of its time (hourly
series), or the "irradiance time offset" of the header (typical years). That instant is kept as
`sun_minutes`, so the sun stands where the satellite saw it. pvlib parses the answers.
T. Huld, R. Müller and A. Gambardella, Solar Energy 86 (2012) 1803-1815.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from typing import TYPE_CHECKING, Any, Final

import httpx
import numpy as np
import pandas as pd
from pvlib.iotools import pvgis as library
from pvlib.iotools import read_pvgis_hourly, read_pvgis_tmy

from layers import fetch
from layers.climate import contract, text
from layers.climate.contract import Station
from layers.climate.hours import Rows
from layers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVICE: Final[str] = library.URL
"""Address of the service that is built into pvlib."""

HEAD: Final = "Latitude (decimal degrees):"
ATTRIBUTION: Final = "PVGIS (c) European Union"
LICENCE: Final = "free to use with attribution (European Commission)"
MINUTES: Final = 60.0


def is_pvgis(content: str) -> bool:
    """Whether a text begins like a CSV of PVGIS."""
    return content.startswith(HEAD)


def rows(path: Path) -> Rows:
    """Read a JSON or CSV file of the typical-year or the hourly tool.

    Parameters
    ----------
    path
        A file that `text.opened` gave.

    Raises
    ------
    InputError
        If it is not of PVGIS, or was made for a tilted plane.
    """
    content = text.decoded(path)
    try:
        with text.strict():
            return _json(path, content) if path.suffix.lower() == ".json" else _csv(path, content)
    except text.FAULTS as error:
        raise text.unreadable(path, "an answer of PVGIS", error) from error


def _json(path: Path, content: str) -> Rows:
    outputs = json.loads(content)["outputs"]
    if "tmy_hourly" in outputs:
        frame, about = read_pvgis_tmy(io.StringIO(content), pvgis_format="json")
        place = about["inputs"]["location"]
        offset = float(place.get("irradiance_time_offset", 0.0))
        return _typical(path, frame, place, offset)
    frame, about = read_pvgis_hourly(io.StringIO(content), pvgis_format="json")
    fixed = about["inputs"]["mounting_system"]["fixed"]
    return _series(path, frame, about["inputs"]["location"], fixed["slope"]["value"])


def _csv(path: Path, content: str) -> Rows:
    if "\ntime(UTC)," in content:
        frame, about = read_pvgis_tmy(io.BytesIO(content.encode()), pvgis_format="csv")
        place = about["inputs"]
        return _typical(path, frame, place, float(place.get("irradiance time offset", 0.0)))
    frame, about = read_pvgis_hourly(io.StringIO(content), pvgis_format="csv")
    place = about["inputs"]
    slope = next((place[key] for key in place if key.strip().lower() == "slope"), "nan")
    return _series(path, frame, place, str(slope).split()[0])


def _typical(path: Path, frame: pd.DataFrame, place: dict[str, Any], offset: float) -> Rows:
    return _rows(path, frame, _station(place, MINUTES * offset), typical=True)


def _series(path: Path, frame: pd.DataFrame, place: dict[str, Any], slope: Any) -> Rows:
    """Hourly series of a real year; only a horizontal plane tells global and diffuse."""
    if not abs(float(slope)) < 1e-9:  # noqa: PLR2004 - a horizontal plane, as text or number
        raise InputError(path.name, "slope", f"is {slope} degrees.",
                         "Download the series for slope 0.")  # fmt: skip
    parts = ["poa_direct", "poa_sky_diffuse", "poa_ground_diffuse"]
    if set(parts) <= set(frame.columns):
        frame = frame.assign(ghi=frame[parts].sum(axis=1), dhi=frame["poa_sky_diffuse"])
    elif "poa_global" in frame:
        frame = frame.assign(ghi=frame["poa_global"])
    minutes = np.unique(frame.index.minute)
    if len(minutes) != 1:
        raise InputError(path.name, "time", "the minutes differ from row to row.",
                         "Download it again.")  # fmt: skip
    return _rows(path, frame, _station(place, float(minutes[0])), typical=False)


def _station(place: dict[str, Any], minutes: float) -> Station:
    latitude, longitude = float(place["latitude"]), float(place["longitude"])
    return Station(
        name=f"PVGIS {latitude:.3f} {longitude:.3f}",
        latitude=latitude,
        longitude=longitude,
        elevation=float(place["elevation"]),
        utc_offset=0.0,
        sun_minutes=minutes,
    )


def _rows(path: Path, frame: pd.DataFrame, station: Station, *, typical: bool) -> Rows:
    found = text.converted(frame, "pvgis")
    found.index = pd.DatetimeIndex(frame.index).tz_localize(None).floor("h")
    return Rows(
        frame=found,
        station=station,
        typical=typical,
        grade="calculated",
        source=text.source(
            path, f"hourly weather of {station.name}", len(found),
            licence=LICENCE, attribution=ATTRIBUTION,
        ),
        notes=(f"Irradiance is that of one instant, {station.sun_minutes:g} minutes past.",),
    )  # fmt: skip


def download(
    latitude: float,
    longitude: float,
    *,
    year: int | None = None,
    url: str = SERVICE,
    cache: Path | None = None,
    sleep: Callable[[float], None] | None = None,
) -> Path:
    """Ask PVGIS for a year, unless the answer is in the cache.

    Parameters
    ----------
    latitude, longitude
        Position, WGS84 [deg].
    year
        A real year; None asks for the typical year.
    url
        Address of the service; default: the one built into pvlib. Another one is asked because
        the user named it, whatever it is.
    cache
        Folder for answers; by default in the user's cache folder.
    sleep
        How to wait between attempts.

    Returns
    -------
    Path
        The answer as a JSON file.

    Raises
    ------
    FetchError
        If the service cannot be reached or gives no usable answer.
    InputError
        If the position is none.
    """
    params = _question(latitude, longitude, year)
    tool = "tmy" if year is None else "seriescalc"
    address = url.rstrip("/") + "/" + tool
    key = json.dumps([address, params], sort_keys=True).encode()
    folder = cache or fetch.cache_folder("weather")
    kept = folder / f"pvgis-{hashlib.sha256(key).hexdigest()[:32]}.json"
    if kept.is_file():
        return kept
    host = httpx.URL(SERVICE).host
    answer = fetch.get(
        address,
        hosts=() if url != SERVICE else (host,),
        named=() if url == SERVICE else (httpx.URL(url).host,),
        params=params,
        limits=fetch.Limits(
            size=int(contract.limit("answer.bytes")), seconds=contract.limit("answer.seconds")
        ),
        **({} if sleep is None else {"sleep": sleep}),
    )
    _keep(kept, answer)
    return kept


def _question(latitude: float, longitude: float, year: int | None) -> dict[str, str]:
    if not (abs(latitude) <= 90.0 and abs(longitude) <= 180.0):  # noqa: PLR2004 - bounds of a globe
        raise InputError("PVGIS", "position",
                         f"latitude {latitude}, longitude {longitude} is none in degrees.",
                         "Check the CRS and the order of the axes.")  # fmt: skip
    asked = {"lat": f"{latitude:.4f}", "lon": f"{longitude:.4f}", "outputformat": "json"}
    if year is None:
        return asked
    return asked | {"startyear": str(year), "endyear": str(year), "angle": "0", "components": "1"}


def _keep(path: Path, answer: bytes) -> None:
    """Write an answer whole or not at all; only one that can be parsed is kept."""
    try:
        json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise text.unreadable(path, "an answer of PVGIS", error) from error
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
            stream.write(answer)
        os.replace(stream.name, path)  # noqa: PTH105 - one atomic step, also over an older answer
    except OSError as error:
        raise InputError(str(path.parent.name), "", "The cache folder cannot be written.",
                         "Name another folder for the cache.") from error  # fmt: skip
