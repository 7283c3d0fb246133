"""Pure decisions of the library: freshness, which version goes out, what a release needs. The one place that says fresh or stale."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePath
from types import MappingProxyType

from app.core.office import formats as office
from app.framework.models import Facet, ValueView
from app.library.models import Asset, Audience, FindingReason, Freshness, Status, Version

DUE_DAYS = 14
FORMATS = {form.key: form for form in office.FORMATS}
NONE = Freshness("none", "Not released", "Not released yet", 0)
TWIN_SIMILARITY = 0.8
_HEADING_STEP = " › "
_NUMBERED = re.compile(r"(\S+ \d+)((?:, speaker notes)?(?:, part \d+)?)")
DEFAULT_INTERVAL = 180
# Speaker notes are meant for the house: whatever the audience of their item, only who sees this one gets them.
NOTES_AUDIENCE = Audience.INTERNAL
# Open findings that make an item stale whatever its dates say, and how that is put after "Stale,".
STALE_AT_ONCE: Mapping[FindingReason, str] = MappingProxyType({FindingReason.OWNER_GONE: "its owner left"})


@dataclass(frozen=True)
class Care:
    """What freshness is computed from: dates, the review interval in days, and an open finding that makes stale at once."""

    status: Status
    review_on: date | None
    expires_on: date | None
    interval: int
    stale_at_once: FindingReason | None = None


def care_of(asset: Asset, stale_at_once: FindingReason | None = None) -> Care:
    """What freshness needs to know of an asset; for anything shown say what makes it stale at once, too."""
    return Care(asset.status, asset.review_on, asset.expires_on, asset.review_interval_days, stale_at_once)


def passage_audience(audience: Audience, *, is_notes: bool) -> Audience:
    """Who may get a passage of an item with this audience at most."""
    return NOTES_AUDIENCE if is_notes else audience


def is_expired(care: Care, today: date) -> bool:
    """Past its expiry (that day itself is the last good one), or retired."""
    return care.status == Status.RETIRED or (care.expires_on is not None and today > care.expires_on)


def is_past_review(care: Care, today: date) -> bool:
    """Past its review date; that day itself is the last good one."""
    return care.review_on is not None and today > care.review_on


@dataclass(frozen=True)
class PastDate:
    """Which date an item is past, since when, and how many days over it is."""

    reason: FindingReason
    since_on: date
    days_over: int


def past_date(care: Care, today: date) -> PastDate | None:
    """The date an item is past, expiry before review; None when it is past neither."""
    if care.expires_on is not None and today > care.expires_on:
        return PastDate(FindingReason.EXPIRED, care.expires_on, (today - care.expires_on).days)
    if care.review_on is not None and is_past_review(care, today):
        return PastDate(FindingReason.PAST_REVIEW, care.review_on, (today - care.review_on).days)
    return None


def freshness(care: Care, today: date) -> Freshness:
    """State and words for an item on this day."""
    if care.status in (Status.DRAFT, Status.TRASHED):
        return NONE
    if is_expired(care, today):
        if care.status == Status.RETIRED or care.expires_on is None:
            return Freshness("expired", "Retired", "Retired", 0)
        return Freshness("expired", "Expired", f"Expired {_days((today - care.expires_on).days)} ago", 0)
    if care.review_on is not None and is_past_review(care, today):
        return Freshness("stale", "Stale", f"Stale, {_days((today - care.review_on).days)} over", 0)
    if care.stale_at_once is not None:
        return Freshness("stale", "Stale", f"Stale, {STALE_AT_ONCE[care.stale_at_once]}", 0)
    if care.review_on is None:
        return Freshness("ok", "Fresh", "Fresh", 100)
    left = (care.review_on - today).days
    if left < DUE_DAYS:
        return Freshness("due", "Review due", f"Review due in {_days(left)}" if left else "Review due today", 50)
    share = min(100, round(100 * left / max(1, care.interval)))
    return Freshness("ok", "Fresh", f"Fresh until {_day(care.review_on, today)}", share)


def next_review(confirmed_on: date, interval: int) -> date:
    """The date by which somebody has to say it is still right."""
    return confirmed_on + timedelta(days=interval)


def shown_version(asset: Asset, versions: Sequence[Version], number: int | None, *, sees_unreleased: bool) -> Version | None:
    """The one rule for which version goes out, on every exit; None when this reader gets none.

    Readers get the released version of a released asset and nothing else. Those who see drafts get the same unless they name
    another; before a first release they get the newest.
    """
    released = next((version for version in versions if version.id == asset.released_version_id), None)
    if not sees_unreleased:
        wanted = released if asset.status == Status.RELEASED else None
        return wanted if number is None or (wanted is not None and wanted.number == number) else None
    if number is not None:
        return next((version for version in versions if version.number == number), None)
    return released or newest_version(asset, versions)


def kept_version(asset: Asset, versions: Sequence[Version], kept_id: int | None, *, sees_unreleased: bool) -> Version | None:
    """The same where somebody keeps an item at one version, as kits and links may: that one, as long as readers get the item and got
    that version once; otherwise what `shown_version` says."""
    shown = shown_version(asset, versions, None, sees_unreleased=sees_unreleased)
    kept = next((version for version in versions if version.id == kept_id), None)
    if shown is None or kept is None:
        return shown
    return kept if sees_unreleased or kept.released_at is not None else shown


def is_draft(asset: Asset, version: Version) -> bool:
    """Newer than what readers get and never given to them; an earlier state that an import brought late is none."""
    return version.released_at is None and (asset.released_version_id is None or (version.id or 0) > asset.released_version_id)


def discard_fault(asset: Asset, version: Version, count: int) -> str:
    """Why this one of `count` versions cannot be discarded, as a sentence; empty when it can: a draft that is not the only version."""
    if not is_draft(asset, version):
        return f"v{version.number} belongs to what readers got, so it is kept. Only a draft nobody got can be discarded."
    if count == 1:
        return f"v{version.number} is the only version of “{asset.title}”. Upload another first, or move the item to the trash."
    return ""


def newest_version(asset: Asset, versions: Sequence[Version]) -> Version | None:
    """The newest draft; without one what readers get, else the highest number."""
    return max(
        versions,
        key=lambda one: (is_draft(asset, one), one.id == asset.released_version_id, one.number),
        default=None,
    )


def missing_for_release(facets: Sequence[ValueView], owner_id: int | None, format_key: str, pdf_only_reason: str) -> tuple[str, ...]:
    """What still has to be said before readers may get an asset, in the order of the form."""
    missing = []
    if all(value.facet != Facet.STAGE for value in facets):
        missing.append("a stage")
    if all(value.facet != Facet.STAKEHOLDER for value in facets):
        missing.append("a stakeholder")
    if owner_id is None:
        missing.append("an owner")
    if FORMATS[format_key].family == "pdf" and not pdf_only_reason:
        missing.append("the editable original, or a reason why there is none")
    return tuple(missing)


def same_bytes(number: int, *, is_released: bool) -> str:
    """What to say of a file that is a version already."""
    if is_released:
        return f"These are the bytes of v{number}, which readers get. Nothing was changed. If you meant another file, choose that one."
    return f"These are the bytes of v{number}. Nothing was changed. If readers should get it, release v{number} instead of sending it."


def title_from_file(file_name: str) -> str:
    """A first title for an uploaded file: its name without ending, words apart."""
    stem = PurePath(file_name).stem.replace("_", " ").replace("-", " ")
    words = " ".join(stem.split())
    return (words[:1].upper() + words[1:])[:200] or "Untitled"


def stem_of(file_name: str) -> str:
    """The part of a file name that format twins share."""
    return PurePath(file_name).stem.casefold()[:255]


def locator(label: str, unit_word: str, unit_count: int) -> str:
    """Where a passage stands, as people say it after a comma: "slide 9 of 18", "page 3 of 40, part 2", "sheet Prices", "Returns"."""
    if not unit_word or not label.casefold().startswith(f"{unit_word} "):
        return label
    place = label[0].lower() + label[1:]
    numbered = _NUMBERED.fullmatch(place) if unit_word != "sheet" and unit_count else None
    return f"{numbered[1]} of {unit_count}{numbered[2]}" if numbered else place


def join_headings(path: Sequence[str]) -> str:
    """Passage.heading of a passage under these headings, outermost first."""
    return _HEADING_STEP.join(path)


def headings(heading: str) -> tuple[str, ...]:
    """The headings of Passage.heading, outermost first; none on a page without."""
    return tuple(heading.split(_HEADING_STEP)) if heading else ()


def passage_title(heading: str, label: str) -> str:
    """What a passage is called: the last of its headings, else its page or slide."""
    return heading.rsplit(_HEADING_STEP, maxsplit=1)[-1] or label


def heading_path(heading: str, label: str, title: str) -> tuple[str, ...]:
    """The headings to show beside title and label: without the title itself, none if the label says it all; of a part, which part."""
    steps = headings(heading)
    steps = steps[1:] if steps and steps[0].casefold() == title.casefold() else steps
    if len(steps) == 1 and steps[0] in label:
        return ()
    return (*steps[:-1], label) if steps and label.startswith(steps[-1]) else steps


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _day(day: date, today: date) -> str:
    words = f"{day.day} {day:%B}"
    return words if day.year == today.year or (day - today).days < 180 else f"{words} {day.year}"
