"""How well completion guesses: hide what is known, complete, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.tables import SOURCE_SUFFIX, SPREAD_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable


def accuracy(
    known: pd.DataFrame,
    column: str,
    hide: Callable[[pd.DataFrame, pd.Series], pd.DataFrame],
    complete: Callable[[pd.DataFrame], pd.DataFrame],
    folds: int = 5,
) -> pd.DataFrame:
    """Measure completion by cross-validation on the objects whose value is known.

    The objects are parted by a hash of their id, so that the parts are the same on every run.

    Parameters
    ----------
    known
        Table as found; rows with a value in `column` are tested, all rows are there to help.
    column
        Column to predict.
    hide
        Takes the table and a mask, and returns it without the evidence on the masked rows.
    complete
        Completes `column` of such a table.
    folds
        Parts into which the known objects are cut [1].

    Returns
    -------
    pandas.DataFrame
        Index grade of the prediction, and ``all``. Columns count [1]; for numbers mean_error,
        mean_absolute_error, root_mean_square_error [unit of the column] and within_spread, the
        share whose error is at most one spread [1]; for text right, the share that is [1], and
        expected, the share that its spreads promise [1].
    """
    truth = known[column]
    part = pd.Series(pd.util.hash_array(known.index.to_numpy(object)) % folds, known.index)
    pieces = []
    for fold in range(folds):
        hidden = truth.notna() & part.eq(fold)
        if hidden.any():
            done = complete(hide(known, hidden)).loc[hidden]
            pieces.append(
                pd.DataFrame(
                    {
                        "truth": truth[hidden],
                        "guess": done[column],
                        "source": done[column + SOURCE_SUFFIX],
                        "spread": done[column + SPREAD_SUFFIX],
                    }
                )
            )
    guesses = pd.concat(pieces)
    score = _numbers if truth.dtype.kind in "fiu" else _words
    rows = {str(grade): score(rows) for grade, rows in guesses.groupby("source")}
    return pd.DataFrame(rows | {"all": score(guesses)}).T


def _numbers(guesses: pd.DataFrame) -> dict[str, float]:
    error = (guesses["guess"] - guesses["truth"]).to_numpy(float)
    return {
        "count": float(len(error)),
        "mean_error": float(error.mean()),
        "mean_absolute_error": float(np.abs(error).mean()),
        "root_mean_square_error": float(np.sqrt((error**2).mean())),
        "within_spread": float((np.abs(error) <= guesses["spread"].to_numpy(float)).mean()),
    }


def _words(guesses: pd.DataFrame) -> dict[str, float]:
    return {
        "count": float(len(guesses)),
        "right": float((guesses["guess"] == guesses["truth"]).mean()),
        "expected": float(1 - guesses["spread"].mean()),
    }
