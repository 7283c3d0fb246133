"""Templates typed in real Word habits: every form of field is found, filled where it stands, and keeps the look of its place."""

import io
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from tests.core.office.merging import document, field, filled, kinds, reopened, rows, run, saved, scanned, text_of, words, xml
from tests.core.office.naughty import NAUGHTY, readable

SPLIT = "<w:p>" + run("Dear ") + run("{", "<w:b/>") + run("{ acc", "<w:b/>") + '<w:proofErr w:type="spellStart"/>' + run("ount", "<w:b/>")
SPLIT += '<w:proofErr w:type="spellEnd"/>' + run(" }", "<w:b/>") + run("}", "<w:b/>") + run(" team") + "</w:p>"


def one_paragraph(tmp_path: Path, *runs: str) -> Path:
    return saved(document(f"<w:p>{''.join(runs)}</w:p>"), tmp_path / "letter.docx")


def test_a_field_split_over_runs_is_one_and_keeps_its_look(tmp_path: Path) -> None:
    path = saved(document(SPLIT), tmp_path / "letter.docx")
    assert kinds(scanned(path)) == {"account": "text"}
    paragraph = reopened(path, words(account="Norvik")).paragraphs[-1]
    assert [(one.text, bool(one.bold)) for one in paragraph.runs] == [("Dear ", False), ("Norvik", True), (" team", False)]


@pytest.mark.parametrize(
    "typed",
    [
        "{{account}}",
        "{{ account }}",
        "{{\u00a0account\u00a0}}",
        "{{ “account” }}",
        "{{‘Account’}}",
        "{{ ACCOUNT }}",
        "{{ \u200eaccount\u200f }}",
        "{{ ac\u00adcount }}",
        "{{\taccount }}",
        "{{\u2009account\ufeff}}",
        '{{ "account" }}',
        "{{ «account» }}",
    ],
)
def test_spellings_people_get_from_word_are_one_field(tmp_path: Path, typed: str) -> None:
    path = one_paragraph(tmp_path, run(f"For {typed}."))
    assert kinds(scanned(path)) == {"account": "text"}
    assert reopened(path, words(account="Norvik")).paragraphs[-1].text == "For Norvik."


@pytest.mark.parametrize("typed", ["{{ Account Name }}", "{{account_name}}", "{{ account-name }}", "{{ account\u2011name }}"])
def test_words_of_a_name_are_joined(tmp_path: Path, typed: str) -> None:
    assert kinds(scanned(one_paragraph(tmp_path, run(typed)))) == {"account_name": "text"}


def test_inserted_text_counts_and_deleted_text_does_not(tmp_path: Path) -> None:
    by = 'w:id="1" w:author="A colleague" w:date="2026-11-01T10:00:00Z"'
    path = one_paragraph(
        tmp_path,
        run("To {{ ac"),
        f"<w:ins {by}>{run('count }}')}</w:ins>",
        f'<w:del {by}><w:r><w:delText xml:space="preserve">{{{{ former }}}}</w:delText></w:r></w:del>',
        f"<w:ins {by}>{run(' and {{ role }}')}</w:ins>",
    )
    assert list(kinds(scanned(path))) == ["account", "role"]
    made = reopened(path, words(account="Norvik", role="CFO"))
    assert text_of(made).strip() == "To Norvik and CFO"
    assert len(list(made.element.body.iter(qn("w:ins")))) == 2
    assert next(made.element.body.iter(qn("w:delText"))).text == "{{ former }}"


