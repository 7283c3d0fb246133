"""Markdown, HTML, PDF, pictures and recordings."""

from pathlib import Path

import pytest
from PIL import Image

from app.core.office import parse
from app.core.office.parse import ParsedPassage, Unreadable, parse_file
from tests.core.office.archives import LOCKED, pdf

MARKDOWN = """---
title: "Dock guide"
tags: [secret]
---
Intro with **bold**, *slanted*, `code` and [a link](https://example.test/x).

# Pricing

| Plan | Price |
|------|------:|
| Yard | **90** |

## Set-up

1. Sign
2. Start
   - bring a phone
   - bring a badge

<div class="note"><p>Raw <b>HTML</b> note<script>alert(1)</script></p></div>

```
line one
line two
```
"""


def read(tmp_path: Path, name: str, text: str) -> tuple[ParsedPassage, ...]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return parse_file(tmp_path / name, name.rsplit(".", 1)[1]).passages


def test_markdown(tmp_path: Path) -> None:
    start, pricing, setup = read(tmp_path, "a.md", MARKDOWN)
    assert parse_file(tmp_path / "a.md", "md").title == "Dock guide"
    assert start.text == "Intro with bold, slanted, code and a link."
    assert start.html == (
        '<p>Intro with <strong>bold</strong>, <em>slanted</em>, code and <a href="https://example.test/x">a link</a>.</p>'
    )
    assert (pricing.anchor, pricing.text) == ("h-pricing", "Plan\tPrice\nYard\t90")
    assert pricing.html == (
        "<table><thead><tr><th>Plan</th><th>Price</th></tr></thead>"
        "<tbody><tr><td>Yard</td><td><strong>90</strong></td></tr></tbody></table>"
    )
    assert (setup.anchor, setup.heading_path) == ("h-pricing-set-up", ("Pricing", "Set-up"))
    assert setup.text == "1. Sign\n2. Start\nbring a phone\nbring a badge\nRaw HTML note\nline one\nline two"
    assert setup.html == (
        "<ol><li>Sign</li><li>Start<ul><li>bring a phone</li><li>bring a badge</li></ul></li></ol>"
        "<p>Raw <strong>HTML</strong> note</p><p>line one<br>line two</p>"
    )


def test_html_keeps_the_main_part_only(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(30))
    (start, terms) = read(
        tmp_path,
        "a.html",
        f"""<!DOCTYPE html><html><head><title>Dock guide</title><style>p {{}}</style></head><body>
        <header>Site header</header><nav><a href="/">Home</a></nav>
        <main>loose &lt;text&gt;<p>{words}</p><script>alert(1)</script><h2>Terms</h2><ul><li>one<ul><li>inner</li></ul></li></ul>
        <table><tr><th>Plan</th><th>Price</th></tr><tr><td>Yard</td><td><b>90</b></td></tr></table>
        <p onclick="x()">bad <a href="javascript:alert(1)">link</a><img src=x onerror=alert(1)></p></main>
        <footer>Imprint</footer></body></html>""",
    )
    assert parse_file(tmp_path / "a.html", "html").title == "Dock guide"
    assert start.text == f"loose <text>\n{words}"
    assert start.html == f"<p>loose &lt;text&gt;</p><p>{words}</p>"
    assert (terms.heading_path, terms.text) == (("Terms",), "one\ninner\nPlan\tPrice\nYard\t90\nbad link")
    assert terms.html == (
        "<ul><li>one<ul><li>inner</li></ul></li></ul><table><thead><tr><th>Plan</th><th>Price</th></tr></thead>"
        "<tbody><tr><td>Yard</td><td><strong>90</strong></td></tr></tbody></table><p>bad link</p>"
    )


def test_html_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes('<meta charset="iso-8859-1"><p>Grüße aus dem Lager</p>'.encode("latin-1"))
    assert parse_file(tmp_path / "a.html", "html").passages[0].text == "Grüße aus dem Lager"


def test_pdf_pages_paragraphs_and_broken_words(tmp_path: Path) -> None:
    pages = [
        [
            "Quiver dock guide",
            "Trucks that arrive in waves block the yard and make the whole ware-",
            "house wait, so that a booking for each door pays.",
            "Second paragraph begins here and has words enough to fill its line.",
            f"Page {number} of 4",
        ]
        for number in range(1, 5)
    ]
    found = parse_file(pdf(tmp_path / "a.pdf", pages, title="Dock guide"), "pdf")
    assert [(one.anchor, one.label) for one in found.passages] == [(f"page-{number}", f"Page {number}") for number in range(1, 5)]
    assert (found.title, found.unit_count, found.description) == ("Dock guide", 4, "PDF document, 4 pages")
    body = (
        "Trucks that arrive in waves block the yard and make the whole warehouse wait, so that a booking for each door pays."
        "\nSecond paragraph begins here and has words enough to fill its line."
    )
    assert found.passages[0].text == f"Quiver dock guide\n{body}\nPage 1 of 4"
    assert found.passages[1].text == body


def test_a_pdf_without_text_says_so(tmp_path: Path) -> None:
    found = parse_file(pdf(tmp_path / "a.pdf", [[]]), "pdf")
    assert (found.passages, found.text_hash, found.shingles) == ((), "", ())
    assert found.description == "PDF document, 1 page, no text found"


def test_a_protected_pdf_and_a_damaged_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as locked:
        parse_file(pdf(tmp_path / "a.pdf", [["x"]], LOCKED), "pdf")
    assert locked.value.message == parse.PROTECTED
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 nothing more")
    with pytest.raises(Unreadable) as damaged:
        parse_file(tmp_path / "b.pdf", "pdf")
    assert damaged.value.message == parse.DAMAGED


@pytest.mark.parametrize("key,label", [("png", "PNG image"), ("jpg", "JPEG image"), ("gif", "GIF image"), ("webp", "WebP image")])
def test_pictures_tell_their_size(tmp_path: Path, key: str, label: str) -> None:
    Image.new("RGB", (120, 80)).save(tmp_path / f"a.{key}")
    found = parse_file(tmp_path / f"a.{key}", key)
    assert (found.description, found.passages) == (f"{label}, 120 x 80", ())


def test_a_picture_of_too_many_pixels_is_unreadable(tmp_path: Path) -> None:
    Image.new("1", (12_000, 10_000)).save(tmp_path / "a.png")
    with pytest.raises(Unreadable):
        parse_file(tmp_path / "a.png", "png")


@pytest.mark.parametrize("key", ["mp4", "webm", "mov", "mp3", "m4a", "wav", "ogg", "svg"])
def test_recordings_and_drawings_are_only_named(tmp_path: Path, key: str) -> None:
    (tmp_path / "a").write_bytes(b"anything")
    found = parse_file(tmp_path / "a", key)
    assert found.passages == ()
    assert found.description.split()[0].lower() in (key, "quicktime")
