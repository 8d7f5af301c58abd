from __future__ import annotations

import numpy as np
import pytest

from twin.mobility import turn_hours

MORNING = np.arange(6, 10)
NIGHT = np.array([19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5])


@pytest.mark.parametrize(
    ("text", "hours", "expected"),
    [
        ("Mo-Fr 07:00-09:00", MORNING, 2 / 4),
        ("07:00-09:00,09:30-18:00", MORNING, 2.5 / 4),
        ("Mo-Fr 07:00-09:00; Sa 06:00-10:00", MORNING, 2 / 4),
        ("Sa,Su 06:00-10:00", MORNING, 0.0),
        ("Fr-Mo 06:00-10:00", MORNING, 0.0),
        ("Sa-We 06:00-10:00", MORNING, 1.0),
        ("Mo-Fr", MORNING, 1.0),
        ("22:00-6:00", NIGHT, 8 / 11),
        ("not Mo-Fr 07:00-09:00", MORNING, 2 / 4),
        ("Mo-Fr 06:00-10:00; PH off", MORNING, 1.0),
        ("weight > 7.5", MORNING, None),
        ("Mo-Fr 06:00-10:00; SH 08:00-09:00", MORNING, None),
        ("sunrise-sunset", MORNING, None),
    ],
)
def test_conditions_are_read_or_told_to_be_unreadable(
    text: str, hours: np.ndarray, expected: float | None
) -> None:
    assert turn_hours.share(text, hours) == (
        None if expected is None else pytest.approx(expected, abs=1e-12)
    )
