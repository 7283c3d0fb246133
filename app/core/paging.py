"""One page of a longer list; used by every `list_` query."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
MAX_SIZE = 100


@dataclass(frozen=True)
class PageRequest:
    """Which page (from 1) of how many rows."""

    number: int = 1
    size: int = 10

    def __post_init__(self) -> None:
        if self.number < 1 or not 1 <= self.size <= MAX_SIZE:
            raise ValueError(f"page numbers start at 1, sizes go from 1 to {MAX_SIZE}")

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows of one page and how many there are in all."""

    items: tuple[T, ...]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))
