"""What a change of streets does to traffic, while it is being drawn: other ways, the same trips.

Far quicker than a run, and as right as far as it goes: the traffic of every period is in
equilibrium again, which is proved for all trips. Nobody changes the mode or the place to go to; a
run (`twin.simulate`) tells that, and everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from layers import tables
from layers.errors import InputError
from layers.schema import silent
from twin import travel
from twin.complete import zones
from twin.ledger import Ledger
from twin.mobility import day, day_routes, reroute, street_traffic
from twin.mobility.parameters import mobility_parameters
from twin.result import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from layers.schema import Progress
    from twin.city import City
    from twin.mobility.day import DayRun, Town
    from twin.mobility.parameters import MobilityParameters
    from twin.mobility.street_traffic import Hour

NAME: Final = "preview"
TRAFFIC: Final = "traffic"
LIMITS: Final = (
    "Preview: people take other ways; nobody changes the mode or the place to go to.",
    "Noise, emissions, access and everything else than traffic are as before: run it to know them.",
)


@dataclass(frozen=True)
class Preview:
    """Traffic on changed streets with the trips of the run before.

    Parameters
    ----------
    streets
        Index: streets that cars may use now. vehicles, lorries, through [veh/d], speed [km/h],
        delay [s/veh] and load [1] in the busiest hour, vehicle_km [veh km/a], vehicles_<period>
        [veh/d], speed_<period> [km/h], as in a run.
    before, after
        The same figures in the run before and now, as results for maps.
    certificate
        Worst of all periods: relative_gap [1], node_residual, demand_residual, flow_residual
        [veh/h], broken_paths and unreachable_pairs [1], unreachable [veh/h]; zones_moved [1].
    limits, citations
        What it does not answer; papers behind it.
    seconds
        How long it took [s].
    """

    streets: pd.DataFrame
    before: Result
    after: Result
    certificate: dict[str, float]
    limits: tuple[str, ...]
    citations: tuple[str, ...]
    seconds: float

    @cached_property
    def change(self) -> Result:
        """What changed against the run before, as a difference of two results is.

        A street that was closed or opened counts with zero vehicles where it is none.
        """
        return self.after - self.before


def run(city: City, warm: Result, *, progress: Progress | None = None) -> Preview:
    """Assign the trips of a run to changed streets.

    Parameters
    ----------
    city
        The City after the change; its zones and gateways are those of the run.
    warm
        Result of `simulate.run` for the City before, as it was returned and not as it was stored.
    progress
        Told the stage and the share done. What it raises ends the preview, of which nothing stays.

    Raises
    ------
    InputError
        If the run has no traffic to start from, cars may not drive anywhere any more, or zones or
        gateways are others.
    """
    began, tell = perf_counter(), progress or silent
    made = _made(city, warm)
    tell("laying out the road network", 0.0)
    parameters = mobility_parameters(city.country, city.parameters)
    figures = tables.figures("preview", "twin.data")
    town = travel.town_of(city, None)
    roads = day.roads_of(town, parameters)
    _same_zones(town, made, roads[made.hours[0].period.name].network.zones)
    hours = day_routes.solved(
        made.hours, roads, parameters, gap=figures["gap"],
        max_iterations=int(figures["iterations"]), progress=tell,
    )  # fmt: skip
    streets = street_traffic.by_street(town.streets, hours, parameters)
    _, moved = zones.reattach(city.zones, town.streets, town.junctions)
    limits = _limits(town, hours, moved, parameters, figures["gap"])
    certificate = {**_certificate(hours), "zones_moved": float(len(moved))}
    after = _result(city, warm, streets, certificate, limits)
    known = made.streets.loc[made.streets["vehicles"].notna(), streets.columns]
    before = _result(city, warm, known, {}, ())
    return Preview(
        streets, before, after, certificate, limits, reroute.CITATIONS, perf_counter() - began
    )


def _made(city: City, warm: Result) -> DayRun:
    """The day that a run found."""
    state = warm.warm.get(TRAFFIC)
    made: DayRun | None = state.outcome.made if state is not None else None
    if made is None:
        raise InputError(
            city.name, TRAFFIC, "is not in the run that the preview starts from.",
            "Run the City as it is first, with people, zones and streets that are open to cars.",
        )  # fmt: skip
    why = travel.no_traffic(city)
    if why:
        raise InputError(city.name, "streets", why, "Leave some streets open to cars.")
    return made


def _same_zones(town: Town, made: DayRun, count: int) -> None:
    """Refuse a City whose trips are not those of the run, zone by zone."""
    known = {hour.roads.network.zones for hour in made.hours}
    if known != {count} or not town.zones.index.equals(made.warm.zones):
        raise InputError(
            "preview", "zones and gateways", "are not those of the run that it starts from.",
            "Run the changed City instead.",
        )  # fmt: skip


def _certificate(hours: Sequence[Hour]) -> dict[str, float]:
    """The worst of what was proved for every period."""
    proofs = [hour.found.certificate.to_dict() for hour in hours]
    wanted = [name for name in proofs[0] if name not in {"demand", "assigned", "elastic_residual"}]
    return {name: float(max(proof[name] for proof in proofs)) for name in wanted}


def _limits(
    town: Town,
    hours: Sequence[Hour],
    moved: pd.Series,
    parameters: MobilityParameters,
    gap: float,
) -> tuple[str, ...]:
    """What the preview does not answer, and what the model cannot see."""
    found = max(hour.found.relative_gap for hour in hours)
    said = [*LIMITS, *travel.moved_zones(moved), *hours[0].roads.limits]
    lost = sum(hour.found.certificate.unreachable * hour.period.expansion for hour in hours)
    if lost > 0.0:
        said.append(f"{lost:.0f} trips a day have no way any more, and are not on any street.")
    if town.gates is None:
        said.append("Through traffic is unknown: no gateways are given.")
    if found > max(gap, parameters.gap):
        said.append(f"The assignment stopped at a relative gap of {found:.1e}; {gap:.0e} was "
                    "wanted.")  # fmt: skip
    return tuple(dict.fromkeys(said))


def _result(
    city: City,
    warm: Result,
    streets: pd.DataFrame,
    certificate: dict[str, float],
    limits: Sequence[str],
) -> Result:
    """Traffic alone as a result, for maps."""
    record: dict[str, Any] = {
        **warm.record,
        "scenario": NAME if certificate else warm.record["scenario"],
        "city": city.digest if certificate else warm.record["city"],
        "certificates": {NAME: certificate},
        "limits": list(limits) if certificate else list(warm.record["limits"]),
        "figures": {},
    }
    return Result({"streets": streets}, Ledger.empty(), record)
