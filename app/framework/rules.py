"""The framework a new portal starts with, what its values may be, and how they get their colour. Pure decisions."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from app.framework.models import Facet

TONES = {Facet.STAGE: ("s", 9), Facet.STAKEHOLDER: ("w", 8)}


class DefaultValue(NamedTuple):
    """A facet value of a new portal; the words are explained at `FacetValue`."""

    key: str
    name: str
    icon: str = ""
    buyer_words: str = ""
    milestone: str = ""
    level: str = ""
    judges_by: str = ""
    fears: str = ""


DEFAULTS: dict[Facet, tuple[DefaultValue, ...]] = {
    Facet.STAGE: (
        DefaultValue("target", "Target", "crosshair", "Notices a problem", "First meeting booked"),
        DefaultValue("qualify", "Qualify", "funnel", "Agrees it is worth time", "Problem confirmed in writing"),
        DefaultValue("discover", "Discover", "telescope", "Defines the need", "Requirements agreed"),
        DefaultValue("prove", "Prove value", "flask-conical", "Weighs the options", "Proof accepted"),
        DefaultValue("funded", "Funded project", "wallet", "Secures the money", "Budget signed"),
        DefaultValue("negotiate", "Negotiate", "handshake", "Settles the terms", "Contract signed"),
        DefaultValue("onboard", "Onboard", "door-open", "Gets it working", "First value measured"),
    ),
    Facet.STAKEHOLDER: (
        DefaultValue(
            "economic",
            "Economic buyer",
            "briefcase-business",
            "Will it pay back, and when?",
            judges_by="Return, cost over its life, and the money's other uses",
            fears="Paying for something that is not used",
        ),
        DefaultValue(
            "champion",
            "Champion",
            "megaphone",
            "How do I sell this inside?",
            judges_by="Whether it solves the problem and can be explained to others",
            fears="Standing up for it and being wrong",
        ),
        DefaultValue(
            "technical",
            "Technical evaluator",
            "cpu",
            "Will it fit what we run?",
            judges_by="Fit with what is there, effort to run it, proof that it works",
            fears="Promises that end as night work",
        ),
        DefaultValue(
            "enduser",
            "End user",
            "mouse-pointer-click",
            "Will my day get easier?",
            judges_by="Fewer steps, less waiting, help when it fails",
            fears="One more screen, and being watched",
        ),
        DefaultValue(
            "procurement",
            "Procurement",
            "receipt-text",
            "Is the price fair and clear?",
            judges_by="Comparable offers, clear terms, a supplier that lasts",
            fears="Costs that show up after signing",
        ),
        DefaultValue(
            "security",
            "Security and legal",
            "shield-check",
            "What risk do we take on?",
            judges_by="Evidence, contracts and who is liable",
            fears="An incident that was foreseeable",
        ),
    ),
    Facet.SOLUTION: (),
    Facet.VERTICAL: (),
    Facet.KIND: (
        DefaultValue("snippet", "Snippet", "text-quote"),
        DefaultValue("background-refresher", "Background refresher", "book-open"),
        DefaultValue("cheat-sheet", "Cheat sheet", "list-checks"),
        DefaultValue("call-script", "Call script", "phone"),
        DefaultValue("qualification-checklist", "Qualification checklist", "clipboard-check"),
        DefaultValue("letter-template", "Letter template", "mail"),
        DefaultValue("value-proposition", "Value proposition", "gem"),
        DefaultValue("presentation", "Presentation", "presentation"),
        DefaultValue("one-pager", "One-pager", "file-text"),
        DefaultValue("case-study", "Case study", "quote"),
        DefaultValue("testimonial", "Testimonial", "message-square-quote"),
        DefaultValue("proof-point", "Proof point", "badge-check"),
        DefaultValue("proposal-section", "Proposal section", "file-pen-line"),
        DefaultValue("business-case-template", "Business-case template", "layout-template"),
        DefaultValue("roi-calculator", "ROI calculator", "calculator"),
        DefaultValue("training-vignette", "Training vignette", "graduation-cap"),
        DefaultValue("event-kit", "Event kit", "calendar"),
        DefaultValue("price-list", "Price list", "tags"),
        DefaultValue("contract-template", "Contract template", "file-signature"),
        DefaultValue("competitor-card", "Competitor card", "swords"),
        DefaultValue("objection-answer", "Objection answer", "message-circle-question-mark"),
        DefaultValue("other", "Other", "file"),
    ),
    Facet.STEP: (
        DefaultValue("notices", "Notices a problem"),
        DefaultValue("agrees", "Agrees it is worth time"),
        DefaultValue("defines", "Defines the need"),
        DefaultValue("weighs", "Weighs the options"),
        DefaultValue("secures", "Secures the money"),
        DefaultValue("settles", "Settles the terms"),
        DefaultValue("works", "Gets it working"),
    ),
    Facet.SEGMENT: (
        DefaultValue("a", "A: a few accounts of high value"),
        DefaultValue("b", "B: some accounts of middling value"),
        DefaultValue("c", "C: many accounts of low value"),
    ),
    Facet.OBJECTIVE: (DefaultValue("inform", "Inform"), DefaultValue("influence", "Influence"), DefaultValue("advocate", "Advocate")),
    Facet.COMPETITOR: (),
    Facet.AUDIENCE: (
        DefaultValue("internal", "Internal", level="internal"),
        DefaultValue("partner", "Partner", level="partner"),
        DefaultValue("customer", "Customer-facing", level="customer"),
    ),
}
# The process map of a new portal: which stages each buyer step lies over.
STEP_STAGES: dict[str, tuple[str, ...]] = {
    "notices": ("target",),
    "agrees": ("qualify",),
    "defines": ("discover",),
    "weighs": ("prove",),
    "secures": ("funded",),
    "settles": ("negotiate",),
    "works": ("onboard",),
}
# The picture of all values of a facet that has none of their own.
ICONS = {
    Facet.SOLUTION: "puzzle",
    Facet.VERTICAL: "factory",
    Facet.STEP: "arrow-right",
    Facet.SEGMENT: "gem",
    Facet.OBJECTIVE: "crosshair",
    Facet.COMPETITOR: "swords",
    Facet.AUDIENCE: "eye",
}
FACET_NAMES = {
    Facet.STAGE: "Stage",
    Facet.STAKEHOLDER: "Stakeholder",
    Facet.SOLUTION: "Solution",
    Facet.VERTICAL: "Vertical",
    Facet.KIND: "Kind",
    Facet.STEP: "Buyer step",
    Facet.SEGMENT: "Segment",
    Facet.OBJECTIVE: "Objective",
    Facet.COMPETITOR: "Competitor",
    Facet.AUDIENCE: "Audience",
}

FACET_PLURALS = {
    Facet.STAGE: "Stages",
    Facet.STAKEHOLDER: "Stakeholders",
    Facet.SOLUTION: "Solutions",
    Facet.VERTICAL: "Verticals",
    Facet.KIND: "Kinds",
    Facet.STEP: "Buyer steps",
    Facet.SEGMENT: "Segments",
    Facet.OBJECTIVE: "Objectives",
    Facet.COMPETITOR: "Competitors",
    Facet.AUDIENCE: "Audiences",
}
# What can be said of a value beside its name.
FIELDS: dict[Facet, tuple[str, ...]] = {
    Facet.STAGE: ("milestone", "icon"),
    Facet.STAKEHOLDER: ("buyer_words", "judges_by", "fears", "icon"),
    Facet.KIND: ("icon",),
    Facet.AUDIENCE: ("level",),
}
# How far what an audience value is given to may go, from the fewest people to the most.
LEVELS = {"internal": "Our own people", "partner": "Partners, too", "customer": "Customers, too"}
# Facets whose retired values may stay on what carries them; without the others content would lose its place, its look or its reach.
KEEPING = frozenset({Facet.SOLUTION, Facet.VERTICAL, Facet.SEGMENT, Facet.OBJECTIVE, Facet.COMPETITOR})
NEVER_EMPTY = frozenset({Facet.STAGE, Facet.STAKEHOLDER, Facet.KIND})
MOST_OTHERS = 100
# The pictures to choose from: all of them have a drawing in static/icons.svg.
PICTURES = tuple(
    dict.fromkeys(
        (
            *(value.icon for facet in (Facet.STAGE, Facet.STAKEHOLDER, Facet.KIND) for value in DEFAULTS[facet]),
            "users",
            "circle-user-round",
            "factory",
            "puzzle",
            "package-open",
            "scroll-text",
            "sheet",
            "square-play",
            "image",
            "volume-2",
            "clock",
            "calendar-clock",
            "archive",
            "replace",
            "map",
            "search",
            "eye",
            "info",
        )
    )
)
LONGEST_KEY = 60
SYNONYMS_OF_A_GROUP = 12
LONGEST_SYNONYM = 60
WORDS_OF_A_SYNONYM = 5


def tone(facet: Facet, position: int) -> str:
    """The colour class of a value by its position among its facet's values (from 1); only stages and stakeholders have one."""
    if facet not in TONES:
        return ""
    letter, most = TONES[facet]
    return f"{letter}{min(position, most)}"


