"""Matrices of trips: OMX as openmatrix writes it, lists of pairs, and files of strangers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import matrices, omx
from layers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRIPS = np.array([[0.0, 2.5], [1.0, 0.0]])


def written(path: Path, **more: np.ndarray) -> Path:
    """An OMX file of two zones, as the specification of OMX 0.2 has it."""
    with h5py.File(path, "w") as file:
        file.attrs["OMX_VERSION"] = b"0.2"
        file.attrs["SHAPE"] = np.array([2, 2], dtype=np.int32)
        data = file.create_group("data")
        for name, values in ({"car": TRIPS} | more).items():
            data.create_dataset(name, data=values, compression="gzip", shuffle=True)
        file.create_group("lookup").create_dataset("zones", data=np.array([101, 205]))
    return path


def test_a_matrix_with_the_names_of_its_zones(tmp_path: Path) -> None:
    found = matrices.read(written(tmp_path / "a.omx"))
    np.testing.assert_array_equal(found.trips, TRIPS)
    assert found.zones.tolist() == ["101", "205"]
    assert found.name == "car"
    assert found.source.origin == "a.omx"
    assert found.source.rows_in == 4
    assert len(found.source.digest) == 64


def test_zones_without_names_are_numbered_from_one(tmp_path: Path) -> None:
    path = written(tmp_path / "a.omx")
    with h5py.File(path, "a") as file:
        del file["lookup"]
    assert matrices.read(path).zones.tolist() == ["1", "2"]


def test_of_several_matrices_one_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.omx", bus=3.0 * TRIPS)
    np.testing.assert_array_equal(matrices.read(path, matrix="bus").trips, 3.0 * TRIPS)
    for wrong in (None, "train"):
        with pytest.raises(InputError, match="bus, car"):
            matrices.read(path, matrix=wrong)


def linked(path: Path, of: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["data/car"]
        file["data/car"] = h5py.ExternalLink(str(of), "/data/car")


def soft(path: Path, of: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["data/car"]
        file["data/car"] = h5py.SoftLink("/lookup/zones")


def apart(path: Path, of: Path) -> None:
    raw = of.with_name("secret.bin")
    raw.write_bytes(TRIPS.tobytes())
    with h5py.File(path, "a") as file:
        del file["data/car"]
        file["data"].create_dataset("car", (2, 2), "f8", external=[(str(raw), 0, 32)])


def virtual(path: Path, of: Path) -> None:
    layout = h5py.VirtualLayout((2, 2), "f8")
    layout[:] = h5py.VirtualSource(str(of), "/data/car", (2, 2))
    with h5py.File(path, "a") as file:
        del file["data/car"]
        file["data"].create_virtual_dataset("car", layout)


def group_link(path: Path, of: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["data"]
        file["data"] = h5py.ExternalLink(str(of), "/data")


@pytest.mark.parametrize("trick", [linked, soft, apart, virtual, group_link])
def test_nothing_outside_the_file_is_followed(
    tmp_path: Path, trick: Callable[[Path, Path], None]
) -> None:
    path = written(tmp_path / "a.omx")
    trick(path, written(tmp_path / "other.h5"))
    with pytest.raises(InputError, match=r"somewhere else|not in this file"):
        matrices.read(path)


def replaced(values: Any, **options: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with h5py.File(path, "a") as file:
            del file["data/car"]
            file["data"].create_dataset("car", data=values, **options)

    return change


def huge(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["data/car"]
        file["data"].create_dataset(
            "car", (200_000, 200_000), "f8", chunks=(100, 100), compression="gzip"
        )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (replaced(np.ones((2, 3))), "no square"),
        (replaced(np.ones(4)), "shape"),
        (replaced(np.array([["a", "b"], ["c", "d"]], dtype="S1")), "no square of numbers"),
        (replaced(np.array([[1.0, np.nan], [1.0, 1.0]])), "no finite number"),
        (replaced(np.array([[1.0, -1.0], [1.0, 1.0]])), "negative"),
        (replaced(np.zeros((2, 2))), "There are none"),
        (replaced(np.ones((3, 3))), "does not name"),
        (huge, "Its shape is"),
    ],
)
def test_what_is_no_matrix_of_trips_is_refused(
    tmp_path: Path, change: Callable[[Path], None], reason: str
) -> None:
    path = written(tmp_path / "a.omx")
    change(path)
    with pytest.raises(InputError, match=reason):
        matrices.read(path)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_a_torn_file_fails_clearly(tmp_path: Path, share: float) -> None:
    whole = written(tmp_path / "whole.omx").read_bytes()
    path = tmp_path / "a.omx"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError):
        matrices.read(path)


def test_noise_in_a_file_is_an_error_or_harmless(tmp_path: Path) -> None:
    whole = bytearray(written(tmp_path / "whole.omx").read_bytes())
    draw = np.random.default_rng(11)
    path = tmp_path / "a.omx"
    for _ in range(6):
        torn = bytearray(whole)
        for place in draw.integers(0, len(torn), 40):
            torn[place] = int(draw.integers(0, 256))
        path.write_bytes(torn)
        with suppress(InputError):
            assert matrices.read(path).trips.shape == (2, 2)


def test_no_hdf5_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.omx"
    path.write_text("no matrix", encoding="utf-8")
    with pytest.raises(InputError, match="damaged, or no OMX"):
        matrices.read(path)


def test_a_list_of_pairs_is_added_up(tmp_path: Path) -> None:
    path = tmp_path / "od.csv"
    path.write_text("von;nach;Fahrten\nb;a;1,5\na;b;2\nb;a;1\n", encoding="utf-8")
    found = matrices.read(path)
    assert found.zones.tolist() == ["a", "b"]
    np.testing.assert_array_equal(found.trips, [[0.0, 2.0], [2.5, 0.0]])
    assert found.source.rows_in == 3


NUMBERS = st.floats(0.0, 1e6).map(lambda x: round(x, 3))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), NUMBERS), min_size=1))
def test_a_list_keeps_every_trip(tmp_path: Path, rows: list[tuple[int, int, float]]) -> None:
    path = tmp_path / "od.csv"
    lines = [f"{o},{d},{t:.3f}" for o, d, t in rows]
    path.write_text("\n".join(["origin,destination,trips", *lines]), encoding="utf-8")
    total = sum(t for *_, t in rows)
    if total > 0.0:
        assert matrices.read(path).trips.sum() == pytest.approx(total)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("origin,destination,trips\na,b,many\n", "line 2.*no numbers"),
        ("origin,destination,trips\na,b,-1\n", "negative"),
        ("origin,destination,trips\na,b,0\n", "There are none"),
        ("origin,destination\na,b\n", "0 columns could be trips"),
        ("origin,from,destination,trips\na,a,b,1\n", "2 columns could be origin"),
        ("origin,destination,trips\na,b,1\na,b\n", "lack a cell"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "od.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        matrices.read(path)


def test_too_many_zones_are_refused(tmp_path: Path) -> None:
    count = omx.limit("zones") + 1
    path = tmp_path / "od.csv"
    lines = [f"z{n},z{n},1" for n in range(count)]
    path.write_text("\n".join(["origin,destination,trips", *lines]), encoding="utf-8")
    with pytest.raises(InputError, match="zones"):
        matrices.read(path)
