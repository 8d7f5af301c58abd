"""Interventions: one file per kind, found by file name."""
