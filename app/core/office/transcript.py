"""Reads what people paste as the words of a recording: plain text, WebVTT, SRT, lines with a time. For library.actions.transcripts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape

from app.core.office._blocks import Draft, Paragraph, plain
from app.core.office._render import blocks_html, blocks_text
from app.core.office._sections import split_draft, unique_anchors
from app.core.office._text import paragraphs_of
from app.core.office._wholetext import whole_text
from app.core.office.fingerprint import minhash, text_hash
from app.core.office.parse import ParsedFile, ParsedPassage

MAX_STRETCHES = 2_000
MAX_CHARACTERS = 200_000  # some eight hours of talk with its time marks
_LEAST_SECONDS, _MOST_SECONDS = 20, 40
_TIME = r"(?:(\d{1,2}):)?(\d{1,2}):([0-5]\d)(?:[.,]\d{1,3})?"
_CUE = re.compile(rf"\s*{_TIME}\s+-->\s")
_BRACKETED = re.compile(rf"\s*[\[(]{_TIME}[\])]\s*(.*)")
_BARE = re.compile(rf"\s*{_TIME}(?:\s+(.*)|$)")
_NO_WORDS = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,80})>")
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,40}\}")
_SPEAKER = re.compile(r">>|[-–] |[^\W\d_][\w .'’-]{0,40}: ")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LABEL = re.compile(r"at ([\d:]+)")


@dataclass(frozen=True)
class _Cue:
    """What is said from one time on; seconds from the start."""

    start: int
    lines: tuple[str, ...]


@dataclass
class _Stretch:
    """About half a minute of talk, ended at the end of a sentence where there is one."""

    start: int
    paragraphs: list[list[str]] = field(default_factory=list)  # each as the pieces it is said in

    def ends_before(self, cue: _Cue) -> bool:
        """Whether this cue begins another stretch."""
        length = cue.start - self.start
        is_whole = bool(self.paragraphs) and _SENTENCE_END.search(self.paragraphs[-1][-1]) is not None
        return length < 0 or length >= _MOST_SECONDS or (length >= _LEAST_SECONDS and is_whole)

    def add(self, cue: _Cue) -> None:
        """A cue goes on with the last paragraph unless somebody else speaks."""
        for number, line in enumerate(cue.lines):
            if self.paragraphs and number == 0 and not _SPEAKER.match(line):
                self.paragraphs[-1].append(line)
            else:
                self.paragraphs.append([line])


def read_transcript(text: str, description: str) -> ParsedFile:
    """The stretches of a transcript, those with times labelled "at 1:20"; without passages when there are no words in it.

    A plain text counts as marked with times when its first line begins with one, in brackets ("[1:20] ...") or bare ("1:20 ...").
    """
    lines = _CONTROL.sub("", text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    drafts = [part for draft in _drafts(lines) for part in split_draft(draft)]
    passages = tuple(_passage(draft) for draft in unique_anchors(drafts) if blocks_text(draft.blocks))
    whole = whole_text((((), passage.text) for passage in passages), "")
    return ParsedFile("", passages, 0, "", description, text_hash(whole), minhash(whole))


def write_transcript(passages: Iterable[tuple[str, str]]) -> str:
    """The text that reads as these (label, text) passages again, for changing it: times in brackets, paragraphs parted by blank lines."""
    written = []
    for label, text in passages:
        mark = _LABEL.fullmatch(label)
        written.append(f"[{mark[1]}] {text}" if mark else text)
    return "\n\n".join("\n\n".join(text.split("\n")) for text in written)


def _drafts(lines: Sequence[str]) -> list[Draft]:
    if any(_CUE.match(line) for line in lines):
        cues = _cues(lines)
    else:
        first = next((line for line in lines if line.strip()), "")
        mark = next((form for form in (_BRACKETED, _BARE) if form.match(first)), None)
        if mark is None:
            return [Draft("said", "Transcript", (), tuple(paragraphs_of("\n".join(lines))))]
        cues = _marked(lines, mark)
    return [
        Draft(
            f"at-{stretch.start}", f"at {_clock(stretch.start)}", (), tuple(Paragraph(plain(" ".join(said))) for said in stretch.paragraphs)
        )
        for stretch in _stretches(cues)
    ]


def _stretches(cues: Iterable[_Cue]) -> list[_Stretch]:
    found: list[_Stretch] = []
    for cue in cues:
        if not cue.lines:
            continue
        if not found or found[-1].ends_before(cue):
            found.append(_Stretch(cue.start))
        found[-1].add(cue)
    return found


def _marked(lines: Iterable[str], mark: re.Pattern[str]) -> Iterator[_Cue]:
    """Lines with a time in front; those without belong to the one before."""
    start, held = 0, list[str]()
    for line in lines:
        found = mark.match(line)
        if found is not None:
            yield _Cue(start, tuple(held))
            start, held = _seconds(found), []
        said = (found[4] or "" if found else line).strip()
        if said:
            held.append(said)
    yield _Cue(start, tuple(held))


def _cues(lines: Iterable[str]) -> Iterator[_Cue]:
    """The cues of WebVTT and SRT: a line of times, then words up to a blank line. Headers, numbers, notes and styles are left out."""
    last_line = last_speaker = ""
    for block in _blocks(lines):
        times = next((number for number, line in enumerate(block) if _CUE.match(line)), None)
        if times is None or _NO_WORDS.match(block[0]):
            continue
        said = []
        for line in block[times + 1 :]:
            voice = _VOICE.search(line)
            words = " ".join(unescape(_TAG.sub("", line)).split())
            if not words or words == last_line:  # captions that roll say each line twice
                continue
            last_line = words
            said.append(f"{voice[1].strip()}: {words}" if voice and voice[1] != last_speaker else words)
            last_speaker = voice[1] if voice else last_speaker
        found = _CUE.match(block[times])
        if found is not None:
            yield _Cue(_seconds(found), tuple(_joined(said)))


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def _joined(lines: Iterable[str]) -> list[str]:
    """Lines broken for the screen as one, unless somebody else speaks."""
    found: list[list[str]] = []
    for line in lines:
        if found and not _SPEAKER.match(line):
            found[-1].append(line)
        else:
            found.append([line])
    return [" ".join(pieces) for pieces in found]


def _seconds(found: re.Match[str]) -> int:
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])


def _clock(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _passage(draft: Draft) -> ParsedPassage:
    return ParsedPassage(draft.anchor, draft.label, (), blocks_text(draft.blocks), blocks_html(draft.blocks))
