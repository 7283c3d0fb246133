"""Asks axe-core about a page in all its looks: light and dark, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Colours that are on their way from one look to the other are nobody's: wait for them, but not for what never ends.
RUN = """async (rules) => {
  const settled = async () => {
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map((one) => one.finished));
  };
  await Promise.race([settled(), new Promise((done) => setTimeout(done, 600))]);
  const found = await axe.run(document, { resultTypes: ['violations'], ...(rules.length ? { runOnly: rules } : {}) });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.html.slice(0, 160)}`));
}"""
# A page is the same in the dark but for its colours.
ASKED: dict[str, list[str]] = {"light": [], "dark": ["color-contrast", "link-in-text-block"]}
CONTROL = """() => {
  document.querySelector('h1').insertAdjacentHTML('afterend', '<button></button><p>Black words</p>');
  document.querySelector('h1 ~ p').style.color = 'black';
}"""


def looks(page: Page) -> Iterator[tuple[str, str]]:
    """The page in light and dark, wide and narrow, and the scheme it is in."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)  # type: ignore[arg-type]  # a dictionary of that shape
            yield f"{scheme}, {size['width']} px", scheme


def complaints(page: Page, name: str) -> list[str]:
    """Everything axe finds on the page that is open, in all its looks."""
    page.evaluate(AXE)
    return [f"{name} ({look}): {line}" for look, scheme in looks(page) for line in page.evaluate(RUN, ASKED[scheme])]


def check(page: Page, paths: dict[str, str]) -> None:
    found: list[str] = []
    for name, path in paths.items():
        page.goto(path)
        found += complaints(page, name)
    assert not found, "\n".join(found)
