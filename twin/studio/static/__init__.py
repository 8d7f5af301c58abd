"""Page, styles and scripts of the studio."""
