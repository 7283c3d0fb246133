"""Verbs of sharing, a module for each kind of thing."""
