"""The table of formats and its sentences for names which are not accepted."""

import pytest

from app.core.office.formats import FORMATS, find_format, find_format_by_name, why_not_accepted


def test_every_format_is_found_by_key_and_by_each_extension() -> None:
    for known in FORMATS:
        assert find_format(known.key) is known
        for extension in known.extensions:
            assert find_format_by_name(f"Some name.{extension.upper()}") is known
    extensions = [extension for known in FORMATS for extension in known.extensions]
    assert len(extensions) == len(set(extensions))


def test_what_can_be_edited_played_and_shown() -> None:
    assert {known.key for known in FORMATS if not known.editable} == {
        *("pdf", "png", "jpg", "gif", "webp", "svg", "mp4", "webm", "mov", "mp3", "m4a", "wav", "ogg")
    }
    assert {known.key for known in FORMATS if known.playable} == {"mp4", "webm", "mov", "mp3", "m4a", "wav", "ogg"}
    assert {known.key for known in FORMATS if known.shown_inline} == {"png", "jpg", "gif", "webp"}


@pytest.mark.parametrize(
    "name,told",
    [
        ("offer.docm", "Save it as DOCX without macros"),
        ("deck.pptm", "Save it as PPTX without macros"),
        ("prices.xlsm", "Save it as XLSX without macros"),
        ("offer.doc", "Save it as DOCX and"),
        ("deck.ppt", "Save it as PPTX and"),
        ("prices.xls", "Save it as XLSX and"),
        ("clip.avi", "Save it as MP4 and"),
        ("setup.exe", "Accepted are DOCX, PPTX"),
        ("README", "has no extension"),
    ],
)
def test_a_refused_name_is_told_what_to_do(name: str, told: str) -> None:
    assert find_format_by_name(name) is None
    assert told in why_not_accepted(name)
