"""Plays: kits for one meeting or opportunity, and the binders they print as."""
