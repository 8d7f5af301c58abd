"""Small GTFS feeds, made by hand in the shape that the GTFS Schedule reference describes.

Three stops on a line to the north, one kilometre apart; line 1 runs on workdays of the first half
of May 2019, every call timed.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KILOMETRE = 0.00899322
"""One kilometre along a meridian at the equator [deg]."""

FILES: Mapping[str, str] = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,Buses,http://a,UTC\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    f"a,Alpha,0.01,10\nb,Beta,{0.01 + KILOMETRE},10\nc,Gamma,{0.01 + 2 * KILOMETRE},10\n",
    "routes.txt": "route_id,route_short_name,route_long_name,route_type\n1,One,,3\n",
    "trips.txt": "route_id,service_id,trip_id\n1,work,t1\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t1,08:00:00,08:00:00,a,1\nt1,08:05:00,08:06:00,b,2\nt1,08:10:00,08:10:00,c,3\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\nwork,1,1,1,1,1,0,0,20190501,20190515\n",
}


def files(**changes: str | None) -> dict[str, str]:
    """Files of the feed with some exchanged (names without .txt) or left out (None)."""
    named = {f"{name}.txt": text for name, text in changes.items()}
    return {name: text for name, text in {**FILES, **named}.items() if text is not None}


def packed(path: Path, content: Mapping[str, str | bytes]) -> Path:
    """Zip of the files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return path


def unpacked(folder: Path, content: Mapping[str, str]) -> Path:
    """Folder with the files."""
    folder.mkdir()
    for name, text in content.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
