"""The start page, the results page with all its parts, the call that stays set, and asking marketing."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.core.work import Work
from app.framework.actions import install_defaults
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import Role
from app.library.models import Audience
from app.messaging.models import BuyerQuestion, QuestionAsked
from app.search.engine import SearchResult
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.portal import Portal
from tests.factories.questions import add_question
from tests.pages.reading import led_to, main_of, page_of, words

CONTEXT = "quiver_context"


def ids(work: Work, **keys: str) -> list[int]:
    """Ids of facet values by key: `ids(work, stage="prove")`."""
    install_defaults(work)
    found = [list_values(work).find(Facet(facet), key) for facet, key in keys.items()]
    return [value.id for value in found if value is not None]


def fill(portal: Portal, *items: tuple[str, str, dict[str, str]], **more: Any) -> None:
    """Released items of (title, text, facets by key), findable."""
    with portal.work() as work:
        for title, text, facets in items:
            add_released(work, title, f"# {title}\n\n{text}\n", facet_ids=ids(work, **facets), **more)
    portal.drain()


def titles(answer: Response) -> list[str]:
    """Titles of the answers, in order."""
    page = page_of(answer)
    return [words(node) for node in page.xpath("//article[contains(@class,'passage')]//h3")]


def option(answer: Response, key: str) -> tuple[str, bool, bool]:
    """A facet's count as shown, whether it is ticked, whether it is disabled."""
    box = page_of(answer).xpath(f"//input[@value='{key}' and @type='checkbox']")[0]
    count = box.xpath("../b")[0].text
    return str(count), box.get("checked") is not None, box.get("disabled") is not None


@pytest.fixture
def ramps(portal: Portal) -> None:
    """Two items for different calls that answer the same word."""
    fill(
        portal,
        ("Ramp brief", "The hydraulic ramp lifts two tonnes.", {"stage": "discover", "stakeholder": "technical"}),
        ("Ramp letter", "Your hydraulic ramp pays back.", {"stage": "prove", "stakeholder": "economic"}),
    )


def test_a_passage_answers_with_its_words_marked_and_where_it_stands(rep: TestClient, ramps: None) -> None:
    page = page_of(rep.get("/ask?q=lifts+tonnes"))
    article = page.xpath("//article[contains(@class,'passage')]")[0]
    assert [words(mark) for mark in article.xpath(".//mark")] == ["The hydraulic ramp lifts two tonnes."]
    for part in (
        "Ramp brief",
        "Snippet (MD)",
        "v1",
        "Fresh",
        "Stage: Discover",
        "Stakeholder: Technical evaluator",
        "Copy",
        "Open",
        "Editable MD",
    ):
        assert part in words(article)
    assert article.xpath(".//a[@data-editable]/@href") == ["/assets/1/file"]
    assert "Ramp brief, v1" in words(article.xpath(".//template")[0])


