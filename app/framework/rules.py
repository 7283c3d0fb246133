"""The framework a new portal starts with, and how facet values get their colour."""

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
        DefaultValue("economic", "Economic buyer", "briefcase-business", "Will it pay back, and when?"),
        DefaultValue("champion", "Champion", "megaphone", "How do I sell this inside?"),
        DefaultValue("technical", "Technical evaluator", "cpu", "Will it fit what we run?"),
        DefaultValue("enduser", "End user", "mouse-pointer-click", "Will my day get easier?"),
        DefaultValue("procurement", "Procurement", "receipt-text", "Is the price fair and clear?"),
        DefaultValue("security", "Security and legal", "shield-check", "What risk do we take on?"),
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
ICONS = {Facet.SOLUTION: "puzzle", Facet.VERTICAL: "factory"}
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


def tone(facet: Facet, position: int) -> str:
    """The colour class of a value by its position among its facet's values (from 1); only stages and stakeholders have one."""
    if facet not in TONES:
        return ""
    letter, most = TONES[facet]
    return f"{letter}{min(position, most)}"
