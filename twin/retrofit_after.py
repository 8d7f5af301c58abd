"""The place after the works: its run, and the energy bills of homes today and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from layers.schema import silent
from twin import packages, simulate
from twin.priority import figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from layers.schema import Progress
    from twin.city import City
    from twin.packages import Packages
    from twin.result import Result


def outcome(
    city: City, found: Packages, option: NDArray[np.int64], progress: Progress | None = None
) -> Result:
    """Run the City in which each house has its package; all that houses share is known then.

    Parameters
    ----------
    city
        The City as it is.
    found
        Its packages.
    option : (houses,)
        Package of each house; -1 where there is none.
    progress
        Told the stage and the share done.
    """
    names = sorted({name for some in found.sets for name in some})
    measures = {one.name: one.measure for one in packages.parts(names)}
    changed = city
    for number, some in enumerate(found.sets):
        objects = found.index[option == number]
        for name in some if len(objects) else ():
            changed = measures[name].apply(changed, objects)
    return simulate.run(
        changed, warm=found.base, domains=packages.ENGINES, progress=progress or silent
    )


def by_group(city: City, before: Result, after: Result, euro: float = 1.0) -> pd.DataFrame:
    """Mean bills of a dwelling today and after works.

    Parameters
    ----------
    city
        Whose buildings know their section, if a register told it, and their use.
    before, after
        Runs with bills.
    euro
        Euro by unit of the bills' currency [EUR].

    Returns
    -------
    DataFrame
        Index group (census section, or use where no section is known), the highest bill of today
        first; columns by (what groups are), houses [1], dwellings [1], today, after_works
        [EUR/a for a dwelling]. Groups of fewer houses or dwellings than `closed.k` of priority.csv
        are left out.
    """
    columns = ["by", "houses", "dwellings", "today", "after_works"]
    frames = [one.frames["buildings"].get("bill") for one in (before, after)]
    if frames[0] is None or frames[1] is None:
        return pd.DataFrame(columns=columns).rename_axis("group")
    homes = city.buildings.reindex(frames[0].index)
    by = "section" if "section" in homes and homes["section"].notna().any() else "use"
    known = frames[0].notna() & frames[1].notna() & (homes["dwellings"] > 0.0) & homes[by].notna()
    known &= homes["inside"].fillna(value=False).astype(bool)
    weight = homes.loc[known, "dwellings"]
    table = pd.DataFrame(
        {"houses": 1.0, "dwellings": weight,
         "today": frames[0][known] * weight * euro,
         "after_works": frames[1][known] * weight * euro}
    ).groupby(homes.loc[known, by].astype(str)).sum()  # fmt: skip
    least = figures()["closed.k"]
    told = table[(table["houses"] >= least) & (table["dwellings"] >= least)]
    means = told[["today", "after_works"]].div(told["dwellings"], axis=0)
    found = told[["houses", "dwellings"]].join(means).assign(by=by)[columns].rename_axis("group")
    return found.sort_values("today", ascending=False, kind="stable")
