"""The one allow-list for HTML that people or files bring; used on writing and again on rendering."""

from typing import NewType

import nh3

SafeHtml = NewType("SafeHtml", str)

TAGS = frozenset(
    "p br strong b em i u s sub sup ul ol li table thead tbody tr th td h2 h3 h4 h5 blockquote code pre a".split()  # noqa: SIM905 - reads as the list it is
)
ATTRIBUTES = {"a": {"href"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}
SCHEMES = {"http", "https", "mailto"}


def sanitise(html: str) -> SafeHtml:
    """The same HTML with nothing in it that is not on the list; safe to put into a page."""
    clean = nh3.clean(html, tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer")
    # a header cell that says nothing is a riddle to a screen reader
    return SafeHtml(clean.replace("<th></th>", "<td></td>"))
