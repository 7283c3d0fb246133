"""The upload page: what is refused says why and the rest is kept, rows say what they need, release takes the ready ones only."""

from collections.abc import Iterator

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.framework.actions import install_defaults
from app.identity.models import Role
from app.library import queries
from app.settings import Settings
from tests.factories.library import add_draft, add_released, store
from tests.factories.portal import Portal, started
from tests.factories.templates import letter
from tests.journeys import documents
from tests.pages.reading import led_to, main_of, page_of, value_of, words

JSON = {"Accept": "application/json"}
PLAIN = b"# Gate\n\nA gate opens.\n"
WEB_PAGE = b"<!doctype html><title>x</title>"
REFUSED = [
    ("offer.docm", b"PK\x03\x04", "Files with macros (.docm) are not accepted. Save it as DOCX without macros and upload that."),
    ("offer.docx", WEB_PAGE, "The file is named .docx but its content is a web page."),
    ("offer.md", b"", "The file is empty. Check the original and upload it again."),
    ("offer.doc", b"x", "Files of type .doc are not accepted. Save it as DOCX and upload that."),
    ("offer", b"x", "The file name has no extension"),
    ("offer.zip", b"PK\x03\x04", "The file is damaged: its ZIP directory cannot be read."),
]
LIMIT = 50_000


def send(client: TestClient, *files: tuple[str, bytes], path: str = "/upload/files", **headers: str) -> Response:
    return client.post(path, files=[("file", file) for file in files], headers=headers)


def key_of(client: TestClient, name: str, content: bytes) -> str:
    answer = send(client, (name, content), **JSON)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["files"][0]["key"])


def state_of(client: TestClient, key: str) -> str:
    told = client.get(f"/upload/status?ids={key}").json()["files"]
    return str(told[0]["state"]) if told else "gone"


def row_form(client: TestClient, key: str, **changes: str) -> dict[str, object]:
    """What a browser would send back of a row, with a stage and a stakeholder ticked."""
    page = page_of(client.get(f"/upload/files/{key}?open=1"))
    form = next(form for form in page.xpath("//form") if form.get("action") == f"/upload/files/{key}")
    fields: dict[str, object] = dict(form.form_values())
    picks = {name: page.xpath(f"//fieldset[contains(@id,'{name}')]//input/@value")[0] for name in ("stage", "stakeholder")}
    return {**fields, "facet_ids": list(picks.values()), **changes}


@pytest.fixture
def portal(settings: Settings) -> Iterator[Portal]:
    """A portal with the framework it starts with, that takes small files only."""
    with started(settings.model_copy(update={"max_upload_bytes": LIMIT})) as running:
        with running.work() as work:
            install_defaults(work)
        yield running


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED)
def test_a_refused_file_is_told_in_a_sentence(marketer: TestClient, name: str, content: bytes, sentence: str) -> None:
    answer = send(marketer, (name, content), **JSON)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(sentence)
    assert "No files wait for release" in main_of(marketer.get("/upload"))


def test_without_scripts_every_refused_file_is_named_on_the_page_and_the_others_are_kept(marketer: TestClient) -> None:
    answer = send(marketer, ("gate.md", PLAIN), *((name, content) for name, content, _ in REFUSED))
    told = main_of(answer, 422)
    assert "1 file is kept." in told
    for name, _, sentence in REFUSED:
        assert f"{name}: {sentence}" in told
    assert [words(node) for node in page_of(marketer.get("/upload")).xpath("//article[@data-key]//h3")] == ["Gate"]


def test_a_file_beyond_the_limit_is_refused_and_its_neighbours_kept(portal: Portal) -> None:
    client = portal.client(Role.MARKETER)
    answer = send(client, ("gate.md", PLAIN), ("big.md", b"x" * (LIMIT + 1)), ("door.md", b"# Door\n"))
    told = main_of(answer, 413)
    assert "2 files are kept." in told and "big.md: " in told
    assert send(client, ("big.md", b"x" * (LIMIT + 1)), **JSON).status_code == 413
    assert not list((portal.services.settings.data_dir / "blobs").rglob("*.part"))
    assert 'data-max="50000"' in client.get("/upload").text


