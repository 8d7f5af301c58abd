"""Heat and electricity of buildings: arrays in, arrays out."""
