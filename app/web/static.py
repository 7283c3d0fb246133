"""Our own style sheets, scripts, fonts and icons."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web.deps import public

router = APIRouter(include_in_schema=False)

FOR_EVER = "public, max-age=31536000, immutable"


class OwnFiles(StaticFiles):
    """Files of app/static: kept for ever when asked for with their hash (`static()` in templates), else checked each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = FOR_EVER if scope["query_string"].startswith(b"v=") else "public, no-cache"
        return response


@router.get("/favicon.ico", dependencies=[public()])
def favicon() -> RedirectResponse:
    """Where browsers look for the icon of what is no page of ours, such as a file or an answer of the API."""
    return RedirectResponse("/static/icon.svg", headers={"Cache-Control": "public, max-age=86400"})
