"""The watch over all journeys is able to bark."""

import pytest
from playwright.sync_api import Browser

from tests.journeys.conftest import PATIENCE
from tests.journeys.site import Site
from tests.journeys.watch import Watch

pytestmark = pytest.mark.browser

SINS = {
    "policy: img-src": "document.body.insertAdjacentHTML('beforeend', '<img src=\"http://127.0.0.1:9/spy.png\">')",
    "policy: style-src": "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>')",
    "logged: alas": "console.error('alas')",
    "a script failed": "setTimeout(() => { throw new Error('lost') })",
    "GET /lost.css answered 404": "fetch('/lost.css')",
}


@pytest.mark.parametrize(("fault", "sin"), SINS.items())
def test_what_goes_wrong_behind_a_page_is_noticed(site: Site, browser: Browser, fault: str, sin: str) -> None:
    context = browser.new_context(base_url=site.origin)
    context.set_default_timeout(PATIENCE)
    watch = Watch(context, site.origin)
    page = context.new_page()
    page.goto("/sign-in")
    assert watch.faults == []
    page.evaluate(f"() => {{ {sin} }}")
    for _ in range(400):
        if any(fault in found for found in watch.faults):
            break
        page.evaluate("() => new Promise(requestAnimationFrame)")
    context.close()
    assert any(fault in found for found in watch.faults), watch.faults