def test_a_form_without_a_file_is_told(marketer: TestClient) -> None:
    assert "Choose at least one file first." in main_of(marketer.post("/upload/files", files={"file": ("", b"")}), 422)
    answer = marketer.post("/upload/files", data={"file": "x"}, headers=JSON)
    assert (answer.status_code, "not an upload form" in answer.json()["detail"]) == (422, True)


def test_more_files_than_a_form_may_hold_are_told(marketer: TestClient) -> None:
    answer = send(marketer, *((f"gate-{number}.md", PLAIN + bytes([number])) for number in range(21)), **JSON)
    assert (answer.status_code, "at most 20 files at a time" in answer.json()["detail"]) == (422, True)


def test_a_row_says_what_it_needs_and_becomes_ready(portal: Portal, marketer: TestClient) -> None:
    key = key_of(marketer, "gate_opening-rules.md", PLAIN)
    assert state_of(marketer, key) == "reading"
    assert "Reading" in words(page_of(marketer.get(f"/upload/files/{key}")))
    portal.drain()
    assert state_of(marketer, key) == "missing"
    assert "Still needed: a stage, a stakeholder." in words(page_of(marketer.get(f"/upload/files/{key}?open=1")))
    saved = marketer.post(f"/upload/files/{key}", data=row_form(marketer, key, title="Gate rules"), headers=JSON)
    assert saved.json() == {"key": key, "state": "ready"}
    page = page_of(marketer.get("/upload"))
    assert [words(node) for node in page.xpath("//article[@data-key]//h3")] == ["Gate rules"]
    assert words(page.xpath("//form[@id='release']")[0]) == "Release 1 ready"


def test_a_row_tells_fields_and_every_fault_in_them_before_release_refuses_it(portal: Portal, marketer: TestClient) -> None:
    good, wrong, about = (
        key_of(marketer, name, letter(*paragraphs, rows=()))
        for name, paragraphs in (
            ("good.docx", ("{{ account }} {{ fee }}",)),
            ("wrong.docx", ("{{ account }}", "{{ acount }", "{{#terms}}")),
            ("about.docx", ("Write {{ and a name",)),
        )
    )
    portal.drain()
    for key in (good, wrong, about):
        marketer.post(f"/upload/files/{key}", data=row_form(marketer, key), headers=JSON)
    assert [state_of(marketer, key) for key in (good, wrong, about)] == ["ready", "faulty", "ready"]
    page = page_of(marketer.get("/upload"))
    assert "2 fields to fill in" in words(page.get_element_by_id(f"f-{good}"))
    told = words(page.get_element_by_id(f"f-{wrong}"))
    assert "2 faults in its fields" in told
    assert "“{{ acount }” on paragraph 2 is no whole field" in told and "The section “terms” on paragraph 3" in told
    assert "“{{ acount }” on paragraph 2" in words(page.get_element_by_id("needs"))
    assert "looks like a field, but is none" in words(page_of(marketer.get(f"/upload/files/{about}?open=1")))
    assert words(page.xpath("//form[@id='release']")[0]) == "Release 2 ready"
    left = main_of(marketer.post("/upload/release", data={"ready": f"{wrong}:{revision_of(marketer, wrong)}"}), 412)
    assert "correct its fields. “{{ acount }” on paragraph 2" in left


def test_a_wrong_row_keeps_what_was_typed(portal: Portal, marketer: TestClient) -> None:
    key = key_of(marketer, "gate.md", PLAIN)
    portal.drain()
    wrong = row_form(marketer, key, title=" ", summary="About gates", expires_on="soon", review_interval_days="0")
    page = page_of(marketer.post(f"/upload/files/{key}", data=wrong), 422)
    told = words(page.xpath("//*[@role='alert']")[0])
    for sentence in ("Give it a title", "Write the date as year-month-day", "Choose how often it is reviewed."):
        assert sentence in told
    assert value_of(page, "summary") == "About gates" and value_of(page, "expires_on") == "soon"
    assert state_of(marketer, key) == "missing"


def test_a_tag_that_is_gone_undoes_the_whole_save(portal: Portal, marketer: TestClient) -> None:
    key = key_of(marketer, "gate.md", PLAIN)
    portal.drain()
    gone = {**row_form(marketer, key, title="Another title"), "facet_ids": ["9999"]}
    page = page_of(marketer.post(f"/upload/files/{key}", data=gone), 422)
    assert value_of(page, "title", f"/upload/files/{key}") == "Another title"
    assert value_of(page_of(marketer.get(f"/upload/files/{key}?open=1")), "title", f"/upload/files/{key}") == "Gate"


