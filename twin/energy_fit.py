"""Fit the energy model of a City to meters of buildings, of groups of them, or of the whole town.

How warm homes are kept, how much colder poor houses are kept (prebound), U-values and leaks are
normal before; meters make them surer. The model is the monthly one, or the simple hourly one where
the City has hours of weather, made linear around the best point. How well the fit foretells meters
is worked out by leaving out each part of them in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers import tables
from layers.errors import InputError
from twin import meters
from twin.complete import site
from twin.energy import appliances, bayes, fitted, hourly, signature, stock, thermal, zones
from twin.energy.parameters import energy_parameters
from twin.houses import hourly_known
from twin.records import with_parameters, with_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.city import City
    from twin.energy.bayes import Posterior
    from twin.energy.parameters import EnergyParameters
    from twin.energy.stock import Stock
    from twin.meters import Sums

    Floats = NDArray[np.float64]
    Rooms = Callable[[Stock], Floats]

SOURCE: Final = "energy_fit"
PRIVATE, PUBLIC = "object", "public"
KEYS: Final = tuple(name.partition(".")[2] for name in fitted.NAMES)
CITATIONS: Final = (bayes.RASMUSSEN, signature.FELS, signature.ASHRAE_14)
LINEAR: Final = (
    "The model is made linear around the best point; homes differ by more than what is fitted.",
    "Meters of electricity are not used: what appliances take is not known apart.",
    (
        "Limits of ASHRAE Guideline 14 are made for months of one building; here they are set "
        "against yearly sums of many."
    ),
)


@dataclass(frozen=True)
class EnergyFit:
    """A fit and how good it is.

    Parameters
    ----------
    city
        The City with fitted parameters.
    table
        One row for each sum: buildings [1], measured, before, after [kWh/a], held_out [kWh/a]:
        what a fit without it foretells, privacy.
    parameters
        Index: names of parameters. prior, prior_spread, value, spread, unit.
    summary
        Plain figures: meters, buildings, spread between buildings, NMBE and CV(RMSE) before, after
        and held out [1], whether the limits of Guideline 14 are kept [1].
    limits
        What the fit cannot see.
    """

    city: City
    table: pd.DataFrame
    parameters: pd.DataFrame
    summary: dict[str, float]
    limits: tuple[str, ...]


@dataclass(frozen=True)
class _Linear:
    """The logarithms of the sums near a point: offset + slope @ parameters."""

    slope: Floats
    offset: Floats
    dilution: Floats


def run(
    city: City,
    *,
    by: str | None = None,
    totals: Mapping[str, float] | None = None,
    degree_days: float = 1.0,
    progress: Progress,
) -> EnergyFit:
    """Fit the energy model of a City to its meters.

    Parameters
    ----------
    city
        With metered energy, unless totals are given.
    by
        Column of the buildings by whose values meters are summed; groups of fewer than five
        buildings are left out. Each building alone if None.
    totals
        Energy of the whole town by carrier [kWh/a].
    degree_days
        Of the year of the meters, by those of the City's weather [1].
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If there is nothing to fit to.
    """
    figures = tables.figures("energy_fit", "twin.data")
    parameters = energy_parameters(city.country)
    given = stock.assemble(city.buildings, parameters)
    sums = meters.sums(city, given, parameters, by=by, totals=totals, figures=figures)
    if not len(sums.measured):
        raise InputError(
            city.name, "metered", "no meter of heat, gas or other fuel is on a simulated building.",
            "Attach metered energy with 'twin attach', or give a total.",
        )  # fmt: skip
    used = np.flatnonzero(np.asarray(np.abs(sums.weights).sum(axis=0)).ravel() > 0.0)
    part = given.part(used)
    own = sums.part(used)
    water = appliances.hot_water(part.profile, part.area).to_numpy()
    rooms = _model(city, parameters)
    energy = partial(_energy, part, parameters, rooms, water, degree_days)
    found, linear, before = _fit(energy, own, figures, progress)
    return _told(city, own, energy, found, linear, before, figures)


def _model(city: City, parameters: EnergyParameters) -> Rooms:
    """Heat need of rooms of a stock as lived [kWh/a]."""
    if hourly_known(city):
        weather = zones.weather(city.climate)

        def by_hours(given: Stock) -> Floats:
            found = hourly.run(given, weather, parameters, model=thermal.SIMPLE)
            return np.asarray(found.frame["heat"], dtype=np.float64)

        return by_hours
    _, latitude = site.centre(city.boundary, city.crs)
    months = city.weather.sort_index()

    def by_months(given: Stock) -> Floats:
        need = stock.heat_balance(given, months, latitude, parameters).need
        return np.asarray(need.sum(axis=1), dtype=np.float64)

    return by_months


def _energy(
    given: Stock,
    parameters: EnergyParameters,
    rooms: Rooms,
    water: Floats,
    degree_days: float,
    point: Floats,
) -> Floats:
    """Useful heat of each building at a point of the parameters [kWh/a]."""
    seen = fitted.adjusted(given, values(point), parameters)
    return rooms(seen) * degree_days + water


def values(point: Floats) -> dict[str, float]:
    """Parameters as the stock takes them: the last two are logarithms in a fit."""
    return dict(zip(fitted.NAMES, [*point[:2], *np.exp(point[2:])], strict=True))


def _fit(
    energy: Callable[[Floats], Floats],
    sums: Sums,
    figures: Mapping[str, float],
    progress: Progress,
) -> tuple[Posterior, _Linear, Floats]:
    """Posterior, the model made linear at it, and what the model foretold before."""
    prior = np.array([figures[key] for key in KEYS])
    steps = np.array([figures[f"step.{key}"] for key in KEYS])
    point, rounds = np.zeros(len(KEYS)), int(figures["rounds"])
    before = np.zeros(0)
    found, linear = None, None
    for number in range(rounds):
        progress(f"fitting to meters, round {number + 1}", number / rounds)
        linear, at = _linearised(energy, sums, point, steps)
        before = at if number == 0 else before
        found = _posterior(linear, np.log(sums.measured), prior, figures)
        point = found.mean
    assert found is not None
    assert linear is not None
    return found, linear, before


def _linearised(
    energy: Callable[[Floats], Floats], sums: Sums, point: Floats, steps: Floats
) -> tuple[_Linear, Floats]:
    """The model near a point, by differences on both sides, and its sums there."""
    here = energy(point)
    expected = _positive(sums.weights @ here)
    slope = np.empty((len(expected), len(point)))
    for number, step in enumerate(steps):
        side = np.zeros(len(point))
        side[number] = step
        more, less = (
            np.log(_positive(sums.weights @ energy(point + sign * side))) for sign in (1.0, -1.0)
        )
        slope[:, number] = (more - less) / (2.0 * step)
    parts = sums.weights.multiply(here[None, :])
    dilution = np.sqrt(np.asarray(parts.multiply(parts).sum(axis=1)).ravel()) / expected
    return _Linear(slope, np.log(expected) - slope @ point, dilution), expected


def _positive(energy: Floats) -> Floats:
    """Energy of sums, of which a fit takes logarithms: a kilowatt-hour where the model says none."""
    return np.maximum(energy, 1.0)


def _posterior(
    linear: _Linear, seen: Floats, prior: Floats, figures: Mapping[str, float]
) -> Posterior:
    spread = (figures["household"], figures["household.spread"])
    return bayes.fit(
        linear.slope, linear.offset, seen, linear.dilution, figures["meter"], prior, spread
    )


def _held_out(linear: _Linear, sums: Sums, figures: Mapping[str, float]) -> Floats:
    """What fits without each sum foretell of it [kWh/a]; NaN with a single one."""
    count = len(sums.measured)
    found = np.full(count, np.nan)
    prior = np.array([figures[key] for key in KEYS])
    seen = np.log(sums.measured)
    fold = np.arange(count) % min(int(figures["folds"]), count)
    for number in np.unique(fold) if count > 1 else ():
        rest = fold != number
        part = _Linear(linear.slope[rest], linear.offset[rest], linear.dilution[rest])
        one = _posterior(part, seen[rest], prior, figures)
        found[~rest] = np.exp(linear.offset[~rest] + linear.slope[~rest] @ one.mean)
    return found


def _told(
    city: City,
    sums: Sums,
    energy: Callable[[Floats], Floats],
    found: Posterior,
    linear: _Linear,
    before: Floats,
    figures: Mapping[str, float],
) -> EnergyFit:
    """Tables, figures and the City that keeps the fit."""
    after = sums.weights @ energy(found.mean)
    few = sums.buildings < figures["least.group"]
    table = pd.DataFrame(
        {
            "buildings": sums.buildings, "measured": sums.measured, "before": before,
            "after": after, "held_out": _held_out(linear, sums, figures),
            "privacy": np.where(few, PRIVATE, PUBLIC),
        },
        index=sums.names,
    )  # fmt: skip
    known = _parameters(found, figures)
    total = int(sums.weights.shape[1])
    privacy = PRIVATE if total < figures["least.group"] else PUBLIC
    return EnergyFit(
        city=_kept(city, known, total, privacy),
        table=table,
        parameters=known,
        summary=_summary(table, found, total, figures),
        limits=(*LINEAR, *sums.limits, *_surely(known, figures)),
    )


def _parameters(found: Posterior, figures: Mapping[str, float]) -> pd.DataFrame:
    """Fitted parameters with their spread, factors as factors."""
    value, deviation = values(found.mean), found.deviation
    spread = [*deviation[:2], *(np.exp(found.mean[2:]) * deviation[2:])]
    return pd.DataFrame(
        {
            "prior": fitted.NEUTRAL,
            "prior_spread": [figures[key] for key in KEYS],
            "value": list(value.values()),
            "spread": spread,
            "unit": fitted.UNITS,
        },
        index=pd.Index(fitted.NAMES, name="name"),
    )


def _summary(
    table: pd.DataFrame, found: Posterior, buildings: int, figures: Mapping[str, float]
) -> dict[str, float]:
    told = {
        "meters": float(len(table)),
        "buildings": float(buildings),
        "spread_between_buildings": found.spread,
    }
    measured = table["measured"].to_numpy()
    for name in ("before", "after", "held_out"):
        foretold = table[name].to_numpy()
        if np.isfinite(foretold).all():
            told[f"nmbe_{name}"] = signature.nmbe(measured, foretold)
            told[f"cv_rmse_{name}"] = signature.cv_rmse(measured, foretold)
    if "nmbe_held_out" in told and len(table) >= figures["folds"]:
        held = signature.within(figures, told["nmbe_held_out"], told["cv_rmse_held_out"], "month")
        told["guideline_14_kept"] = float(held)
    return told


def _surely(known: pd.DataFrame, figures: Mapping[str, float]) -> list[str]:
    """Parameters of which the meters say hardly anything."""
    scale = known["prior_spread"].where(
        known["unit"] == "K", known["prior_spread"] * known["value"]
    )
    vague = known.index[known["spread"] > figures["vague"] * scale]
    return [f"Meters say hardly anything about {', '.join(vague)}."] if len(vague) else []


def _kept(city: City, known: pd.DataFrame, buildings: int, privacy: str) -> City:
    """City with the fitted parameters and where they are from."""
    said = f"calibration to meters of {buildings} buildings"
    if privacy == PRIVATE:
        said += " (private)"
    rows = {}
    for name, row in known.iterrows():
        rows[str(name)] = (f"{row['value']:.6g}", str(row["unit"]), said)
        rows[f"{name}.spread"] = (f"{row['spread']:.6g}", str(row["unit"]), said)
    entry = {
        "what": "parameters of the energy model fitted to meters", "origin": "meters of the City",
        "reference_date": str(city.year), "licence": "as the meters", "attribution": None,
        "digest": None, "rows_in": buildings, "rows_kept": buildings, "rows_refused": 0,
    }  # fmt: skip
    return city.replace(
        parameters=with_parameters(city.parameters, rows),
        sources=with_sources(city.sources, {SOURCE: entry}),
    )
