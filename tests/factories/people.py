"""Accounts for tests: one of each role, and what it takes to sign them in."""

from starlette.testclient import TestClient

from app.core.work import Work
from app.identity import actions
from app.identity.models import NewUser, Role, User
from app.identity.queries import find_by_email

PASSWORD = "four green dock doors"


def add_user(work: Work, role: Role, email: str = "", name: str = "", *, password: str = "") -> User:
    """An account; with a password only when one is given, because hashing is slow."""
    invited = actions.create_user(work, NewUser(email=email or f"{role}@example.com", name=name or f"{role.title()} One", role=role))
    work.session.flush()
    if password:
        actions.choose_password(work, invited.token, password)
    return invited.user


def ensure_user(work: Work, role: Role) -> User:
    """The usual account of this role."""
    return find_by_email(work, f"{role}@example.com") or add_user(work, role)


def post_sign_in(client: TestClient, email: str, password: str = PASSWORD, **fields: str) -> int:
    """Sign in as a person does, through the form; the answer's status."""
    return client.post("/sign-in", data={"email": email, "password": password, **fields}).status_code
