"""Fill what the sources leave open: pure functions, table in, table out."""
