from __future__ import annotations

import pandas as pd

from twin import states


def test_all_but_the_removed_stand() -> None:
    frame = pd.DataFrame({"state": ["standing", "removed", "new"]}, index=["a", "b", "c"])
    assert states.standing(frame).to_dict() == {"a": True, "b": False, "c": True}
    assert states.standing(frame.iloc[:0].astype("str")).dtype == bool
