"""The JSON API; each version in its own package."""
