"""What people paste as the words of a recording becomes stretches with their times, and reads the same again."""

import time

import pytest

from app.core.office.transcript import MAX_CHARACTERS, read_transcript, write_transcript

VTT = """WEBVTT - Gate talk

NOTE made by hand, 0:10

STYLE
::cue { color: red }

intro
00:00:01.000 --> 00:00:04.000 align:start
<v Ann Bee>Trucks wait &amp; drivers
<v Ann Bee>get <i>cross</i>.

00:05.000 --> 00:09.000
<v Bob>How long?

00:01:20.500 --> 00:01:24.000
<v Bob>Two hours at the dock.

01:01:20.500 --> 01:01:24.000
Late.
"""
SRT = "1\r\n00:00:01,000 --> 00:00:04,000\r\n{\\an8}Trucks <b>wait</b>\r\n\r\n2\r\n00:01:20,000 --> 00:01:24,000\r\nat 2 < 3 docks\r\n"


def stretches(text: str) -> list[tuple[str, str, str]]:
    return [(one.anchor, one.label, one.text) for one in read_transcript(text, "").passages]


def test_captions_of_the_web_keep_times_and_speakers() -> None:
    assert stretches(VTT) == [
        ("at-1", "at 0:01", "Ann Bee: Trucks wait & drivers get cross.\nBob: How long?"),
        ("at-80", "at 1:20", "Two hours at the dock."),
        ("at-3680", "at 1:01:20", "Late."),
    ]


def test_subtitles_lose_numbers_and_styles() -> None:
    assert stretches(SRT) == [("at-1", "at 0:01", "Trucks wait"), ("at-80", "at 1:20", "at 2 < 3 docks")]


@pytest.mark.parametrize(
    "text", ["[0:00] We begin.\n(1:20) Returns.\n9:30 is a time of day.", "0:00\nWe begin.\n1:20\nReturns.\n[9:30] is a time of day."]
)
def test_lines_with_a_time_count_when_the_first_one_begins_so(text: str) -> None:
    found = stretches(text)
    assert [label for _, label, _ in found] == ["at 0:00", "at 1:20"]
    assert "9:30" in found[1][2]


def test_plain_words_stay_one_text_until_they_are_long() -> None:
    assert stretches("We meet at\n9:30 at the dock.\n\n1:20 is no time here.") == [
        ("said", "Transcript", "We meet at\n9:30 at the dock.\n1:20 is no time here.")
    ]
    long = stretches(" ".join(f"Word {number} is said." for number in range(200)))
    assert [anchor for anchor, _, _ in long[:2]] == ["said", "said-p2"]
    assert " ".join(text for _, _, text in long).split()[-2] == "is"


def test_captions_of_a_few_seconds_become_stretches_of_half_a_minute() -> None:
    cues = [f"00:{n // 60:02}:{n % 60:02}.000 --> 00:{n // 60:02}:{n % 60:02}.900\nsentence at {n}." for n in range(0, 180, 4)]
    found = stretches("WEBVTT\n\n" + "\n\n".join(cues))
    starts = [int(anchor.removeprefix("at-")) for anchor, _, _ in found]
    assert starts == list(range(0, 180, 20))
    assert sum(text.count("sentence") for _, _, text in found) == len(cues)


def test_captions_that_roll_say_nothing_twice() -> None:
    rolling = "WEBVTT\n\n00:01.000 --> 00:02.000\nhello there\n\n00:02.000 --> 00:03.000\nhello there\nand welcome\n"
    assert stretches(rolling) == [("at-1", "at 0:01", "hello there and welcome")]


@pytest.mark.parametrize("text", [VTT, SRT, "[0:05] Ann: Hello.\nBob: Hi.\n[2:00] Bye.", "First part.\n\nSecond part."])
def test_what_is_kept_reads_the_same_when_it_is_saved_again(text: str) -> None:
    kept = read_transcript(text, "").passages
    assert kept
    assert read_transcript(write_transcript((one.label, one.text) for one in kept), "").passages == kept


@pytest.mark.parametrize("text", ["", " \n ", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "\x00\x07", "[0:10]"])
def test_no_words_are_no_passages(text: str) -> None:
    assert stretches(text) == []


def test_nothing_in_it_is_ever_markup() -> None:
    [passage] = read_transcript("<script>alert(1)</script> & \x00more", "").passages
    assert passage.html == "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</p>"


@pytest.mark.parametrize(
    "piece",
    ["<", "<v ", "a: ", "[1:20", "1:20\n", "00:01.000 --> 00:02.000\n", " ", "{\\", "x", "99:59:59 x\n", "x\ny\n", "2:00 a\n1:00 b\n"],
)
def test_nonsense_of_the_greatest_length_is_read_in_a_moment(piece: str) -> None:
    began = time.process_time()
    read_transcript(piece * (MAX_CHARACTERS // len(piece)), "")
    read_transcript("00:01.000 --> 00:02.000\n" + piece * (MAX_CHARACTERS // len(piece)), "")
    assert time.process_time() - began < 3
