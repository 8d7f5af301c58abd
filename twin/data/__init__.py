"""Tables of the twin: every row with value, unit, source, year, evidence."""
