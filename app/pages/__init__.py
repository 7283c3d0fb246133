"""Staff pages as HTML, one file per feature."""
