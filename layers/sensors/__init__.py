"""Readers of sensors: files of readings, clocks, quality flags, traffic counts."""
