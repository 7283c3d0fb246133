"""The API's description (OpenAPI); it says nothing of this portal, so anybody may read it."""

from typing import Any

from fastapi import APIRouter, Request

from app.web.deps import public

router = APIRouter(include_in_schema=False)


@router.get("/api/openapi.json", dependencies=[public()])
def describe(request: Request) -> dict[str, Any]:
    """Every path of the API with what it takes and gives."""
    description: dict[str, Any] = request.app.openapi()
    return description
