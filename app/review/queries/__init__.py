"""Reads policies, the queue with its counts, the log of decisions, and who is to be mailed."""
