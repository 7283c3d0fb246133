"""A portal with the model of meaning: an answer in other words than the question's comes, is marked and says so."""

import pytest

from app.identity.models import Role
from app.search.jobs import read_meaning
from app.settings import Settings
from tests.factories.desk import desk_of
from tests.factories.model import MODEL_FILE
from tests.factories.portal import started
from tests.pages.reading import page_of, words
from tests.pages.test_search import fill, titles

ASKED = "/ask?q=What+happens+to+our+data+when+a+drive+is+stolen"
CALL = {"stage": "discover", "stakeholder": "technical"}
ANSWER = "Disks are encrypted, so nobody can read customer files on a lost laptop."


@pytest.mark.model
def test_an_answer_in_other_words_is_marked_and_says_so(settings: Settings) -> None:
    with started(settings.model_copy(update={"model_path": str(MODEL_FILE)})) as portal:
        fill(
            portal,
            ("Operations", f"Shifts change at six. {ANSWER} Ramps are cleaned on Fridays.", CALL),
            ("Canteen", "Lunch is served from noon.", CALL),
        )
        rep = portal.client(Role.REP)
        assert titles(rep.get(ASKED)) == [], "nobody has read yet what passages mean"
        read_meaning(desk_of(portal))
        answer = rep.get(ASKED)
        assert titles(answer) == ["Operations"]
        page = page_of(answer)
        assert [words(node) for node in page.xpath("//article[contains(@class,'passage')]//mark")] == [ANSWER]
        assert "Says the same in other words" in words(page)
