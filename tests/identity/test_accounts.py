"""Accounts as commands on the server make and change them, and what the audit log keeps of it."""

import inspect
from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type

from app.core.clock import utc_now
from app.core.errors import AppError, Conflict, Gone, NotFound, NotPermitted, Refused
from app.core.paging import PageRequest
from app.core.work import Work
from app.identity import actions, queries
from app.identity.models import AnonymousActor, NewUser, Role, UserActor
from app.identity.queries.audit import list_audit
from tests.factories.people import PASSWORD, add_user
from tests.factories.portal import Portal

NEW = NewUser(email="New@Example.com", name="New Marketer", role=Role.MARKETER)


def verbs(work: Work) -> list[str]:
    return [entry.verb for entry in list_audit(work, PageRequest(1, 50)).items]


def test_a_new_account_has_no_password_until_its_link_is_used(portal: Portal) -> None:
    with portal.work() as work:
        invited = actions.create_user(work, NEW)
        assert (invited.user.email, invited.user.password_hash) == ("new@example.com", "")
    with portal.work(AnonymousActor()) as work:
        assert actions.choose_password(work, invited.token, PASSWORD).password_hash.startswith("$argon2id$")
    with portal.work() as work:
        assert verbs(work) == ["chose_password", "created_user"]


def test_tokens_and_sessions_are_stored_hashed(portal: Portal) -> None:
    with portal.work() as work:
        invited = actions.create_user(work, NEW)
        secret = actions.start_session(work, invited.user, "")
    stored = portal.services.settings.data_dir.joinpath("quiver.db").read_bytes()
    stored += portal.services.settings.data_dir.joinpath("quiver.db-wal").read_bytes()
    assert b"new@example.com" in stored, "the file read is the database"
    assert invited.token.encode() not in stored
    assert secret.encode() not in stored
    assert len(invited.token) >= 27, "160 random bits take 27 characters"
    assert len(secret) >= 27


def test_one_address_one_account(portal: Portal) -> None:
    with portal.work() as work:
        actions.create_user(work, NEW)
        with pytest.raises(Conflict):
            actions.create_user(work, NEW.model_copy(update={"email": "NEW@example.COM"}))


@pytest.mark.parametrize("change", [{"email": "nobody"}, {"name": " "}])
def test_bad_accounts_are_refused(portal: Portal, change: dict[str, str]) -> None:
    with portal.work() as work, pytest.raises(Refused):
        actions.create_user(work, NEW.model_copy(update=change))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_administrators_manage_accounts(portal: Portal, role: Role) -> None:
    actor = portal.actor(role)
    with portal.work(actor, read_only=True) as work:
        attempts: list[Callable[[], object]] = [
            lambda: actions.create_user(work, NEW),
            lambda: actions.reset_password(work, actor.id),
            lambda: actions.disable_user(work, actor.id),
            lambda: actions.enable_user(work, actor.id),
            lambda: actions.change_role(work, actor.id, Role.ADMIN),
            lambda: queries.list_users(work),
            lambda: queries.get_user_by_email(work, "rep@example.com"),
            lambda: list_audit(work, PageRequest()),
        ]
        for attempt in attempts:
            with pytest.raises(NotPermitted):
                attempt()


def test_a_reset_takes_password_and_sessions_and_gives_a_link(portal: Portal) -> None:
    with portal.work() as work:
        user = add_user(work, Role.REP, password=PASSWORD)
        secret = actions.start_session(work, user, "")
        invited = actions.reset_password(work, user.id or 0)
    with portal.work() as work:
        assert queries.find_session(work, secret) is None
        assert queries.get_user_by_email(work, "rep@example.com").password_hash == ""
        actions.choose_password(work, invited.token, "another good sentence")


def test_only_the_newest_link_works(portal: Portal) -> None:
    with portal.work() as work:
        first = actions.create_user(work, NEW)
        second = actions.reset_password(work, first.user.id or 0)
        with pytest.raises(Gone, match="replaced by a newer one"):
            queries.get_open_link(work, first.token)
        assert queries.get_open_link(work, second.token).user == first.user


def test_a_link_works_once_and_for_seven_days(portal: Portal) -> None:
    with portal.work() as work:
        invited = actions.create_user(work, NEW)
    with portal.work(now=utc_now() + timedelta(days=7)) as late, pytest.raises(Gone, match="ended seven days after"):
        actions.choose_password(late, invited.token, PASSWORD)
    with portal.work(now=utc_now() + timedelta(days=6, hours=23)) as work:
        actions.choose_password(work, invited.token, PASSWORD)
        with pytest.raises(Gone, match="it works once"):
            actions.choose_password(work, invited.token, PASSWORD)


