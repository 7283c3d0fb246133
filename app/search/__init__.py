"""From a question to the passages that answer it; the index is a cache of the library."""
