"""Slides taken out of a deck: the chosen ones whole, nothing of the others, the master as it was, and no reason for a repair prompt."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pptx
import pypdfium2
import pytest
from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from app.core.office.parse import Unreadable
from app.core.office.slides import pick_slides

SECTIONS = (
    '<p:extLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:ext uri="{{521415D9-36F7-43E2-AB2F-B90AF26B5E84}}">'
    '<p14:sectionLst xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main">'
    '<p14:section name="All" id="{{6B8A7C8F-3C0E-4C3B-9E0A-111111111111}}">'
    "<p14:sldIdLst>{entries}</p14:sldIdLst></p14:section></p14:sectionLst></p:ext></p:extLst>"
)


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    """Five slides: a chart on the second, notes on all, a link from the second to the fourth, and all of them in a section."""
    made = pptx.Presentation()
    for number in range(1, 6):
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = f"Slide number {number}"
        slide.notes_slide.notes_text_frame.text = f"Say {number}"
    second, fourth = made.slides[1], made.slides[3]
    data = CategoryChartData()  # type: ignore[no-untyped-call]  # the package has few types
    data.categories = ["Now", "Then"]
    data.add_series("Waits", (40, 15))  # type: ignore[no-untyped-call]  # the package has few types
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(6), Inches(4), data)
    box = second.shapes.add_textbox(Inches(1), Inches(6), Inches(3), Inches(1))
    box.click_action.target_slide = fourth
    entries = "".join(f'<p14:sldId id="{entry.id}"/>' for entry in made.slides._sldIdLst)
    made.element.append(etree.fromstring(SECTIONS.format(entries=entries)))
    path = tmp_path / "deck.pptx"
    made.save(str(path))
    return path


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_chosen_slides_come_whole_in_the_order_of_the_deck(deck: Path) -> None:
    picked = pptx.Presentation(io.BytesIO(pick_slides(deck, [5, 2])))
    assert [slide.shapes.title.text for slide in picked.slides] == ["Slide number 2", "Slide number 5"]
    assert [slide.notes_slide.notes_text_frame.text for slide in picked.slides] == ["Say 2", "Say 5"]
    charts = [shape.chart for shape in picked.slides[0].shapes if shape.has_chart]
    assert [list(plot.categories) for plot in charts[0].plots] == [["Now", "Then"]]


def test_nothing_of_the_others_stays_and_nothing_names_them(deck: Path) -> None:
    before, after = parts_of(deck.read_bytes()), parts_of(pick_slides(deck, [2]))
    words = b"".join(after.values())
    assert b"Slide number 2" in words
    for gone in (1, 3, 4, 5):
        assert f"Slide number {gone}".encode() not in words and f"Say {gone}".encode() not in words
    assert b"sectionLst" in b"".join(before.values()) and b"sectionLst" not in words
    assert b"hlinkClick" in b"".join(before.values()) and b"hlinkClick" not in words


def test_master_layouts_and_theme_are_kept_as_they_were(deck: Path) -> None:
    before, after = parts_of(deck.read_bytes()), parts_of(pick_slides(deck, [3]))
    kept = [name for name in before if name.startswith(("ppt/slideMasters/slide", "ppt/theme/", "ppt/slideLayouts/slide"))]
    assert len(kept) > 10
    assert [name for name in kept if before[name] != after.get(name)] == []


def test_a_file_that_is_no_deck_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "deck.pptx"
    path.write_bytes(b"PK\x03\x04 no deck")
    with pytest.raises(Unreadable, match="damaged"):
        pick_slides(path, [1])


@pytest.mark.office
def test_another_program_opens_it(deck: Path, tmp_path: Path) -> None:
    (tmp_path / "picked.pptx").write_bytes(pick_slides(deck, [2, 5]))
    soffice = shutil.which("soffice") or ""
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "picked.pptx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with pypdfium2.PdfDocument(tmp_path / "picked.pdf") as pages:
        assert ["Slide number 2" in pages[0].get_textpage().get_text_range(), len(pages)] == [True, 2]
