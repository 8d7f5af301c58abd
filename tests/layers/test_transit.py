from __future__ import annotations

import zipfile
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import gtfs, tables, transit
from layers.errors import ArchiveError, InputError
from tests.layers.feeds import FILES, KILOMETRE, files, packed, unpacked

if TYPE_CHECKING:
    from pathlib import Path

    from layers.schema import Found

CALLS = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
STOPS = "stop_id,stop_name,stop_lat,stop_lon\n"
OFTEN = "trip_id,start_time,end_time,headway_secs,exact_times\n"


def _read(tmp_path: Path, **changes: str | None) -> Found:
    return transit.read(packed(tmp_path / "town.zip", files(**changes)))


def _times(found: Found, trip: str) -> list[tuple[int, int]]:
    times = found.tables["transit_times"]
    rows = times[times["trip"] == f"town:{trip}"]
    return list(zip(rows["arrival"], rows["departure"], strict=True))


def test_a_small_feed_is_read_whole(tmp_path: Path) -> None:
    found = _read(tmp_path)
    assert set(found.tables) == set(transit.TABLES)
    for name in transit.TABLES:
        tables.schema(name).validate(found.tables[name])
    stops, trips = found.tables["transit_stops"], found.tables["transit_trips"]
    assert list(stops.index) == ["town:a", "town:b", "town:c"]
    assert stops.crs == "EPSG:4326"
    assert (stops.geometry.iloc[0].x, stops.geometry.iloc[0].y) == (10, 0.01)
    assert trips.loc["town:t1", ["name", "mode", "service", "frequent"]].tolist() == [
        "One", "bus", "town:work", False,
    ]  # fmt: skip
    assert _times(found, "t1") == [(28800, 28800), (29100, 29160), (29400, 29400)]
    assert found.tables["transit_times"]["given"].all()
    assert found.drops.empty
    source = found.source
    assert (source.rows_in, source.rows_kept, source.rows_refused) == (3, 3, 0)
    assert source.attribution == "Timetable: Buses"


def test_a_stop_without_position_is_at_its_station_or_counted_as_lost(tmp_path: Path) -> None:
    head = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    rows = [line.split(",") for line in FILES["stops.txt"].splitlines()[1:]]
    whole = {row[0]: f"{','.join(row[:4])},0,\n" for row in rows}
    bare = f"b,B,,,0,s\ns,Station,{rows[1][2]},{rows[1][3]},1,\n"
    found = _read(tmp_path, stops=head + whole["a"] + bare + whole["c"])
    places = found.tables["transit_stops"].geometry
    assert (places["town:b"].y, places["town:b"].x) == (float(rows[1][2]), float(rows[1][3]))
    assert found.drops.empty
    lost = _read(tmp_path, stops=head + whole["a"] + "b,B,,,0,\n" + whole["c"])
    assert list(lost.tables["transit_stops"].index) == ["town:a", "town:c"]
    counts = lost.drops.set_index("reason")["count"]
    assert counts["stop without position"] == 1
    assert counts["call at no known stop"] == 1
    assert _times(lost, "t1") == [(28800, 28800), (29400, 29400)]


def test_a_folder_and_a_zip_with_a_folder_inside_give_the_same_tables(tmp_path: Path) -> None:
    whole = _read(tmp_path)
    inner = {f"feed/{name}": text for name, text in FILES.items()}
    (tmp_path / "in").mkdir()
    for other in (
        transit.read(unpacked(tmp_path / "town", FILES)),
        transit.read(packed(tmp_path / "in" / "town.zip", inner)),
    ):
        for name in transit.TABLES:
            pd.testing.assert_frame_equal(other.tables[name], whole.tables[name])


def test_workdays_with_exceptions(tmp_path: Path) -> None:
    found = _read(
        tmp_path,
        calendar_dates="service_id,date,exception_type\n"
        "work,20190501,2\nwork,20190504,1\nwork,20190503,1\n",
    )
    # 1 May 2019 was a Wednesday; the Saturday of the 4th is added, a workday added changes nothing
    assert [day[-2:] for day in found.tables["transit_services"]["date"]] == [
        "02", "03", "04", "06", "07", "08", "09", "10", "13", "14", "15",
    ]  # fmt: skip


