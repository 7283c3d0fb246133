"""PPTX and ODP: one passage a slide, notes apart, groups, tables, charts, diagrams, links."""

from pathlib import Path
from typing import Any

import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Inches

from app.core.office._capped import Limits, run_capped
from app.core.office.parse import ParsedFile, ParsedPassage, parse_file
from tests.core.office.archives import odf

BOX = (Inches(1), Inches(1), Inches(4), Inches(2))
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def parsed(tmp_path: Path, deck: Any) -> ParsedFile:
    deck.save(str(tmp_path / "a.pptx"))
    return parse_file(tmp_path / "a.pptx", "pptx")


def titled(deck: Any, title: str, layout: int = 5) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[layout])
    slide.shapes.title.text = title
    return slide


def one_slide(tmp_path: Path, deck: Any) -> ParsedPassage:
    (passage,) = parsed(tmp_path, deck).passages
    return passage


def test_slides_and_notes_are_passages_of_their_own(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    first = titled(deck, "Why docks jam", layout=1)
    first.placeholders[1].text = "Trucks arrive together\nDoors stand empty"
    first.notes_slide.notes_text_frame.text = "Ask how long a truck waits."
    titled(deck, "What it costs")
    found = parsed(tmp_path, deck)
    assert [(one.anchor, one.label, one.heading_path, one.notes, one.text) for one in found.passages] == [
        ("slide-1", "Slide 1", ("Why docks jam",), False, "Why docks jam\nTrucks arrive together\nDoors stand empty"),
        ("slide-1-notes", "Slide 1, speaker notes", ("Why docks jam",), True, "Ask how long a truck waits."),
        ("slide-2", "Slide 2", ("What it costs",), False, "What it costs"),
    ]
    assert found.passages[0].html == "<h3>Why docks jam</h3><ul><li>Trucks arrive together</li><li>Doors stand empty</li></ul>"
    assert (found.title, found.unit_count, found.unit_word, found.description) == ("Why docks jam", 2, "slide", "PowerPoint deck, 2 slides")
    assert found.full_text.count("Why docks jam") == 1


def test_groups_are_read_through(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    group = titled(deck, "Flow").shapes.add_group_shape()
    inner = group.shapes.add_group_shape()
    inner.shapes.add_textbox(*BOX).text_frame.text = "deep inside"
    assert one_slide(tmp_path, deck).text == "Flow\ndeep inside"


def test_tables_keep_header_cells_and_bold(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    table = titled(deck, "Plans").shapes.add_table(2, 2, *BOX).table
    for row, column, text in ((0, 0, "Plan"), (0, 1, "Price"), (1, 0, "Yard"), (1, 1, "90")):
        table.cell(row, column).text = text
    table.cell(1, 1).text_frame.paragraphs[0].runs[0].font.bold = True
    passage = one_slide(tmp_path, deck)
    assert passage.text == "Plans\nPlan\tPrice\nYard\t90"
    assert passage.html == (
        "<h3>Plans</h3><table><thead><tr><th>Plan</th><th>Price</th></tr></thead>"
        "<tbody><tr><td>Yard</td><td><strong>90</strong></td></tr></tbody></table>"
    )


def test_charts_give_title_categories_series_and_values(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    data = CategoryChartData()  # type: ignore[no-untyped-call]  # the package has no types
    data.categories = ["Before", "After"]
    data.add_series("Minutes at the door", (94, 41.5))  # type: ignore[no-untyped-call]  # the package has no types
    chart = titled(deck, "Effect").shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Turn time"
    assert one_slide(tmp_path, deck).text == "Effect\nTurn time\n\tMinutes at the door\nBefore\t94\nAfter\t41.5"


def test_diagrams_give_their_words(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = titled(deck, "Steps")
    names = 'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
    words = "<a:p><a:r><a:t>Book a slot</a:t></a:r></a:p>"
    blob = f"<dgm:dataModel {names} {A}><dgm:ptLst><dgm:pt><dgm:t>{words}</dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"
    kind = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
    part = Part(PackURI("/ppt/diagrams/data1.xml"), kind, slide.part.package, blob.encode())
    rel = slide.part.relate_to(part, RELATIONSHIP_TYPE.DIAGRAM_DATA)
    slide.shapes._spTree.append(
        parse_xml(
            '<p:graphicFrame xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
            f'{A} {names}><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
            f'<p:xfrm><a:off x="0" y="0"/><a:ext cx="1" cy="1"/></p:xfrm><a:graphic><a:graphicData><dgm:relIds r:dm="{rel}"/>'
            "</a:graphicData></a:graphic></p:graphicFrame>"
        )
    )
    assert one_slide(tmp_path, deck).text == "Steps\nBook a slot"


def test_links_breaks_and_a_bold_first_line_as_title(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.shapes.add_textbox(*BOX).text_frame.paragraphs[0].add_run().text = "Yard view"
    slide.shapes[0].text_frame.paragraphs[0].runs[0].font.bold = True
    paragraph = slide.shapes.add_textbox(*BOX).text_frame.paragraphs[0]
    paragraph.text = "Call\vor "
    run = paragraph.add_run()
    run.text = "try it"
    run.hyperlink.address = "https://example.test/try"
    passage = one_slide(tmp_path, deck)
    assert passage.heading_path == ("Yard view",)
    assert passage.html == '<h3><strong>Yard view</strong></h3><p>Call<br>or <a href="https://example.test/try">try it</a></p>'


def test_pictures_in_a_deck_are_never_loaded(tmp_path: Path) -> None:
    """A deck with a long film still fits the child: only its XML is unpacked."""
    deck = pptx.Presentation()
    titled(deck, "Film")
    part = Part(PackURI("/ppt/media/film.bin"), "video/mp4", deck.part.package, bytes(150 * 1024 * 1024))
    deck.part.relate_to(part, RELATIONSHIP_TYPE.VIDEO)
    deck.save(str(tmp_path / "a.pptx"))
    answer = run_capped("tests.core.office.hostile:mapped", tmp_path / "a.pptx", "").answer
    assert answer is not None and isinstance(answer["result"], dict)
    tight = Limits(memory_bytes=answer["result"]["bytes"] + 100 * 1024 * 1024)
    assert parse_file(tmp_path / "a.pptx", "pptx", tight).passages[0].text == "Film"


def test_odp_slides_notes_groups_and_tables(tmp_path: Path) -> None:
    text = "<draw:frame><draw:text-box><text:p>{0}</text:p></draw:text-box></draw:frame>"
    content = (
        '<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>Why docks jam</text:p></draw:text-box></draw:frame>'
        f"<draw:g>{text.format('in a group')}</draw:g>"
        "<draw:custom-shape><text:p>in a shape</text:p></draw:custom-shape>"
        "<draw:frame><table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
        "<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table></draw:frame>"
        '<draw:frame presentation:class="page-number"><draw:text-box><text:p>1</text:p></draw:text-box></draw:frame>'
        '<presentation:notes><draw:frame presentation:class="notes"><draw:text-box><text:p>Ask first.</text:p></draw:text-box></draw:frame>'
        f"</presentation:notes></draw:page><draw:page>{text.format('Untitled slide')}</draw:page>"
    )
    found = parse_file(odf(tmp_path / "a.odp", "odp", content), "odp")
    assert [(one.anchor, one.heading_path, one.notes, one.text) for one in found.passages] == [
        ("slide-1", ("Why docks jam",), False, "Why docks jam\nin a group\nin a shape\na\tb"),
        ("slide-1-notes", ("Why docks jam",), True, "Ask first."),
        ("slide-2", (), False, "Untitled slide"),
    ]
