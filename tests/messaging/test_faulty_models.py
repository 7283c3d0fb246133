"""A value model that nobody could be given is refused at every door with what is wrong first; figures of any length harm nobody."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.core.errors import Refused
from app.messaging.rules.value import read_definition
from app.ops.files import store_file
from tests.factories.portal import Portal
from tests.factories.values import add_model, definition
from tests.pages.reading import page_of, words

NAME = "model.qvalue"
TOLD = "Formulas 2, expression: fees uses “nothing”, which is no figure, formula or word of formulas."
JSON = {"accept": "application/json"}


def faulty() -> bytes:
    """A model whose second formula names what is not there."""
    data = definition()
    data["formulas"][1]["expression"] = "nothing * fee"
    return json.dumps(data, default=str).encode()


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(NAME, content)
    return out.getvalue()


def in_parts(client: TestClient, content: bytes) -> str:
    begun = client.post("/upload/incoming", data={"name": NAME, "size": str(len(content))}, headers=JSON).json()
    address = f"/upload/incoming/{begun['key']}"
    assert client.post(f"{address}/parts?offset=0", content=content, headers=JSON).status_code == 200
    return str(client.post(f"{address}/finish", headers=JSON).text)


def test_the_page_of_a_model(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_model(work)
    answer = marketer.post(f"/assets/{asset_id}/versions", files={"file": (NAME, faulty())})
    assert TOLD in words(page_of(answer, 422))
    assert marketer.get(f"/assets/{asset_id}?v=2").status_code == 404


@pytest.mark.parametrize("door", ["files", "zip", "parts", "api"])
def test_each_way_to_send_a_file(marketer: TestClient, door: str) -> None:
    if door == "api":
        told = marketer.post("/api/v1/assets", files={"file": (NAME, faulty())}).text
    elif door == "parts":
        told = in_parts(marketer, faulty())
    else:
        sent = ("models.zip", zipped(faulty())) if door == "zip" else (NAME, faulty())
        told = marketer.post("/upload/files", files=[("file", sent)], headers=JSON).text
    assert TOLD in told and "so it was not kept" in told


def test_the_import(portal: Portal, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(faulty())
    with pytest.raises(Refused, match="Formulas 2, expression"):
        store_file(portal.services.blobs, path, NAME, 1_000_000)
    path.write_bytes(json.dumps(definition(), default=str).encode())
    assert store_file(portal.services.blobs, path, NAME, 1_000_000).format == "value"


@pytest.mark.parametrize("number", ["1E-30000000", "1E+30000000", "1E-10", "1000000000001", "9" * 5000, "0." + "1" * 5000, "NaN"])
@pytest.mark.parametrize("name", ["default", "step", "minimum"])
def test_a_figure_with_endless_digits_is_a_fault(name: str, number: str) -> None:
    data: dict[str, Any] = definition()
    data["inputs"][0][name] = number
    model, faults = read_definition(data)
    assert model is None and {fault.place for fault in faults} == {f"inputs.0.{name}"}


@pytest.mark.parametrize("zero", ["0E+30000000", "0E-30000000"])
def test_nothing_is_nothing_however_it_is_written(zero: str) -> None:
    data: dict[str, Any] = definition()
    data["inputs"][0]["minimum"] = zero
    model, _ = read_definition(data)
    assert model is not None and str(model.inputs[0].minimum) == "0"
