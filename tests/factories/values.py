"""Value models for tests: the one of the demo about waiting fees, as a definition, and as an asset."""

import copy
import io
import json
import tomllib
from pathlib import Path
from typing import Any

from PIL import Image

from app.core.work import Work
from app.library import actions
from app.library.models import Audience
from app.messaging.models.value import ValueModel
from app.messaging.rules.value import read_definition
from tests.factories.library import asset_input, store

SEED = Path(__file__).parents[2] / "content_store" / "seed" / "items"


def definition(name: str = "value-model-waiting-fees", **changes: Any) -> dict[str, Any]:
    """The definition of a demo item, to be changed."""
    item = tomllib.loads((SEED / f"{name}.toml").read_text(encoding="utf-8"))
    return {"quiver": "value model 1", "title": item["title"], **copy.deepcopy(item["version"][0]["value"]), **changes}


def model_of(data: dict[str, Any] | None = None) -> ValueModel:
    """The model of a definition without faults."""
    model, faults = read_definition(data or definition())
    assert faults == () and model is not None, faults
    return model


def add_model(work: Work, data: dict[str, Any] | None = None, *, released: bool = True, audience: Audience = Audience.CUSTOMER) -> int:
    """A value model as an asset; its id."""
    data = data or definition()
    file = store(work, json.dumps(data, default=str), "model.qvalue")
    asset = actions.create_asset(work, asset_input(work, data["title"], audience=audience), file)
    if released:
        actions.release(work, asset.id or 0)
    return asset.id or 0


def picture(width: int, height: int, **details: Any) -> bytes:
    """A PNG of one colour, as somebody would send a logo; `details` go into the file."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#2f4f57").save(out, "PNG", **details)
    return out.getvalue()
