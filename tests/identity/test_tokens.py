"""API tokens: shown once, kept as a hash, within the scopes and within what their person may; used up by time, revoking and disabling."""

from collections.abc import Collection
from datetime import timedelta

import pytest

from app.core.clock import utc_now
from app.core.errors import Conflict, NotFound, NotPermitted, Refused
from app.core.paging import PageRequest
from app.identity import rules
from app.identity.actions import disable_user, tokens
from app.identity.actions.tokens import MadeToken
from app.identity.models import ApiToken, Role, TokenActor
from app.identity.queries.audit import list_audit
from app.identity.queries.tokens import find_token, list_own_tokens, list_tokens_of
from app.identity.rules import SCOPES, Permission
from tests.factories.portal import Portal

EVERY_SCOPE = frozenset(SCOPES)


def made(portal: Portal, role: Role, scopes: Collection[str] = ("assets:read",), days: int = 30) -> MadeToken:
    with portal.work(portal.actor(role)) as work:
        return tokens.make_token(work, "Nightly export", scopes, days)


def holder(portal: Portal, role: Role, *scopes: str) -> TokenActor:
    secret = made(portal, role, scopes).secret
    with portal.work(read_only=True) as work:
        known = find_token(work, secret)
        assert known is not None
        return known.actor


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_may_what_its_scope_and_its_person_may(portal: Portal, scope: str) -> None:
    for role in Role:
        of_role = {one for one in Permission if role in rules.PERMISSIONS[one]}
        assert rules.permissions_of(holder(portal, role, scope)) == SCOPES[scope] & of_role


def test_no_scope_reaches_account_users_or_audit(portal: Portal) -> None:
    actor = holder(portal, Role.ADMIN, *EVERY_SCOPE)
    out_of_reach = {Permission.ACCOUNT, Permission.MANAGE_USERS, Permission.SEE_AUDIT}
    assert not rules.permissions_of(actor) & out_of_reach
    assert rules.permissions_of(portal.actor(Role.ADMIN)) >= out_of_reach
    with portal.work(actor) as work, pytest.raises(NotPermitted):
        tokens.make_token(work, "Another", ["assets:read"], 30)
    with portal.work(actor) as work, pytest.raises(NotPermitted):
        list_audit(work, PageRequest())


def test_a_token_sees_what_its_person_sees(portal: Portal) -> None:
    partners, marketers = holder(portal, Role.PARTNER, "assets:read"), holder(portal, Role.MARKETER, "assets:read")
    assert rules.visible_audiences(partners) == {"partner", "customer"}
    assert rules.visible_audiences(marketers) == rules.ALL_AUDIENCES
    assert rules.sees_unreleased(marketers)
    assert not rules.sees_unreleased(partners)
    assert not rules.sees_unreleased(holder(portal, Role.MARKETER, "search:read"))


def test_a_refusal_names_scope_or_role(portal: Portal) -> None:
    with pytest.raises(NotPermitted, match="scopes"):
        rules.require(holder(portal, Role.MARKETER, "assets:read"), Permission.EDIT)
    with pytest.raises(NotPermitted, match="Sales role"):
        rules.require(holder(portal, Role.REP, "assets:write"), Permission.EDIT)


def test_the_secret_is_kept_nowhere(portal: Portal) -> None:
    token = made(portal, Role.REP)
    assert token.secret.startswith("quiver_")
    assert len(token.secret) >= 40
    stored = portal.services.settings.data_dir.joinpath("quiver.db").read_bytes()
    stored += portal.services.settings.data_dir.joinpath("quiver.db-wal").read_bytes()
    assert b"Nightly export" in stored, "the file read is the database"
    assert token.secret.encode() not in stored


def test_it_works_until_its_day(portal: Portal) -> None:
    token, now = made(portal, Role.REP, days=30), utc_now()
    with portal.work(now=now + timedelta(days=30, seconds=-5)) as work:
        assert find_token(work, token.secret)
        assert find_token(work, token.secret + "x") is None
    with portal.work(now=now + timedelta(days=30, seconds=5)) as work:
        assert find_token(work, token.secret) is None


def test_revoked_is_gone_from_the_list_and_from_the_door(portal: Portal) -> None:
    token, rep = made(portal, Role.REP), portal.actor(Role.REP)
    with portal.work(rep) as work:
        assert [view.name for view in list_own_tokens(work)] == ["Nightly export"]
        tokens.revoke_token(work, token.token.id or 0)
        tokens.revoke_token(work, token.token.id or 0)
    with portal.work(rep) as work:
        assert list_own_tokens(work) == ()
        assert find_token(work, token.secret) is None
    with portal.work(portal.actor(Role.ADMIN)) as work:
        assert [entry.verb for entry in list_audit(work, PageRequest(1, 3)).items] == [
            "created_user",
            "revoked_token",
            "made_token",
        ]


def test_only_administrators_touch_others(portal: Portal) -> None:
    token = made(portal, Role.MARKETER)
    token_id, owner = token.token.id or 0, token.token.user_id
    for role in (Role.REP, Role.MANAGER):
        with portal.work(portal.actor(role)) as work:
            with pytest.raises(NotFound):
                tokens.revoke_token(work, token_id)
            with pytest.raises(NotPermitted):
                list_tokens_of(work, owner)
    with portal.work(portal.actor(Role.ADMIN)) as work:
        assert [view.id for view in list_tokens_of(work, owner)] == [token_id]
        tokens.revoke_token(work, token_id)
        assert find_token(work, token.secret) is None


def test_it_ends_with_its_person(portal: Portal) -> None:
    token = made(portal, Role.REP)
    with portal.work(portal.actor(Role.ADMIN)) as work:
        disable_user(work, token.token.user_id)
        assert find_token(work, token.secret) is None


def test_its_use_is_written_down_every_five_minutes(portal: Portal) -> None:
    token, now = made(portal, Role.REP), utc_now()
    with portal.work(now=now) as work:
        known = find_token(work, token.secret)
        assert known and known.needs_touch
        tokens.touch_token(work, known.actor.token_id)
    for minutes, needs_touch in ((4, False), (5, True)):
        with portal.work(now=now + timedelta(minutes=minutes)) as work:
            known = find_token(work, token.secret)
            assert known and known.needs_touch is needs_touch


@pytest.mark.parametrize(
    "name,scopes,days", [("", ["assets:read"], 30), ("Export", [], 30), ("Export", ["users:write"], 30), ("Export", ["assets:read"], 9999)]
)
def test_wishes_that_cannot_be_met_are_refused(portal: Portal, name: str, scopes: list[str], days: int) -> None:
    with portal.work(portal.actor(Role.REP)) as work, pytest.raises(Refused):
        tokens.make_token(work, name, scopes, days)


def test_nobody_piles_them_up(portal: Portal) -> None:
    last = [made(portal, Role.REP) for _ in range(rules.TOKENS_PER_PERSON)][-1]
    with pytest.raises(Conflict):
        made(portal, Role.REP)
    with portal.work() as work:
        row = work.session.get(ApiToken, last.token.id)
        assert row
        row.expires_at = utc_now()
    assert made(portal, Role.REP).secret
