"""The planning studio: a local web page that simulates while you draw."""