def test_the_slower_of_two_keeps_their_words_and_sees_it(portal: Portal, marketer: TestClient, manager: TestClient) -> None:
    key = key_of(marketer, "gate.md", PLAIN)
    portal.drain()
    mine, theirs = row_form(marketer, key, title="Mine"), row_form(manager, key, title="Theirs")
    assert manager.post(f"/upload/files/{key}", data=theirs, headers=JSON).status_code == 200
    page = page_of(marketer.post(f"/upload/files/{key}", data=mine), 412)
    assert "was changed by somebody else meanwhile" in words(page.xpath("//*[@role='alert']")[0])
    assert value_of(page, "title") == "Mine"
    assert "Theirs" in words(page_of(marketer.get("/upload")))
    again = {**mine, "revision": value_of(page, "revision")}
    assert marketer.post(f"/upload/files/{key}", data=again, headers=JSON).status_code == 200
    assert "Mine" in words(page_of(marketer.get("/upload")))


def ready_pairs(client: TestClient) -> list[str]:
    """What the page's release button would send."""
    return [str(value) for value in page_of(client.get("/upload")).xpath("//input[@name='ready']/@value")]


def pair_of(client: TestClient, key: str | int) -> str:
    """The file in the state its row shows."""
    return str(page_of(client.get(f"/upload/files/{key}")).xpath("//input[@name='shown']/@value")[0])


def revision_of(client: TestClient, key: str | int) -> str:
    return pair_of(client, key).partition(":")[2]


