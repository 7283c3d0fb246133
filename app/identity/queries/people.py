"""Reads people and organisations for those who manage them, and one's own sessions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select

from app.core.paging import Page, PageRequest
from app.core.work import Work
from app.identity import rules
from app.identity.models import LoginSession, Organisation, Role, SetupLink, User
from app.identity.rules import Permission

SESSION_KEY = 16  # so many characters of a session's hash name it on its owner's page


@dataclass(frozen=True)
class PersonFilter:
    """Which people a list shows: words in name or address, a role, an organisation, active or disabled."""

    words: str = ""
    role: Role | None = None
    organisation_id: int | None = None
    active: bool | None = None


@dataclass(frozen=True)
class PersonView:
    """Somebody with an account, as administrators see them; `link_until` is when an unused link runs out."""

    id: int
    name: str
    email: str
    role: Role
    role_name: str
    organisation_id: int | None
    organisation: str
    organisation_active: bool
    is_active: bool
    has_password: bool
    link_until: datetime | None
    last_seen_at: datetime | None
    created_at: datetime
    revision: int

    @property
    def state(self) -> str:
        """disabled, shut out (their organisation is inactive), invited (a link is open), without a way in, or active."""
        if not self.is_active:
            return "disabled"
        if not self.organisation_active:
            return "shut_out"
        if self.has_password:
            return "active"
        return "invited" if self.link_until else "no_way_in"


@dataclass(frozen=True)
class OrganisationView:
    """A partner organisation and how many accounts it has."""

    id: int
    name: str
    is_active: bool
    people: int
    created_at: datetime
    revision: int


def list_people(work: Work, wanted: PersonFilter, page: PageRequest) -> Page[PersonView]:
    """Accounts by name, active ones first."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    where = _where(wanted)
    total = work.session.exec(select(func.count()).select_from(User).where(*where)).one()
    ordered = select(User).where(*where).order_by(col(User.is_active).desc(), func.lower(col(User.name)), col(User.id))
    users = list(work.session.exec(ordered.offset(page.offset).limit(page.size)).all())
    return Page(tuple(_views(work, users)), total, page.number, page.size)


def get_person(work: Work, user: User) -> PersonView:
    """One account as administrators see it."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    organisation = work.session.get(Organisation, user.organisation_id) if user.organisation_id is not None else None
    return _view(user, organisation, _open_links(work, [user.id or 0]).get(user.id or 0))


def count_roles(work: Work) -> dict[Role, int]:
    """How many accounts have each role."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    rows = work.session.exec(select(User.role, func.count()).group_by(col(User.role))).all()
    return {Role(role): number for role, number in rows}


def list_organisations(work: Work) -> tuple[OrganisationView, ...]:
    """Every partner organisation by name."""
    rules.require(work.actor, Permission.MANAGE_USERS)
    people = func.count(col(User.id))
    rows = work.session.exec(
        select(Organisation, people)
        .outerjoin(User, col(User.organisation_id) == col(Organisation.id))
        .group_by(col(Organisation.id))
        .order_by(func.lower(col(Organisation.name)))
    ).all()
    return tuple(OrganisationView(row.id or 0, row.name, row.is_active, number, row.created_at, row.revision) for row, number in rows)


def list_organisation_names(work: Work, organisation_ids: Collection[int]) -> dict[int, str]:
    """Names by id, for those who see the audit log."""
    rules.require(work.actor, Permission.SEE_AUDIT)
    rows = work.session.exec(select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(organisation_ids))).all()
    return {key or 0: name for key, name in rows}


def find_organisation(work: Work, name: str) -> Organisation | None:
    """The organisation of this name, whatever its capitals."""
    return work.session.exec(select(Organisation).where(func.lower(col(Organisation.name)) == name.lower())).first()


def find_own_session(work: Work, key: str) -> LoginSession | None:
    """The actor's own session that starts with these characters of its hash."""
    rules.require(work.actor, Permission.ACCOUNT)
    if len(key) != SESSION_KEY:
        return None
    own = select(LoginSession).where(col(LoginSession.user_id) == work.actor.id)
    return next((row for row in work.session.exec(own).all() if row.id_hash.startswith(key)), None)


def _where(wanted: PersonFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    for word in wanted.words.casefold().split()[:5]:
        where.append(or_(func.lower(col(User.name)).contains(word, autoescape=True), col(User.email).contains(word, autoescape=True)))
    if wanted.role is not None:
        where.append(col(User.role) == wanted.role)
    if wanted.organisation_id is not None:
        where.append(col(User.organisation_id) == wanted.organisation_id)
    if wanted.active is not None:
        where.append(col(User.is_active) == wanted.active)
    return where


def _views(work: Work, users: list[User]) -> list[PersonView]:
    links = _open_links(work, [user.id or 0 for user in users])
    rows = work.session.exec(select(Organisation).where(col(Organisation.id).in_({user.organisation_id for user in users}))).all()
    organisations = {row.id: row for row in rows}
    return [_view(user, organisations.get(user.organisation_id), links.get(user.id or 0)) for user in users]


def _view(user: User, organisation: Organisation | None, link_until: datetime | None) -> PersonView:
    return PersonView(
        id=user.id or 0,
        name=user.name,
        email=user.email,
        role=user.role,
        role_name=rules.ROLE_NAMES[user.role],
        organisation_id=user.organisation_id,
        organisation=organisation.name if organisation else "",
        organisation_active=organisation is None or organisation.is_active,
        is_active=user.is_active,
        has_password=bool(user.password_hash),
        link_until=link_until,
        last_seen_at=user.last_seen_at,
        created_at=user.created_at,
        revision=user.revision,
    )


def _open_links(work: Work, user_ids: list[int]) -> dict[int, datetime]:
    """Until when a link of each of these people can still be used: the last of several."""
    unused = select(SetupLink).where(col(SetupLink.user_id).in_(user_ids), col(SetupLink.used_at).is_(None))
    live = unused.where(col(SetupLink.created_at) > work.now - rules.LINK_LIFE).order_by(col(SetupLink.created_at))
    rows = work.session.exec(live).all()
    return {row.user_id: row.created_at + rules.LINK_LIFE for row in rows if row.user_id is not None}
