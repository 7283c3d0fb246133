"""What a scan writes down: fields by name with their places, faults and losses in sentences. Used by the walkers of all formats."""

from collections.abc import Iterable

from app.core.office.merge._marks import Mark, Marked, guess_kind
from app.core.office.merge.values import FoundField

MOST_FIELDS, MOST_PLACES, MOST_SENTENCES = 1000, 20, 50


class Notes:
    """The fields found so far, in the order of the file."""

    def __init__(self) -> None:
        self.fields: dict[str, FoundField] = {}
        self.faults: list[str] = []
        self.losses: list[str] = []

    def field(self, name: str, place: str, kind: str = "", *, default: str = "", choices: Iterable[str] = (), label: str = "") -> None:
        """Note a field at a place; what is known of its kind beats what its name suggests."""
        if "." in name:
            self.field(name.partition(".")[0], place, "list")
        if name not in self.fields and len(self.fields) >= MOST_FIELDS:
            self.fault(f"The file holds more than {MOST_FIELDS} fields; those after them are not filled.")
            return
        found = self.fields.setdefault(name, FoundField(name, kind or guess_kind(name)))
        if found.kind == "section" or (kind not in ("", "section") and found.kind in ("text", guess_kind(name))):
            found.kind = kind or guess_kind(name)
        if place not in found.places and len(found.places) < MOST_PLACES:
            found.places.append(place)
        found.default = found.default or default
        found.label = found.label or label
        found.choices = found.choices or list(choices)

    def marked(self, marked: Marked, place: str) -> None:
        """Note the fields of a stretch of text, and its halves as faults."""
        for mark in marked.marks:
            if mark.sign != "/":
                self.field(mark.name, place, "section" if mark.sign else "")
        for half in marked.halves:
            self.fault(f"“{half}” on {place} is no whole field. Write it as {{{{ name }}}} within one paragraph.")

    def unclosed(self, mark: Mark, place: str) -> None:
        """Note the end of a section that has no other end in the same place."""
        other = "{{#" + mark.name + "}}" if mark.sign == "/" else "{{/" + mark.name + "}}"
        self.fault(f"The section “{mark.name}” on {place} has no {other} in the same text or table. Add it.")

    def fault(self, sentence: str) -> None:
        """Something to correct before the file can be filled."""
        if sentence not in self.faults and len(self.faults) < MOST_SENTENCES:
            self.faults.append(sentence)

    def loss(self, sentence: str) -> None:
        """Something that filling cannot keep."""
        if sentence not in self.losses and len(self.losses) < MOST_SENTENCES:
            self.losses.append(sentence)
