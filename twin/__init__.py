"""A city completed, changed, simulated, booked in one ledger and drawn on maps."""

__version__ = "0.1.0"