def test_dates_alone_make_a_calendar(tmp_path: Path) -> None:
    dates = "service_id,date,exception_type\nwork,20240229,1\n"
    found = _read(tmp_path, calendar=None, calendar_dates=dates, agency=None)
    assert found.tables["transit_services"]["date"].tolist() == ["2024-02-29"]
    assert found.source.attribution == "Timetable: town.zip"


@given(
    st.dates(pd.Timestamp("1999-01-01").date(), pd.Timestamp("2040-01-01").date()),
    st.integers(0, 400),
    st.lists(st.booleans(), min_size=7, max_size=7).filter(any),
)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_days_of_the_week_are_those_of_the_calendar(
    tmp_path: Path, start: Any, length: int, week: list[bool]
) -> None:
    days = pd.date_range(start, periods=length + 1)
    expected = [f"{day:%Y-%m-%d}" for day in days if week[day.weekday()]]
    if not expected:
        return
    flags = ",".join(str(int(flag)) for flag in week)
    head = FILES["calendar.txt"].split("\n")[0]
    found = _read(tmp_path, calendar=f"{head}\nwork,{flags},{days[0]:%Y%m%d},{days[-1]:%Y%m%d}\n")
    assert found.tables["transit_services"]["date"].tolist() == expected


def test_times_that_are_not_given_are_spread_by_distance(tmp_path: Path) -> None:
    stops = f"{STOPS}a,A,0,10\nb,B,{KILOMETRE},10\nc,C,{4 * KILOMETRE},10\nd,D,{5 * KILOMETRE},10\n"
    calls = f"{CALLS}t1,,8:00:00,a,5\nt1,,,b,10\nt1,,,c,11\nt1,08:10:00,,d,100\n"
    found = _read(tmp_path, stops=stops, stop_times=calls)
    assert _times(found, "t1") == [
        (at, at) for at in (28800, 28800 + 120, 28800 + 480, 28800 + 600)
    ]
    assert found.tables["transit_times"]["given"].tolist() == [True, False, False, True]


def test_times_are_spread_between_the_departure_before_and_the_arrival_after(
    tmp_path: Path,
) -> None:
    calls = (
        f"{CALLS}t1,08:00:00,08:02:00,a,1\nt1,,,b,2\nt1,08:04:00,08:20:00,c,3\n"
        "t0,08:00:00,08:00:00,c,1\nt0,08:01:00,08:01:00,a,2\n"
    )
    trips = FILES["trips.txt"] + "1,work,t0\n"
    found = _read(tmp_path, stop_times=calls, trips=trips)
    assert _times(found, "t1") == [(28800, 28920), (28980, 28980), (29040, 30000)]


def test_trips_may_run_past_midnight(tmp_path: Path) -> None:
    found = _read(
        tmp_path, stop_times=f"{CALLS}t1,23:59:00,23:59:30,a,1\nt1,25:01:00,25:01:00,c,2\n"
    )
    assert _times(found, "t1") == [(86340, 86370), (90060, 90060)]


def test_headways_are_written_out(tmp_path: Path) -> None:
    found = _read(
        tmp_path,
        frequencies=f"{OFTEN}t1,06:00:00,06:30:00,900,0\nt1,24:00:00,24:10:00,600,1\n",
    )
    trips = found.tables["transit_trips"]
    assert list(trips.index) == ["town:t1@06:00:00", "town:t1@06:15:00", "town:t1@24:00:00"]
    assert trips["frequent"].tolist() == [True, True, False]
    assert _times(found, "t1@06:15:00") == [(22500, 22500), (22800, 22860), (23100, 23100)]
    assert _times(found, "t1") == []
    assert found.source.rows_kept == 3


def test_places_where_nobody_may_board_or_alight(tmp_path: Path) -> None:
    calls = CALLS.strip() + ",pickup_type,drop_off_type\n"
    calls += (
        "t1,08:00:00,08:00:00,a,1,0,1\nt1,08:05:00,08:05:00,b,2,2,\nt1,08:10:00,08:10:00,c,3,1,3\n"
    )
    times = _read(tmp_path, stop_times=calls).tables["transit_times"]
    assert times["pickup"].tolist() == [True, True, False]
    assert times["drop_off"].tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(0, "tram"), (1, "subway"), (2, "train"), (4, "ferry"), (11, "bus"), (109, "train"),
     (702, "bus"), (1700, "other")],
)  # fmt: skip
def test_modes(tmp_path: Path, kind: int, mode: str) -> None:
    routes = f"route_id,route_short_name,route_long_name,route_type\n1,,Long,{kind}\n"
    trips = _read(tmp_path, routes=routes).tables["transit_trips"]
    assert trips[["mode", "name"]].to_numpy().tolist() == [[mode, "Long"]]


