from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from twin import document

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("1e3", 1000.0),
        ("0x1F", 31),
        ("010", 10),
        ("-.5", -0.5),
        ("~", None),
        ("'5'", "5"),
        ("<<", "<<"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, expected: object) -> None:
    value = document.parse(f"a: {text}").data["a"]
    assert value == expected
    assert type(value) is type(expected)


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)
BAD: dict[str, tuple[str | bytes, str]] = {
    "alias bomb": (BOMB, "line 1: uses an alias"),
    "alias": ("a: &x 1\nb: *x", "line 1: uses an alias"),
    "python tag": ("a: !!python/object/apply:os.system [id]", "line 1: uses a tag"),
    "own tag": ("a: !include secret.yaml", "uses a tag"),
    "directive": ("%YAML 1.1\n---\na: NO", "directive"),
    "tag directive": ("%TAG ! tag:x,2000:\n---\na: 1", "directive"),
    "two documents": ("a: 1\n---\nb: 2", "second document"),
    "brackets": ("[" * 100_000, "nested deeper"),
    "braces": ("a: " + "{a: " * 10_000, "nested deeper"),
    "indentation": ("".join(" " * n + "a:\n" for n in range(300)), "nested deeper"),
    "dashes": ("- " * 5_000, "nested deeper"),
    "large": ("a: " + "x" * document.MAX_BYTES, "larger than"),
    "long number": ("a: " + "9" * 5_000, "too long"),
    "tab": ("a:\n\tb: 1", "line 2: is no YAML"),
    "open bracket": ("a: [1, 2", "is no YAML"),
    "open quote": ("a: 'x", "is no YAML"),
    "bell": ("a: \x07", "is no YAML"),
    "empty": ("", "is empty"),
    "comment": ("# nothing", "is empty"),
    "list as key": ("? [a]\n: 1", "key that is no text"),
    "latin-1": (b"a: \xe6", "not UTF-8"),
    "binary": (b"\x00\x01\x02", "is no YAML"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_yaml_gives_one_clear_error(name: str) -> None:
    content, reason = BAD[name]
    with pytest.raises(InputError) as caught:
        document.parse(content)
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_missing_file_is_said() -> None:
    from pathlib import Path

    with pytest.raises(InputError, match="cannot be read"):
        document.read(Path("nowhere.yaml"))


def test_lines_are_those_of_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("# head\na:\n  - b: 1\n    c: 2\n  -\n    b: 3\nd: 4\n")
    found = document.read(path)
    assert found.place(("a", 0, "c")) == "a[0].c, line 4"
    assert found.place(("a", 1, "b")) == "a[1].b, line 6"
    assert found.place(("a", 0, "c", "deeper", 7)) == "a[0].c.deeper[7], line 4"
    assert found.place(("e",)) == "e, line 2"


def test_keys_that_occur_twice_are_all_listed() -> None:
    found = document.parse("a: 1\na: 2\nb:\n  c: 1\n  c: 2\n")
    assert [fault.place for fault in found.faults] == ["a, line 2", "b.c, line 5"]


PLAIN = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(10**18), 10**18),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30),
        st.sampled_from(
            ["NO", "12:30", "1e3", "true", "~", "- a", "a: b", "0x1F", "#", " x ", "\n"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner, max_size=4),
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), PLAIN, min_size=1))
def test_what_is_written_is_read_back(data: dict[str, object]) -> None:
    assert document.parse(document.write(data)).data == data


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        document.parse(content)
    except InputError:
        return
