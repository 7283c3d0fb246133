"""While the index is damaged and not made anew yet, the database answers: words, phrases, what the call sets, and nobody sees more."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.core.work import Work
from app.framework.actions import install_defaults
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import Role
from app.library.models import Audience
from app.settings import Settings
from tests.factories.library import add_draft, add_released
from tests.factories.portal import Portal, started
from tests.pages.reading import main_of, page_of, words


def ids(work: Work, *keys: str) -> list[int]:
    install_defaults(work)
    values = list_values(work)
    return [found.id for key in keys for facet in Facet if (found := values.find(facet, key)) is not None]


def fill(work: Work) -> None:
    """What each test asks about."""

    def add(title: str, text: str, *keys: str, **more: Any) -> None:
        add_released(work, title, f"# {title}\n\n{text}\n", facet_ids=ids(work, *keys), **more)

    add("Ramp brief", "The fixed price covers 100% of a ramp.", "discover", "technical", audience=Audience.PARTNER)
    add("Ramp letter", "A price is fixed at 1,000 for the ramp.", "prove", "economic")
    add("Old ramp", "The fixed price of the old ramp.", "prove", "technical", expires_on=work.today - timedelta(days=1))
    add_draft(work, "Draft ramp", "# Draft\n\nThe fixed price of a ramp to come.\n")


@pytest.fixture
def cut(settings: Settings) -> Iterator[Portal]:
    """A portal whose index was cut off in the middle while it was not running."""
    with started(settings) as before:
        with before.work() as work:
            fill(work)
        before.drain()
        assert before.services.index.ready
    segments = list((settings.data_dir / "index").glob("g*/*.seg"))
    assert segments
    for segment in segments:
        segment.write_bytes(segment.read_bytes()[: segment.stat().st_size // 2])
    with started(settings) as portal:
        assert not portal.services.index.ready
        yield portal


def found(portal: Portal, role: Role, query: str) -> list[str]:
    """Titles of the answers, by title."""
    page = page_of(portal.client(role).get(f"/ask?{query}"))
    assert "The search index is being rebuilt." in words(page.xpath("//main")[0])
    return sorted(words(node) for node in page.xpath("//article[contains(@class,'passage')]//h3"))


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("q=price+ramp", ["Ramp brief", "Ramp letter"]),
        ("q=%22fixed+price%22", ["Ramp brief"]),
        ("q=%22fixed+price%22+ramp", ["Ramp brief"]),
        ("q=price+%22is++fixed%22", ["Ramp letter"]),
        ("q=%22fixed+price", ["Ramp brief", "Ramp letter"]),
        ("q=%22100%25+of%22", ["Ramp brief"]),
        ("q=price&stage=prove&set=1", ["Ramp letter"]),
        ("q=price&step=weighs&set=1", ["Ramp letter"]),
        ("q=price&stage=prove&stakeholder=technical&set=1&expired=1", ["Old ramp"]),
        ("q=%22fixed+price%22&set=1&expired=1", ["Old ramp", "Ramp brief"]),
    ],
)
def test_words_phrases_and_the_call_decide(cut: Portal, query: str, titles: list[str]) -> None:
    assert found(cut, Role.REP, query) == titles


def test_what_only_expired_items_hold_is_told(cut: Portal) -> None:
    page = main_of(cut.client(Role.REP).get("/ask?q=old&set=1"))
    assert "1 expired item hidden" in page


def test_a_partner_sees_what_is_for_partners(cut: Portal) -> None:
    assert found(cut, Role.PARTNER, "q=price") == ["Ramp brief"]
    assert found(cut, Role.PARTNER, "q=%22is+fixed%22") == []


def test_once_mended_the_index_answers_again(cut: Portal) -> None:
    with cut.work() as work:
        add_released(work, "Ramp price list")
    cut.drain()
    page = main_of(cut.client(Role.REP).get("/ask?q=price"))
    assert "index is being rebuilt" not in page and "Ramp price list" in page
