"""Version 1 of the JSON API, one file per feature."""
