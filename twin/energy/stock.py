"""Annual heat and electricity of a building stock: archetypes, envelope, monthly balance, systems.

Method: constructions from the TABULA typology (archetypes_NOTICE.md), exposed walls from the
footprints, heat need by the monthly method of EN ISO 13790:2008, delivered energy by carrier.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from layers.schema import silent
from twin.energy import (
    appliances,
    constructions,
    envelope,
    heat_areas,
    monthly,
    overrides,
    solar,
    systems,
)
from twin.energy.activity import activity_rows
from twin.energy.citations import CITATIONS
from twin.energy.limits import sentences, unseen
from twin.states import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.energy.parameters import EnergyParameters


PEOPLE_KNOWN: Final = ("register", "survey", "census")
"""Grades of residents by whom hot water is counted: told for the building or its zone."""
COLUMNS: Final = (
    "heat_need", "heat_need_area", "heat_final", "electricity", "heat_need_spread",
)  # fmt: skip


@dataclass(frozen=True)
class EnergyRun:
    """Annual energy of the heated standing buildings inside the boundary.

    Parameters
    ----------
    frame
        Index building id; columns heat_need [kWh/a] (rooms and hot water), heat_need_area
        [kWh/m2/a] per gross floor area, heat_final [kWh/a] delivered energy for heat (missing
        where the kind of heating is not known), electricity [kWh/a] without heating,
        heat_need_spread [kWh/a] (standard deviation of heat_need).
    activity
        One row per building, end use and carrier for the ledger.
    balance
        Conservation checks, printed with the run.
    limits
        What the model cannot see, in plain sentences.
    substitutes
        Sentences that name every substitute used.
    citations
        Papers and standards of the method.
    """

    frame: pd.DataFrame
    activity: pd.DataFrame
    balance: Mapping[str, float]
    limits: tuple[str, ...]
    substitutes: tuple[str, ...]
    citations: tuple[str, ...] = CITATIONS


@dataclass(frozen=True)
class Stock:
    """Everything that the balance needs about n buildings, rows in one order.

    Parameters
    ----------
    buildings
        The buildings that are simulated.
    construction
        Their archetypes.
    profile
        How their use is heated, aired and powered.
    walls
        Their facades.
    area
        Heated reference floor area [m2].
    """

    buildings: gpd.GeoDataFrame
    construction: pd.DataFrame
    profile: pd.DataFrame
    walls: envelope.Facades
    area: pd.Series

    def part(self, rows: NDArray[np.int64]) -> Stock:
        """The buildings of some rows, in their order."""
        return Stock(
            buildings=self.buildings.iloc[rows],
            construction=self.construction.iloc[rows],
            profile=self.profile.iloc[rows],
            walls=envelope.Facades(
                self.walls.exposed[rows], self.walls.party[rows], self.walls.gross[rows]
            ),
            area=self.area.iloc[rows],
        )


def run(
    buildings: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    latitude: float,
    parameters: EnergyParameters,
    progress: Progress | None = None,
) -> EnergyRun:
    """Annual heat and electricity of every heated standing building inside the boundary.

    Parameters
    ----------
    buildings
        City table of buildings, in a metric CRS [m].
    weather
        City table of weather: index month 1..12, temperature [degC], ghi, dhi [kWh/m2].
    latitude
        Of the city [deg].
    parameters
        Of `twin.energy.parameters.energy_parameters`.
    progress
        Called with the stage and the share done.

    Raises
    ------
    ValueError
        If the weather has not twelve months.
    """
    if len(weather) != len(solar.MEAN_DAYS):
        raise ValueError(f"weather has {len(weather)} rows, expected the twelve months")
    tell = progress or silent
    tell("walls of buildings", 0.0)
    return by_months(assemble(buildings, parameters), weather, latitude, parameters, tell)


def by_months(
    stock: Stock,
    weather: pd.DataFrame,
    latitude: float,
    parameters: EnergyParameters,
    tell: Progress,
) -> EnergyRun:
    """Annual heat and electricity of a stock by the monthly method.

    Parameters
    ----------
    stock
        Of `assemble`.
    weather, latitude, parameters
        As in `run`.
    tell
        Called with the stage and the share done.
    """
    tell("heat need of buildings", 0.6)
    balance = heat_balance(stock, weather.sort_index(), latitude, parameters)
    tell("energy of heating systems", 0.8)
    result = _deliver(stock, balance, parameters)
    tell("energy of heating systems", 1.0)
    return result


def simulated(buildings: pd.DataFrame) -> pd.Series:
    """Whether a building is simulated: standing or new, heated, and inside the boundary."""
    return standing(buildings) & buildings["heated"] & buildings["inside"]


def facades(buildings: gpd.GeoDataFrame, parameters: EnergyParameters) -> envelope.Facades:
    """Walls of all standing buildings.

    Neighbours outside the boundary shelter too; unheated and removed ones do not.

    Parameters
    ----------
    buildings, parameters
        As in `run`.
    """
    houses = buildings[standing(buildings)]
    return envelope.facades(
        houses.geometry.to_numpy(),
        houses["height"].to_numpy(),
        houses["heated"].to_numpy(),
        parameters.constants["party.tolerance"],
    )


def assemble(
    buildings: gpd.GeoDataFrame,
    parameters: EnergyParameters,
    walls: envelope.Facades | None = None,
) -> Stock:
    """Archetypes, profiles and walls of the simulated buildings.

    Parameters
    ----------
    buildings, parameters
        As in `run`.
    walls
        Of `facades`, if they are known already.
    """
    houses = buildings[standing(buildings)]
    kept = simulated(houses).to_numpy()
    walls = facades(buildings, parameters) if walls is None else walls
    chosen = houses[kept]
    profile = parameters.profiles.loc[constructions.known_use(chosen["use"], parameters)]
    profile = overrides.profile(profile.set_index(chosen.index), chosen)
    made = constructions.match(chosen, parameters)
    return Stock(
        buildings=chosen,
        construction=overrides.construction(made, chosen, parameters.rooms.figures),
        profile=appliances.with_people(
            profile,
            _people_known(chosen, parameters),
            chosen["people"],
            parameters.constants["hot_water.person"],
        ),
        walls=envelope.Facades(walls.exposed[kept], walls.party[kept], walls.gross[kept]),
        area=chosen["floor_area"] * parameters.constants["floor.net_share"],
    )


def _people_known(houses: pd.DataFrame, parameters: EnergyParameters) -> pd.Series:
    """Homes whose people a register or a count tells, not a completion (buildings,)."""
    home = constructions.residential(houses["use"], parameters)
    return home & houses["people_source"].isin(PEOPLE_KNOWN) & houses["people"].notna()


def transmission(stock: Stock) -> pd.Series:
    """Transmission loss coefficient of each building [W/K] (EN ISO 13790:2008, 8.3).

    Roof and ground floor have the area of the footprint; windows and doors are shares of the
    exposed facade; thermal bridges are a surcharge on the whole envelope.
    """
    made, footprint = stock.construction, stock.buildings["footprint"]
    facade = pd.Series(stock.walls.exposed.sum(axis=1), index=made.index)
    opaque = 1.0 - made["window_share"] - made["door_share"]
    u_facade = (
        opaque * made["u_wall"]
        + made["window_share"] * made["u_window"]
        + made["door_share"] * made["u_door"]
    )
    flat = footprint * (made["u_roof"] + made["u_floor"])
    bridges = made["delta_u_bridges"] * (facade + 2.0 * footprint)
    return facade * u_facade + flat + bridges


def ventilation(stock: Stock, parameters: EnergyParameters) -> pd.Series:
    """Ventilation loss coefficient of each building [W/K]: use and leaks (EN ISO 13790:2008, 9.3)."""
    constants = parameters.constants
    volume = stock.area * constants["room.height"]
    fresh = stock.profile["air_change"] * (1.0 - stock.profile["heat_recovery"])
    change = fresh + stock.construction["infiltration"]
    return constants["air.heat_capacity"] * change * volume


def solar_gains(
    stock: Stock, weather: pd.DataFrame, latitude: float, parameters: EnergyParameters
) -> NDArray[np.float64]:
    """Solar gains through the windows of each building and month, (n, 12) [kWh].

    Opaque walls and the sky are left out, as in TABULA.
    """
    constants, made = parameters.constants, stock.construction
    irradiation = solar.facade_irradiation(
        weather["ghi"].to_numpy(), weather["dhi"].to_numpy(), latitude, constants["ground.albedo"]
    )
    through = (
        (1.0 - constants["window.frame_share"])
        * constants["window.shading"]
        * constants["window.incidence"]
    )
    glazing = (made["window_share"] * made["g_window"]).to_numpy() * through
    return np.asarray((stock.walls.exposed @ irradiation) * glazing[:, None])


def heat_balance(
    stock: Stock, weather: pd.DataFrame, latitude: float, parameters: EnergyParameters
) -> monthly.HeatNeed:
    """Monthly heat balance of each building for its rooms.

    Parameters
    ----------
    stock
        Of `assemble`.
    weather, latitude, parameters
        As in `run`.
    """
    profile, area = stock.profile, stock.area
    loss = transmission(stock)
    by_area = (loss / area.where(area > 0.0)).fillna(0.0)
    partial = monthly.partial_heating(
        by_area.to_numpy(), profile["partial_low"].to_numpy(), profile["partial_high"].to_numpy()
    )
    internal = (profile["internal_gains"] * area).to_numpy()[:, None]
    gains = internal * monthly.HOURS / monthly.WATTS_PER_KW
    gains = gains + solar_gains(stock, weather, latitude, parameters)
    constants = parameters.constants
    return monthly.heat_need(
        (loss + ventilation(stock, parameters)).to_numpy() * partial,
        profile["setpoint"].to_numpy(),
        weather["temperature"].to_numpy(),
        monthly.HOURS,
        gains,
        (profile["heat_capacity"] * area).to_numpy(),
        profile["heated_time"].to_numpy(),
        a0=constants["utilisation.a0"],
        tau0=constants["utilisation.tau0"],
        intermittency=constants["intermittency.b"],
    )


def _deliver(stock: Stock, balance: monthly.HeatNeed, parameters: EnergyParameters) -> EnergyRun:
    """Delivered energy, ledger rows and checks from the heat balance."""
    index = stock.buildings.index
    rooms = pd.Series(balance.need.sum(axis=1), index=index)
    water = appliances.hot_water(stock.profile, stock.area)
    power = appliances.electricity(stock.profile, counts(stock))
    share = heat_areas.shares(stock.buildings, parameters)
    own = overrides.given(stock.buildings, "heating_efficiency")
    delivered = {
        end_use: systems.delivered(heat.to_numpy(), share, parameters.systems, own)
        for end_use, heat in (("space_heating", rooms), ("hot_water", water))
    }
    heat_final = sum(energy.sum(axis=1) for energy in delivered.values())
    known = share.sum(axis=1) > 0.0
    need = rooms + water
    frame = pd.DataFrame(
        {
            "heat_need": need,
            "heat_need_area": need / stock.buildings["floor_area"].where(lambda area: area > 0.0),
            "heat_final": heat_final.where(known),
            "electricity": power.sum(axis=1),
            "heat_need_spread": spread(stock, need, parameters),
        },
        index=index,
        columns=list(COLUMNS),
    )
    activity = activity_rows(stock.buildings, delivered, power, parameters)
    return EnergyRun(
        frame=frame,
        activity=activity,
        balance=_checks(balance, frame, activity),
        limits=(*sentences(stock.buildings, known, parameters), *unseen(stock.buildings)),
        substitutes=parameters.substitutes,
    )


def counts(stock: Stock) -> pd.DataFrame:
    """What electricity is counted by."""
    return pd.DataFrame(
        {
            "area": stock.area,
            "dwelling": stock.buildings["dwellings"],
            "person": stock.buildings["people"],
        }
    )


def spread(stock: Stock, need: pd.Series, parameters: EnergyParameters) -> pd.Series:
    """Standard deviation of the heat need [kWh/a]: archetype and floor area, taken independent."""
    own = constructions.residential(stock.buildings["use"], parameters) & (
        not parameters.substituted
    )
    constants = parameters.constants
    type_spread = np.where(own, constants["spread.archetype"], constants["spread.substitute"])
    area = stock.buildings["floor_area"]
    if "floor_area_spread" in stock.buildings:
        relative = (stock.buildings["floor_area_spread"] / area.where(area > 0.0)).fillna(0.0)
    else:
        relative = area * 0.0
    return need * np.hypot(type_spread, relative)


def _checks(
    balance: monthly.HeatNeed, frame: pd.DataFrame, activity: pd.DataFrame
) -> dict[str, float]:
    """Conservation checks of the run: the room balance, and frame against ledger rows."""
    energy = math.fsum(frame["heat_final"].dropna()) + math.fsum(frame["electricity"])
    booked = math.fsum(activity["activity"])
    return {
        "losses [kWh/a]": float(balance.losses.sum()),
        "used gains [kWh/a]": float(balance.used_gains.sum()),
        "set-back [kWh/a]": float(balance.set_back.sum()),
        "room heat need [kWh/a]": float(balance.need.sum()),
        "residual of the room balance [1]": balance.residual,
        "heat need with hot water [kWh/a]": math.fsum(frame["heat_need"]),
        "residual of the ledger rows [1]": abs(energy - booked) / max(energy, 1.0),
    }
