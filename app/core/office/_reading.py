"""Runs in the capped child: picks the reader for a format, builds passages, applies the caps on size. Started by parse."""

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from app.core.office._blocks import Draft, Extract
from app.core.office._docx import read_docx
from app.core.office._markup import read_html, read_markdown
from app.core.office._media import read_picture
from app.core.office._odf import read_odp, read_odt
from app.core.office._pdf import read_pdf
from app.core.office._pptx import read_pptx
from app.core.office._render import blocks_html, blocks_text
from app.core.office._rtf import read_rtf
from app.core.office._sections import unique_anchors
from app.core.office._sheet import read_ods, read_xlsx
from app.core.office._text import read_csv, read_text
from app.core.office._titles import meaningful_title
from app.core.office._value import read_value
from app.core.office._wholetext import whole_text
from app.core.office.fingerprint import minhash, text_hash
from app.core.office.formats import find_format

MAX_PASSAGES = 5_000
MAX_TEXT = 2_000_000
_MAX_HTML = 8_000_000

_READERS: dict[str, Callable[[BinaryIO], Extract]] = {
    "docx": read_docx,
    "pptx": read_pptx,
    "xlsx": read_xlsx,
    "odt": read_odt,
    "odp": read_odp,
    "ods": read_ods,
    "md": read_markdown,
    "html": read_html,
    "rtf": read_rtf,
    "txt": read_text,
    "csv": read_csv,
    "value": read_value,
    "pdf": read_pdf,
    "png": read_picture,
    "jpg": read_picture,
    "gif": read_picture,
    "webp": read_picture,
}


def read(stream: BinaryIO, format_key: str) -> dict[str, object]:
    """The parsed file as plain data, ready for JSON; raises whatever the reader raises."""
    known = find_format(format_key)
    if known is None:
        raise ValueError(f"unknown format {format_key}")
    reader = _READERS.get(format_key)
    extract = reader(stream) if reader else Extract()
    passages, cut = _passages(unique_anchors(extract.drafts))
    remarks = [*extract.remarks, *cut]
    if reader and known.family != "image" and not passages:
        remarks.append("no text found")
    whole = whole_text(((one["heading_path"], one["text"]) for one in passages), extract.unit_word)
    return {
        "title": meaningful_title(extract.title),
        "passages": passages,
        "unit_count": extract.unit_count,
        "unit_word": extract.unit_word,
        "description": ", ".join([known.label, *_units(extract), *remarks]),
        "text_hash": text_hash(whole),
        "shingles": list(minhash(whole)),
    }


def _units(extract: Extract) -> list[str]:
    if not extract.unit_word or not extract.unit_count:
        return []
    return [f"{extract.unit_count:,} {extract.unit_word}{'' if extract.unit_count == 1 else 's'}"]


def _passages(drafts: Iterable[Draft]) -> tuple[list[dict[str, Any]], list[str]]:
    """Passages with text, up to the caps, and a remark when a cap cut the rest off."""
    kept: list[dict[str, Any]] = []
    text_size = html_size = 0
    for draft in drafts:
        text = blocks_text(draft.blocks)
        if not text.strip():
            continue
        html = blocks_html(draft.blocks)
        text_size, html_size = text_size + len(text.encode()), html_size + len(html)
        if len(kept) == MAX_PASSAGES:
            return kept, [f"only the first {MAX_PASSAGES:,} passages were read"]
        if text_size > MAX_TEXT or html_size > _MAX_HTML:
            return kept, ["only the first 2 MB of text were read"]
        kept.append(
            {
                "anchor": draft.anchor,
                "label": draft.label,
                "heading_path": draft.heading_path,
                "text": text,
                "html": html,
                "notes": draft.notes,
            }
        )
    return kept, []