def test_a_link_that_was_used_is_not_called_replaced(portal: Portal) -> None:
    with portal.work() as work:
        invited = actions.create_user(work, NEW)
        actions.choose_password(work, invited.token, PASSWORD)
    with portal.work() as work:
        actions.reset_password(work, invited.user.id or 0)
        with pytest.raises(Gone, match="it works once"):
            queries.get_open_link(work, invited.token)


def test_a_link_of_a_disabled_account_does_not_work(portal: Portal) -> None:
    with portal.work() as work:
        invited = actions.create_user(work, NEW)
        actions.disable_user(work, invited.user.id or 0)
        with pytest.raises(Gone, match="is kept out for now"):
            actions.choose_password(work, invited.token, PASSWORD)


def test_the_last_administrator_stays(portal: Portal) -> None:
    with portal.work() as work:
        only = add_user(work, Role.ADMIN)
        with pytest.raises(Conflict):
            actions.disable_user(work, only.id or 0)
        with pytest.raises(Conflict):
            actions.change_role(work, only.id or 0, Role.REP)
        add_user(work, Role.ADMIN, "second@example.com")
        assert actions.change_role(work, only.id or 0, Role.REP).role is Role.REP


def test_the_first_run_link_makes_one_administrator(portal: Portal) -> None:
    with portal.work() as work:
        earlier, token = actions.first_run_link(work), actions.first_run_link(work)
    assert earlier
    assert token
    with portal.work(AnonymousActor()) as work:
        with pytest.raises(Gone, match="replaced by a newer one: each start of the portal prints its own"):
            queries.get_open_link(work, earlier)
        with pytest.raises(Refused):
            actions.choose_password(work, token, PASSWORD)
        first = actions.create_first_admin(work, token, NEW, PASSWORD)
        assert (first.role, first.email) == (Role.ADMIN, "new@example.com")
        with pytest.raises(Gone, match="its first link is used up"):
            actions.create_first_admin(work, token, NEW.model_copy(update={"email": "x@example.com"}), PASSWORD)
        assert actions.first_run_link(work) is None


def test_a_first_run_link_dies_with_the_first_account_however_it_came(portal: Portal) -> None:
    with portal.work() as work:
        token = actions.first_run_link(work) or ""
        add_user(work, Role.ADMIN)
        with pytest.raises(Gone, match="its first link is used up"):
            actions.create_first_admin(work, token, NEW, PASSWORD)


def test_a_weak_password_leaves_nothing_behind(portal: Portal) -> None:
    with portal.work() as work:
        token = actions.first_run_link(work) or ""
        with pytest.raises(Refused):
            actions.create_first_admin(work, token, NEW, "short")
        assert queries.count_users(work) == 0
        assert queries.get_open_link(work, token).user is None


def test_passwords_are_hashed_with_as_much_work_as_is_advised_today() -> None:
    hasher = PasswordHasher()
    assert (hasher.type, hasher.memory_cost, hasher.time_cost) == (Type.ID, 65536, 3)
    assert "HASHER = PasswordHasher()" in inspect.getsource(actions), "tests work with a quicker one, see conftest.py"


@pytest.mark.parametrize("theme", ["", "light", "dark"])
def test_a_theme_is_kept(portal: Portal, theme: str) -> None:
    actor = portal.actor(Role.REP)
    with portal.work(actor) as work:
        actions.set_theme(work, theme)
        assert queries.get_own_user(work).theme == theme
        with pytest.raises(Refused):
            actions.set_theme(work, "pink")


def test_names_and_owners(portal: Portal) -> None:
    with portal.work() as work:
        rep, marketer = add_user(work, Role.REP), add_user(work, Role.MARKETER)
        gone = add_user(work, Role.MANAGER)
        actions.disable_user(work, gone.id or 0)
        assert queries.list_curators(work) == [marketer]
        assert queries.list_names(work, [rep.id or 0, gone.id or 0]) == {rep.id: "Rep One", gone.id: "Manager One"}
        assert queries.list_names(work, []) == {}
        assert [user.name for user in queries.list_users(work)] == ["Manager One", "Marketer One", "Rep One"]


def test_what_is_not_there_is_told(portal: Portal) -> None:
    with portal.work() as work:
        with pytest.raises(NotFound):
            queries.get_user_by_email(work, "nobody@example.com")
        with pytest.raises(NotFound):
            actions.disable_user(work, 999)
        with pytest.raises(NotFound):
            queries.get_open_link(work, "made up")
    with portal.work(UserActor(999, "Ghost", Role.REP)) as work, pytest.raises(AppError):
        queries.get_own_user(work)