def test_headers_with_spaces_marks_and_quotes_are_understood(tmp_path: Path) -> None:
    changes = {
        "stops": '\ufeffstop_id, stop_name ,stop_lat,stop_lon\r\na,"A, or ""B""",0.01, 10\r\n'
        "b,Beta,0.02,10\r\nc,Gamma,0.03,10",
    }
    stops = _read(tmp_path, **changes).tables["transit_stops"]
    assert stops["name"].tolist() == ['A, or "B"', "Beta", "Gamma"]
    assert stops.geometry.x.tolist() == [10, 10, 10]


LOST = {
    "trip of an unknown route": (
        {"trips": FILES["trips.txt"] + "9,work,t9\n"},
        [("transit_trips", "trip of a route that is not in the feed", 1)],
    ),
    "trip of an unknown service": (
        {"trips": FILES["trips.txt"] + "1,never,t9\n"},
        [("transit_trips", "trip that runs on no day", 1)],
    ),
    "calls of an unknown trip": (
        {"stop_times": FILES["stop_times.txt"] + "x,,,a,1\nx,,,b,2\n"},
        [("transit_times", "call of a trip that is not in the feed", 2)],
    ),
    "call at an unknown stop": (
        {"stop_times": FILES["stop_times.txt"] + "t1,,,zz,9\n"},
        [("transit_times", "call at no known stop", 1)],
    ),
    "stop in the Gulf of Guinea": (
        {"stops": FILES["stops.txt"] + "z,Zero,0,0\n"},
        [("transit_stops", "stop at latitude 0, longitude 0", 1)],
    ),
    "trip with one stop": (
        {
            "trips": FILES["trips.txt"] + "1,work,t9\n",
            "stop_times": FILES["stop_times.txt"] + "t9,09:00:00,09:00:00,a,1\n",
        },
        [
            ("transit_times", "call of a trip with fewer than two stops", 1),
            ("transit_trips", "trip with fewer than two stops", 1),
        ],
    ),
    "trip without a last time": (
        {
            "trips": FILES["trips.txt"] + "1,work,t9\n",
            "stop_times": FILES["stop_times.txt"] + "t9,09:00:00,,a,1\nt9,,,b,2\n",
        },
        [
            ("transit_times", "call of a trip without time at its first or last stop", 2),
            ("transit_trips", "trip without time at its first or last stop", 1),
        ],
    ),
    "trip back in time": (
        {
            "trips": FILES["trips.txt"] + "1,work,t9\n",
            "stop_times": FILES["stop_times.txt"] + "t9,09:00:00,,a,1\nt9,08:00:00,,b,2\n",
        },
        [
            ("transit_times", "call of a trip that runs back in time", 2),
            ("transit_trips", "trip that runs back in time", 1),
        ],
    ),
    "headway of an unknown trip": (
        {"frequencies": f"{OFTEN}x,06:00:00,06:30:00,900,0\n"},
        [("transit_trips", "headway of a trip that is not kept", 1)],
    ),
    "departure given twice": (
        {"frequencies": f"{OFTEN}t1,06:00:00,06:30:00,900,0\nt1,06:15:00,06:30:00,900,0\n"},
        [("transit_trips", "departure that two headways give", 1)],
    ),
}


@pytest.mark.parametrize("case", LOST)
def test_what_is_lost_is_counted(tmp_path: Path, case: str) -> None:
    changes, expected = LOST[case]
    found = _read(tmp_path, **changes)
    rows = found.drops[["table", "reason", "count"]].itertuples(index=False, name=None)
    assert list(rows) == expected
    assert found.source.rows_in == found.source.rows_kept + found.source.rows_refused
    assert found.source.rows_kept == 3


