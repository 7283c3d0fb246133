"""The permission table against the product's, and what makes passwords, addresses and links good."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.errors import NotPermitted, SignInNeeded
from app.identity import rules
from app.identity.models import AnonymousActor, Role, SystemActor, UserActor
from app.identity.rules import PERMISSIONS, Permission

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
USING = {
    Permission.ACCOUNT,
    Permission.ASK,
    Permission.VIEW,
    Permission.COPY,
    Permission.DOWNLOAD,
    Permission.SEE_QUESTIONS,
    Permission.RECORD_ASKED,
    Permission.SHARE,
    Permission.SEE_DEALS,
    Permission.EDIT_DEALS,
    Permission.USE_KITS,
    Permission.FILL_TEMPLATES,
}
ADMINISTERING = {Permission.MANAGE_USERS, Permission.SEE_AUDIT, Permission.OPERATE}
OWNING = {Permission.CONFIRM}
OVERSEEING = {Permission.SEE_ALL_LINKS}
CURATING = set(Permission) - USING - ADMINISTERING - OWNING - OVERSEEING


def actor(role: Role) -> UserActor:
    return UserActor(1, "Somebody", role)


@pytest.mark.parametrize(
    "role,expected",
    [
        (Role.REP, USING | OWNING),
        (Role.PARTNER, USING),
        (Role.MARKETER, USING | OWNING | CURATING),
        (Role.MANAGER, USING | OWNING | CURATING | OVERSEEING),
        (Role.ADMIN, set(Permission)),
    ],
)
def test_each_role_may_exactly_this(role: Role, expected: set[Permission]) -> None:
    assert rules.permissions_of(actor(role)) == expected


def test_every_permission_stands_in_the_table() -> None:
    assert set(PERMISSIONS) == set(Permission)


def test_quiver_itself_may_everything_and_nobody_nothing() -> None:
    assert rules.permissions_of(SystemActor()) == set(Permission)
    assert rules.permissions_of(AnonymousActor()) == set()


def test_refusals_say_whether_signing_in_helps() -> None:
    with pytest.raises(SignInNeeded):
        rules.require(AnonymousActor(), Permission.ASK)
    with pytest.raises(NotPermitted, match="Sales role"):
        rules.require(actor(Role.REP), Permission.RELEASE)
    rules.require(actor(Role.MARKETER), Permission.RELEASE)


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER, Role.MANAGER, Role.ADMIN])
def test_own_people_see_every_audience(role: Role) -> None:
    assert rules.visible_audiences(actor(role)) == {"internal", "partner", "customer"}


def test_partners_see_nothing_internal_and_strangers_nothing() -> None:
    assert rules.visible_audiences(actor(Role.PARTNER)) == {"partner", "customer"}
    assert rules.visible_audiences(AnonymousActor()) == set()
    assert rules.visible_audiences(SystemActor()) == {"internal", "partner", "customer"}


def test_only_curators_see_what_is_not_released() -> None:
    assert [role for role in Role if rules.sees_unreleased(actor(role))] == [Role.MARKETER, Role.MANAGER, Role.ADMIN]


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "x" * 201,
        "rep.one@example.com",
        "REP.ONE@EXAMPLE.COM",
        "representative one",
        "password12345",
        "Passw0rd!!!!",
        "qwertyuiop12",
        "aaaaaaaaaaaaaaaa",
        "121212121212",
    ],
)
def test_weak_passwords_get_a_sentence(password: str) -> None:
    assert rules.password_fault(password, "rep.one@example.com", "Representative One").endswith((".", "!"))


@pytest.mark.parametrize("password", ["four green dock doors", "Passwort für Tor 7", "kY7-qqe2-Lm0x"])
def test_good_passwords_pass(password: str) -> None:
    assert rules.password_fault(password, "rep.one@example.com", "Representative One") == ""


@pytest.mark.parametrize("email", ["", "rep", "@example.com", "rep@", "a b@example.com", "rep@ex@ample.com", f"{'x' * 250}@example.com"])
def test_what_is_no_address(email: str) -> None:
    assert rules.email_fault(email)


def test_an_address_is_compared_without_case_and_hidden_characters() -> None:
    assert rules.email_fault("rep@example.com") == ""
    assert rules.fold_email("  Rep@Example.COM\x00") == "rep@example.com"


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "line\nbreak"])
def test_what_is_no_name(name: str) -> None:
    assert rules.name_fault(name)


def test_sessions_end_by_idling_and_by_age() -> None:
    almost_idle, almost_old = timedelta(hours=11, minutes=59), timedelta(days=6, hours=23)
    assert rules.session_is_live(NOW - almost_old, NOW - almost_idle, NOW)
    assert not rules.session_is_live(NOW - almost_old, NOW - timedelta(hours=12), NOW)
    assert not rules.session_is_live(NOW - timedelta(days=7), NOW, NOW)


def test_a_session_is_touched_every_five_minutes_at_most() -> None:
    assert not rules.session_needs_touch(NOW - timedelta(minutes=4, seconds=59), NOW)
    assert rules.session_needs_touch(NOW - timedelta(minutes=5), NOW)


def test_links_live_seven_days_and_once() -> None:
    assert rules.link_is_live(NOW - timedelta(days=6), None, NOW)
    assert not rules.link_is_live(NOW - timedelta(days=7), None, NOW)
    assert not rules.link_is_live(NOW - timedelta(days=1), NOW, NOW)


@pytest.mark.parametrize(
    "address,key",
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_addresses_are_counted_by_customer(address: str, key: str) -> None:
    assert rules.address_key(address) == key


@pytest.mark.parametrize("name,letters", [("Sales Lead North", "SN"), ("Marketing", "M"), ("", ""), ("rep - one", "RO")])
def test_initials(name: str, letters: str) -> None:
    assert rules.initials(name) == letters
