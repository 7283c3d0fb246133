"""The table of accepted file formats; upload, parsing, download headers and import all read it."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

Family = Literal["document", "deck", "sheet", "page", "text", "image", "video", "audio", "pdf", "model"]

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_FIXED_FAMILIES = frozenset({"pdf", "image", "video", "audio"})


@dataclass(frozen=True)
class Format:
    """One accepted format; `extensions` are lower case without the dot, the first one is the usual one."""

    key: str
    label: str
    media_type: str
    extensions: tuple[str, ...]
    family: Family

    @property
    def editable(self) -> bool:
        """True when a rep can change the original in an ordinary office program or editor."""
        return self.family not in _FIXED_FAMILIES

    @property
    def playable(self) -> bool:
        """True for recordings which a page plays in place."""
        return self.family in {"video", "audio"}

    @property
    def shown_inline(self) -> bool:
        """True for pictures a page may show; an SVG can carry scripts, so it is kept for download only."""
        return self.family == "image" and self.key != "svg"


FORMATS: tuple[Format, ...] = (
    Format("docx", "Word document", f"{_OOXML}wordprocessingml.document", ("docx",), "document"),
    Format("pptx", "PowerPoint deck", f"{_OOXML}presentationml.presentation", ("pptx",), "deck"),
    Format("xlsx", "Excel workbook", f"{_OOXML}spreadsheetml.sheet", ("xlsx",), "sheet"),
    Format("odt", "OpenDocument text", f"{_ODF}text", ("odt",), "document"),
    Format("odp", "OpenDocument deck", f"{_ODF}presentation", ("odp",), "deck"),
    Format("ods", "OpenDocument sheet", f"{_ODF}spreadsheet", ("ods",), "sheet"),
    Format("md", "Markdown page", "text/markdown", ("md", "markdown"), "page"),
    Format("html", "Web page", "text/html", ("html", "htm"), "page"),
    Format("rtf", "Rich text", "application/rtf", ("rtf",), "document"),
    Format("txt", "Plain text", "text/plain", ("txt", "text"), "text"),
    Format("csv", "CSV table", "text/csv", ("csv",), "sheet"),
    Format("value", "Value model", "application/vnd.quiver.value+json", ("qvalue",), "model"),
    Format("pdf", "PDF document", "application/pdf", ("pdf",), "pdf"),
    Format("png", "PNG image", "image/png", ("png",), "image"),
    Format("jpg", "JPEG image", "image/jpeg", ("jpg", "jpeg"), "image"),
    Format("gif", "GIF image", "image/gif", ("gif",), "image"),
    Format("webp", "WebP image", "image/webp", ("webp",), "image"),
    Format("svg", "SVG drawing", "image/svg+xml", ("svg",), "image"),
    Format("mp4", "MP4 video", "video/mp4", ("mp4", "m4v"), "video"),
    Format("webm", "WebM video", "video/webm", ("webm",), "video"),
    Format("mov", "QuickTime video", "video/quicktime", ("mov",), "video"),
    Format("mp3", "MP3 audio", "audio/mpeg", ("mp3",), "audio"),
    Format("m4a", "M4A audio", "audio/mp4", ("m4a",), "audio"),
    Format("wav", "WAV audio", "audio/wav", ("wav",), "audio"),
    Format("ogg", "Ogg audio", "audio/ogg", ("ogg", "oga"), "audio"),
)

# What to do instead, for the extensions people do try.
_SAVE_AS = {
    **dict.fromkeys(("doc", "dot", "dotx", "wps", "pages"), "DOCX"),
    **dict.fromkeys(("ppt", "pps", "pot", "ppsx", "potx", "key"), "PPTX"),
    **dict.fromkeys(("xls", "xlt", "xltx", "xlsb", "numbers"), "XLSX"),
    **dict.fromkeys(("ott", "fodt", "sxw"), "ODT"),
    **dict.fromkeys(("otp", "fodp", "sxi"), "ODP"),
    **dict.fromkeys(("ots", "fods", "sxc"), "ODS"),
    **dict.fromkeys(("docm", "dotm"), "DOCX"),
    **dict.fromkeys(("pptm", "ppsm", "potm", "ppam"), "PPTX"),
    **dict.fromkeys(("xlsm", "xltm", "xlam"), "XLSX"),
    **dict.fromkeys(("tif", "tiff", "bmp", "heic", "avif"), "PNG or JPG"),
    **dict.fromkeys(("avi", "mkv", "wmv", "flv"), "MP4"),
    **dict.fromkeys(("flac", "aac", "wma", "aiff"), "MP3"),
}
_MACRO_EXTENSIONS = frozenset({"docm", "dotm", "pptm", "ppsm", "potm", "ppam", "xlsm", "xltm", "xlam"})
_BY_KEY = {known.key: known for known in FORMATS}
_BY_EXTENSION = {extension: known for known in FORMATS for extension in known.extensions}


def find_format(key: str) -> Format | None:
    """The format with this key, or None."""
    return _BY_KEY.get(key)


def extension_of(file_name: str) -> str:
    """The lower-case extension without its dot; "" when there is none."""
    return PurePath(file_name.strip()).suffix.lower().removeprefix(".")


def find_format_by_name(file_name: str) -> Format | None:
    """The format which a file name claims, or None."""
    return _BY_EXTENSION.get(extension_of(file_name))


def why_not_accepted(file_name: str) -> str:
    """A sentence for a name whose extension is not accepted: what is wrong and what to do."""
    extension = extension_of(file_name)
    if not extension:
        return "The file name has no extension, so its kind is unknown. Add one, for example .docx, and upload it again."
    instead = _SAVE_AS.get(extension)
    if extension in _MACRO_EXTENSIONS:
        return f"Files with macros (.{extension}) are not accepted. Save it as {instead} without macros and upload that."
    if instead:
        return f"Files of type .{extension} are not accepted. Save it as {instead} and upload that."
    return f"Files of type .{extension} are not accepted. Accepted are {accepted_list()}."


def accepted_list() -> str:
    """The usual extensions in capitals, for a sentence or an upload page."""
    keys = [known.extensions[0].upper() for known in FORMATS]
    return ", ".join(keys[:-1]) + " and " + keys[-1]
