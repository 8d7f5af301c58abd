"""Lamps of a City and their cabinets, wherever the cabinets come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from layers import registers
from tests.twin.cities import frame, place, tiny
from twin import attach, wiring
from twin.complete import cabinets

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city import City


def lit(city: City, *refs: str | None) -> City:
    """Lamps every 10 m along the southern street of Lilleby, from its western end."""
    ids = [f"n{9000 + n}" for n in range(len(refs))]
    spots = [place(10.0 * n, 3.0) for n in range(len(refs))]
    lamps = frame("lamps", ids, geometry=spots, ref=list(refs), lamp_type="led", power=35.0,
                  height=6.0)  # fmt: skip
    return city.replace(lamps=lamps)


def test_without_cabinets_nothing_is_said() -> None:
    city = lit(tiny(), None)
    assert wiring.wired(city) is city
    bare = tiny().replace(lamps=tiny().lamps.iloc[:0])
    assert wiring.wired(bare) is bare


def test_a_cabinet_of_the_map_feeds_the_lamps_of_its_street() -> None:
    box = frame("power", ["n1"], geometry=[place(0.0, 5.0)], kind="street_lighting_cabinet",
                name="C1")  # fmt: skip
    other = frame("power", ["n2"], geometry=[place(30.0, 5.0)], kind="substation", name="T1")
    city = lit(tiny(), None, "C1-02").replace(power=pd.concat([box, other]))
    done = wiring.wired(city).lamps
    assert done["cabinet"].tolist() == ["n1", "n1"]
    assert done["cabinet_found"].iloc[1] == cabinets.BY_REF


CABINETS = """id;kind;x;y
S1;Belysningsskab;{};{}
S2;Belysningsskab;{};{}
"""


def test_cabinets_from_a_file_find_their_lamps_and_ties_are_listed_and_counted(
    tmp_path: Path,
) -> None:
    city = lit(tiny(), None, None, "S2/1", "S9", None, None, None)
    path = tmp_path / "skabe.csv"
    spots = (place(0.0, 2.0), place(100.0, 2.0))
    path.write_text(CABINETS.format(*(c for spot in spots for c in (spot.x, spot.y))),
                    encoding="utf-8")  # fmt: skip
    register = registers.read(path, kind="points", crs=city.crs)
    done = attach.attach(city, register).city
    assert done.points["ref"].tolist() == ["S1", "S2"]
    lamps = done.lamps
    tie = lamps["cabinet_found"].str.startswith(cabinets.TIE)
    expected = ["skabe:2", "skabe:2", "skabe:3", "-", "-", "-", "-"]
    assert lamps["cabinet"].fillna("-").tolist() == expected
    assert tie.tolist() == [False] * 3 + [True] * 4
    told = done.drops[done.drops["table"].eq("lamps") & done.drops["reason"].eq(cabinets.TIE)]
    assert told["count"].sum() == tie.sum()
    again = attach.attach(done, register).city
    assert again.drops["reason"].eq(cabinets.TIE).sum() == 1
