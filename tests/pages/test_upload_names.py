"""Names of files in any script arrive, are shown and go out again as they were sent."""

from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from app.framework.actions import install_defaults
from app.identity.models import Role
from tests.factories.portal import Portal

NAMES = ["Grüße & Preise 2025.md", "Offer – 2026 €.md", "日本語.md", "🚚.md", "caf\u0065\u0301.md", "50%20off.md"]


def send(client: TestClient, written: str) -> int:
    """The multipart body as a browser writes it; gives the id of the item."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{written}"\r\nContent-Type: text/markdown\r\n\r\n'
    body = head.encode() + f"# Gate\n\nA gate named {written} opens.\n".encode() + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": "application/json"}
    answer = client.post("/upload/files", content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["files"][0]["key"])


@pytest.mark.parametrize(("name", "written"), [*((name, name) for name in NAMES), ('a "q" b.md', "a %22q%22 b.md")])
def test_a_name_comes_and_goes_unchanged(portal: Portal, name: str, written: str) -> None:
    with portal.work() as work:
        install_defaults(work)
    client = portal.client(Role.MARKETER)
    asset_id = send(client, written)
    disposition = client.get(f"/assets/{asset_id}/file").headers["content-disposition"]
    assert unquote(disposition.partition("filename*=UTF-8''")[2] or disposition.partition('filename="')[2].rstrip('"')) == name
