"""Domains of a simulation, in the order in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin import sun, travel
from twin.complete import site
from twin.domain import Domain, Outcome
from twin.energy import stock
from twin.energy.parameters import energy_parameters

if TYPE_CHECKING:
    from layers.schema import Progress
    from twin.city import City


def _no_energy(city: City) -> str:
    if not city.buildings["heated"].any():
        return "Energy of buildings is not computed: the area has no heated buildings."
    if city.weather.empty:
        return "Energy of buildings is not computed: the City has no weather."
    return ""


def _energy(city: City, _warm: Any, progress: Progress) -> Outcome:
    parameters = energy_parameters(city.country)
    _, latitude = site.centre(city.boundary, city.crs)
    found = stock.run(city.buildings, city.weather, latitude, parameters, progress)
    doubt = city.parameters["value"].get("weather.irradiance")
    return Outcome(
        frames={"buildings": found.frame},
        activity=found.activity,
        balance=found.balance,
        limits=(*found.limits, *([str(doubt)] if doubt else [])),
        substitutes=found.substitutes,
        citations=found.citations,
        incomplete=found.frame.index[found.frame["heat_final"].isna()],
    )


STANDARD: Final = (
    *travel.DOMAINS,
    sun.DOMAIN,
    Domain("energy", "Energy of buildings", ("buildings", "weather"), _no_energy, _energy),
)
"""Domains of a run, in order."""
