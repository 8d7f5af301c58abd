"""Works on buildings: where they may be done, what is there now, and how much of it there is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from layers import tables
from twin import protection
from twin.edits import with_values
from twin.errors import NotComputedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from twin.city import City
    from twin.energy.parameters import EnergyParameters
    from twin.energy.stock import Stock

BETTER: Final = 1e-9
"""Differences below this are rounding, not an improvement [unit of the column]."""

PARTS: Final = ("wall", "roof", "floor", "window")
"""Parts of the envelope that can be insulated or replaced one by one."""

BETTER_HEATING: Final = (
    "heat_pump", "heat_pump_ground", "heat_pump_water", "room_unit", "district_heating",
)  # fmt: skip
"""Heat supplies that a heat pump does not replace."""

NO_WATER: Final = ("electricity", "room_unit", "none")
"""Heat supplies without radiators."""

BOILERS: Final = ("natural_gas", "lpg", "heating_oil", "biomass")
"""Fuels that new boilers burn."""

MOST_COOLER: Final = -10.0
"""Change of set-points beyond which campaigns ask for nothing, as the schema bounds it [K]."""

MOST_COOLING: Final = -10.0
"""Change of summer air beyond which the model of trees says nothing, as the schema bounds it [K]."""

FLAG: Final = "permission_unknown"
"""Column of buildings that names works whose permission nobody knows."""


def figures() -> Mapping[str, float]:
    """Figures of works by key, in the units of twin/data/works.csv."""
    return tables.figures("works", "twin.data")


def open_to(frame: pd.DataFrame, work: str = "") -> NDArray[np.bool_]:
    """Heated buildings inside the boundary where a work is not barred (buildings,).

    Where protection is not known the work is not barred here: it is flagged when it is done.

    Parameters
    ----------
    frame : (buildings, columns)
        City table of buildings.
    work
        Work of protection_bars.csv; empty for one that no protection bars.
    """
    counted = frame["heated"].to_numpy(dtype=bool) & frame["inside"].to_numpy(dtype=bool)
    barred = protection.permission(frame, work).eq(protection.BARRED).to_numpy()
    return np.asarray(counted & ~barred)


def done(city: City, objects: pd.Index, work: str = "", **values: Any) -> City:
    """A City with columns of buildings set, and flagged where the permission is not known.

    Parameters
    ----------
    city
        The City to start from.
    objects
        Buildings that are changed.
    work
        Work of protection_bars.csv, or empty.
    **values
        Columns and their new values, as for `twin.edits.with_values`.
    """
    changed = with_values(city, "buildings", objects, **values)
    frame = changed.table("buildings").loc[objects]
    doubtful = objects[protection.permission(frame, work).eq(protection.UNKNOWN).to_numpy()]
    if doubtful.empty:
        return changed
    flags = [_joined(one, work) for one in text(frame.loc[doubtful], FLAG)]
    return with_values(changed, "buildings", doubtful, **{FLAG: flags})


def _joined(words: str, word: str) -> str:
    return " ".join(dict.fromkeys([*words.split(), word]))


def text(frame: pd.DataFrame, column: str) -> pd.Series:
    """An optional column of text, empty where nothing is said."""
    if column not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    return frame[column].fillna("")


def number(frame: pd.DataFrame, column: str, usual: float | pd.Series = np.nan) -> pd.Series:
    """An optional column of numbers, with what is usual where nothing is said.

    Parameters
    ----------
    frame : (buildings, columns)
        City table of buildings.
    column
        Name of the column.
    usual
        One value, or one per building, in the unit of the column.
    """
    filled = pd.Series(usual, index=frame.index, dtype="float64")
    return frame[column].fillna(filled) if column in frame else filled


@cache
def _parameters(country: str) -> EnergyParameters:
    """Tables of the energy model; kept, because every step of a plan asks for them."""
    # Here, not above: the list of kinds should be there at once, without the energy model.
    from twin.energy.parameters import energy_parameters

    return energy_parameters(country)


def construction(frame: pd.DataFrame, country: str) -> pd.DataFrame:
    """Envelope of buildings as the energy model sees it: archetype, and what is known beside it.

    Parameters
    ----------
    frame : (buildings, columns)
        City table of buildings.
    country
        ISO 3166-1 alpha-2 code.

    Returns
    -------
    DataFrame
        Columns of the archetypes: u_wall, u_roof, u_floor, u_window [W/m2/K], g_window [1],
        infiltration [1/h] ...

    Raises
    ------
    NotComputedError
        If the country has no archetypes and nobody stands in for it.
    """
    from twin.energy import constructions, overrides

    parameters = _parameters(country)
    made = constructions.match(frame, parameters)
    return overrides.construction(made, frame, parameters.rooms.figures)


def leaks(frame: pd.DataFrame, country: str) -> pd.Series:
    """Air change of buildings at 50 Pa, known or from their archetype [1/h].

    Parameters
    ----------
    frame, country
        As in `construction`.
    """
    share = _parameters(country).rooms.figures["leak.n50"]
    return construction(frame, country)["infiltration"] / share


def lived(frame: pd.DataFrame, country: str) -> pd.DataFrame:
    """How buildings are heated, cooled and shaded today, as the energy model takes them as lived.

    Parameters
    ----------
    frame, country
        As in `construction`.

    Returns
    -------
    DataFrame
        Columns setpoint, setback, cooling_setpoint [degC], blinds [1], night_cooling [1/h].
    """
    from twin.energy import constructions

    parameters = _parameters(country)
    use = constructions.known_use(frame["use"], parameters)
    home = constructions.residential(frame["use"], parameters)
    rooms, living = (
        parameters.rooms.rooms.reindex(use).set_axis(frame.index),
        parameters.rooms.living,
    )
    setpoint = parameters.profiles["setpoint"].reindex(use).set_axis(frame.index)
    usual = {
        "setpoint": setpoint.mask(home, living["setpoint"]),
        "setback": rooms["setback"].mask(home, living["setback"]),
        "cooling_setpoint": rooms["cooling_setpoint"].mask(home, living["cooling_setpoint"]),
        "blinds": home.map({True: living["blinds"], False: 1.0}),
        "night_cooling": home.map({True: living["night_airing"], False: 0.0}),
    }
    found = pd.DataFrame({name: number(frame, name, value) for name, value in usual.items()})
    found["setpoint"] += number(frame, "setpoint_change", 0.0)
    return found


def at_level(frame: pd.DataFrame, country: str, level: str) -> pd.DataFrame:
    """Envelope that the archetypes of buildings have at a level of refurbishment.

    Parameters
    ----------
    frame, country
        As in `construction`.
    level
        Level of `twin.energy.constructions.LEVELS`.
    """
    from twin.energy import constructions

    return constructions.match(frame.assign(renovation=level), _parameters(country))


def stock(city: City, objects: pd.Index) -> Stock:
    """Some buildings as the energy model sees them, sheltered by their neighbours.

    Parameters
    ----------
    city
        The City.
    objects
        Heated buildings inside the boundary.
    """
    from twin.energy import stock as energy

    parameters = _parameters(city.country)
    near = _neighbourhood(city.buildings, objects, parameters.constants["party.tolerance"])
    whole = energy.assemble(near, parameters)
    rows = whole.buildings.index.get_indexer(objects)
    assert (rows >= 0).all(), "works are done on heated buildings inside the boundary"
    return whole.part(rows)


def _neighbourhood(
    buildings: gpd.GeoDataFrame, objects: pd.Index, reach: float
) -> gpd.GeoDataFrame:
    """The buildings named and all that stand within reach of them [m]."""
    found = buildings.sindex.query(
        buildings.geometry.loc[objects].to_numpy(), predicate="dwithin", distance=reach
    )
    return buildings.iloc[np.unique(found[1])]


def areas(city: City, objects: pd.Index) -> pd.DataFrame:
    """Area of the parts of the envelope: wall, roof, floor and window [m2].

    Roof and floor have the area of the footprint, as in the energy model.

    Parameters
    ----------
    city, objects
        As in `stock`.
    """
    if objects.empty:
        return pd.DataFrame(columns=list(PARTS), index=objects, dtype="float64")
    found = stock(city, objects)
    made = found.construction
    facade = pd.Series(found.walls.exposed.sum(axis=1), index=objects)
    footprint = found.buildings["footprint"]
    return pd.DataFrame(
        {
            "wall": facade * (1.0 - made["window_share"] - made["door_share"]),
            "roof": footprint,
            "floor": footprint,
            "window": facade * made["window_share"],
        },
        index=objects,
    )


def heat_load(city: City, objects: pd.Index) -> pd.Series:
    """Heat that buildings need on the coldest day, without gains [kW].

    Losses by transmission and air of the energy model, at a design temperature that lies a fixed
    step below the mean of the coldest month (works.csv).

    Parameters
    ----------
    city, objects
        As in `stock`.

    Raises
    ------
    NotComputedError
        If the City has no weather.
    """
    from twin.energy import stock as energy

    if objects.empty:
        return pd.Series(index=objects, dtype="float64")
    if city.weather.empty:
        raise NotComputedError("Heat loads need weather, and this City has none. Attach it first.")
    found = stock(city, objects)
    loss = energy.transmission(found) + energy.ventilation(found, _parameters(city.country))
    coldest = float(city.weather["temperature"].min())
    design = coldest - figures()["heat_load.below_coldest_month"]
    return loss * (figures()["heat_load.room"] - design) / 1000.0


def thickness(before: pd.Series, after: pd.Series) -> pd.Series:
    """Thickness of insulation that takes one U-value to another [cm] (ISO 6946:2017, layers).

    Parameters
    ----------
    before, after
        U-values [W/m2/K].
    """
    resistance = 1.0 / after - 1.0 / before
    return 100.0 * figures()["insulation.conductivity"] * resistance.clip(lower=0.0)


def efficiency(frame: pd.DataFrame, country: str) -> pd.Series:
    """Useful heat by delivered energy of each building's heat supply [1]; missing if not known.

    Parameters
    ----------
    frame, country
        As in `construction`.
    """
    systems = _parameters(country).systems["value"]
    return number(frame, "heating_efficiency", frame["heating"].map(systems).astype("float64"))


def roof_share(given: float | None) -> float:
    """Share of a roof that modules can cover: as given, or the usual one [1]."""
    return figures()["pv.roof_share"] if given is None else given


def roof_power(given: float | None) -> float:
    """Peak power of modules by area of the footprint [kW/m2]."""
    return roof_share(given) * figures()["pv.density"]


def cover(area: pd.Series) -> pd.Series:
    """Share that an area of green has in its surroundings [1]: a disc of tree.reach about it.

    Parameters
    ----------
    area
        Crowns or planted roofs [m2].
    """
    return (area / (np.pi * figures()["tree.reach"] ** 2)).clip(upper=1.0)


def moved(city: City, zone: pd.Series, people: pd.Series, jobs: pd.Series) -> City:
    """A City with people and jobs added to the zones of buildings, or taken out of them.

    Parameters
    ----------
    city
        The City to start from.
    zone
        Zone of each building; empty outside the model area.
    people, jobs
        What is added for each building [people, jobs]; negative where it is taken out.
    """
    change = pd.DataFrame({"people": people, "jobs": jobs}).groupby(zone).sum()
    zones = city.table("zones")
    change = change.loc[change.index.isin(zones.index) & change.ne(0.0).any(axis=1)]
    if change.empty:
        return city
    now = zones.loc[change.index, ["people", "jobs"]]
    # Rounding must not leave a zone with a trace of people below none.
    after = (now + change).clip(lower=0.0)
    return with_values(
        city, "zones", change.index, **{name: after[name].to_numpy() for name in after}
    )
