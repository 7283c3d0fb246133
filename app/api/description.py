"""The API's description (OpenAPI), for those who may sign in."""

from typing import Any

from fastapi import APIRouter, Request

from app.identity.rules import Permission
from app.web.deps import require

router = APIRouter(include_in_schema=False)


@router.get("/api/openapi.json", dependencies=[require(Permission.ACCOUNT)])
def describe(request: Request) -> dict[str, Any]:
    """Every path of the API with what it takes and gives."""
    description: dict[str, Any] = request.app.openapi()
    return description