def most(facet: Facet) -> int:
    """How many values a facet can have in use: as many as there are tones, where it has tones."""
    return TONES[facet][1] if facet in TONES else MOST_OTHERS


def make_key(name: str, taken: Collection[str]) -> str:
    """The key of a new value, out of its name and unlike those taken; it goes into addresses and stays for ever."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: LONGEST_KEY - 4].strip("-") or "value"
    numbered = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
    return next(key for key in numbered if key not in taken)


def reaches_more(before: str, after: str) -> bool:
    """Whether the level `after` lets more people have an item than `before`."""
    order = list(LEVELS)
    return order.index(after) > order.index(before)


def state_mark(state: Iterable[object]) -> str:
    """A short mark of an order or a choice as somebody saw it, so that a change made meanwhile is noticed."""
    return hashlib.sha256(repr(list(state)).encode()).hexdigest()[:16]


def clean_synonyms(words: Sequence[str]) -> list[str]:
    """The words of a group in the form they are stored in: small letters, single spaces, no repeats."""
    return list(dict.fromkeys(" ".join(word.split()).lower() for word in words if word.strip()))


def synonyms_fault(words: Sequence[str]) -> str:
    """What is wrong with a cleaned group, as a sentence; empty when it is good."""
    if len(words) < 2:
        return "Write at least two words or phrases that mean the same, one a line."
    if len(words) > SYNONYMS_OF_A_GROUP:
        return f"Write at most {SYNONYMS_OF_A_GROUP} words or phrases into one group."
    long = next((word for word in words if len(word) > LONGEST_SYNONYM or len(word.split()) > WORDS_OF_A_SYNONYM), "")
    if long:
        return f"“{long[:LONGEST_SYNONYM]}” is too long: search looks at phrases of at most {WORDS_OF_A_SYNONYM} words."
    return ""
