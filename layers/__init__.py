"""Read the world as found: one module per kind of source, tables with provenance out."""

__version__ = "0.1.0"
