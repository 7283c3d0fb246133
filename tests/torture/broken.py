"""The control of the fuzz: the same portal, but offering questions while somebody types expects nothing but ASCII."""

from app.core.work import Work
from app.ops.cli import main
from app.pages import search
from app.search.models import Suggestion


def suggest_ascii(_work: Work, text: str) -> list[Suggestion]:
    """What must never happen: an error nobody foresaw."""
    text.encode("ascii")
    return []


if __name__ == "__main__":
    vars(search)["suggest"] = suggest_ascii
    main()
