"""Administrators invite somebody and hand over a leaver; a partner finds their own home and not one internal word."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.identity.actions.organisations import create_organisation
from app.identity.models import Role
from app.identity.queries import find_by_email
from app.library.models import Audience
from app.library.queries import get_view
from tests.factories.people import PASSWORD, add_user, ensure_user
from tests.journeys.conftest import Visit
from tests.journeys.site import Site, eventually

pytestmark = pytest.mark.browser

# In an item of the house, in one for partners: title, body, file name, tag, note, summary and a question each hold one.
SECRET = ("zarbiquon", "mivoltrax", "fendulipo", "quorbasil", "nuxtamira", "golvetine", "trabunosk")
OPEN = ("palindoru", "besticova", "lumaretto", "corvadine", "sentupali", "ravogimel", "dantilope")
MOST_PAGES = 45


@pytest.fixture(scope="module")
def words(site: Site) -> None:
    """An internal item and one for partners, each with words of its own in every place; the partner belongs to an organisation."""
    for (title, body, name, tag, summary, _note, question), audience in ((SECRET, Audience.INTERNAL), (OPEN, Audience.PARTNER)):
        asset_id = site.add(
            f"Pallet {title}",
            f"# Pallet\n\nThe pallet {body} stacks.\n",
            f"{name}.md",
            tags=[tag],
            summary=f"About {summary}",
            audience=audience,
        )
        site.wait_until_read(asset_id)
        site.add_question(f"Which pallet {question} stacks?", asset_id, "")
        site.wait_until_found(f"pallet {body}", f"Pallet {title}")
    with site.work() as work:
        ensure_user(work, Role.PARTNER).organisation_id = create_organisation(work, "Northgate Partners").id


def test_an_invited_person_chooses_a_password_and_signs_in(visit: Visit) -> None:
    desk = visit(Role.ADMIN)
    desk.goto("/people")
    desk.get_by_role("link", name="Invite somebody").click()
    desk.get_by_label("Name", exact=True).fill("Inga Invited")
    desk.get_by_label("E-mail").fill("inga@example.com")
    desk.get_by_label("Role").select_option(label="Marketing")
    desk.get_by_role("button", name="Make the account and the link").click()
    expect(desk.get_by_role("heading", name="Inga Invited is invited")).to_be_visible()
    desk.get_by_role("button", name="Copy").click()
    expect(desk.locator(".toast")).to_contain_text("Copied")
    link = desk.get_by_label("One-use link").input_value()

    new = visit()
    new.goto(link)
    new.get_by_label("Password").fill(PASSWORD)
    new.get_by_role("button", name="Save and sign in").click()
    expect(new.locator(".toast")).to_contain_text("You are signed in.")

    again = visit()
    again.goto("/sign-in")
    again.get_by_label("E-mail").fill("inga@example.com")
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Sign in").click()
    expect(again.get_by_label("What is your buyer asking?").first).to_be_visible()


def test_a_leaver_is_handed_over(visit: Visit, site: Site) -> None:
    with site.work() as work:
        add_user(work, Role.MARKETER, "leaver@example.com", "Leo Leaver", password=PASSWORD)
        owner = find_by_email(work, "leaver@example.com")
        assert owner is not None
        add_user(work, Role.MANAGER, "heir@example.com", "Hanna Heir")
        owner_id = owner.id
    items = [site.add(f"Forklift sheet {number}", f"# Forklift {number}\n\nLifts.\n", owner_id=owner_id) for number in range(3)]

    theirs = visit()
    theirs.goto("/sign-in")
    theirs.get_by_label("E-mail").fill("leaver@example.com")
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.get_by_label("What is your buyer asking?").first).to_be_visible()

    desk = visit(Role.ADMIN)
    desk.goto("/people?q=leaver")
    desk.get_by_role("link", name="Leo Leaver").click()
    desk.get_by_role("link", name="Hand over what they own").click()
    for number in range(3):
        expect(desk.get_by_role("link", name=f"Forklift sheet {number}")).to_be_visible()
    desk.get_by_label("Who looks after it from now on").select_option(label="Hanna Heir")
    desk.get_by_role("button", name="Hand over and disable").click()
    expect(desk.locator(".toast")).to_contain_text("3 handed over to Hanna Heir. Leo Leaver can no longer sign in.")
    expect(desk.get_by_text("Disabled", exact=True)).to_be_visible()

    theirs.goto("/")
    expect(theirs).to_have_url(f"{site.origin}/sign-in")
    with site.work() as work:
        assert {get_view(work, item).card.owner for item in items} == {"Hanna Heir"}
    desk.goto("/audit?verb=handed_over")
    expect(desk.get_by_role("row").filter(has_text="Leo Leaver")).to_contain_text("handed over what they own")


def crawl(page: Page, origin: str) -> dict[str, str]:
    """Everything one gets to see by following links from the start page and from a search: address and source."""
    waiting, seen = ["/", "/ask?q=pallet+stacks", "/ask?set=1", f"/ask?q=pallet+{SECRET[1]}"], dict[str, str]()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if path in seen:
            continue
        page.goto(path)
        seen[path] = page.content()
        hrefs = page.eval_on_selector_all("a[href]:not([download])", "links => links.map((link) => link.href)")
        found = (urlsplit(href) for href in hrefs if href.startswith(origin))
        waiting += [f"{one.path}?{one.query}" if one.query else one.path for one in found if not one.path.endswith("/file")]
    return seen


def shown(pages: dict[str, str], words: tuple[str, ...], *, typed: str = "") -> list[tuple[str, str]]:
    """Where these words stand; what somebody typed themselves may be repeated on that page."""
    return [(path, word) for path, source in pages.items() for word in words if word in source and not (word == typed and word in path)]


@pytest.mark.usefixtures("words")
def test_a_partner_sees_no_internal_word(visit: Visit, site: Site) -> None:
    page = visit(Role.PARTNER)
    page.goto("/")
    expect(page.locator(".partner-head")).to_contain_text("Northgate Partners")
    pages = crawl(page, site.origin)
    assert len(pages) >= 8
    assert shown(pages, SECRET, typed=SECRET[1]) == []
    assert {OPEN[0], OPEN[1], OPEN[6]} <= {word for _, word in shown(pages, OPEN)}, "the control: what is for partners is there"


@pytest.mark.usefixtures("words")
def test_the_same_walk_shows_them_to_people_of_the_house(visit: Visit, site: Site) -> None:
    """The control of the test before."""
    found = {word for _, word in shown(crawl(visit(Role.REP), site.origin), SECRET)}
    assert {SECRET[0], SECRET[1], SECRET[6]} <= found


def test_an_organisation_that_is_kept_out_is_out(visit: Visit, site: Site) -> None:
    with site.work() as work:
        organisation = create_organisation(work, "Fairweather Traders").id
        add_user(work, Role.PARTNER, "fair@example.com", "Fay Fair", password=PASSWORD).organisation_id = organisation
    theirs = visit()
    theirs.goto("/sign-in")
    theirs.get_by_label("E-mail").fill("fair@example.com")
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.locator(".partner-head")).to_contain_text("Fairweather Traders")
    desk = visit(Role.ADMIN)
    desk.goto(f"/organisations/{organisation}")
    desk.get_by_role("button", name="Keep its people out").click()
    desk.get_by_role("dialog").get_by_role("button", name="Keep its people out").click()
    expect(desk.locator(".toast")).to_contain_text("Nobody of “Fairweather Traders” can sign in any more.")
    theirs.goto("/")
    eventually(lambda: "/sign-in" in theirs.url, "the partner is at the door")
