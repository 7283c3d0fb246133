"""Append-only log of what people asked, viewed, copied and downloaded; written in batches."""
