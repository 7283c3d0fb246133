"""Charts of a deck: every kind gives its title and stored values, and one that cannot be read costs itself and nothing else."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pptx
import pytest
from pptx.chart.data import BubbleChartData, CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Inches

from app.core.office.parse import ParsedFile, parse_file
from tests.core.office.archives import write_zip

BOX = (Inches(1), Inches(1), Inches(4), Inches(2))
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
CX = "http://schemas.microsoft.com/office/drawing/2014/chartex"
READ = "Effect\nTurn time\n\tMinutes\nBefore\t94\nAfter\t41.5"


def deck_with_chart() -> Any:
    deck = pptx.Presentation()
    data = CategoryChartData()  # type: ignore[no-untyped-call]  # the package has no types
    data.categories = ["Before", "After"]
    data.add_series("Minutes", (94, 41.5))  # type: ignore[no-untyped-call]  # the package has no types
    chart = titled(deck, "Effect").shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Turn time"
    titled(deck, "What it costs")
    return deck


def titled(deck: Any, title: str) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = title
    return slide


def rewritten(tmp_path: Path, deck: Any, change: Callable[[bytes], bytes], part: str = "ppt/charts/chart") -> ParsedFile:
    """The deck as read after this change to its parts of that name."""
    deck.save(str(tmp_path / "before.pptx"))
    with zipfile.ZipFile(tmp_path / "before.pptx") as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    changed = [(name, change(data) if name.startswith(part) else data) for name, data in parts]
    assert changed != parts
    return parse_file(write_zip(tmp_path / "a.pptx", changed), "pptx")


@pytest.mark.parametrize("kind", ["bar3DChart", "line3DChart", "pie3DChart", "area3DChart", "stockChart", "surfaceChart", "ofPieChart"])
def test_every_kind_of_chart_is_read(tmp_path: Path, kind: str) -> None:
    found = rewritten(tmp_path, deck_with_chart(), lambda xml: xml.replace(b"c:barChart", b"c:" + kind.encode()))
    assert [one.text for one in found.passages] == [READ, "What it costs"]
    assert "could not be read" not in found.description


def test_bubbles_keep_both_values_and_the_size(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    data = BubbleChartData()  # type: ignore[no-untyped-call]  # the package has no types
    data.add_series("Sites").add_data_point(3, 1200, 40)  # type: ignore[no-untyped-call]  # the package has no types
    titled(deck, "Sites").shapes.add_chart(XL_CHART_TYPE.BUBBLE, *BOX, data)
    deck.save(str(tmp_path / "a.pptx"))
    assert parse_file(tmp_path / "a.pptx", "pptx").passages[0].text == "Sites\n\tSites\n3\t1200\t40"


def test_categories_in_levels_name_the_level_above(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    data = CategoryChartData()  # type: ignore[no-untyped-call]  # the package has no types
    north, south = data.add_category("North"), data.add_category("South")  # type: ignore[no-untyped-call]  # no types
    for parent, names in ((north, ("Door 1", "Door 2")), (south, ("Door 3",))):
        for name in names:
            parent.add_sub_category(name)
    data.add_series("Trucks", (5, 6, 7))  # type: ignore[no-untyped-call]  # the package has no types
    titled(deck, "Doors").shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data)
    deck.save(str(tmp_path / "a.pptx"))
    text = parse_file(tmp_path / "a.pptx", "pptx").passages[0].text
    assert "North, Door 1\t5\nNorth, Door 2\t6\nSouth, Door 3\t7" in text


@pytest.mark.parametrize(
    "broken", [b"<c:chartSpace", b"<other/>", b"", b'<c:chartSpace xmlns:c="x"><c:chart><c:plotArea><c:pt idx="9999999999"/>']
)
def test_a_chart_that_cannot_be_read_costs_a_remark_and_not_the_deck(tmp_path: Path, broken: bytes) -> None:
    found = rewritten(tmp_path, deck_with_chart(), lambda xml: broken)
    assert [one.text for one in found.passages] == ["Effect", "What it costs"]
    assert found.description.endswith("2 slides, 1 chart could not be read")


def test_a_hostile_place_in_a_chart_takes_no_memory(tmp_path: Path) -> None:
    found = rewritten(tmp_path, deck_with_chart(), lambda xml: xml.replace(b'idx="1"', b'idx="99999999999999"'))
    assert found.passages[0].text == "Effect\nTurn time\n\tMinutes\nBefore\t94"


def test_an_odd_shape_costs_itself_alone(tmp_path: Path) -> None:
    deck = deck_with_chart()
    for text in ("odd", "kept"):
        deck.slides[0].shapes.add_textbox(*BOX).text_frame.text = text
    odd = '<a:p><a:pPr lvl="²"/><a:r><a:t>odd'.encode()
    found = rewritten(tmp_path, deck, lambda xml: xml.replace(b"<a:p><a:r><a:t>odd", odd), "ppt/slides/slide1.xml")
    assert found.passages[0].text == f"{READ}\nkept"
    assert found.description.endswith("2 slides, 1 shape could not be read")


def test_a_modern_chart_gives_its_title_and_values(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = titled(deck, "Where time goes")
    words = "<cx:tx><cx:rich><a:p><a:r><a:t>Minutes lost</a:t></a:r></a:p></cx:rich></cx:tx>"
    dims = (
        '<cx:strDim type="cat"><cx:lvl ptCount="2"><cx:pt idx="0">Waiting</cx:pt><cx:pt idx="1">Paper</cx:pt></cx:lvl></cx:strDim>'
        '<cx:numDim type="val"><cx:lvl ptCount="2"><cx:pt idx="0">30</cx:pt><cx:pt idx="1">12.50</cx:pt></cx:lvl></cx:numDim>'
    )
    named = "<cx:tx><cx:txData><cx:f>A</cx:f><cx:v>Minutes</cx:v></cx:txData></cx:tx>"
    blob = (
        f'<cx:chartSpace xmlns:cx="{CX}" {A}><cx:chartData><cx:data id="0">{dims}</cx:data></cx:chartData><cx:chart><cx:title>{words}'
        f'</cx:title><cx:plotArea><cx:plotAreaRegion><cx:series layoutId="waterfall">{named}<cx:dataId val="0"/></cx:series>'
        "</cx:plotAreaRegion></cx:plotArea></cx:chart></cx:chartSpace>"
    )
    part = Part(PackURI("/ppt/charts/chartEx1.xml"), "application/vnd.ms-office.chartex+xml", slide.part.package, blob.encode())
    rel = slide.part.relate_to(part, "http://schemas.microsoft.com/office/2014/relationships/chartEx")
    slide.shapes._spTree.append(
        parse_xml(
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" {A} xmlns:cx="{CX}" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><mc:Choice Requires="cx"><p:graphicFrame>'
            '<p:nvGraphicFramePr><p:cNvPr id="9" name="c"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm/><a:graphic>'
            f'<a:graphicData uri="{CX}"><cx:chart r:id="{rel}"/></a:graphicData></a:graphic></p:graphicFrame></mc:Choice>'
            "</mc:AlternateContent>"
        )
    )
    deck.save(str(tmp_path / "a.pptx"))
    found = parse_file(tmp_path / "a.pptx", "pptx")
    assert found.passages[0].text == "Where time goes\nMinutes lost\n\tMinutes\nWaiting\t30\nPaper\t12.5"
