"""Scripts and styles of our own that maps inline."""
