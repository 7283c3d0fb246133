"""Sharing: rooms, the links that lead into them, visits, and the documents champions make their own."""
