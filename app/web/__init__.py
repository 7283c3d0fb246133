"""What pages and API share at the HTTP edge: who is asking, the unit of work, rendering, errors, security."""
