"""Quiver, a self-hosted sales content portal; app/README.md is the house on one page."""

import os

# Before numpy is loaded: requests run beside one another already, and a search whose sums are shared out waits for the busiest core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
