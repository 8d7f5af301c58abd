"""Hot exhaust emissions and fuel of a vehicle as published functions of its mean speed."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COEFFICIENTS: Final = ("a", "b", "c", "d", "e", "f")
"""Columns of emission_functions.csv that hold a function's coefficients."""


def rational(v: Floats, a: float, b: float, c: float, d: float, e: float, f: float) -> Floats:
    """Emission (a + c V + e V^2 + f / V) / (1 + b V + d V^2) [g/km].

    This is the guidebook's common form (alpha V^2 + beta V + gamma + delta / V) /
    (epsilon V^2 + zeta V + eta) divided through by eta.
    """
    return (a + c * v + e * v**2 + f / v) / (1.0 + b * v + d * v**2)


def sigmoid(v: Floats, a: float, b: float, c: float, d: float, e: float) -> Floats:
    """Emission a + b / (1 + exp(-c + d ln V + e V)) [g/km]."""
    return a + b / (1.0 + np.exp(-c + d * np.log(v) + e * v))


def powers(v: Floats, a: float, b: float, c: float, d: float) -> Floats:
    """Emission a V^b + c V^d [g/km]."""
    return a * v**b + c * v**d


def inverse(v: Floats, a: float, b: float, c: float) -> Floats:
    """Emission 1 / (a + b V + c V^2) [g/km]."""
    return 1.0 / (a + b * v + c * v**2)


def decay(v: Floats, a: float, b: float, c: float, d: float) -> Floats:
    """Emission a - b exp(-c V^d) [g/km]."""
    return a - b * np.exp(-c * v**d)


def exponential(v: Floats, a: float, b: float, c: float) -> Floats:
    """Emission a b^V V^c [g/km]."""
    return a * b**v * v**c


def cubic(v: Floats, a: float, b: float, c: float, d: float) -> Floats:
    """Emission a V^3 + b V^2 + c V + d [g/km]."""
    return np.asarray(np.polyval([a, b, c, d], v))


def quintic(v: Floats, a: float, b: float, c: float, d: float, e: float, f: float) -> Floats:
    """Emission a V^5 + b V^4 + c V^3 + d V^2 + e V + f [g/km]."""
    return np.asarray(np.polyval([a, b, c, d, e, f], v))


def steps(v: Floats, a: float, b: float, c: float, d: float, e: float) -> Floats:
    """Emission a up to d km/h, b up to e km/h, c above [g/km]."""
    return np.where(v <= d, a, np.where(v <= e, b, c))


FORMS: Final[Mapping[str, tuple[Callable[..., Floats], int]]] = MappingProxyType({
    "rational": (rational, 6),
    "sigmoid": (sigmoid, 5),
    "powers": (powers, 4),
    "inverse": (inverse, 3),
    "decay": (decay, 4),
    "exponential": (exponential, 3),
    "cubic": (cubic, 4),
    "quintic": (quintic, 6),
    "steps": (steps, 5),
})  # fmt: skip
"""Form by its name in emission_functions.csv, with the number of its coefficients."""


@dataclass(frozen=True)
class SpeedFunction:
    """One function of the mean speed, valid in a range of speeds.

    Parameters
    ----------
    form
        Name in `FORMS`.
    coefficients
        As many as the form has.
    reduction
        Share by which newer vehicles emit less than the function says [1].
    slowest, fastest
        Range of the speeds that the function was fitted to [km/h].
    """

    form: str
    coefficients: tuple[float, ...]
    reduction: float
    slowest: float
    fastest: float

    def __call__(self, speed: Floats) -> Floats:
        """Emission of a kilometre [g/km] at a mean speed [km/h]; outside the range, at its end."""
        form, _ = FORMS[self.form]
        held = np.clip(speed, self.slowest, self.fastest)
        return np.asarray(form(held, *self.coefficients) * (1.0 - self.reduction))


def functions(rows: pd.DataFrame) -> dict[tuple[str, str, str, str, str], SpeedFunction]:
    """Functions of a table by vehicle, carrier, engine size, Euro class and pollutant.

    Parameters
    ----------
    rows
        Columns of emission_functions.csv; an empty size stands for all sizes.

    Raises
    ------
    ValueError
        If a form is unknown, lacks coefficients, or a row stands twice.
    """
    found: dict[tuple[str, str, str, str, str], SpeedFunction] = {}
    for row in rows.fillna({"size": ""}).to_dict("records"):
        key = (row["vehicle"], row["carrier"], row["size"], str(row["euro"]), row["pollutant"])
        if row["form"] not in FORMS:
            raise ValueError(f"emission function {key}: unknown form {row['form']!r}")
        given = tuple(float(row[name]) for name in COEFFICIENTS[: FORMS[row["form"]][1]])
        if not np.isfinite(given).all():
            raise ValueError(f"emission function {key}: a {row['form']} lacks coefficients")
        if key in found:
            raise ValueError(f"emission function {key} stands twice")
        found[key] = SpeedFunction(
            form=row["form"],
            coefficients=given,
            reduction=float(row["reduction"]),
            slowest=float(row["vmin"]),
            fastest=float(row["vmax"]),
        )
    return found
