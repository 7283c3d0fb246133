"""Office files: what is accepted, whether a file is what it claims, and its passages. Used by library and the importer."""
