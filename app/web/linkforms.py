"""The form of a link's terms: out of a preset or a link, and back into terms. Used by the pages of rooms and links."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from fastapi import Request
from starlette.datastructures import FormData

from app.core.errors import AppError, Refused
from app.core.work import Work
from app.identity.rules import Permission, may
from app.sharing.models import Handout, Link, LinkTerms
from app.sharing.rules import DAYS_OFFERED, PRESETS, USUAL_DAYS, Preset, read_mail_rule
from app.web.assetform import text_fields, whole_number
from app.web.headers import GUEST_PATHS
from app.web.services import services_of

NO_END, A_DAY = "none", "day"
LAST_MOMENT = time(23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True)
class LinkForm:
    """The fields as text. `expires` is a number of days, "day" (then `expires_on` names it) or "none"; `versions` is follow or pin;
    `drops_password` takes away the one there is."""

    recipient: str = ""
    expires: str = str(USUAL_DAYS)
    expires_on: str = ""
    password: str = ""
    drops_password: bool = False
    mail_rule: str = ""
    handout: str = Handout.ORIGINAL.value
    versions: str = "follow"
    notifies: bool = True
    view_limit: str = ""
    watermarks: bool = False


@dataclass(frozen=True)
class LinkChoices:
    """What the form offers: presets by key, ends in words, whether there may be none, and whether codes can be mailed at all."""

    presets: tuple[Preset, ...]
    days: tuple[int, ...]
    no_end: bool
    can_mail: bool


class LinkFormRefused(Refused):
    """A field that cannot be understood; `faults` are sentences by field."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(next(iter(faults.values())))
        self.faults = faults


def can_mail(request: Request) -> bool:
    """Whether this portal sends mails, so that codes can reach anybody."""
    return bool(services_of(request).settings.smtp_host)


def choices_of(request: Request, work: Work, link: Link | None = None) -> LinkChoices:
    """What the form offers on this portal to whoever asks; a link without an end may stay so."""
    mails = can_mail(request)
    presets = tuple(preset for preset in PRESETS.values() if mails or not preset.needs_mail)
    no_end = may(work.actor, Permission.SHARE_WITHOUT_END) or (link is not None and link.expires_at is None)
    return LinkChoices(presets, DAYS_OFFERED, no_end, mails)


def form_of_preset(key: str, recipient: str = "") -> LinkForm:
    """The form as a preset fills it; an unknown one is the first."""
    preset = PRESETS.get(key, next(iter(PRESETS.values())))
    return LinkForm(recipient=recipient, handout=preset.handout.value, watermarks=preset.watermarks)


def form_of_link(link: Link) -> LinkForm:
    """The form of a link as it is; its password is not in it."""
    return LinkForm(
        recipient=link.recipient,
        expires=A_DAY if link.expires_at is not None else NO_END,
        expires_on=link.expires_at.astimezone(UTC).date().isoformat() if link.expires_at is not None else "",
        mail_rule="\n".join(link.mail_rule),
        handout=link.handout.value,
        versions="follow" if link.follows else "pin",
        notifies=link.notifies,
        view_limit=str(link.view_limit or ""),
        watermarks=link.watermarks,
    )


def read_link_form(posted: FormData) -> LinkForm:
    """The fields as they were sent."""
    given = text_fields(posted)
    return LinkForm(
        recipient=given.get("recipient", "").strip()[:160],
        expires=given.get("expires", str(USUAL_DAYS)),
        expires_on=given.get("expires_on", ""),
        password=given.get("password", ""),
        drops_password=given.get("drops_password") == "on",
        mail_rule=given.get("mail_rule", ""),
        handout=given.get("handout", Handout.ORIGINAL.value),
        versions=given.get("versions", "follow"),
        notifies=given.get("notifies") == "on",
        view_limit=given.get("view_limit", "").strip(),
        watermarks=given.get("watermarks") == "on",
    )


def terms_from(form: LinkForm, now: datetime, before: Link | None = None) -> LinkTerms:
    """The terms of the form; LinkFormRefused where a field is none. A day that was not changed keeps its hour."""
    faults: dict[str, str] = {}
    limit = whole_number(form.view_limit) if form.view_limit else None
    if form.view_limit and limit is None:
        faults["view_limit"] = "Write a whole number, or leave it empty."
    expires_at = _end(form, now, before, faults)
    if faults:
        raise LinkFormRefused(faults)
    return LinkTerms(
        expires_at=expires_at,
        password=form.password or ("" if form.drops_password else None),
        mail_rule=read_mail_rule(form.mail_rule),
        handout=Handout(form.handout) if form.handout in set(Handout) else Handout.NOTHING,
        follows=form.versions != "pin",
        notifies=form.notifies,
        view_limit=limit,
        watermarks=form.watermarks,
    )


def link_address(request: Request, secret: str) -> str:
    """The whole address of a link."""
    return f"{services_of(request).settings.base_url.rstrip('/')}{GUEST_PATHS}{secret}"


def faults_of(problem: AppError) -> Mapping[str, str]:
    """Sentences by field, as the form shows them; of the whole form ("") for what is no field's fault."""
    faults: Mapping[str, str] = getattr(problem, "faults", {"": problem.message})
    return faults


def _end(form: LinkForm, now: datetime, before: Link | None, faults: dict[str, str]) -> datetime | None:
    if form.expires == NO_END:
        return None
    if form.expires in {str(days) for days in DAYS_OFFERED}:
        return now + timedelta(days=int(form.expires))
    try:
        day = date.fromisoformat(form.expires_on)
    except ValueError:
        faults["expires_on"] = "Choose the day the link ends on."
        return None
    if before is not None and before.expires_at is not None and before.expires_at.astimezone(UTC).date() == day:
        return before.expires_at
    return datetime.combine(day, LAST_MOMENT)