BAD: dict[str, tuple[dict[str, str | None], str]] = {
    "no stops": ({"stops": None}, "stops.txt: is missing"),
    "no calendar of any kind": ({"calendar": None}, "are both missing"),
    "empty file": ({"trips": ""}, "trips.txt: is empty"),
    "no column": ({"stops": "stop_id,stop_lat\na,1\n"}, "column stop_lon: is missing"),
    "two columns of one name": (
        {"stops": "stop_id,stop_lat,stop_lon,stop_id\na,1,1,b\n"},
        "two columns",
    ),
    "ragged row": ({"stops": FILES["stops.txt"] + "d,Delta,1\n"}, "line 5: has 3 cells"),
    "no number": ({"stops": f"{STOPS}a,A,north,10\n"}, "row 2, column stop_lat: the cell is no"),
    "not finite": ({"stops": f"{STOPS}a,A,inf,10\n"}, "column stop_lat"),
    "off the globe": ({"stops": f"{STOPS}a,A,95,10\n"}, "outside the globe"),
    "no position": ({"stops": f"{STOPS}a,A,,10\n"}, "call at no known stop"),
    "no time": (
        {"stop_times": f"{CALLS}t1,08:00,08:00:00,a,1\nt1,8 am,08:75:00,b,2\n"},
        'arrival_time: 2 cells are no time like 08:05:00 (the first is "08:00")',
    ),
    "a time beyond a week": (
        {"stop_times": f"{CALLS}t1,800:00:00,800:00:00,a,1\n"},
        "no time",
    ),
    "no id": ({"trips": "route_id,service_id,trip_id\n1,work,\n"}, "the cell is empty"),
    "id twice": ({"trips": FILES["trips.txt"] + "1,work,t1\n"}, "row 3: 1 rows repeat trip"),
    "call twice": (
        {"stop_times": FILES["stop_times.txt"] + "t1,,,a,2\n"},
        "repeat trip and sequence",
    ),
    "no date": (
        {"calendar": FILES["calendar.txt"].replace("20190515", "2019-05-15")},
        "no date like",
    ),
    "no such day": (
        {"calendar": FILES["calendar.txt"].replace("20190515", "20190231")},
        "no date like",
    ),
    "neither 0 nor 1": (
        {"calendar": FILES["calendar.txt"].replace("work,1", "work,yes")},
        "no 0 or 1",
    ),
    "calendar backwards": (
        {"calendar": FILES["calendar.txt"].replace("20190515", "20190415")},
        "end before they begin",
    ),
    "calendar of centuries": (
        {"calendar": FILES["calendar.txt"].replace("20190515", "29190515")},
        "run longer than",
    ),
    "unknown exception": (
        {"calendar_dates": "service_id,date,exception_type\nwork,20190501,3\n"},
        "neither add nor remove",
    ),
    "no headway": ({"frequencies": f"{OFTEN}t1,06:00:00,07:00:00,0,0\n"}, "have no headway"),
    "headways that fill the machine": (
        {
            "frequencies": OFTEN
            + "".join(f"t1,{hour:02d}:00:00,160:00:00,1,0\n" for hour in range(99))
        },
        "more than 10,000,000",
    ),
    "no trip runs": (
        {"trips": "route_id,service_id,trip_id\n1,never,t1\n"},
        "trip that runs on no day (1)",
    ),
    "no trips at all": ({"trips": "route_id,service_id,trip_id\n"}, "no trip that runs"),
    "quotation mark never closed": ({"stops": f'{STOPS}a,"A,1,10\n'}, "stops.txt"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_feeds_are_refused_in_plain_words(tmp_path: Path, case: str) -> None:
    changes, words = BAD[case]
    with pytest.raises(InputError) as caught:
        _read(tmp_path, **changes)
    assert words in str(caught.value)
    assert str(caught.value).startswith("town.zip")


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        _read(
            tmp_path,
            stops=f"{STOPS}a,A,x,y\n",
            routes=None,
            calendar=FILES["calendar.txt"].replace("20190515", "soon"),
        )
    places = {fault.place for fault in caught.value.faults}
    assert places == {
        "routes.txt",
        "stops.txt row 2, column stop_lat",
        "stops.txt row 2, column stop_lon",
        "calendar.txt row 2, column end_date",
    }


@pytest.mark.parametrize("text", [b"\xff\xfe\x00stop_id", b"\x00" * 50, b"\n\n", b'"', b"a\rb"])
def test_bytes_that_are_no_table(tmp_path: Path, text: bytes) -> None:
    content: dict[str, Any] = {**FILES, "stops.txt": text}
    with pytest.raises(InputError, match="town"):
        transit.read(packed(tmp_path / "town.zip", content))


@pytest.mark.parametrize(("key", "words"), [("rows", "3 rows, more than 2"), ("file.bytes", "MB")])
def test_feeds_that_would_fill_the_machine_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, words: str
) -> None:
    bound = gtfs.limit
    monkeypatch.setattr(gtfs, "limit", lambda asked: 2 if asked == key else bound(asked))
    with pytest.raises(InputError, match=words):
        _read(tmp_path)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="times its size"):
        _read(tmp_path, stop_times=CALLS + "0" * 50_000_000)


