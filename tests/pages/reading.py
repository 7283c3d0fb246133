"""Takes an answered page apart, so that tests speak of what a reader sees."""

from httpx2 import Response
from lxml import html
from lxml.html import HtmlElement


def page_of(answer: Response, status: int = 200) -> HtmlElement:
    """The page, after a look at its status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    return html.fromstring(answer.text)


def words(node: HtmlElement) -> str:
    """Its text with single spaces."""
    return " ".join(node.text_content().split())


def main_of(answer: Response, status: int = 200) -> str:
    """The words of the page's main part."""
    return words(page_of(answer, status).xpath("//main")[0])


def value_of(page: HtmlElement, name: str, form: str = "") -> str:
    """What a field of this name holds, in the form with this action."""
    inside = f"//form[@action='{form}']" if form else ""
    field = page.xpath(f"{inside}//*[@name='{name}']")[0]
    return str(field.value or "") if field.tag == "textarea" else str(field.get("value", ""))


def led_to(answer: Response) -> str:
    """Where a form led."""
    assert answer.status_code == 303, f"{answer.status_code}: {answer.text[:500]}"
    return answer.headers["location"]