def test_an_answer_shows_the_headings_it_stands_under(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    with portal.work() as work:
        text = "# Gate guide\n\n## Data\n\n### At rest\n\nKeys are kept in a zirconium vault.\n\n## Prices\n\nPalladium costs more.\n"
        asset_id = add_released(work, "Gate guide", text)
    portal.drain()
    article = page_of(rep.get("/ask?q=zirconium")).xpath("//article[contains(@class,'passage')]")[0]
    assert words(article.xpath(".//p[contains(@class,'path')]")[0]) == "Under Data › At rest", "the title is not said again"
    assert words(article.xpath(".//span[@class='kind']")[0]) == "Snippet (MD)", "the path names the place"
    assert "Snippet (MD), Prices" in main_of(rep.get("/ask?q=palladium")), "one heading is the place"
    assert "Data › At rest" in main_of(marketer.get(f"/ask/why/{asset_id}?q=zirconium"))
    assert "Gate guide › Data" in main_of(rep.get(f"/assets/{asset_id}"))


def test_an_item_found_by_its_tags_without_a_summary_shows_a_passage(portal: Portal, rep: TestClient) -> None:
    call = {"stage": "prove", "stakeholder": "economic"}
    fill(portal, ("Ramp", "It climbs six degrees.", call), tags=["steepness"])
    fill(portal, *((f"Gate {number}", "It is wide.", call) for number in range(3)))
    article = page_of(rep.get("/ask?q=ramp+steepness")).xpath("//article[contains(@class,'passage')]")[0]
    assert words(article.xpath(".//*[@class='passage-p']")[0]) == "It climbs six degrees."


def test_counts_follow_the_other_facets_and_zeros_stay_but_cannot_be_chosen(rep: TestClient, ramps: None) -> None:
    asked = rep.get("/ask?q=hydraulic&set=1")
    assert option(asked, "discover") == ("1", False, False)
    assert option(asked, "onboard") == ("0", False, True)
    chosen = rep.get("/ask?q=hydraulic&stage=discover")
    assert titles(chosen) == ["Ramp brief"]
    assert option(chosen, "discover") == ("1", True, False)
    assert option(chosen, "prove") == ("1", False, False), "counts of a facet do not follow its own choice"
    assert option(chosen, "economic") == ("0", False, True)


def test_a_count_says_what_it_counts(rep: TestClient, ramps: None) -> None:
    for address, word in (("/ask?q=ramp", "answer"), ("/ask?q=", "item")):
        told = page_of(rep.get(address)).xpath("//fieldset[legend='Stage']//b/span[@class='vh']")
        assert {words(one).rstrip("s") for one in told} == {word}


def test_the_same_paragraph_in_several_items_is_one_answer(portal: Portal, rep: TestClient, marketer: TestClient) -> None:
    text = "A zirconium ramp lifts two tonnes onto any trailer within a minute, and nobody has to leave the yard for it."
    with portal.work() as work:
        first = add_released(work, "Ramp brief", f"# Lifting\n\n{text}\n")
        late = work.today - timedelta(days=400)
        again = add_released(work, "Ramp letter", f"# Lifting\n\n{text.replace('any trailer', 'a trailer')}\n", confirmed_on=late)
        add_released(work, "Ramp prices", f"# Lifting\n\n{text.replace('two', '3')}\n")
        add_draft(work, "Ramp draft", f"# Lifting\n\n{text}\n")
    portal.drain()
    asked = rep.get("/ask?q=zirconium+ramp+lifts")
    assert sorted(titles(asked)) == ["Ramp brief", "Ramp prices"] and "3 answers" in main_of(asked)
    folded = page_of(asked).xpath("//p[@class='folded']/span[starts-with(., 'Nearly the same')]")
    assert [words(one) for one in folded] == ["Nearly the same text also in Ramp letter, Lifting (Stale, 220 days over)"]
    assert folded[0].xpath("./a/@href") == [f"/assets/{again}?at=h-lifting"]
    with portal.work() as work:
        add_question(work, "What does the zirconium ramp lift?", first)
    portal.drain()
    best = page_of(marketer.get("/ask?q=what+does+the+zirconium+ramp+lift")).xpath("//article[contains(@class,'best')]")[0]
    assert "Nearly the same text also in Ramp letter" in words(best)


def test_a_call_lifts_what_fits_it_and_leaves_nothing_out(rep: TestClient, ramps: None) -> None:
    """Two passages as good as each other: the one for the call that is set comes first, whichever call it is."""
    for call, first, last in (
        ({"stage": "discover"}, "Ramp brief", "Ramp letter"),
        ({"stage": "prove", "stakeholder": "economic"}, "Ramp letter", "Ramp brief"),
    ):
        rep.post("/context", data=call)
        asked = rep.get("/ask?q=ramp")
        assert titles(asked) == [first, last] and "2 answers, 1 for this call · only that one" in main_of(asked)
        assert option(asked, "discover") == ("1", False, False), "the call ticks nothing"
        only = page_of(asked).xpath("//a[text()='only that one']/@href")[0]
        assert titles(rep.get(only)) == [first]
        assert "1 answer for this choice, 2 without the context" in main_of(rep.get(only))
        narrow = {field.get("name"): field.get("value") for field in page_of(asked).xpath("//form[@id='narrow']/input")}
        assert narrow == {"q": "ramp", "set": "1", **{f"call_{facet}": key for facet, key in call.items()}}
    rep.post("/context", data={"stage": "onboard"})
    assert "2 answers, none for this call" in main_of(rep.get("/ask?q=ramp"))
    rep.post("/context", data={"clear": "1"})
    assert "for this call" not in main_of(rep.get("/ask?q=ramp")).replace("Best fit for this call", "")


def test_a_page_of_a_call_goes_on_for_the_same_call(portal: Portal, rep: TestClient) -> None:
    odd = [
        (f"Ramp {number}", f"The hydraulic ramp {number}.", {"stage": "prove" if number % 2 else "discover", "stakeholder": "technical"})
        for number in range(24)
    ]
    fill(portal, *odd)
    rep.post("/context", data={"stage": "prove"})
    first = rep.get("/ask?q=hydraulic")
    following = page_of(first).xpath("//nav[@class='pager']//a[@rel='next']/@href")[0]
    rep.post("/context", data={"clear": "1"})
    second, third = rep.get(f"/ask{following}"), rep.get(f"/ask{following.replace('page=2', 'page=3')}")
    shown = [*titles(first), *titles(second), *titles(third)]
    assert sorted(shown) == sorted(title for title, _, _ in odd), "none is lost, none comes twice"
    assert {title for title, _, facets in odd if facets["stage"] == "prove"} == set(shown[:12])


@pytest.mark.parametrize("question, typed, used", [("hydraulik ramp", "hydraulik", "hydraulic"), ("ramp hydrau", "hydrau", "hydraulic")])
def test_a_word_read_otherwise_is_named_and_the_typed_one_stays_possible(
    rep: TestClient, ramps: None, question: str, typed: str, used: str
) -> None:
    page = page_of(rep.get("/ask", params={"q": question}))
    note = page.xpath("//p[contains(@class,'note')]")[0]
    assert f"Showing answers for {used} (you typed {typed})" in words(note) and titles(rep.get("/ask", params={"q": question}))
    exact = rep.get(note.xpath(".//a/@href")[0])
    assert "Nothing answers this yet" in main_of(exact)


@pytest.mark.parametrize("ready", [True, False], ids=["index", "no index"])
def test_a_trailing_star_asks_for_every_word_that_begins_so(
    portal: Portal, rep: TestClient, ready: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "Yard": "The scheduler plans doors.",
        "Gate": "A schedule of gates.",
        "Dock": "Rescheduling is dear.",
        "Ramp": "A schema of ramps.",
    }
    fill(portal, *((title, text, {"stage": "prove", "stakeholder": "economic"}) for title, text in texts.items()))
    if not ready:
        monkeypatch.setattr(portal.services.index, "search", lambda request: SearchResult(ready=False))
    answer = rep.get("/ask?q=sched*")
    # without the index words are looked for anywhere, also inside others
    assert set(titles(answer)) == ({"Yard", "Gate"} if ready else {"Yard", "Gate", "Dock"})
    marked = {words(mark) for mark in page_of(answer).xpath("//article[contains(@class,'passage')]//mark")}
    assert {"The scheduler plans doors.", "A schedule of gates."} <= marked
    assert "Showing answers for" not in main_of(answer), "an unfinished word is no typo"
    assert titles(rep.get("/ask?q=plans+sched*"))[0] == "Yard"
    if ready:
        assert titles(rep.get("/ask?q=*ched")) == [], "a star in front means nothing"


def test_the_same_text_in_two_formats_is_one_answer(portal: Portal, rep: TestClient) -> None:
    text = "The derrick swings over the quay and lifts containers from the barge to the train, all day and all night, in any weather."
    with portal.work() as work:
        add_released(work, "Derrick", f"# Derrick\n\n{text}\n", file_name="derrick.md")
        add_released(work, "Derrick", f"<h1>Derrick</h1><p>{text}</p>", file_name="derrick.html")
    portal.drain()
    asked = rep.get("/ask?q=derrick+swings")
    assert titles(asked) == ["Derrick"]
    assert "Same text as" in main_of(asked)


def test_more_answers_than_a_page_holds_are_paged(portal: Portal, rep: TestClient) -> None:
    fill(portal, *((f"Bollard {number}", "A bollard stands.", {"stage": "target", "stakeholder": "champion"}) for number in range(12)))
    first, second = rep.get("/ask?q=bollard&stage=target"), rep.get("/ask?q=bollard&stage=target&page=2")
    assert (len(titles(first)), len(titles(second))) == (10, 2)
    assert len({*titles(first), *titles(second)}) == 12
    following = page_of(first).xpath("//a[@rel='next']/@href")[0]
    assert following == "?q=bollard&set=1&stage=target&page=2"
    assert rep.get(f"/ask{following}").text.count('class="card passage"') == 2
    for odd in ("0", "-3", "x", "99999999"):
        assert rep.get(f"/ask?q=bollard&page={odd}").status_code == 200


def test_expired_items_hide_until_asked_for_and_stale_ones_sink(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        today = work.today
        add_released(work, "Old winch", "# Winch\n\nA winch pulled.\n", confirmed_on=today - timedelta(days=400))
        add_released(work, "New winch", "# Winch\n\nA winch pulls.\n", tags=["x"])
        add_released(work, "Gone winch", "# Winch\n\nA winch is pulling.\n", expires_on=today - timedelta(days=1))
    portal.drain()
    asked = rep.get("/ask?q=winch")
    assert titles(asked) == ["New winch", "Old winch"]
    assert "Stale, 220 days over" in main_of(asked)
    assert "Show expired1 hidden" in main_of(asked).replace("Show expired 1", "Show expired1")
    shown = rep.get("/ask?q=winch&expired=1")
    assert "Gone winch" in titles(shown)
    assert "Expired 1 day ago" in main_of(shown)


def test_newest_first_sorts_by_change(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        today = work.now
    for days, title in ((3, "Hoist three"), (1, "Hoist one"), (2, "Hoist two")):
        with portal.work(now=today - timedelta(days=days)) as work:
            add_released(work, title, f"# {title}\n\nA hoist.\n")
    portal.drain()
    asked = rep.get("/ask?q=hoist&sort=newest")
    assert titles(asked) == ["Hoist one", "Hoist two", "Hoist three"]
    assert page_of(asked).xpath("//select[@id='sort']/option[@selected]/@value") == ["newest"]


def test_nothing_found_offers_three_ways_on(rep: TestClient, ramps: None) -> None:
    page = page_of(rep.get("/ask?q=hydraulic+tonnes&stage=onboard"))
    ways = [words(node) for node in page.xpath("//ul[@class='ways']/li/b")]
    assert ways == ["Drop the context", "Look at the closest", "Ask marketing"]
    assert page.xpath("//ul[@class='ways']//a[contains(@class,'btn--primary')]/@href") == ["/ask?q=hydraulic+tonnes&set=1"]
    assert page.xpath("//h2[@id='nearest']")


def ways(client: TestClient, query: str) -> list[str]:
    """What a page without answers offers."""
    return [words(node) for node in page_of(client.get(f"/ask?{query}")).xpath("//ul[@class='ways']/li/b")]


def nearest(client: TestClient, query: str) -> list[str]:
    """Titles under the closest passages."""
    page = page_of(client.get(f"/ask?{query}"))
    return [words(node) for node in page.xpath("//h2[@id='nearest']/following-sibling::article//h3")]


def test_the_closest_passages_need_one_of_the_words_and_no_quotes(portal: Portal, rep: TestClient, ramps: None) -> None:
    assert nearest(rep, "q=%22two+hydraulic+tonnes%22&set=1") == ["Ramp brief", "Ramp letter"]
    assert nearest(rep, "q=%22hydraulic+gate%22&stage=onboard") == ["Ramp letter", "Ramp brief"]
    long = "Which winch cable drum brake motor gear hook tests does the hydraulic one pass?"
    with portal.work() as work:
        gone = work.today - timedelta(days=1)
        add_released(work, "Gone winch", "# Gone\n\nThe winch passes cable, drum, brake, motor, gear and hook tests.\n", expires_on=gone)
    portal.drain()
    assert ways(rep, f"q={long}&set=1")[:2] == ["1 expired item hidden", "Look at the closest"]
    assert nearest(rep, f"q={long}&set=1") == ["Ramp letter", "Ramp brief"], "although the expired one holds nearly every word"
    assert nearest(rep, "q=zeppelin&set=1") == []


def test_when_only_expired_items_fit_the_page_says_so(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        gone = work.today - timedelta(days=1)
        for name in ("Gone winch", "Gone hoist"):
            facets = ids(work, stage="prove", stakeholder="technical")
            add_released(work, name, f"# {name}\n\nIt pulls the sledge.\n", expires_on=gone, facet_ids=facets)
    portal.drain()
    page = page_of(rep.get("/ask?q=winch&stage=prove"))
    assert words(page.xpath("//ul[@class='ways']/li[1]")[0]) == (
        "1 expired item hiddenIt fits, but readers should not use it any more: ask the owner first.Show it"
    )
    shown = rep.get(page.xpath("//ul[@class='ways']/li[1]//a/@href")[0])
    assert titles(shown) == ["Gone winch"] and option(shown, "prove")[1]
    assert ways(rep, "q=sledge&set=1")[0] == "2 expired items hidden"
    assert ways(rep, "q=sledge&set=1&stage=onboard") == ["Ask marketing"], "those that fit belong to another call"


def test_a_curated_answer_stands_on_top_and_not_twice(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Lift brief", "# Lift\n\nIt carries five tonnes.\n")
    portal.drain()
    with portal.work() as work:
        add_question(work, "How much does your lift carry?", asset_id)
        add_question(work, "Who repairs the lift?", asset_id)
    portal.drain()
    asked = rep.get("/ask?q=how+much+does+the+lift+carry")
    best = page_of(asked).xpath("//article[contains(@class,'best')]")[0]
    assert words(best.xpath(".//h2")[0]) == "How much does your lift carry?"
    assert "It carries five tonnes." in words(best)
    assert titles(asked) == []
    related = page_of(asked).xpath("//aside[@aria-label='Related']//a[@class='buyer']")
    assert [words(link) for link in related] == ["Who repairs the lift?"]


def test_the_call_stays_set_until_it_is_cleared(rep: TestClient, ramps: None) -> None:
    assert (
        led_to(rep.post("/context", data={"stage": "discover", "stakeholder": "nonsense!", "next": "/ask?q=hydraulic"}))
        == "/ask?q=hydraulic"
    )
    assert rep.cookies[CONTEXT].strip('"') == "stage=discover"
    assert titles(rep.get("/ask?q=hydraulic"))[0] == "Ramp brief"
    assert titles(rep.get("/ask?q=")) == ["Ramp brief"], "without a question the call chooses what is listed"
    assert "Stage: Discover" in words(page_of(rep.get("/ask?q=x")).xpath("//section[@aria-label='Call context']")[0])
    assert titles(rep.get("/ask?q=hydraulic&stage=prove")) == ["Ramp letter"], "the address wins over the call"
    assert len(titles(rep.get("/ask?q=hydraulic&set=1"))) == 2
    rep.post("/context", data={"clear": "1"})
    assert CONTEXT not in rep.cookies
    assert len(titles(rep.get("/ask?q=hydraulic"))) == 2


def test_a_call_of_values_nobody_knows_counts_as_not_set(rep: TestClient, ramps: None) -> None:
    rep.post("/context", data={"stage": "nowhere"})
    assert len(titles(rep.get("/ask?q=hydraulic"))) == 2
    assert led_to(rep.post("/context", data={"stage": "prove", "next": "https://elsewhere.example"})) == "/"


def test_a_change_of_facets_gets_the_results_alone(rep: TestClient, ramps: None) -> None:
    part = rep.get("/ask?q=hydraulic&set=1", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="results"')
    assert "<html" not in part.text and "HX-Request" in part.headers["vary"]
    assert 'data-announce="2 answers"' in part.text


def test_drafts_newer_versions_and_other_audiences_never_answer(portal: Portal, rep: TestClient, partner: TestClient) -> None:
    with portal.work() as work:
        add_draft(work, "Secret draft", "# Zirconium\n\nZirconium draft words.\n")
        open_id = add_released(work, "Open note", "# Zirconium\n\nZirconium open words.\n", audience=Audience.PARTNER)
        add_version(work, open_id, "# Zirconium\n\nZirconium palladium words.\n")
        add_released(work, "Internal note", "# Zirconium\n\nZirconium internal words.\n")
    portal.drain()
    assert sorted(titles(rep.get("/ask?q=zirconium"))) == ["Internal note", "Open note"]
    asked = partner.get("/ask?q=zirconium")
    assert titles(asked) == ["Open note"] and option(asked, "target")[0] == "1"
    for client in (rep, partner):
        assert "Nothing answers this yet" in main_of(client.get('/ask?q="palladium"'))
        assert "Secret draft" not in client.get("/").text


def test_a_question_for_marketing_is_kept_with_its_call(portal: Portal, rep: TestClient, ramps: None) -> None:
    rep.post("/context", data={"stage": "onboard"})
    page = page_of(rep.get("/ask?q=does+it+fly&stage=prove&stakeholder=technical"))
    form = page.xpath("//form[@action='/ask/request']")[0]
    answer = rep.post("/ask/request", data=dict(form.form_values()))
    assert led_to(answer) == "/ask?q=does+it+fly&set=1&stage=prove&stakeholder=technical"
    assert "Asked marketing." in rep.get("/").text
    asker = portal.actor(Role.REP).id
    with portal.work() as work:
        kept, asked = work.session.get(BuyerQuestion, 1), work.session.get(QuestionAsked, 1)
        assert kept is not None and (kept.text, kept.times_asked, kept.created_by) == ("does it fly", 1, asker)
        assert asked is not None and asked.context == {"stage": "prove", "stakeholder": "technical"}
        assert (asked.question_id, asked.user_id) == (kept.id, asker)


@pytest.mark.parametrize("question", ["", "  ", "ab"])
def test_an_empty_question_is_not_sent(rep: TestClient, question: str) -> None:
    answer = rep.post("/ask/request", data={"question": question})
    assert "Write the buyer's question first" in main_of(answer, 422)


def test_an_empty_portal_says_what_to_do(rep: TestClient, marketer: TestClient) -> None:
    assert "Nothing is released yet" in main_of(rep.get("/"))
    assert "Upload the first files" in main_of(marketer.get("/"))
    assert "Upload the first files" not in main_of(rep.get("/"))


@pytest.mark.parametrize(
    "question", ["'", '"', '"open', "*", "a" * 400, "(((", "\u0000", "<script>alert(1)</script>", "🦜" * 50, "NOT AND OR", "%%%"]
)
def test_any_words_get_an_answer(rep: TestClient, ramps: None, question: str) -> None:
    answer = rep.get("/ask", params={"q": question})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
