"""Requests made out of the API's own description: each answer is one the description names, and none is a fault of the server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from pydantic import SecretStr
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from app.framework.actions import install_defaults
from app.identity.actions.tokens import make_token
from app.identity.models import Role
from app.identity.rules import SCOPES
from app.messaging.actions import record_question
from app.messaging.models import QuestionInput
from app.settings import Settings
from tests.factories.library import add_draft, add_released
from tests.factories.portal import BASE_URL, started

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 40
DESCRIBED = json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))["paths"]
OPERATIONS = [(method, path) for path, operations in DESCRIBED.items() for method in operations]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[BaseSchema]:
    """The description of a portal with items and questions, asked with a token that may do whatever a token may."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "quiver.db").write_bytes(empty_database.read_bytes())
    with started(Settings(data_dir=folder, base_url=BASE_URL, secret_key=SecretStr("for tests only"), embedded_worker=False)) as portal:
        with portal.work() as work:
            install_defaults(work)
            asset_id = add_released(work, "Gate rules")
            add_draft(work, "Gate draft")
            record_question(work, QuestionInput(text="Where is the gate?", asset_id=asset_id))
        portal.drain()
        with portal.work(portal.actor(Role.ADMIN)) as work:
            secret = make_token(work, "Fuzz", list(SCOPES), 30).secret
        yield schemathesis.openapi.from_asgi("/api/openapi.json", portal.app, headers={"Authorization": f"Bearer {secret}"})


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_gets_an_answer_that_is_not_described(api: BaseSchema, method: str, path: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=api[path][method].as_strategy())
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()
