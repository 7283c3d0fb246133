"""Turns the bytes of a text file into text, whatever its encoding. Used by the text and markup readers."""

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
_SAMPLE = 64 * 1024
_ENOUGH_TO_TELL = 24


def decoded(data: bytes, in_html: bool = False) -> str:
    """Byte order mark, then UTF-8, then what an HTML page declares, then the likeliest guess; never raises."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_declared(data) if in_html and _declared(data) else _guessed(data), "replace")


def _declared(data: bytes) -> str:
    match = _META.search(data[:4096])
    try:
        return codecs.lookup(match.group(1).decode("ascii")).name if match else ""
    except LookupError:
        return ""


def _guessed(data: bytes) -> str:
    """A few accented letters tell no encoding apart, and then the western European one is by far the likeliest."""
    if sum(byte > 0x7F for byte in data[:_SAMPLE]) < _ENOUGH_TO_TELL:
        return "cp1252"
    best = from_bytes(data[:_SAMPLE]).best()
    return best.encoding if best else "cp1252"
