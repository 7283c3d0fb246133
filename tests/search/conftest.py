"""What all tests of search share."""

from collections.abc import Iterator

import pytest

from app.search import _whoosh


@pytest.fixture(autouse=True, scope="package")
def early_merges() -> Iterator[None]:
    """A few saves are enough for segments to be merged."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_whoosh, "MERGES", ((0, 40, 8), (40, 200, 4)))
        yield