def test_headers_footers_and_footnotes_are_filled(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Body")
    made.sections[0].header.paragraphs[0].text = "For {{ account }}"
    made.sections[0].footer.paragraphs[0].text = "{{ date }}"
    path = saved(made, tmp_path / "letter.docx")
    found = scanned(path)
    assert {one.name: one.places for one in found.fields} == {"account": ["the page header"], "date": ["the page footer"]}
    again = reopened(path, words(account="Norvik", date="1 December 2026"))
    section = again.sections[0]
    assert (section.header.paragraphs[0].text, section.footer.paragraphs[0].text) == ("For Norvik", "1 December 2026")


def test_both_twins_of_a_text_box_are_filled(tmp_path: Path) -> None:
    inside = f"<w:txbxContent><w:p>{run('Box for {{ account }}')}</w:p></w:txbxContent>"
    box = (
        "<w:p><w:r><mc:AlternateContent>"
        '<mc:Choice Requires="wps"><w:drawing><wp:inline><wp:extent cx="1" cy="1"/><wp:docPr id="1" name="Box"/>'
        f'<a:graphic><a:graphicData uri="x"><wps:wsp><wps:txbx>{inside}</wps:txbx></wps:wsp></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    path = saved(document(box), tmp_path / "letter.docx")
    assert list(kinds(scanned(path))) == ["account"]
    made = reopened(path, words(account="Norvik"))
    assert [node.text for node in made.element.body.iter(qn("w:t"))] == ["Box for Norvik", "Box for Norvik"]


def test_rows_repeat_for_each_entry_and_go_without_any(tmp_path: Path) -> None:
    made = docx.Document()
    table = made.add_table(3, 2, style="Table Grid")
    for at, text in enumerate(("Module", "Price", "{{ items.name }}", "{{ items.price }} for {{ account }}", "Total", "{{ total }}")):
        table.cell(at // 2, at % 2).text = text
    table.cell(1, 0).paragraphs[0].runs[0].italic = True
    path = saved(made, tmp_path / "offer.docx")
    assert kinds(scanned(path)) == {"items": "list", "items.name": "text", "items.price": "money", "account": "text", "total": "money"}
    values = {**words(account="Norvik", total="30"), "items": rows({"name": "Gate", "price": "10"}, {"name": "{{ account }}"})}
    again = reopened(path, values).tables[0]
    assert [[cell.text for cell in row.cells] for row in again.rows] == [
        ["Module", "Price"],
        ["Gate", "10 for Norvik"],
        ["{{ account }}", " for Norvik"],
        ["Total", "30"],
    ]
    assert [row.cells[0].paragraphs[0].runs[0].italic for row in again.rows] == [None, True, True, None]
    empty = reopened(path, words(account="Norvik", total="0")).tables[0]
    assert [row.cells[0].text for row in empty.rows] == ["Module", "Total"]


def test_sections_stay_or_go_with_all_between(tmp_path: Path) -> None:
    made = docx.Document()
    for text in ("Start", "{{#terms}}", "Terms for {{ account }}", "{{/terms}}", "{{#extra}}More{{/extra}} end {{#extra}}twice{{/extra}}"):
        made.add_paragraph(text)
    table = made.add_table(3, 1)
    for at, text in enumerate(("kept", "{{#extra}}only sometimes{{/extra}}", "last")):
        table.cell(at, 0).text = text
    path = saved(made, tmp_path / "offer.docx")
    assert kinds(scanned(path)) == {"terms": "section", "account": "text", "extra": "section"}
    stays = reopened(path, words(account="Norvik", terms=True, extra=True))
    assert [one.text for one in stays.paragraphs] == ["Start", "Terms for Norvik", "More end twice"]
    goes = reopened(path, words(account="Norvik", terms=False, extra=False))
    assert [one.text for one in goes.paragraphs] == ["Start", " end "]
    assert [row.cells[0].text for row in goes.tables[0].rows] == ["kept", "", "last"]


def test_sections_over_rows_take_the_rows(tmp_path: Path) -> None:
    made = docx.Document()
    table = made.add_table(5, 1)
    for at, text in enumerate(("head", "{{#extra}}", "inside", "{{/extra}}", "foot")):
        table.cell(at, 0).text = text
    path = saved(made, tmp_path / "offer.docx")
    shown = {yes: [row.cells[0].text for row in reopened(path, words(extra=yes)).tables[0].rows] for yes in (True, False)}
    assert shown == {True: ["head", "inside", "foot"], False: ["head", "foot"]}


SIMPLE = (
    '<w:p><w:fldSimple w:instr=" MERGEFIELD  &quot;Account Name&quot;  \\* MERGEFORMAT ">'
    "<w:r><w:rPr><w:i/></w:rPr><w:t>«Account»</w:t></w:r></w:fldSimple></w:p>"
)
COMPLEX = (
    '<w:p><w:r><w:t>Dear </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> MERGE</w:instrText></w:r>'
    '<w:r><w:instrText xml:space="preserve">FIELD role \\* Upper </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    "<w:r><w:rPr><w:b/></w:rPr><w:t>«ro</w:t></w:r><w:r><w:t>le»</w:t></w:r>"
    '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>,</w:t></w:r></w:p>'
)
ONE_RUN = (
    '<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Before </w:t><w:fldChar w:fldCharType="begin"/><w:instrText>MERGEFIELD sender</w:instrText>'
    '<w:fldChar w:fldCharType="separate"/><w:t>«sender»</w:t><w:fldChar w:fldCharType="end"/><w:t> after</w:t></w:r></w:p>'
)


def test_merge_fields_of_all_builds_become_plain_words(tmp_path: Path) -> None:
    path = saved(document(SIMPLE, COMPLEX, ONE_RUN), tmp_path / "letter.docx")
    assert list(kinds(scanned(path))) == ["account_name", "role", "sender"]
    made = reopened(path, words(account_name="Norvik", role="cfo", sender="A rep"))
    assert [one.text for one in made.paragraphs] == ["Norvik", "Dear CFO,", "Before A rep after"]
    assert [made.paragraphs[0].runs[0].italic, made.paragraphs[1].runs[1].bold, made.paragraphs[2].runs[1].bold] == [True, True, True]
    assert not list(made.element.body.iter(qn("w:fldChar"), qn("w:fldSimple"), qn("w:instrText")))


def test_other_fields_of_word_stay(tmp_path: Path) -> None:
    page = '<w:p><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>'
    path = saved(document(page, SPLIT), tmp_path / "letter.docx")
    assert list(kinds(scanned(path))) == ["account"]
    assert next(reopened(path, words(account="x")).element.body.iter(qn("w:fldSimple"))).get(qn("w:instr")) == " PAGE "


def test_merge_fields_that_cannot_be_filled_are_named(tmp_path: Path) -> None:
    begin, separate, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end"))
    code = "<w:r><w:instrText xml:space='preserve'>{}</w:instrText></w:r>"
    nested = f"<w:p>{begin}{code.format(' IF ')}{begin}{code.format(' MERGEFIELD role ')}{end}{code.format(' = 1 ')}{separate}{end}</w:p>"
    several = (f"<w:p>{begin}{code.format(' MERGEFIELD wide ')}{separate}{run('«wi')}</w:p>", f"<w:p>{run('de»')}{end}</w:p>")
    found = scanned(saved(document(nested, *several), tmp_path / "letter.docx"))
    assert found.fields == ()
    assert "“role”" in found.faults[0] and "inside another field" in found.faults[0]
    assert "“wide” on paragraph 2 spans several paragraphs" in found.faults[1]


def control(properties: str, content: str) -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


GREY = '<w:rStyle w:val="Platzhaltertext"/>'


def tag(name: str) -> str:
    return f'<w:tag w:val="{name}"/>'


def test_content_controls_are_fields_by_tag_or_title(tmp_path: Path) -> None:
    titled = f'<w:alias w:val="Account name"/>{tag("account")}<w:showingPlcHdr/><w:text/>'
    sizes = '<w:dropDownList><w:listItem w:displayText="Small" w:value="s"/><w:listItem w:value="large"/></w:dropDownList>'
    path = saved(
        document(
            f"<w:p>{run('To ')}{control(titled, run('Click here', GREY))}</w:p>",
            control(tag("note"), f"<w:p>{run('old', '<w:b/>')}</w:p><w:p>{run('older')}</w:p>"),
            f"<w:p>{control(tag('size') + sizes, run('Small'))}</w:p>",
            f"<w:p>{control(tag('due') + '<w:date/>', run('soon'))}</w:p>",
            f"<w:p>{control(tag('goog_rdk_1'), run('machine'))}</w:p>",
        ),
        tmp_path / "letter.docx",
    )
    found = scanned(path)
    assert kinds(found) == {"account": "text", "note": "text", "size": "choice", "due": "date"}
    assert (field(found, "account").label, field(found, "size").choices) == ("Account name", ["Small", "large"])
    made = reopened(path, words(account="Norvik", note="new", size="large", due="today"))
    assert text_of(made).split("\n") == ["To Norvik", "new", "large", "today", "machine"]
    assert len(list(made.element.body.iter(qn("w:sdt")))) == 5
    assert not list(made.element.body.iter(qn("w:showingPlcHdr"), qn("w:rStyle")))
    assert [node.tag for node in next(one for one in made.element.body.iter(qn("w:r")) if shown(one) == "new")] == [qn("w:rPr"), qn("w:t")]


def shown(element: Any) -> str:
    """The text of runs, with their breaks and tabs."""
    marks = {qn("w:br"): "\n", qn("w:tab"): "\t"}
    return "".join(marks.get(node.tag, node.text or "") for node in element.iter(qn("w:t"), *marks))


def test_right_to_left_text_keeps_its_direction(tmp_path: Path) -> None:
    rtl = "<w:rtl/>"
    paragraph = f"<w:p><w:pPr><w:bidi/></w:pPr>{run('לכבוד ', rtl)}{run('{{ שם', rtl)}{run(' }}', rtl)}{run(' و {{ الاسم }}', rtl)}</w:p>"
    path = saved(document(paragraph), tmp_path / "letter.docx")
    assert list(kinds(scanned(path))) == ["שם", "الاسم"]
    made = reopened(path, words(שם="נורוויק", الاسم="نورفيك"))
    assert made.paragraphs[-1].text == "לכבוד נורוויק و نورفيك"
    assert all(one._r.find(f"{qn('w:rPr')}/{qn('w:rtl')}") is not None for one in made.paragraphs[-1].runs)


def test_two_hundred_fields_are_all_found_and_filled(tmp_path: Path) -> None:
    made = docx.Document()
    for at in range(0, 200, 4):
        made.add_paragraph(" ".join(f"{{{{ field_{number} }}}}" for number in range(at, at + 4)))
    path = saved(made, tmp_path / "long.docx")
    assert len(scanned(path).fields) == 200
    again = reopened(path, words(**{f"field_{number}": f"<{number}>" for number in range(200)}))
    assert " ".join(one.text for one in again.paragraphs) == " ".join(f"<{number}>" for number in range(200))


@pytest.mark.parametrize(
    "typed,said",
    [
        ("a {{ acount } b", "“{{ acount }” on page 2 is no whole field"),
        ("a { acount }} b", "“{ acount }}” on page 2 is no whole field"),
        ("a {{ account", "“{{ account” on page 2 is no whole field"),
        ("a {{ }} b", "“{{ }}” on page 2"),
        ("a {{ 1+1 }} b", "“{{ 1+1 }}” on page 2"),
        ("a {{ os.system.call }} b", "“{{ os.system.call }}” on page 2"),
        ("a {{#terms}} b", "The section “terms” on page 2 has no {{/terms}}"),
        ("a {{/terms}} b", "The section “terms” on page 2 has no {{#terms}}"),
    ],
)
def test_half_and_misspelt_fields_are_named_with_their_page(tmp_path: Path, typed: str, said: str) -> None:
    second = f"<w:p><w:r><w:lastRenderedPageBreak/></w:r>{run(typed)}</w:p>"
    found = scanned(saved(document(f"<w:p>{run('{{ account }}')}</w:p>", second), tmp_path / "letter.docx"))
    assert len(found.faults) == 1 and found.faults[0].startswith(said)


def test_a_field_over_two_paragraphs_is_named_at_both(tmp_path: Path) -> None:
    found = scanned(saved(document(f"<w:p>{run('{{ acc')}</w:p>", f"<w:p>{run('ount }}')}</w:p>"), tmp_path / "letter.docx"))
    assert [one.partition(" is ")[0] for one in found.faults] == ["“{{ acc” on paragraph 1", "“}}” on paragraph 2"]


def test_without_page_breaks_the_heading_tells_the_place(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("{{ first }}")
    made.add_heading("Scope of work", 2)
    made.add_paragraph("{{ second }}")
    found = scanned(saved(made, tmp_path / "letter.docx"))
    assert [one.places for one in found.fields] == [["paragraph 1"], ["“Scope of work”"]]


BREAK, ON_NEXT = "<w:p><w:r><w:br w:type='page'/></w:r></w:p>", "<w:pPr><w:pageBreakBefore/></w:pPr>"
SECTION = "<w:p><w:pPr><w:sectPr>{0}</w:sectPr></w:pPr></w:p>"


@pytest.mark.parametrize(
    "between,page",
    [
        (BREAK, "page 2"),
        (BREAK + BREAK, "page 3"),
        ("<w:p>" + ON_NEXT + "</w:p>", "page 2"),
        ("<w:p><w:pPr><w:pageBreakBefore w:val='0'/></w:pPr></w:p>", "paragraph 3"),
        (SECTION.format(""), "page 2"),
        (SECTION.format("") * 2, "page 3"),
        (BREAK + "<w:p><w:r><w:lastRenderedPageBreak/><w:t>Seen</w:t></w:r></w:p>", "page 2"),
        (BREAK + "<w:p><w:r><w:t>Seen</w:t></w:r><w:r><w:lastRenderedPageBreak/></w:r></w:p>", "page 3"),
        ("<w:p><w:r><w:t>" + "long " * 800 + "</w:t></w:r></w:p>" + BREAK, "paragraph 4"),
        ("<w:p><w:r><w:br/></w:r></w:p>", "paragraph 3"),
    ],
)
def test_breaks_people_put_in_tell_the_page(tmp_path: Path, between: str, page: str) -> None:
    paragraphs = [f"<w:p>{one}" for one in between.split("<w:p>")[1:]]
    made = document(f"<w:p>{run('{{ first }}')}</w:p>", *paragraphs, f"<w:p>{run('{{ second }}')}</w:p>")
    assert field(scanned(saved(made, tmp_path / "letter.docx")), "second").places == [page]


@pytest.mark.parametrize(
    "kind,page", [("continuous", "paragraph 3"), ("nextPage", "page 2"), ("oddPage", "page 3"), ("evenPage", "page 2")]
)
def test_a_section_begins_as_its_own_properties_say(tmp_path: Path, kind: str, page: str) -> None:
    made = document(f"<w:p>{run('{{ first }}')}</w:p>", SECTION.format("<w:type w:val='oddPage'/>"), f"<w:p>{run('{{ second }}')}</w:p>")
    made.sections[-1]._sectPr.insert(0, xml(f"<w:type w:val='{kind}'/>"))
    assert field(scanned(saved(made, tmp_path / "letter.docx")), "second").places == [page]


def test_comments_are_left_alone_and_the_data_source_is_taken_out(tmp_path: Path) -> None:
    made = document(SPLIT)
    made.add_comment(made.paragraphs[-1].runs[0], text="Ask {{ nobody }}", author="A colleague", initials="AC")
    made.settings.element.insert(0, xml('<w:mailMerge><w:mainDocumentType w:val="formLetters"/></w:mailMerge>'))
    path = saved(made, tmp_path / "letter.docx")
    assert list(kinds(scanned(path))) == ["account"]
    again = reopened(path, words(account="Norvik"))
    assert next(iter(again.comments)).text == "Ask {{ nobody }}"
    assert again.settings.element.find(qn("w:mailMerge")) is None


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_words_come_back_equal_from_every_place(tmp_path: Path, text: str) -> None:
    made = document(f"<w:p>{run('{{ a')}{run('ccount }}')}</w:p>", SIMPLE, f"<w:p>{control(tag('note'), run('x'))}</w:p>")
    table = made.add_table(1, 1)
    table.cell(0, 0).text = "{{ items.name }}"
    made.sections[0].header.paragraphs[0].text = "{{ account }}"
    path = saved(made, tmp_path / "letter.docx")
    values = {**words(account=text, account_name=text, note=text), "items": rows({"name": text}, {"name": text})}
    again = docx.Document(io.BytesIO(filled(path, values)))
    expected = readable(text)
    assert again.paragraphs[0].text == again.paragraphs[1].text == expected
    assert shown(next(again.element.body.iter(qn("w:sdtContent")))) == expected
    assert again.sections[0].header.paragraphs[0].text == expected
    assert [row.cells[0].text for row in again.tables[0].rows] == [expected, expected]
