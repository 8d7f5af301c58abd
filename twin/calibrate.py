"""Fit the trips of a City to what its counters count.

Residents' trips between places are scaled, the same there and back, until cars on counted streets
come near to the counts; weights are one over the square of each count's error. Counts are brought
to the base year by a growth that is printed. How well the model foretells counters that it was not
fitted to is worked out by leaving out each fold of counters in turn. Where a counter is a series of
readings, its hours are compared with the modelled hour of each period by the GEH statistic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from layers import tables
from layers.errors import InputError
from twin import counted_hours, travel
from twin.mobility import adjustment, day, low_emission, network
from twin.mobility.active import active_parameters
from twin.mobility.adjustment import Bounds
from twin.mobility.demand_parameters import PURPOSES
from twin.mobility.parameters import mobility_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.city import City
    from twin.mobility.day import DayRun
    from twin.mobility.network import Roads
    from twin.mobility.street_traffic import Hour

    Floats = NDArray[np.float64]

FIXED: Final = frozenset({"van", "lorry", "external", "through"})
"""Classes of vehicles that a fit leaves as they are."""
SOURCE: Final = "calibration"
CITATIONS: Final = adjustment.CITATIONS


@dataclass(frozen=True)
class Calibration:
    """A fit and how good it is.

    Parameters
    ----------
    city
        The City with fitted trips.
    counters
        Index: stations. street, direction, count [veh/d] in the base year, error, before, after
        [veh/d], held_out [veh/d]: what a fit without this counter foretells, deviation_before and
        deviation_after: difference in standard errors [1].
    summary
        Plain figures: counters, growth per year [1], weighted error before, after and held out
        [1], trips before and after [1/d], mean length before and after [km]; with hours also
        hours compared, and the share of them with a good GEH before, after and held out [1].
    hours
        Hours that were counted and modelled: station, period, hour, count, before, after, held_out
        [veh/h], geh_before, geh_after, geh_held_out [(veh/h)0.5]; no rows without series.
    limits
        What the fit cannot see, in plain sentences.
    """

    city: City
    counters: pd.DataFrame
    summary: dict[str, float]
    limits: tuple[str, ...]
    hours: pd.DataFrame


@dataclass(frozen=True)
class _Passing:
    """Cars of pairs of zones at the counters on a day, and all other vehicles there.

    ``hours`` has the same of the modelled hour of each period, with the hour of the day.
    """

    pairs: csr_array
    others: Floats
    trips: Floats
    stations: pd.Index
    hours: Mapping[str, tuple[int, csr_array, Floats]]

    def model(self, factor: Floats) -> Floats:
        return np.asarray(self.pairs @ factor + self.others)

    def hourly(self, factor: Floats) -> dict[str, tuple[int, pd.Series]]:
        """Hour of the day and vehicles at every counter in it [veh/h], by period."""
        return {
            name: (hour, pd.Series(pairs @ factor + others, self.stations))
            for name, (hour, pairs, others) in self.hours.items()
        }

    def of(self, rows: NDArray[np.bool_]) -> _Passing:
        """The same of some counters."""
        pairs = csr_array(self.pairs[rows])
        return _Passing(pairs, self.others[rows], self.trips, self.stations[rows], {})


def run(city: City, progress: Progress) -> Calibration:
    """Fit the trips of a City to its counts.

    Parameters
    ----------
    city
        A City whose stations carry counts on streets (`twin count`, `twin sense`).
    progress
        Told the stage and the share done.

    Raises
    ------
    InputError
        If no counter is on a street for cars.
    """
    figures = tables.figures("calibration", "twin.data")
    counted = counts(city, figures["growth"])
    parameters = mobility_parameters(city.country, city.parameters)
    town = travel.town_of(city, travel.by_transit(city, parameters, progress))
    active = active_parameters()
    found = day.run(town, parameters, active, progress=progress)
    first, home = found, found.home
    seen = _passing(first, counted)
    group = _classes(town, seen.trips, int(figures["bins"]))
    bounds = Bounds(figures["lower"], figures["upper"], int(figures["steps"]), int(figures["bins"]))
    none = np.ones(seen.pairs.shape[1])
    held_out, hours_out = _held_out(seen, counted, group, bounds, int(figures["folds"]))
    hours_before = hours_after = seen.hourly(none)
    best, best_error = home, _weighted(seen.model(none), counted)
    before = after = seen.model(none)
    for number in range(int(figures["rounds"])):
        progress(f"fitting trips, round {number + 1}", number / figures["rounds"])
        fit = _fit(seen, counted, group, bounds)
        trial = home * _square(fit, len(town.zones))
        fitted = replace(town, matrices=dict(zip(PURPOSES, trial, strict=True)))
        found = day.run(fitted, parameters, active, warm=found.warm, progress=progress)
        seen, home = _passing(found, counted), found.home
        modelled = seen.model(none)
        if _weighted(modelled, counted) >= best_error:
            break
        best, best_error, after = home, _weighted(modelled, counted), modelled
        hours_after = seen.hourly(none)
    table = _table(counted, before, after, held_out)
    observed = counted_hours.observed(city, counted["growth"])
    hours = counted_hours.table(observed, hours_before, hours_after, hours_out)
    summary = _summary(table, first.home, best, town, figures["growth"])
    summary |= counted_hours.good(hours, figures["geh.good"])
    limits = tuple(_limits(table, hours, figures))
    return Calibration(_kept(city, town, best), table, summary, limits, hours)


def counts(city: City, growth: float) -> pd.DataFrame:
    """Counts on streets for cars, brought to the base year.

    Parameters
    ----------
    city
        The City.
    growth
        Of traffic in a year [1/a].

    Returns
    -------
    frame
        Index: stations; street, direction, count, error [veh/d], growth to the base year [1], links.

    Raises
    ------
    InputError
        If there is none.
    """
    stations, streets = city.stations, city.streets
    if "count" not in stations:
        stations = stations.assign(count=np.nan, count_spread=np.nan, year=np.nan)
    cars = streets.index[streets["drive_forward"] | streets["drive_backward"]]
    there = stations["street"].isin(cars) & stations["count"].gt(0.0)
    there &= stations["count_spread"].gt(0.0)
    if not there.any():
        raise InputError(
            city.name, "counters", "no counter stands on a street for cars.",
            "Add counts with 'twin count' or 'twin sense'; 'twin check' tells why one is on no street.",
        )  # fmt: skip
    own = stations[there]
    years = (city.year - own["year"].fillna(city.year)).to_numpy(dtype=np.float64)
    factor = (1.0 + growth) ** years
    both = {"both": ("forward", "backward")}
    links = [
        [f"{street} {side}" for side in both.get(str(direction), (direction,))]
        for street, direction in zip(own["street"], own["direction"], strict=True)
    ]
    return pd.DataFrame(
        {
            "street": own["street"],
            "direction": own["direction"],
            "count": own["count"].to_numpy() * factor,
            "error": own["count_spread"].to_numpy() * factor,
            "growth": factor,
            "links": links,
        },
        index=own.index,
    )


def _passing(found: DayRun, counted: pd.DataFrame) -> _Passing:
    """Cars of each pair of zones, there and back together, at each counter on a day."""
    zones = len(found.zones)
    whole = csr_array((len(counted), zones * zones))
    others, trips = np.zeros(len(counted)), np.zeros(zones * zones)
    hours = {}
    for hour in found.hours:
        name, times = hour.period.name, found.expansion[hour.period.name]
        own, rest, driven = _of_hour(hour, counted, zones)
        hours[name] = (hour.period.busiest, own, rest)
        whole = whole + own * times
        others, trips = others + rest * times, trips + driven * times
    return _Passing(csr_array(whole), others, trips, counted.index, hours)


def _of_hour(hour: Hour, counted: pd.DataFrame, zones: int) -> tuple[csr_array, Floats, Floats]:
    """Cars of pairs at counters, other vehicles there, and cars of pairs in all, of one hour."""
    solved = hour.found.warm
    fixed = [low_emission.kind(name) in FIXED for name in solved.names]
    pairs, paths = solved.pairs, solved.paths
    low, high = (edge(pairs.origin, pairs.destination) for edge in (np.minimum, np.maximum))
    inside = ~np.array(fixed, dtype=bool)[pairs.klass] & (high < zones)
    key = np.where(inside, low * zones + high, 0)
    mine = inside[paths.pair]
    at = [_links(hour.roads, links) for links in counted["links"]]
    own = adjustment.contributions(
        key[paths.pair], np.where(mine, paths.flow, 0.0), paths.start, paths.links, at, zones**2
    )
    rest = adjustment.contributions(
        np.zeros(len(mine), np.int64), np.where(mine, 0.0, paths.flow), paths.start, paths.links,
        at, 1,
    )  # fmt: skip
    trips = np.bincount(key[inside], weights=pairs.trips[inside], minlength=zones**2)
    return own, np.asarray(rest.sum(axis=1)).ravel(), trips.astype(np.float64)


def _links(roads: Roads, names: list[str]) -> NDArray[np.int64]:
    """Numbers of the links of a street and its directions; its copies count too."""
    links = roads.links
    streets = links["street"] + " " + links["direction"]
    return np.flatnonzero((links["kind"] == network.STREET) & streets.isin(names))


def _classes(town: day.Town, trips: Floats, bins: int) -> NDArray[np.int64]:
    centre = town.zones.geometry.centroid
    x, y = centre.x.to_numpy(), centre.y.to_numpy()
    length = np.hypot(x[:, None] - x, y[:, None] - y).ravel()
    return adjustment.length_classes(length, trips, bins)


def _fit(seen: _Passing, counted: pd.DataFrame, group: NDArray[np.int64], bounds: Bounds) -> Floats:
    wanted = np.maximum(counted["count"].to_numpy() - seen.others, 0.0)
    weight = counted["error"].to_numpy() ** -2.0
    return adjustment.fit(seen.pairs, wanted, weight, seen.trips, group, bounds).factor


def _held_out(
    seen: _Passing,
    counted: pd.DataFrame,
    group: NDArray[np.int64],
    bounds: Bounds,
    folds: int,
) -> tuple[Floats, dict[str, tuple[int, pd.Series]]]:
    """What fits without each counter foretell of it [veh/d], and of the hour of each period.

    NaN with a single counter.
    """
    found = np.full(len(counted), np.nan)
    hourly = {
        name: (hour, pd.Series(np.nan, counted.index)) for name, (hour, *_) in seen.hours.items()
    }
    number = np.arange(len(counted)) % min(folds, len(counted))
    if len(counted) == 1:
        return found, hourly
    for fold in np.unique(number):
        rest = number != fold
        factor = _fit(seen.of(rest), counted[rest], group, bounds)
        found[~rest] = seen.model(factor)[~rest]
        for name, (_, modelled) in seen.hourly(factor).items():
            hourly[name][1][~rest] = modelled[~rest]
    return found, hourly


def _square(factor: Floats, zones: int) -> Floats:
    """Factors of pairs as a symmetric matrix (zones, zones); 1 for trips inside a zone."""
    upper = np.triu(factor.reshape(zones, zones), 1)
    return np.asarray(upper + upper.T + np.eye(zones))


def _weighted(model: Floats, counted: pd.DataFrame) -> float:
    """Root of the mean squared difference in standard errors [1]."""
    apart = (model - counted["count"].to_numpy()) / counted["error"].to_numpy()
    return float(np.sqrt(np.nanmean(apart**2)))


def _table(counted: pd.DataFrame, before: Floats, after: Floats, held_out: Floats) -> pd.DataFrame:
    error = counted["error"].to_numpy()
    number = counted["count"].to_numpy()
    return counted.drop(columns="links").assign(
        before=before,
        after=after,
        held_out=held_out,
        deviation_before=(before - number) / error,
        deviation_after=(after - number) / error,
    )


def _summary(
    table: pd.DataFrame, old: Floats, new: Floats, town: day.Town, growth: float
) -> dict[str, float]:
    centre = town.zones.geometry.centroid
    x, y = centre.x.to_numpy(), centre.y.to_numpy()
    length = np.hypot(x[:, None] - x, y[:, None] - y) / 1000.0
    return {
        "counters": float(len(table)),
        "growth": growth,
        "error_before": _weighted(table["before"].to_numpy(), table),
        "error_after": _weighted(table["after"].to_numpy(), table),
        "error_held_out": _weighted(table["held_out"].to_numpy(), table)
        if table["held_out"].notna().any() else float("nan"),
        "trips_before": float(old.sum()),
        "trips_after": float(new.sum()),
        "length_before": float((old * length).sum() / max(old.sum(), 1e-300)),
        "length_after": float((new * length).sum() / max(new.sum(), 1e-300)),
    }  # fmt: skip


def _kept(city: City, town: day.Town, home: Floats) -> City:
    """City whose table of trips is the fitted one."""
    least = tables.figures("calibration", "twin.data")["least"]
    rows = []
    for purpose, matrix in zip(PURPOSES, home, strict=True):
        origin, destination = np.nonzero(matrix >= least)
        kept = matrix[origin, destination]
        scale = matrix.sum() / kept.sum() if kept.sum() > 0.0 else 1.0
        rows.append(
            pd.DataFrame({
                "origin": town.zones.index[origin].astype("str"),
                "destination": town.zones.index[destination].astype("str"),
                "purpose": purpose,
                "trips": kept * scale,
                "source": SOURCE,
            })
        )  # fmt: skip
    table = pd.concat(rows, ignore_index=True).rename_axis("id")
    texts = ("origin", "destination", "purpose", "source")
    sources = city.sources
    sources.loc[SOURCE] = {
        "what": "trips fitted to counts", "origin": "counters of the City",
        "reference_date": str(city.year), "licence": "as the counts", "attribution": None,
        "digest": None, "rows_in": len(table), "rows_kept": len(table), "rows_refused": 0,
    }  # fmt: skip
    return city.replace(trips=table.astype(dict.fromkeys(texts, "str")), sources=sources)


def _limits(table: pd.DataFrame, hours: pd.DataFrame, figures: Mapping[str, float]) -> list[str]:
    said = [
        (
            f"Counts are brought to the base year with a growth of {figures['growth']:.1%} a year "
            "(assumed)."
        ),
        (
            "The shares of trips by length are kept; vans, lorries and traffic across the boundary are "
            "left as they are."
        ),
    ]
    if hours.empty:
        said.append("The GEH statistic is for hourly counts and is not given for these daily ones.")
    else:
        said.append(
            "Hours are compared as counted and as modelled, on the average day; the hours of a "
            "period share its trips by the profile of the country, which no fit changes."
        )
    if len(table) < figures["few"]:
        said.append(f"Only {len(table)} counters: the fit says little about other streets.")
    return said
