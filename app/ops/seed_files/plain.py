"""Writes the demo items that are plain text: Markdown, HTML and CSV; used by build.py."""

import csv
from html import escape
from io import StringIO

from markdown_it import MarkdownIt

from app.ops.seed_files.look import DARK, FONT, INK, LINE
from app.ops.seed_files.sources import VersionSource

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="description" content="{summary}">
<style>
body {{ font: 17px/1.55 {font}, sans-serif; color: #{ink}; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }}
h1, h2, h3 {{ color: #{dark}; line-height: 1.2 }}
table {{ border-collapse: collapse }} th, td {{ border: 1px solid #{line}; padding: .35rem .6rem; text-align: left }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}</body>
</html>
"""


def build_markdown(version: VersionSource, title: str) -> bytes:
    """The text under its title as the only first-level heading."""
    return f"# {title}\n\n{version.body.strip()}\n".encode()


def build_html(version: VersionSource, title: str, summary: str) -> bytes:
    """A page of its own, readable without any other file."""
    body = MarkdownIt("commonmark").enable("table").render(version.body)
    page = _PAGE.format(title=escape(title), summary=escape(summary), body=body, font=FONT, ink=INK, dark=DARK, line=LINE)
    return page.encode()


def build_csv(version: VersionSource) -> bytes:
    """UTF-8 with the mark that lets spreadsheet programs recognise it."""
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(version.records)
    return out.getvalue().encode("utf-8-sig")
