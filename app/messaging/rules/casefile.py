"""A business case as a document and as slides, ready for the writers of office files."""

import re

from app.core.office.writing.content import (
    BarChart,
    Block,
    Deck,
    Document,
    Figures,
    Heading,
    Line,
    Paragraph,
    Slide,
    Sources,
    Stretch,
    Table,
    picture_of,
)
from app.messaging.models.value import CaseView, ChartData, OwnWords
from app.messaging.models.value import Line as CaseLine
from app.messaging.rules.case import capitalised

ASKS, OUTLOOK, FIGURES, SOURCES = "What we ask for", "If less or more comes of it", "Figures this rests on", "Where the figures are from"


def document_of(view: CaseView) -> Document:
    """The whole case, in the order of the page."""
    blocks: list[Block] = []
    for section in view.sections:
        blocks += [*([Heading(section.heading)] if section.heading else []), Paragraph(_line(section.line))]
    blocks.append(_figures(view))
    blocks += [_chart(view.chart)] if view.chart else []
    for words in view.words:
        blocks += [Heading(words.heading), *_paragraphs(words)]
    blocks += [Heading(ASKS), _asks(view)] if view.asks else []
    blocks += [Heading(OUTLOOK), _outlooks(view)] if view.outlooks else []
    blocks += [Heading(FIGURES), Table(view.figures)]
    blocks += [Heading(SOURCES), Sources(view.sources)] if view.sources else []
    return Document(view.title, view.eyebrow, _line(view.headline), tuple(blocks), view.company, picture_of(view.logo))


def deck_of(view: CaseView) -> Deck:
    """Five to seven slides: the cover, the case in short, the cash flow, own words, the request, the outlook, the sources."""
    short: tuple[Block, ...] = (*(Paragraph(_line(section.line)) for section in view.sections[:2]), _figures(view))
    slides = [Slide("In short", short)]
    slides += [Slide("What it brings over the years", (_chart(view.chart),))] if view.chart else []
    if view.words:
        first, *more = view.words
        blocks: list[Block] = [*_paragraphs(first)]
        for words in more:
            blocks += [Heading(words.heading), *_paragraphs(words)]
        slides.append(Slide(first.heading, tuple(blocks)))
    slides += [Slide(ASKS, (_asks(view),))] if view.asks else []
    slides += [Slide(OUTLOOK, (_outlooks(view),))] if view.outlooks else []
    figures = " · ".join(f"{label}: {text}" for label, text in view.figures)
    together = re.sub(r"([€$£¥]) (?=\d)", "\\1\u00a0", figures)  # a sign never ends a line of a slide
    slides.append(Slide(SOURCES, (Sources((together, *view.sources)),)))
    return Deck(view.title, view.eyebrow, plain_text(view.headline), tuple(slides), view.company, picture_of(view.logo))


def plain_text(line: CaseLine) -> str:
    """The words of a line."""
    return "".join(piece.text for piece in line)


def _line(line: CaseLine) -> Line:
    return tuple(Stretch(piece.text, bool(piece.key)) for piece in line)


def _paragraphs(words: OwnWords) -> list[Paragraph]:
    return [Paragraph((Stretch(text),)) for text in words.paragraphs]


def _figures(view: CaseView) -> Figures:
    return Figures(tuple((one.text, one.label) for one in view.key_figures))


def _asks(view: CaseView) -> Table:
    return Table(tuple((plain_text(row.label), plain_text(row.value)) for row in view.asks))


def _outlooks(view: CaseView) -> Table:
    rows = (
        (capitalised(one.label), *(outlook.figures[number] for outlook in view.outlooks)) for number, one in enumerate(view.key_figures)
    )
    return Table(tuple(rows), ("", *(outlook.name for outlook in view.outlooks)))


def _chart(chart: ChartData) -> BarChart:
    return BarChart(chart.title, chart.unit, chart.labels, chart.values, chart.summary)
