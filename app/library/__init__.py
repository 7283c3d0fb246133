"""Assets, their immutable versions, and the passages read out of them; the one place that says fresh or stale."""
