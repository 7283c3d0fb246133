"""RTF: headings, emphasis, links, lists, tables, notes and boxes come out as in other formats; hostile files do no harm."""

import time
from pathlib import Path

import pytest

from app.core.office import parse
from app.core.office._capped import MEBIBYTE, Limits
from app.core.office.parse import ParsedFile, Unreadable, parse_file

STYLES = (
    r"{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset204 Arial Cyr;}{\f2\fnil\fcharset2 Symbol;}}{\colortbl;\red0\green0\blue0;}"
    r"{\stylesheet{\ql\snext0 Normal;}{\s1\sbasedon0 heading 1;}{\s2\outlinelevel1 Unter{\*\keycode x}punkt;}{\s3 Title;}"
    r"{\*\cs10 heading 3;}}"
)


def read(tmp_path: Path, body: str, styles: str = STYLES) -> ParsedFile:
    (tmp_path / "a.rtf").write_bytes(rf"{{\rtf1\ansi\ansicpg1252\deff0{styles}{body}}}".encode("latin-1"))
    return parse_file(tmp_path / "a.rtf", "rtf")


def html(tmp_path: Path, body: str) -> str:
    (passage,) = read(tmp_path, body).passages
    return passage.html


def test_headings_by_style_and_by_outline_level_part_the_text(tmp_path: Path) -> None:
    body = (
        r"{\info{\title Yard guide}{\author Somebody Else}}\pard\s3 Yard guide\par \pard\s1 Pricing\par\pard From 90 a month.\par"
        r"\pard\s2 Gates\par\pard A gate costs 5.\par{\pard\outlinelevel0 Support\par}\pard By telephone.\par"
    )
    found = read(tmp_path, body)
    assert found.title == "Yard guide"
    assert [(one.heading_path, one.text) for one in found.passages][-3:] == [
        (("Pricing",), "From 90 a month."),
        (("Pricing", "Gates"), "A gate costs 5."),
        (("Support",), "By telephone."),
    ]
    assert "Somebody" not in found.full_text and "Normal" not in found.full_text


def test_emphasis_and_links(tmp_path: Path) -> None:
    link = r'{\field{\*\fldinst{HYPERLINK "https://example.test/a"}}{\fldrslt{\ul the page}}}'
    inside = r'{\field{\*\fldinst{HYPERLINK \\l "here"}}{\fldrslt jump}}'
    body = rf"\pard From {{\b 90}} a {{\i\b month}}\b , now\b0 , see {link} or {inside}.{{\v hidden}}{{\deleted gone}}\line next\par"
    assert html(tmp_path, body) == (
        "<p>From <strong>90</strong> a <strong><em>month</em></strong><strong>, now</strong>, see "
        '<a href="https://example.test/a">the page</a> or jump.<br>next</p>'
    )


def test_lists_bulleted_numbered_and_inside_each_other(tmp_path: Path) -> None:
    body = (
        r"{\listtext\pard\plain 1.\tab}\pard\ls1\ilvl0 one\par{\listtext\f2\'b7\tab}\pard\ls2\ilvl1 inner\par"
        r"{\listtext o\tab}\ls2\ilvl1 more\par{\listtext 2.\tab}\pard\ls1\ilvl0 two\par"
        r"\pard{\pntext\f2\'B7\tab}{\*\pn\pnlvlblt{\pntxtb\'B7}}old\par\pard after\par"
    )
    (passage,) = read(tmp_path, body).passages
    assert passage.html == "<ol><li>one<ul><li>inner</li><li>more</li></ul></li><li>two</li></ol><ul><li>old</li></ul><p>after</p>"
    assert passage.text.splitlines()[0] == "1. one"


def test_tables_keep_rows_cells_and_their_header(tmp_path: Path) -> None:
    row = r"\trowd{0}\cellx1000\cellx2000\pard\intbl {1}\cell {2}\cell\row"
    body = (
        r"\pard before\par"
        + row.format(r"\trhdr", "Plan", "Price")
        + row.format("", r"Yard\par small", r"{\b 90}")
        + row.format("", "", "5")
        + r"\pard\par after\par"
    )
    (passage,) = read(tmp_path, body).passages
    assert passage.html == (
        "<p>before</p><table><thead><tr><th>Plan</th><th>Price</th></tr></thead><tbody><tr><td><p>Yard</p><p>small</p></td><td><strong>90</strong>"
        "</td></tr><tr><td></td><td>5</td></tr></tbody></table><p>after</p>"
    )
    bold = row.format("", r"{\b Plan}", r"{\b Price}") + row.format("", "Yard", "90")
    assert "<thead><tr><th><strong>Plan</strong></th>" in html(tmp_path, bold)


