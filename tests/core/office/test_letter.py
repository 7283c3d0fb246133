"""A letter or proposal as DOCX: styles of Word, fields filled with text that stays text, opened by python-docx and LibreOffice."""

import io
import re
import subprocess
from pathlib import Path

import docx
import pytest
from docx.document import Document

from app.core.office.letter import Letter, Part, merged, write_letter

HTML = (
    "<h3>How it connects</h3><p>For <strong>{{ account }}</strong> and {{Role}}: <em>nine</em> connectors.</p>"
    "<h4>Steps</h4><ul><li>read<ul><li>only</li></ul></li><li>write</li></ul><ol><li>first</li></ol>"
    "<table><thead><tr><th>System</th><th>Days</th></tr></thead><tbody><tr><td>A</td><td><b>4</b></td></tr></tbody></table>"
)
NAUGHTY = (
    "<b>bold</b>",
    "=1+1",
    "{{ sender }}",
    "a\x00b\x0bc",
    "</w:t></w:r>",
    "עברית and \u202e",
    "😀 &amp; ]]>",
    "{% for x in y %}",
    "MERGEFIELD x",
)


def opened(letter: Letter) -> Document:
    return docx.Document(io.BytesIO(write_letter(letter)))


def letter_of(*parts: Part, **more: object) -> Letter:
    given = {"subject": "Four sites", "sender": "Account executive", "receiver": ("Alder Foods", "Champion"), "day": "27 November", **more}
    return Letter(parts=parts, **given)  # type: ignore[arg-type]  # named as the dataclass has them


def lines(document: Document) -> list[tuple[str, str]]:
    return [(paragraph.style.name or "" if paragraph.style else "", paragraph.text) for paragraph in document.paragraphs if paragraph.text]


def test_a_proposal_keeps_headings_lists_tables_and_bold() -> None:
    fields = {"account": "Alder Foods", "role": "the board"}
    document = opened(letter_of(Part("How it connects", HTML), Part("", "", "A bridge.\n\nAnd on."), is_proposal=True, fields=fields))
    assert lines(document) == [
        ("Title", "Four sites"),
        ("Subtitle", "Alder Foods, Champion · 27 November · Account executive"),
        ("Heading 1", "How it connects"),
        ("Normal", "For Alder Foods and the board: nine connectors."),
        ("Heading 3", "Steps"),
        ("List Bullet", "read"),
        ("List Bullet 2", "only"),
        ("List Bullet", "write"),
        ("List Number", "first"),
        ("Normal", "A bridge."),
        ("Normal", "And on."),
    ]
    text = next(paragraph for paragraph in document.paragraphs if paragraph.text.startswith("For "))
    assert [(run.text, bool(run.bold), bool(run.italic)) for run in text.runs if run.text.strip()] == [
        ("For ", False, False),
        ("Alder Foods", True, False),
        (" and the board: ", False, False),
        ("nine", False, True),
        (" connectors.", False, False),
    ]
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [["System", "Days"], ["A", "4"]]


def test_a_letter_has_an_address_and_running_text() -> None:
    document = opened(letter_of(Part("How it connects", "<p>It does.</p>")))
    assert [text for _, text in lines(document)] == [
        "Account executive",
        "Alder Foods",
        "Champion",
        "27 November",
        "Four sites",
        "It does.",
        "Account executive",
    ]


def test_fields_without_a_value_stay_to_be_seen() -> None:
    assert (
        merged("{{ account }}, {{role}}, {{ Date }}, {{ other }}", {"account": "Alder", "date": "today"})
        == "Alder, {{role}}, today, {{ other }}"
    )


@pytest.mark.parametrize("value", NAUGHTY)
def test_values_are_text_whatever_they_look_like(value: str) -> None:
    document = opened(
        letter_of(
            Part("About {{ account }}", "<p>To {{ account }}.</p>"),
            Part("", "", "Note for {{ account }}."),
            subject=value,
            sender=value,
            receiver=(value,),
            is_proposal=True,
            fields={"account": value},
        )
    )
    clean = re.sub("[\x00\x0b]", "", value)
    texts = [" ".join(text.split()) for _, text in lines(document)]
    shown = " ".join(clean.split())
    assert {f"About {shown}", f"To {shown}.", f"Note for {shown}."} <= set(texts)
    assert document.core_properties.title == clean[:255]


def test_what_comes_in_as_html_is_cleaned_once_more() -> None:
    html = '<p>Words<script>alert(1)</script><img src="http://example.com/x.png"> <a href="javascript:x">link</a></p>'
    document = opened(letter_of(Part("", html)))
    assert ("Normal", "Words link") in [(style, " ".join(text.split())) for style, text in lines(document)]
    assert not document.inline_shapes and all("javascript" not in relation.target_ref for relation in document.part.rels.values())


@pytest.mark.office
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    file = tmp_path / "letter.docx"
    file.write_bytes(write_letter(letter_of(Part("How it connects", HTML), is_proposal=True)))
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(file),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF-")
