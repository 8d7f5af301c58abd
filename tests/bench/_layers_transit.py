"""Timetables: reading feeds, adding them to a City, and journeys to the nearest of some places."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.frame import Row, at_most, data, measured
from tests.layers.feeds import FILES, packed

READ_BAR, REACH_BAR = 10.0, 10.0
TRIPS = 2000
HEX = "gpd.GeoSeries(gpd.points_from_xy(h.lon, h.lat, crs=4326), index=h.index).to_crs(city.crs)"


def rows(quick: bool) -> list[Row]:
    """CPU time of Porto Alegre's feeds; quick: a made feed."""
    return [_made()] if quick else [_made(), *_porto_alegre()]


def _made() -> Row:
    head = FILES["stop_times.txt"].splitlines()[0]
    calls = [f"t{trip},{trip // 60:02d}:{trip % 60:02d}:00,,{stop},{number}" if number != 2 else
             f"t{trip},,,{stop},{number}"
             for trip in range(TRIPS) for number, stop in enumerate("abc", start=1)]  # fmt: skip
    trips = "".join(f"1,work,t{trip}\n" for trip in range(TRIPS))
    with tempfile.TemporaryDirectory() as folder:
        path = packed(Path(folder) / "made.zip", {
            **FILES, "stop_times.txt": "\n".join([head, *calls]),
            "trips.txt": f"route_id,service_id,trip_id\n{trips}",
        })  # fmt: skip
        used = measured("from layers import transit", f"transit.read({str(path)!r})")
    return at_most(f"GTFS, made: {3 * TRIPS:,} calls read, CPU", used["cpu"], "s", READ_BAR)


def _porto_alegre() -> list[Row]:
    feeds = [str(data("gtfs", f"{name}.zip")) for name in ("poa_eptc", "poa_trensurb")]
    read = measured(
        "from layers import transit",
        f"found = [transit.read(path).tables['transit_times'] for path in {feeds}]",
        "{'calls': sum(map(len, found))}",
    )
    reach = measured(
        "import geopandas as gpd, pandas as pd\nfrom twin import build, transit\n"
        f"city = transit.add(build.from_osm({str(data('osm', 'poa.osm.pbf'))!r}), {feeds})\n"
        f"h = pd.read_csv({str(data('pop', 'poa_hexgrid.csv'))!r}).set_index('id')\n"
        f"at = {HEX}\n"
        "def ask(last):\n"
        "    return transit.reach(city, at, at[h.healthcare >= 3], day='2019-05-14',\n"
        "                         departures=(50400, last), limit=30.0)\n"
        "ask(50400)",
        "run = ask(54000)",
        "{'origins': len(at), 'ways': run.seconds.size, 'links': run.counts['connections']}",
    )
    name = f"transit: {reach['origins']:,.0f} origins, {reach['ways']:,.0f} departures, "
    return [
        at_most(f"GTFS, Porto Alegre: {read['calls']:,.0f} calls read, CPU", read["cpu"], "s",
                READ_BAR),
        Row("GTFS, Porto Alegre: memory above the imports", read["memory"], "MB"),
        at_most(f"{name}{reach['links']:,.0f} connections, warm, CPU", reach["cpu"], "s",
                REACH_BAR),
    ]  # fmt: skip