def test_what_stands_inside_a_nested_table_is_kept_once(tmp_path: Path) -> None:
    body = (
        r"\trowd\cellx1000\pard\intbl outer\par\pard\intbl\itap2 in one\nestcell in two\nestcell{\*\nesttableprops\trowd\nestrow}"
        r"{\nonesttables\par}\pard\intbl\itap1 end\cell\row\pard\par"
    )
    assert html(tmp_path, body) == "<table><tbody><tr><td><p>outer</p><p>in one</p><p>in two</p><p>end</p></td></tr></tbody></table>"


def test_notes_and_boxes_come_after_the_paragraph_that_names_them(tmp_path: Path) -> None:
    shape = r"{\shp{\*\shpinst{\sp{\sn kind}{\sv 202}}{\shptxt\pard In a box\par}}{\shprslt{\*\do\dptxbx{\dptxbxtext\pard again\par}}}}"
    body = rf"\pard A claim{{\super\chftn{{\footnote\pard\plain{{\super\chftn}} Its source}}}} stands.{shape}\par\pard next\par"
    (passage,) = read(tmp_path, body).passages
    assert passage.text == "A claim stands.\nIts source\nIn a box\nnext"


def test_letters_of_every_kind(tmp_path: Path) -> None:
    body = (
        r"\pard Gr\'fc\'dfe\emdash\ldblquote x\rdblquote  {\f1\'cf\'f0\'e8} \u1055?\u1088\'3f {\uc0\u8364 5} \u-10179?\u-8704? "
        r"a\~b\_c\{d\}\par\pard \u-10179?lone\par"
    )
    text = read(tmp_path, body).passages[0].text
    assert text == "Grüße—“x” При Пр €5 😀 a b-c{d}\n�lone"


def test_pictures_and_objects_give_no_words(tmp_path: Path) -> None:
    body = (
        r"\pard one{\*\shppict{\pict\pngblip " + "ab" * 400 + r"}}{\pict\wmetafile8\bin6 }{\x}}}two"
        r"{\object{\*\objdata 0105}{\result shown}}{\header top}{\*\unknown{\b x}}\par"
    )
    assert read(tmp_path, body).passages[0].text == "onetwoshown"


def test_what_follows_the_document_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_bytes(rb"{\rtf1 inside\par}outside{\rtf1 again\par}")
    assert parse_file(tmp_path / "a.rtf", "rtf").full_text == "inside"


@pytest.mark.parametrize(
    "body",
    [
        rb"{\rtf1 words",
        rb"{\rtf1 words}}}}}",
        rb"\rtf1 words\par}",
        rb"{\rtf1 words{\pict\bin9999999999 x",
        rb"{\rtf1 words{\*",
        rb"{\rtf1 words\cell\cell\row\row\nestcell\par",
        rb"{\rtf1\ansicpg99999\uc99999 words\u\u99999999\u-99999 ?\'zz\'",
        rb"{\rtf1{\stylesheet{\s1 heading 1;}{\s2 heading 1;}\s99999999} words\ilvl99\ls-5\outlinelevel-7\s-1\par}",
        rb"{\rtf1 {\footnote words\par",
        rb"{\rtf1 words\bin-5 \bin \par}" + b"\\",
    ],
)
def test_broken_files_still_give_their_words(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.rtf").write_bytes(body)
    assert "words" in parse_file(tmp_path / "a.rtf", "rtf").full_text


def test_endless_nesting_is_unreadable(tmp_path: Path) -> None:
    for opening in (rb"{", rb"{\footnote ", rb"{\shp{\shptxt "):
        (tmp_path / "a.rtf").write_bytes(rb"{\rtf1 " + opening * 200_000 + b"x")
        with pytest.raises(Unreadable) as caught:
            parse_file(tmp_path / "a.rtf", "rtf")
        assert caught.value.message == "The file could not be read: its groups are nested too deeply."


def test_a_row_with_endless_cells_and_a_large_picture_take_little(tmp_path: Path) -> None:
    began = time.monotonic()
    picture = rb"{\pict " + (b"0123456789abcdef" * 8 + b"\r\n") * 150_000 + b"}"
    (tmp_path / "a.rtf").write_bytes(rb"{\rtf1 " + picture + rb"\trowd\intbl " + rb"x\cell" * 100_000 + rb"\row\pard end\par}")
    found = parse_file(tmp_path / "a.rtf", "rtf", Limits(memory_bytes=400 * MEBIBYTE))
    assert found.passages[-1].text.endswith("end")
    assert time.monotonic() - began < 10


def test_a_bomb_ends_with_a_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_bytes(rb"{\rtf1 " + rb"{\b x}\cell\row\par" * 3_000_000)
    with pytest.raises(Unreadable) as caught:
        parse_file(tmp_path / "a.rtf", "rtf", Limits(memory_bytes=250 * MEBIBYTE, cpu_seconds=3))
    assert caught.value.message in (parse.TOO_BIG, parse.TOO_LONG)
