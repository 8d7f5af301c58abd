"""Hourly weather: one contract, one reader per kind of file, and years made from monthly figures."""
