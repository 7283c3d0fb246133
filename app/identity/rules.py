"""Who may what (the one permission table), and what makes a password, a session or a link good. Pure decisions."""

import hashlib
import ipaddress
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.core.errors import NotPermitted, SignInNeeded
from app.core.work import Actor
from app.identity.models import Organisation, Role, TokenActor, User


class Permission(StrEnum):
    """One thing somebody may do; every route names one."""

    ACCOUNT = "account"
    ASK = "ask"
    VIEW = "view"
    COPY = "copy"
    DOWNLOAD = "download"
    UPLOAD = "upload"
    EDIT = "edit"
    RELEASE = "release"
    RETIRE = "retire"
    SEE_UNRELEASED = "see_unreleased"
    SEE_QUESTIONS = "see_questions"
    RECORD_ASKED = "record_asked"
    EDIT_QUESTIONS = "edit_questions"
    REVIEW = "review"
    CONFIRM = "confirm"
    EDIT_POLICIES = "edit_policies"
    EDIT_FRAMEWORK = "edit_framework"
    MANAGE_USERS = "manage_users"
    SEE_AUDIT = "see_audit"
    OPERATE = "operate"
    SEE_DEALS = "see_deals"
    EDIT_DEALS = "edit_deals"
    IMPORT_DEALS = "import_deals"
    USE_KITS = "use_kits"
    SHARE = "share"
    SHARE_WITHOUT_END = "share_without_end"
    SEE_ALL_LINKS = "see_all_links"
    FILL_TEMPLATES = "fill_templates"
    EDIT_TEMPLATES = "edit_templates"


EVERYBODY = frozenset(Role)
CURATORS = frozenset({Role.MARKETER, Role.MANAGER, Role.ADMIN})
KEEPERS = CURATORS | {Role.REP}  # may look after items; a rep confirms only their own
ADMINS = frozenset({Role.ADMIN})
OVERSEERS = frozenset({Role.MANAGER, Role.ADMIN})

PERMISSIONS: Mapping[Permission, frozenset[Role]] = MappingProxyType(
    {
        Permission.ACCOUNT: EVERYBODY,
        Permission.ASK: EVERYBODY,
        Permission.VIEW: EVERYBODY,
        Permission.COPY: EVERYBODY,
        Permission.DOWNLOAD: EVERYBODY,
        Permission.UPLOAD: CURATORS,
        Permission.EDIT: CURATORS,
        Permission.RELEASE: CURATORS,
        Permission.RETIRE: CURATORS,
        Permission.SEE_UNRELEASED: CURATORS,
        Permission.SEE_QUESTIONS: EVERYBODY,
        Permission.RECORD_ASKED: EVERYBODY,
        Permission.EDIT_QUESTIONS: CURATORS,
        Permission.REVIEW: CURATORS,
        Permission.CONFIRM: KEEPERS,
        Permission.EDIT_POLICIES: CURATORS,
        Permission.EDIT_FRAMEWORK: CURATORS,
        Permission.MANAGE_USERS: ADMINS,
        Permission.SEE_AUDIT: ADMINS,
        Permission.OPERATE: ADMINS,
        Permission.SEE_DEALS: EVERYBODY,
        Permission.EDIT_DEALS: EVERYBODY,
        Permission.IMPORT_DEALS: CURATORS,
        Permission.USE_KITS: EVERYBODY,
        Permission.SHARE: EVERYBODY,
        Permission.SHARE_WITHOUT_END: CURATORS,
        Permission.SEE_ALL_LINKS: OVERSEERS,
        Permission.FILL_TEMPLATES: EVERYBODY,
        Permission.EDIT_TEMPLATES: CURATORS,
    }
)

