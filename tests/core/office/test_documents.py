"""DOCX, ODT, RTF and plain text: sections, lists, tables, boxes, tracked changes, splitting."""

from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml

from app.core.office.parse import ParsedFile, ParsedPassage, parse_file
from tests.core.office.archives import WORD, odf

W = f'xmlns:w="{WORD}"'


def parsed_docx(tmp_path: Path, document: Any) -> ParsedFile:
    document.save(str(tmp_path / "a.docx"))
    return parse_file(tmp_path / "a.docx", "docx")


def by_anchor(found: ParsedFile) -> dict[str, ParsedPassage]:
    assert len({passage.anchor for passage in found.passages}) == len(found.passages)
    return {passage.anchor: passage for passage in found.passages}


def test_sections_carry_the_whole_heading_path(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Before any heading.")
    document.add_heading("Pricing", 1)
    document.add_heading("Set-up fee", 2)
    document.add_paragraph("Waived for pilots.")
    document.add_heading("Set-up fee", 2)
    document.add_paragraph("Charged after a pilot.")
    document.add_heading("Security", 1)
    document.add_paragraph("Encrypted at rest.")
    found = parsed_docx(tmp_path, document)
    assert [(one.anchor, one.label, one.heading_path, one.text) for one in found.passages] == [
        ("start", "Start", (), "Before any heading."),
        ("h-pricing-set-up-fee", "Set-up fee", ("Pricing", "Set-up fee"), "Waived for pilots."),
        ("h-pricing-set-up-fee-2", "Set-up fee", ("Pricing", "Set-up fee"), "Charged after a pilot."),
        ("h-security", "Security", ("Security",), "Encrypted at rest."),
    ]
    assert (found.unit_count, found.unit_word) == (4, "section")
    assert found.description == "Word document, 4 sections"


def test_bare_headings_fold_into_the_next_passage(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Contacts", 1)
    document.add_heading("Sales", 1)
    document.add_paragraph("Call us.")
    document.add_heading("Appendix", 1)
    found = parsed_docx(tmp_path, document)
    assert [(one.label, one.text) for one in found.passages] == [("Sales", "Contacts\nCall us."), ("Appendix", "Appendix")]
    assert found.passages[0].html == "<h3>Contacts</h3><p>Call us.</p>"


def test_titles_by_people_are_used_and_titles_by_programs_are_not(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Welcome pack", 1)
    document.add_paragraph("Text.")
    for stored, shown in (("Microsoft Word - draft.doc", "Welcome pack"), ("offer.docx", "Welcome pack"), ("Dock guide", "Dock guide")):
        document.core_properties.title = stored
        assert parsed_docx(tmp_path, document).title == shown


def test_emphasis_links_and_markup_characters(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Costs <5 & more: ")
    paragraph.add_run("bold").bold = True
    paragraph.add_run(" and ")
    paragraph.add_run("slanted").italic = True
    for address in ("https://example.test/?a=1&b=2", "javascript:alert(1)"):
        rel = document.part.relate_to(
            address, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink", is_external=True
        )
        names = f'{W} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
        body: Any = paragraph._p
        body.append(parse_xml(f'<w:hyperlink {names} r:id="{rel}"><w:r><w:t xml:space="preserve"> link</w:t></w:r></w:hyperlink>'))
    (passage,) = parsed_docx(tmp_path, document).passages
    assert passage.text == "Costs <5 & more: bold and slanted link link"
    assert passage.html == (
        "<p>Costs &lt;5 &amp; more: <strong>bold</strong> and <em>slanted</em>"
        '<a href="https://example.test/?a=1&amp;b=2"> link</a> link</p>'
    )


def test_lists_nest_and_count(tmp_path: Path) -> None:
    document = docx.Document()
    for text, style in (
        ("First", "List Number"),
        ("Second", "List Number"),
        ("Point", "List Bullet"),
        ("Plain", "Normal"),
        ("Third", "List Number"),
    ):
        document.add_paragraph(text, style=style)
    (passage,) = parsed_docx(tmp_path, document).passages
    assert passage.text == "1. First\n2. Second\nPoint\nPlain\n3. Third"
    assert passage.html == ('<ol><li>First</li><li>Second</li></ol><ul><li>Point</li></ul><p>Plain</p><ol start="3"><li>Third</li></ol>')


def test_tables_keep_rows_cells_bold_and_nesting(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).paragraphs[0].add_run("Plan").bold = True
    table.cell(0, 1).paragraphs[0].add_run("Price").bold = True
    table.cell(1, 0).text = "Yard"
    inner = table.cell(1, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text = "90"
    inner.cell(0, 1).text = "a month"
    (passage,) = parsed_docx(tmp_path, document).passages
    assert passage.text == "Plan\tPrice\nYard\t90 a month"
    assert passage.html == (
        "<table><thead><tr><th><strong>Plan</strong></th><th><strong>Price</strong></th></tr></thead>"
        "<tbody><tr><td>Yard</td><td><table><tbody><tr><td>90</td><td>a month</td></tr></tbody></table></td></tr></tbody></table>"
    )


def test_tracked_deletions_are_gone_and_insertions_stay(tmp_path: Path) -> None:
    document = docx.Document()
    document.element.body.insert(
        0,
        parse_xml(
            f'<w:p {W}><w:r><w:t>kept </w:t></w:r><w:del w:id="1" w:author="a"><w:r><w:delText>deleted</w:delText></w:r></w:del>'
            f'<w:ins w:id="2" w:author="a"><w:r><w:t>inserted</w:t></w:r></w:ins></w:p>'
        ),
    )
    assert parsed_docx(tmp_path, document).passages[0].text == "kept inserted"


def test_content_controls_and_text_boxes_are_read_once(tmp_path: Path) -> None:
    document = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
    document.element.body.insert(
        0,
        parse_xml(
            f'<w:sdt {W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:sdtContent><w:p><w:r><w:t>control</w:t></w:r>'
            f"<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
            "<w:tbl><w:tr><w:sdt><w:sdtContent><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:sdtContent></w:sdt></w:tr></w:tbl>"
            "</w:sdtContent></w:sdt>"
        ),
    )
    assert parsed_docx(tmp_path, document).passages[0].text == "control\nboxed\ncell"


def test_bold_lines_serve_as_headings_where_there_are_none(tmp_path: Path) -> None:
    document = docx.Document()
    for heading, text in (("Why now", "Because docks are full."), ("Next step", "Book a pilot.")):
        document.add_paragraph().add_run(heading).bold = True
        document.add_paragraph(text)
    assert [(one.label, one.text) for one in parsed_docx(tmp_path, document).passages] == [
        ("Why now", "Because docks are full."),
        ("Next step", "Book a pilot."),
    ]


def test_long_sections_are_cut_between_paragraphs(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Terms", 1)
    paragraphs = [" ".join(f"w{number}x{word}" for word in range(60)) for number in range(10)]
    for text in paragraphs:
        document.add_paragraph(text)
    found = parsed_docx(tmp_path, document)
    assert [one.label for one in found.passages] == ["Terms", "Terms, part 2", "Terms, part 3", "Terms, part 4"]
    assert list(by_anchor(found)) == ["h-terms", "h-terms-p2", "h-terms-p3", "h-terms-p4"]
    assert "\n".join(one.text for one in found.passages).split("\n") == paragraphs
    assert all(60 <= len(one.text.split()) <= 200 for one in found.passages)
    assert {one.heading_path for one in found.passages} == {("Terms",)}


def test_long_tables_are_cut_between_rows_with_their_header(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=30, cols=2)
    for number, row in enumerate(table.rows):
        for cell in row.cells:
            run = cell.paragraphs[0].add_run("Head" if number == 0 else " ".join([f"r{number}"] * 9))
            run.bold = number == 0
    found = parsed_docx(tmp_path, document)
    assert len(found.passages) > 2
    for passage in found.passages:
        assert passage.text.startswith("Head\tHead\n")
        assert passage.html.startswith("<table><thead><tr><th><strong>Head</strong></th>")
    rows = [line for one in found.passages for line in one.text.split("\n")[1:]]
    assert rows == ["\t".join([" ".join([f"r{number}"] * 9)] * 2) for number in range(1, 30)]


ODT = (
    '<office:automatic-styles><style:style style:name="B"><style:text-properties fo:font-weight="bold"/></style:style>'
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1"/></text:list-style></office:automatic-styles><!--body-->'
    "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
    '<text:h text:outline-level="1">Pricing</text:h><text:p>From <text:span text:style-name="B">90</text:span><text:s/>a month'
    '<office:annotation><text:p>a remark</text:p></office:annotation>, <text:a xlink:href="https://example.test">see</text:a></text:p>'
    '<text:list text:style-name="L"><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>inner</text:p></text:list-item>'
    "</text:list></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>"
    "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Plan</text:p></table:table-cell></table:table-row>"
    "</table:table-header-rows><table:table-row><table:table-cell><text:p>Yard</text:p></table:table-cell></table:table-row></table:table>"
    "<text:p><draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box></draw:frame></text:p>"
)


def test_odt_is_read_like_docx(tmp_path: Path) -> None:
    found = parse_file(odf(tmp_path / "a.odt", "odt", ODT), "odt")
    (passage,) = found.passages
    assert (found.title, passage.anchor, passage.label, passage.heading_path) == ("Pricing", "h-pricing", "Pricing", ("Pricing",))
    assert passage.text == "From 90 a month, see\n1. one\ninner\n2. two\nPlan\nYard\nboxed"
    assert passage.html == (
        '<p>From <strong>90</strong> a month, <a href="https://example.test">see</a></p>'
        "<ol><li>one<ul><li>inner</li></ul></li><li>two</li></ol>"
        "<table><thead><tr><th>Plan</th></tr></thead><tbody><tr><td>Yard</td></tr></tbody></table><p>boxed</p>"
    )


def test_rtf_and_plain_text(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_bytes(rb"{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe aus dem Lager\par Zweite Zeile\par}")
    assert parse_file(tmp_path / "a.rtf", "rtf").passages[0].text == "Grüße aus dem Lager\nZweite Zeile"
    (tmp_path / "a.txt").write_bytes("First line\nstill first.\n\nSecond: Preis 5 €.".encode("cp1252"))
    (passage,) = parse_file(tmp_path / "a.txt", "txt").passages
    assert passage.text == "First line\nstill first.\nSecond: Preis 5 €."
    assert passage.html == "<p>First line<br>still first.</p><p>Second: Preis 5 €.</p>"


def test_a_text_without_paragraphs_is_cut_at_sentences(tmp_path: Path) -> None:
    sentences = [f"Sentence number {number} says {number} things about docks." for number in range(300)]
    (tmp_path / "a.txt").write_text(" ".join(sentences), encoding="utf-8")
    found = parse_file(tmp_path / "a.txt", "txt")
    assert all(len(one.text.split()) <= 240 and one.text.endswith(".") for one in found.passages)
    assert " ".join(" ".join(one.text for one in found.passages).split()) == " ".join(sentences)


def test_the_caps_on_passages_and_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "many.md").write_text("".join(f"# Heading {number}\n\ntext\n\n" for number in range(5_100)), encoding="utf-8")
    many = parse_file(tmp_path / "many.md", "md")
    assert len(many.passages) == 5_000
    assert many.description == "Markdown page, 5,100 sections, only the first 5,000 passages were read"
    (tmp_path / "long.txt").write_text("\n\n".join(["some ten words of text stand in each of these lines"] * 50_000), encoding="utf-8")
    long = parse_file(tmp_path / "long.txt", "txt")
    assert long.description.endswith("only the first 2 MB of text were read")
    assert 1_900_000 < sum(len(one.text) for one in long.passages) <= 2_000_000
