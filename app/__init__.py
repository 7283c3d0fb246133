"""Quiver, a self-hosted sales content portal; app/README.md is the house on one page."""
