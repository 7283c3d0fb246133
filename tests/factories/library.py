"""Content for tests: files in the store, assets with their versions, released or not."""

from datetime import date
from typing import Any

from app.core.office.formats import find_format_by_name
from app.core.work import Work
from app.framework.actions import install_defaults
from app.framework.models import Facet
from app.framework.queries import list_values
from app.identity.models import Role
from app.library import actions
from app.library.models import AssetInput, Audience, FileInput
from tests.factories.people import ensure_user

LIMIT = 10 * 1024**2


def store(work: Work, content: bytes | str, file_name: str = "page.md", note: str = "") -> FileInput:
    """Put bytes into the store, as an upload does."""
    writer = work.blobs.writer(LIMIT)
    writer.write(content.encode() if isinstance(content, str) else content)
    blob = writer.keep()
    form = find_format_by_name(file_name)
    assert form is not None
    return FileInput(sha256=blob.sha256, size=blob.size, file_name=file_name, format=form.key, media_type=form.media_type, note=note)


def asset_input(work: Work, title: str = "Dock guide", **more: Any) -> AssetInput:
    """What marketing says of an asset, with all that a release needs; `more` replaces parts of it."""
    install_defaults(work)
    values = list_values(work)
    facet_ids = [values.by_facet(Facet.STAGE)[0].id, values.by_facet(Facet.STAKEHOLDER)[0].id]
    owner = ensure_user(work, Role.MARKETER)
    given = {"title": title, "kind_id": values.by_facet(Facet.KIND)[0].id, "facet_ids": facet_ids, "owner_id": owner.id, **more}
    return AssetInput.model_validate(given)


def add_draft(work: Work, title: str = "Dock guide", text: str | bytes = "", file_name: str = "page.md", **more: Any) -> int:
    """An asset nobody has released; its id."""
    file = store(work, text or f"# {title}\n\nWords about {title}.\n", file_name)
    return actions.create_asset(work, asset_input(work, title, **more), file).id or 0


def add_released(
    work: Work,
    title: str = "Dock guide",
    text: str = "",
    audience: Audience = Audience.INTERNAL,
    confirmed_on: date | None = None,
    **more: Any,
) -> int:
    """An asset readers get; its id."""
    asset_id = add_draft(work, title, text, audience=audience, **more)
    actions.release(work, asset_id, confirmed_on=confirmed_on)
    return asset_id


def add_version(work: Work, asset_id: int, text: str, file_name: str = "page.md") -> int:
    """A newer version, not released; its number."""
    return actions.upload_version(work, asset_id, store(work, text, file_name)).number
