"""The asset page for each role, its files, the form with its refusals, and the verbs marketing has."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.activity.models import ActivityEntry
from app.identity.models import Role
from app.library.models import Audience
from tests.factories.library import add_draft, add_released, add_version
from tests.factories.portal import Portal
from tests.journeys import documents
from tests.pages.reading import led_to, main_of, page_of, value_of, words

CURATORS = (Role.MARKETER, Role.MANAGER, Role.ADMIN)
NOT_THERE = "There is no such item, or it is not for you."


def form_of_edit(client: TestClient, asset_id: int, **changes: str) -> dict[str, object]:
    page = page_of(client.get(f"/assets/{asset_id}/edit"))
    form = next(form for form in page.xpath("//form") if form.get("action") == f"/assets/{asset_id}/edit")
    fields: dict[str, object] = dict(form.form_values())
    return {**fields, "facet_ids": page.xpath("//input[@name='facet_ids' and @checked]/@value"), **changes}


def revision_of(client: TestClient, asset_id: int) -> str:
    return value_of(page_of(client.get(f"/assets/{asset_id}")), "revision")


def test_a_reader_gets_the_released_version_and_nothing_else(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules", "# Gate\n\nThe old gate.\n", summary="How gates work.")
        add_version(work, asset_id, "# Gate\n\nThe new gate.\n")
        draft = add_draft(work, "Secret draft")
    portal.drain()
    told = main_of(rep.get(f"/assets/{asset_id}"))
    for part in ("Gate rules", "How gates work.", "The old gate.", "v1", "Fresh until", "Answers for", "Target", "Marketer One"):
        assert part in told
    for hidden in ("The new gate.", "v2", "Edit facts", "Upload a new version", "Retire"):
        assert hidden not in told
    for path in (f"/assets/{asset_id}?v=2", f"/assets/{draft}", f"/assets/{draft}/file", f"/assets/{asset_id}/file?v=2", "/assets/999"):
        assert NOT_THERE in main_of(rep.get(path), 404)
    assert rep.get(f"/assets/{asset_id}/file").text == "# Gate\n\nThe old gate.\n"
    assert rep.get(f"/assets/{asset_id}/edit").status_code == 403


def test_a_partner_gets_only_what_is_for_partners(portal: Portal, partner: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        assets = {audience: add_released(work, f"For {audience}", audience=audience) for audience in Audience}
    for audience, asset_id in assets.items():
        wanted = 404 if audience == Audience.INTERNAL else 200
        assert [partner.get(f"/assets/{asset_id}{end}").status_code for end in ("", "/file")] == [wanted, wanted]
        assert rep.get(f"/assets/{asset_id}").status_code == 200


@pytest.mark.parametrize("role", CURATORS)
def test_curators_see_drafts_and_every_version(portal: Portal, role: Role) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules", "# Gate\n\nThe old gate.\n")
        add_version(work, asset_id, "# Gate\n\nThe new gate.\n")
        draft = add_draft(work, "Draft here", facet_ids=[])
    portal.drain()
    client = portal.client(role)
    now, newer = main_of(client.get(f"/assets/{asset_id}")), main_of(client.get(f"/assets/{asset_id}?v=2"))
    assert "The old gate." in now and "v2 is a draft" in now and "Readers still get v1." in now
    assert "The new gate." in newer and "You are looking at v2" in newer
    assert client.get(f"/assets/{asset_id}/file?v=2").text == "# Gate\n\nThe new gate.\n"
    assert "Before release it needs a stage, a stakeholder." in main_of(client.get(f"/assets/{draft}"))
    assert client.get(f"/assets/{asset_id}?v=9").status_code == 404


def test_the_passage_named_in_the_address_is_shown(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Two parts", "# First\n\nOne.\n\n# Second\n\nTwo.\n")
    portal.drain()
    page = page_of(rep.get(f"/assets/{asset_id}"))
    anchors = page.xpath("//ol[@class='entries']/li/@id")
    assert words(page.xpath("//*[@data-where]")[0]) == "1 of 2"
    second = page_of(rep.get(f"/assets/{asset_id}", params={"at": anchors[1]}))
    assert words(second.xpath("//*[@data-where]")[0]) == "2 of 2" and "Two." in words(second.xpath("//*[@data-stage]")[0])
    assert words(page_of(rep.get(f"/assets/{asset_id}?at=nowhere")).xpath("//*[@data-where]")[0]) == "1 of 2"


def test_a_file_still_being_read_and_one_without_text_say_so(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Scan", "%PDF-1.4\nbroken", file_name="scan.pdf", pdf_only_reason="Only a scan.")
    assert "Reading the text" in main_of(rep.get(f"/assets/{asset_id}"))
    portal.drain()
    told = main_of(rep.get(f"/assets/{asset_id}"))
    assert "No text to show" in told and "No editable original: Only a scan." in told


def test_files_go_out_as_attachments_that_cannot_run(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Page", "<!doctype html><script>x</script>", file_name="größe & mehr.html")
    answer = rep.get(f"/assets/{asset_id}/file")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%26%20mehr.html"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "private, no-cache"
    assert rep.get(f"/assets/{asset_id}/media").status_code == 404
    part = rep.get(f"/assets/{asset_id}/file", headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.text) == (206, "<!doc")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": "  "}, "Give it a title of at most 200 characters."),
        ({"title": "x" * 201}, "Give it a title of at most 200 characters."),
        ({"summary": "x" * 2001}, "Keep the summary under 2,000 characters."),
        ({"kind_id": ""}, "Choose what kind of content this is."),
        ({"kind_id": "1"}, "Choose what kind of content this is."),
        ({"expires_on": "31.12.2030"}, "Write the date as year-month-day"),
        ({"review_interval_days": "often"}, "Choose how often it is reviewed."),
        ({"audience": "everybody"}, "Choose who may get it."),
    ],
)
def test_a_wrong_field_is_told_and_nothing_typed_is_lost(
    portal: Portal, marketer: TestClient, wrong: dict[str, str], sentence: str
) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules")
    sent = form_of_edit(marketer, asset_id, title="New title", summary="New words", tags="a, b") | wrong
    page = page_of(marketer.post(f"/assets/{asset_id}/edit", data=sent), 422)
    assert sentence in words(page.xpath("//*[@role='alert']")[0])
    for name in ("title", "summary", "tags"):
        assert value_of(page, name).strip() == str(sent[name]).strip()
    assert page.xpath("//input[@name='facet_ids' and @checked]/@value") == sent["facet_ids"]
    told = main_of(marketer.get(f"/assets/{asset_id}"))
    assert "Gate rules" in told and "New words" not in told, "nothing was changed"


def test_the_slower_of_two_gets_412_with_their_text_and_the_way_to_the_other(
    portal: Portal, marketer: TestClient, manager: TestClient
) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules")
    mine, theirs = form_of_edit(marketer, asset_id, title="Mine"), form_of_edit(manager, asset_id, title="Theirs")
    mine, theirs = {**mine, "summary": "My words"}, {**theirs, "summary": "Their words"}
    assert led_to(manager.post(f"/assets/{asset_id}/edit", data=theirs)) == f"/assets/{asset_id}"
    page = page_of(marketer.post(f"/assets/{asset_id}/edit", data=mine), 412)
    alert = page.xpath("//*[@role='alert']")[0]
    assert "Somebody changed this meanwhile" in words(alert)
    assert value_of(page, "title") == "Mine"
    rows = [[words(cell) for cell in row] for row in page.xpath("//table[contains(@class, 'both')]/tbody/tr")]
    assert rows == [["Title", "Theirs", "Mine"], ["Summary", "Their words", "My words"]], "what differs, both texts beside each other"
    [link] = alert.xpath(".//a")
    assert (link.get("href"), link.get("target")) == (f"/assets/{asset_id}", "_blank"), "looking loses nothing that was typed"
    assert "Theirs" in main_of(marketer.get(f"/assets/{asset_id}"))
    again = {**mine, "revision": value_of(page, "revision")}
    assert led_to(marketer.post(f"/assets/{asset_id}/edit", data=again)) == f"/assets/{asset_id}"
    assert "Mine" in main_of(marketer.get(f"/assets/{asset_id}"))


@pytest.mark.parametrize("verb", ["release", "retire", "confirm", "versions/1/current"])
def test_verbs_on_a_page_that_is_out_of_date_change_nothing(portal: Portal, marketer: TestClient, verb: str) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules")
        add_version(work, asset_id, "# New\n\nNew.\n")
    old = str(int(revision_of(marketer, asset_id)) - 1)
    answer = marketer.post(f"/assets/{asset_id}/{verb}", data={"revision": old})
    assert "was changed by somebody else meanwhile" in main_of(answer, 412)
    told = main_of(marketer.get(f"/assets/{asset_id}"))
    assert "Readers still get v1." in told and "Retired" not in told


def test_a_release_that_lacks_something_is_told_on_the_page(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_draft(work, "Gate rules", facet_ids=[])
    answer = marketer.post(f"/assets/{asset_id}/release", data={"revision": "1"})
    assert "is not released. It needs a stage and a stakeholder. It is kept as it is." in main_of(answer, 422)


def test_release_go_back_retire_and_restore(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules", "# Gate\n\nThe old gate.\n")
        add_version(work, asset_id, "# Gate\n\nThe new gate.\n")
    portal.drain()

    def do(verb: str) -> str:
        data = {"revision": revision_of(marketer, asset_id)}
        return led_to(marketer.post(f"/assets/{asset_id}/{verb}", data=data))

    do("release")
    assert "The new gate." in main_of(rep.get(f"/assets/{asset_id}"))
    do("versions/1/current")
    assert "The old gate." in main_of(rep.get(f"/assets/{asset_id}"))
    do("retire")
    portal.drain()
    assert rep.get(f"/assets/{asset_id}").status_code == 404 and "Nothing answers" in main_of(rep.get("/ask?q=gate"))
    assert "Readers do not find it any more." in main_of(marketer.get(f"/assets/{asset_id}"))
    assert page_of(marketer.get(f"/assets/{asset_id}")).xpath(f"//form[@action='/assets/{asset_id}/restore']")
    do("restore")
    portal.drain()
    assert "The old gate." in main_of(rep.get(f"/assets/{asset_id}")) and "Gate rules" in main_of(rep.get("/ask?q=gate"))
    assert marketer.post(f"/assets/{asset_id}/restore").status_code == 409


def test_a_draft_goes_into_the_trash_and_comes_back(portal: Portal, marketer: TestClient, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_draft(work, "Gate rules")
    assert led_to(marketer.post(f"/assets/{asset_id}/trash", data={"revision": revision_of(marketer, asset_id)})) == "/upload"
    assert "Gate rules" not in main_of(marketer.get("/upload")) and NOT_THERE in main_of(rep.get(f"/assets/{asset_id}"), 404)
    assert led_to(marketer.post(f"/assets/{asset_id}/restore")) == f"/assets/{asset_id}"
    assert "Gate rules" in main_of(marketer.get(f"/assets/{asset_id}"))


def test_a_new_version_is_a_draft_with_its_note_and_a_refused_one_changes_nothing(portal: Portal, marketer: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules")
    bad = marketer.post(f"/assets/{asset_id}/versions", files={"file": ("x.docm", b"PK")}, data={"note": "n"})
    assert "Files with macros (.docm) are not accepted." in main_of(bad, 422)
    assert "Choose a file first." in main_of(marketer.post(f"/assets/{asset_id}/versions", files={"file": ("", b"")}), 422)
    new = ("gate.docx", documents.docx("Gate", "New."))
    answer = marketer.post(f"/assets/{asset_id}/versions", files={"file": new}, data={"note": " Another colour. "})
    assert led_to(answer) == f"/assets/{asset_id}?v=2"
    told = main_of(marketer.get(f"/assets/{asset_id}"))
    assert "Another colour." in told and "gate.docx" in told and "v3" not in told


def test_what_expires_soon_is_stale_or_expired_says_so(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        today = work.today
        due = add_released(work, "Due", confirmed_on=today - timedelta(days=170))
        stale = add_released(work, "Stale", confirmed_on=today - timedelta(days=181))
        last = add_released(work, "Last day", expires_on=today)
        gone = add_released(work, "Gone", expires_on=today - timedelta(days=1))
    assert "Review due in 10 days" in main_of(rep.get(f"/assets/{due}"))
    assert "Stale, 1 day over" in main_of(rep.get(f"/assets/{stale}"))
    assert "Expired" not in main_of(rep.get(f"/assets/{last}"))
    assert "Do not send it." in main_of(rep.get(f"/assets/{gone}"))


def test_views_downloads_and_copies_are_logged(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        asset_id = add_released(work, "Gate rules")
    portal.drain()
    page = page_of(rep.get(f"/assets/{asset_id}"))
    button = page.xpath("//button[@data-copy='copy-shown']")[0]
    copied = {"asset_id": button.get("data-asset"), "version_id": button.get("data-version"), "passage_id": button.get("data-passage")}
    assert rep.post("/activity/copied", data=copied).status_code == 204
    assert rep.post("/activity/copied", data={**copied, "asset_id": "999"}).status_code == 404
    rep.get(f"/assets/{asset_id}/file")
    portal.services.activity.flush()
    with portal.work() as work:
        logged = [work.session.get(ActivityEntry, number) for number in (1, 2, 3)]
        assert [row.verb for row in logged if row] == ["viewed", "copied", "downloaded"]


def test_the_second_format_of_the_same_text_is_released_and_offered_beside_the_first(
    portal: Portal, marketer: TestClient, rep: TestClient
) -> None:
    text = "The derrick swings over the quay and lifts containers from the barge to the train, all day and all night, in any weather."
    with portal.work() as work:
        first = add_released(work, "Derrick", f"# Derrick\n\n{text}\n", file_name="derrick.md")
        second = add_draft(work, "Derrick page", f"<h1>Derrick</h1><p>{text}</p>", file_name="derrick.html")
    portal.drain()
    answer = marketer.post(f"/assets/{second}/release", data={"revision": revision_of(marketer, second)})
    assert led_to(answer) == f"/assets/{second}"
    assert f"/assets/{second}/file" in rep.get(f"/assets/{first}").text
