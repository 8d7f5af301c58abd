"""Who travels where, by which street, and what it costs: arrays in, arrays out."""