# What a token's scope lets it do, as far as its person may: account, users and audit log stay out of reach.
SCOPES: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        "assets:read": frozenset({Permission.VIEW, Permission.DOWNLOAD, Permission.SEE_UNRELEASED}),
        "assets:write": frozenset({Permission.UPLOAD, Permission.EDIT, Permission.RELEASE, Permission.RETIRE, Permission.SEE_UNRELEASED})
        | {Permission.CONFIRM},
        "search:read": frozenset({Permission.ASK}),
        "questions:read": frozenset({Permission.SEE_QUESTIONS}),
        "questions:write": frozenset({Permission.EDIT_QUESTIONS, Permission.RECORD_ASKED}),
    }
)

ALL_AUDIENCES = frozenset({"internal", "partner", "customer"})
AUDIENCES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        Role.REP: ALL_AUDIENCES,
        Role.PARTNER: frozenset({"partner", "customer"}),
        Role.MARKETER: ALL_AUDIENCES,
        Role.MANAGER: ALL_AUDIENCES,
        Role.ADMIN: ALL_AUDIENCES,
    }
)

ROLE_NAMES: Mapping[str, str] = MappingProxyType(
    {Role.REP: "Sales", Role.PARTNER: "Partner", Role.MARKETER: "Marketing", Role.MANAGER: "Manager", Role.ADMIN: "Administrator"}
)

THEMES = ("", "light", "dark")

MIN_PASSWORD = 12
MAX_PASSWORD = 200
# Long enough to pass the length rule and still guessed first.
COMMON_PASSWORDS = frozenset(
    {
        "password",
        "passw0rd",
        "qwertyuiop",
        "qwerty",
        "letmein",
        "welcome",
        "changeme",
        "administrator",
        "iloveyou",
        "quiver",
        "abc",
        "asdfghjkl",
    }
)

SESSION_IDLE = timedelta(hours=12)
SESSION_ABSOLUTE = timedelta(days=7)
SESSION_TOUCH = timedelta(minutes=5)
LINK_LIFE = timedelta(days=7)

TOKENS_BEGIN = "quiver_"  # lets scanners of leaked secrets recognise ours
TOKEN_DAYS = (30, 90, 365)
TOKEN_TOUCH = timedelta(minutes=5)
TOKENS_PER_PERSON = 20

ATTEMPTS_ALLOWED = 10  # of one account from one address
ATTEMPTS_IN_ALL = 100  # of one account from anywhere, or from one address whatever the account
ATTEMPTS_WINDOW = timedelta(minutes=15)


def may(actor: Actor, permission: Permission) -> bool:
    """Whether this actor has the permission; Quiver itself has all of them, a token those of its person within its scopes."""
    if actor.kind == "system":
        return True
    if isinstance(actor, TokenActor) and not any(permission in SCOPES.get(scope, ()) for scope in actor.scopes):
        return False
    return is_person(actor) and actor.role in PERMISSIONS[permission]


def is_person(actor: Actor) -> bool:
    """Whether somebody with an account acts, by browser or by a program of theirs."""
    return actor.kind in ("user", "token")


def may_enter(user: User, organisation: Organisation | None) -> bool:
    """Whether this account lets anybody in: it is active, and so is its organisation."""
    return user.is_active and (organisation is None or organisation.is_active)


def require(actor: Actor, permission: Permission) -> None:
    """Raise SignInNeeded or NotPermitted unless the actor has the permission."""
    if may(actor, permission):
        return
    if actor.kind == "anonymous":
        raise SignInNeeded("Sign in to see this page.")
    if isinstance(actor, TokenActor) and actor.role in PERMISSIONS[permission]:
        raise NotPermitted("This token's scopes do not allow that. Nothing was changed. Make a token with the scope on the account page.")
    role = ROLE_NAMES.get(actor.role, "this")
    raise NotPermitted(f"The {role} role may not do this. Nothing was changed. Ask an administrator if you need it.")


def permissions_of(actor: Actor) -> frozenset[Permission]:
    """Everything the actor may do."""
    return frozenset(permission for permission in Permission if may(actor, permission))