def test_release_takes_the_ready_ones_and_says_how_many(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        ready = add_draft(work, "Ready gate", "# Ready\n\nOne.\n")
        missing = add_draft(work, "Missing gate", "# Missing\n\nTwo.\n", facet_ids=[])
        held = add_draft(work, "Held gate", "%PDF-1.4\nthree", file_name="held.pdf")
    portal.drain()
    states = {row["key"]: row["state"] for row in marketer.get(f"/upload/status?ids={ready},{missing},{held},x,").json()["files"]}
    assert states == {str(ready): "ready", str(missing): "missing", str(held): "held"}
    assert "A PDF alone is a dead end for reps." in main_of(marketer.get(f"/upload?open={held}"))
    assert ready_pairs(marketer) == [pair_of(marketer, ready)]
    assert led_to(marketer.post("/upload/release", data={"ready": ready_pairs(marketer)})) == "/upload"
    told = marketer.get("/upload").text
    assert "Released 1 file." in told and "Ready gate" not in told and "Missing gate" in told
    assert [rep.get(f"/assets/{asset_id}").status_code for asset_id in (ready, missing, held)] == [200, 404, 404]
    marketer.post("/upload/release")
    assert "No file is ready yet. Each row says what it needs." in marketer.get("/upload").text


def test_release_takes_exactly_what_the_page_showed(portal: Portal, marketer: TestClient, manager: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        same, changed, gone = (add_draft(work, f"{word} gate", f"# {word}\n") for word in ("Same", "Changed", "Gone"))
    portal.drain()
    shown = ready_pairs(marketer)
    with portal.work() as work:
        late = add_draft(work, "Late gate", "# Late\n")
    portal.drain()
    assert (
        manager.post(f"/upload/files/{changed}", data=row_form(manager, str(changed), title="Other gate"), headers=JSON).status_code == 200
    )
    assert led_to(manager.post(f"/upload/files/{gone}/discard", data={"revision": revision_of(manager, gone)})) == "/upload"
    told = main_of(marketer.post("/upload/release", data={"ready": shown}), 412)
    assert "Released 1 file. 2 files are left as before" in told
    assert "“Other gate” was changed by somebody else meanwhile" in told and "is not on the list any more" in told
    assert [rep.get(f"/assets/{asset_id}").status_code for asset_id in (same, changed, gone, late)] == [200, 404, 404, 404]


def test_release_leaves_what_a_forged_form_calls_ready(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        held = add_draft(work, "Held gate", "%PDF-1.4\nthree", file_name="held.pdf")
        missing = add_draft(work, "Missing gate", "# Missing\n", facet_ids=[])
    portal.drain()
    told = main_of(marketer.post("/upload/release", data={"ready": [pair_of(marketer, held), pair_of(marketer, missing)]}), 412)
    assert "Released 0 files." in told and "add the editable original" in told and "choose a stage" in told
    assert [rep.get(f"/assets/{asset_id}").status_code for asset_id in (held, missing)] == [404, 404]


def test_a_held_pdf_gets_its_original(portal: Portal, marketer: TestClient) -> None:
    key = key_of(marketer, "gate.pdf", documents.pdf("Gate"))
    portal.drain()
    assert state_of(marketer, key) == "held"
    path, shown = f"/upload/files/{key}/original", {"revision": revision_of(marketer, key)}
    assert "named .docx but its content is" in main_of(marketer.post(path, data=shown, files={"file": ("gate.docx", WEB_PAGE)}), 422)
    for name, content in (("gate.pdf", documents.pdf("Other")), ("gate.png", documents.png())):
        assert "so it is no original" in main_of(marketer.post(path, data=shown, files={"file": (name, content)}), 422)
    original = {"file": ("gate.docx", documents.docx("Gate", "A gate."))}
    assert marketer.post(path, files=original).status_code == 428
    assert led_to(marketer.post(path, data=shown, files=original)) == f"/upload#f-{key}"
    portal.drain()
    assert state_of(marketer, key) == "missing"
    assert marketer.post(path, data=shown, files=original).status_code == 412


def test_the_same_bytes_are_a_version_an_own_item_or_nothing(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        there = add_released(work, "Gate rules", PLAIN.decode())
    portal.drain()
    keys = [key_of(marketer, f"copy-{number}.md", PLAIN) for number in range(3)]
    portal.drain()
    assert [state_of(marketer, key) for key in keys] == ["duplicate"] * 3
    row = words(page_of(marketer.get(f"/upload/files/{keys[0]}")))
    assert "The same bytes are Gate rules, v1, which readers get." in row
    for verb in ("version", "separate", "skip", "discard"):
        assert marketer.post(f"/upload/files/{keys[0]}/{verb}").status_code == 428
        assert marketer.post(f"/upload/files/{keys[0]}/{verb}", data={"revision": "99"}).status_code == 412
    shown = [{"revision": revision_of(marketer, key)} for key in keys]
    assert led_to(marketer.post(f"/upload/files/{keys[0]}/version", data=shown[0])) == "/upload"
    assert led_to(marketer.post(f"/upload/files/{keys[1]}/separate", data=shown[1])) == f"/upload#f-{keys[1]}"
    assert led_to(marketer.post(f"/upload/files/{keys[2]}/skip", data=shown[2])) == "/upload"
    portal.drain()
    assert [state_of(marketer, key) for key in keys] == ["gone", "missing", "gone"]
    with portal.work() as work:
        assert [version.number for version in queries.list_versions(work, there)] == [2, 1]
    assert "not on the list any more" in main_of(marketer.get(f"/upload/files/{there}"), 404)


def test_more_files_than_a_page_are_paged_and_their_states_told(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        keys = [add_draft(work, f"Gate {number}", f"# {number}\n") for number in range(103)]
    page = page_of(marketer.get("/upload"))
    assert len(page.xpath("//article[@data-key]")) == 100
    assert "Files 1 to 100 of 103; buttons act on those shown" in words(page)
    assert len(page_of(marketer.get("/upload?page=2")).xpath("//article[@data-key]")) == 3
    told = marketer.get(f"/upload/status?ids={','.join(map(str, keys))}").json()["files"]
    assert sorted(int(row["key"]) for row in told) == keys


def test_the_answer_names_every_file(marketer: TestClient) -> None:
    answer = send(marketer, ("gate.md", PLAIN), ("offer.doc", b"x"), ("door.md", b"# Door\n"), **JSON)
    assert answer.status_code == 201
    assert [(file["name"], "key" in file, file.get("status", "")) for file in answer.json()["files"]] == [
        ("gate.md", True, ""),
        ("offer.doc", False, "422"),
        ("door.md", True, ""),
    ]


def small_quota(settings: Settings, **limits: int) -> Settings:
    return settings.model_copy(update=limits)


def test_a_share_that_is_used_up_is_told_and_the_others_are_kept(settings: Settings) -> None:
    """The portal's own settings count, equal bytes once, and one file over the limit undoes no other."""
    with started(small_quota(settings, user_quota_bytes=90)) as portal:
        with portal.work() as work:
            install_defaults(work)
        marketer = portal.client(Role.MARKETER)
        assert send(marketer, ("gate.md", PLAIN), ("same.md", PLAIN), ("again.md", PLAIN), **JSON).status_code == 201
        answer = send(marketer, ("one.md", b"# One\n"), ("door.md", b"# Door\n" + b"x" * 90), ("two.md", b"# Two\n"), **JSON)
        assert [file.get("detail", "")[:28] for file in answer.json()["files"]] == ["", "You have used up your share ", ""]
        told = main_of(send(marketer, ("three.md", b"# Three\n"), ("door.md", b"# Door\n" + b"x" * 90)), 413)
        assert "1 file is kept." in told and "door.md: You have used up your share" in told
        assert page_of(marketer.get("/upload")).xpath("count(//article[@data-key])") == 6
        assert portal.client(Role.MANAGER).post("/upload/files", files=[("file", ("door.md", b"# Door\n" + b"x" * 60))]).status_code == 303


def test_the_whole_store_has_a_limit(settings: Settings) -> None:
    with started(small_quota(settings, total_quota_bytes=40)) as portal:
        with portal.work() as work:
            install_defaults(work)
        assert send(portal.client(Role.MARKETER), ("gate.md", PLAIN), **JSON).status_code == 201
        answer = send(portal.client(Role.MANAGER), ("door.md", b"# Door\n" + b"x" * 40), **JSON)
        assert (answer.status_code, "store is at its limit" in answer.json()["detail"]) == (413, True)


def test_a_body_as_a_whole_has_a_limit(portal: Portal) -> None:
    client = portal.client(Role.MARKETER)
    answer = send(client, *((f"big-{number}.md", b"x" * LIMIT) for number in range(20)), ("more.md", b"x" * 2_000_000), **JSON)
    assert (answer.status_code, "too large to be sent together" in answer.json()["detail"]) == (413, True)
    with portal.work() as work:
        asset_id = add_draft(work, "Gate")
    one = send(client, ("big.md", b"x" * 10 * LIMIT), path=f"/assets/{asset_id}/versions", **JSON)
    assert (one.status_code, "larger than the portal takes" in one.json()["detail"]) == (413, True)


def test_an_unreadable_file_is_kept_and_says_so(portal: Portal, marketer: TestClient) -> None:
    key = key_of(marketer, "scan.pdf", b"%PDF-1.4\nbroken")
    portal.drain()
    with portal.work() as work:
        assert queries.get_draft(work, int(key)).card.version.reading_message
        assert store(work, b"%PDF-1.4\nbroken", "scan.pdf").sha256 == queries.get_draft(work, int(key)).card.version.sha256


@pytest.mark.parametrize(
    ("name", "content", "tagged"),
    [
        ("locked.pdf", b"%PDF-1.4\nbroken", True),
        ("blank.md", b"\n\n---\n", True),
        ("gate.png", b"\x89PNG\r\n\x1a\n", False),
        ("gate.md", PLAIN, False),
    ],
)
def test_a_file_without_readable_text_has_a_tag_of_its_own(
    portal: Portal, marketer: TestClient, name: str, content: bytes, tagged: bool
) -> None:
    key = key_of(marketer, name, content)
    portal.drain()
    led_to(marketer.post(f"/upload/files/{key}", data=row_form(marketer, key, pdf_only_reason="No original is left.")))
    row = page_of(marketer.get("/upload")).get_element_by_id(f"f-{key}")
    tags = [words(tag) for tag in row.xpath(".//summary//span[contains(@class,'tag')]")]
    assert ("No text read" in tags, "Ready" in tags) == (tagged, True)


@pytest.mark.parametrize("path", ["/upload", "/upload/status?ids=1", "/upload/files/1"])
def test_reps_may_not_upload(rep: TestClient, path: str) -> None:
    assert rep.get(path).status_code == 403
    answer = send(rep, ("gate.md", PLAIN), **JSON)
    assert (answer.status_code, "may not do this" in answer.json()["detail"]) == (403, True)