@pytest.mark.parametrize("name", ["../stops.txt", "/etc/stops.txt", "a\\..\\stops.txt"])
def test_a_member_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveError, match="points outside"):
        transit.read(packed(tmp_path / "town.zip", {**files(stops=None), name: "stop_id\n"}))
    assert not (tmp_path.parent / "stops.txt").exists()


def test_a_link_out_of_a_folder_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(FILES["stops.txt"])
    folder = unpacked(tmp_path / "town", files(stops=None))
    (folder / "stops.txt").symlink_to(secret)
    with pytest.raises(InputError, match="link to another place"):
        transit.read(folder)


@pytest.mark.parametrize(
    ("path", "words"),
    [("http://127.0.0.1/feed.zip", "Only files on this machine"), ("none.zip", "no such file"),
     ("/vsizip/feed.zip", "Only files on this machine"), ("stops.txt", "zip or a folder")],
)  # fmt: skip
def test_what_is_no_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stops.txt").write_text("stop_id\n")
    with pytest.raises(InputError, match=words):
        transit.read(path)


def test_a_text_that_calls_itself_zip(tmp_path: Path) -> None:
    (tmp_path / "town.zip").write_text("stop_id\n")
    with pytest.raises(InputError, match=r"named \.zip but is text"):
        transit.read(tmp_path / "town.zip")


@given(st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_damage_gives_tables_or_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*FILES, "frequencies.txt", "calendar_dates.txt"]))
    text = bytearray(
        {
            **FILES,
            "frequencies.txt": f"{OFTEN}t1,06:00:00,06:30:00,900,0\n",
            "calendar_dates.txt": "service_id,date,exception_type\nwork,20190501,2\n",
        }[name].encode()
    )
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        width = data.draw(st.integers(0, 4))
        text[place : place + width] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b",", b"\n", b'"', b"9" * 20, b"nan", b"-1"])
        )
    content: dict[str, Any] = {**FILES, name: bytes(text)}
    try:
        found = transit.read(packed(tmp_path / "town.zip", content))
    except InputError:
        return
    for key in transit.TABLES:
        assert not tables.schema(key).faults(found.tables[key])


@pytest.mark.data
@pytest.mark.parametrize(
    ("feed", "stops", "trips", "calls", "mode"),
    [("poa_eptc", 3986, 2374, 130_019, "bus"), ("poa_trensurb", 24, 1248, 14_855, "train")],
)
def test_real_feeds_lose_nothing(
    data_dir: Path, feed: str, stops: int, trips: int, calls: int, mode: str
) -> None:
    path = data_dir / "gtfs" / f"{feed}.zip"
    found = transit.read(path)
    assert [len(found.tables[name]) for name in transit.TABLES[:3]] == [stops, trips, calls]
    assert set(found.tables["transit_trips"]["mode"]) == {mode}
    assert found.drops.empty
    times = found.tables["transit_times"]
    with zipfile.ZipFile(path) as archive, archive.open("stop_times.txt") as stream:
        raw = pd.read_csv(stream, dtype=str)
    given_times = raw.dropna(subset="departure_time").set_index(["trip_id", "stop_sequence"])
    stated = pd.to_timedelta(given_times["departure_time"]).dt.total_seconds()
    keys = [times["trip"].str.removeprefix(f"{feed}:"), times["sequence"].astype(str)]
    ours = times.set_index(keys)["departure"]
    assert times["given"].sum() == len(stated)
    assert np.array_equal(ours.loc[stated.index], stated)
    later = times.groupby("trip")["arrival"].diff().dropna()
    assert (later >= 0).all()


def test_every_column_that_is_read_has_a_converter() -> None:
    rows = tables.load("gtfs_columns")
    assert set(rows["kind"]) <= set(gtfs.CONVERTERS)
    assert set(rows["need"]) <= {"yes", "cell", "no"}
    assert not rows.duplicated(["file", "column"]).any()
    assert not any(a != b and a.endswith(b) for a, b in product(gtfs.columns(), repeat=2))