def visible_audiences(actor: Actor) -> frozenset[str]:
    """The audiences whose items the actor may see: of internal, partner, customer."""
    if actor.kind == "system":
        return ALL_AUDIENCES
    if actor.kind == "guest":
        return frozenset({"customer"})
    return AUDIENCES.get(actor.role, frozenset()) if is_person(actor) else frozenset()


def sees_unreleased(actor: Actor) -> bool:
    """Whether drafts, older versions and retired items are shown to the actor."""
    return may(actor, Permission.SEE_UNRELEASED)


def password_fault(password: str, email: str, name: str) -> str:
    """What is wrong with a new password, as a sentence; empty when it is good."""
    folded = password.casefold().strip()
    if len(password) < MIN_PASSWORD:
        return f"Use at least {MIN_PASSWORD} characters. Four words in a row are easy to remember."
    if len(password) > MAX_PASSWORD:
        return f"Use at most {MAX_PASSWORD} characters."
    if folded in {email.casefold(), email.casefold().partition("@")[0], name.casefold()}:
        return "Your name and e-mail address are the first things somebody would try. Choose something else."
    if len(set(folded)) < 5 or folded.strip("0123456789!.?-_ ") in COMMON_PASSWORDS:
        return "This is one of the passwords that are tried first. Choose something else."
    return ""


def email_fault(email: str) -> str:
    """What is wrong with an e-mail address, as a sentence; empty when it can be one."""
    local, at, domain = email.partition("@")
    plain = local and domain and "@" not in domain and not any(character.isspace() for character in email)
    if at and plain and len(email) <= 254:
        return ""
    return "Write the e-mail address in full, like rep@example.com."


def name_fault(name: str) -> str:
    """What is wrong with a person's name, as a sentence; empty when it is good."""
    return "" if 1 <= len(name.strip()) <= 120 and name.isprintable() else "Write a name of 1 to 120 characters."


def fold_email(email: str) -> str:
    """The form an address is stored and compared in."""
    return "".join(character for character in email.strip().casefold() if character.isprintable())


def token_hash(secret: str) -> str:
    """What is stored of a secret of ours. They are 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def session_is_live(created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Whether a session is within its idle and its absolute time."""
    return now - last_seen_at < SESSION_IDLE and now - created_at < SESSION_ABSOLUTE


def session_needs_touch(last_seen_at: datetime, now: datetime) -> bool:
    """Whether it is time to write down that the session is in use."""
    return now - last_seen_at >= SESSION_TOUCH


def token_fault(name: str, scopes: Collection[str], days: int) -> str:
    """What is wrong with a token somebody wants, as a sentence; empty when it can be made."""
    if not 1 <= len(name.strip()) <= 80 or not name.isprintable():
        return "Name the token after the program that will use it, in 1 to 80 characters."
    if not scopes or not set(scopes) <= set(SCOPES):
        return "Tick at least one thing the token may do."
    return "" if days in TOKEN_DAYS else "Choose how long the token works."


def token_is_live(expires_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    """Whether a token can be used."""
    return revoked_at is None and now < expires_at


def token_needs_touch(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether it is time to write down that the token is in use."""
    return last_used_at is None or now - last_used_at >= TOKEN_TOUCH


def link_is_live(created_at: datetime, used_at: datetime | None, now: datetime) -> bool:
    """Whether a one-use link can still be used."""
    return used_at is None and now - created_at < LINK_LIFE


def too_many_attempts(both: int, of_account: int, from_address: int) -> bool:
    """Whether one more try has to wait: too many for this account from this address, or far too many for either."""
    return both >= ATTEMPTS_ALLOWED or max(of_account, from_address) >= ATTEMPTS_IN_ALL


def address_key(address: str) -> str:
    """What failures of one place are counted under: an IPv4 address, or the /64 network one IPv6 customer holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def initials(name: str) -> str:
    """One or two letters that stand for a person."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
