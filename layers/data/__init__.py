"""Tables that `layers.tables` loads: every row with value, unit, source, year, evidence."""
