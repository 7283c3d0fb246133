"""Settings that cannot be: every command says which, what is wrong and what would be right, and shows no secret."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.ops.cli import app
from app.settings import Settings, get_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this portal's data would go."""
    folder = tmp_path / "portal"
    monkeypatch.setenv("QUIVER_DATA_DIR", str(folder))
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()


def quiver(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    "name,value,told",
    [
        ("PORT", "abc", "QUIVER_PORT is “abc”, but it must be a whole number from 1 to 65535, like 8000."),
        ("PORT", "99999", "QUIVER_PORT is “99999”, but it must be a whole number from 1 to 65535, like 8000."),
        ("ENVIRONMENT", "prod", "QUIVER_ENVIRONMENT is “prod”, but it must be development or production."),
        (
            "MAX_UPLOAD_BYTES",
            "500 MB",
            "QUIVER_MAX_UPLOAD_BYTES is “500 MB”, but it must be a whole number of at least 1, like 524288000.",
        ),
        ("IDLE_BODY_SECONDS", "0", "QUIVER_IDLE_BODY_SECONDS is “0”, but it must be a number above 0, like 30.0."),
        ("EMBEDDED_WORKER", "perhaps", "QUIVER_EMBEDDED_WORKER is “perhaps”, but it must be true or false, like true."),
        (
            "BASE_URL",
            "portal.example.com",
            "QUIVER_BASE_URL is “portal.example.com”, but it must be empty or like https://portal.example.com.",
        ),
        (
            "BASE_URL",
            "https://example.com/portal/",
            "QUIVER_BASE_URL is “https://example.com/portal/”, but it must be empty or like https://portal.example.com.",
        ),
        (
            "TRUSTED_PROXY",
            "127.0.0.1, proxy",
            "QUIVER_TRUSTED_PROXY is “127.0.0.1, proxy”, but it must be empty or addresses like 10.0.0.5 or 10.0.0.0/24, "
            "with commas between.",
        ),
        (
            "SMTP_FROM",
            "nonsense",
            "QUIVER_SMTP_FROM is “nonsense”, but it must be empty or an address like Quiver <quiver@example.com>.",
        ),
        ("SMTP_HOST", "mail.example.com", "Mails need an address they are from. Set QUIVER_SMTP_FROM, or leave QUIVER_SMTP_HOST empty."),
    ],
)
@pytest.mark.parametrize("command", ["serve", "doctor", "migrate", "verify", "work"])
def test_a_wrong_setting_is_told_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str, told: str
) -> None:
    folder.mkdir()
    monkeypatch.setenv(f"QUIVER_{name}", value)
    result = quiver(command)
    assert (result.exit_code, result.output) == (2, f"{told}\n")


@pytest.mark.parametrize("sender", ["q@example.com", "Quiver <q@example.com>", "<q@localhost>", '"Q, the portal" <q@example.com>'])
def test_senders_mails_can_be_from(sender: str) -> None:
    assert Settings(smtp_from=sender, smtp_host="mail.example.com").smtp_from == sender


@pytest.mark.parametrize("sender", ["Quiver", "quiver@", "@example.com", "two@example.com, of@example.com", "a b@example.com", "<>"])
def test_senders_mails_cannot_be_from(sender: str) -> None:
    with pytest.raises(ValueError, match="an address like"):
        Settings(smtp_from=sender)


def test_an_account_name_is_no_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_SMTP_HOST", "mail.example.com")
    monkeypatch.setenv("QUIVER_SMTP_USER", "apikey")
    assert "QUIVER_SMTP_USER is no address mails could be from. Set QUIVER_SMTP_FROM" in quiver("migrate").output


@pytest.mark.parametrize("environment,code", [("production", 2), ("development", 0)])
def test_a_secret_that_could_be_guessed_is_refused_in_production(monkeypatch: pytest.MonkeyPatch, environment: str, code: int) -> None:
    monkeypatch.setenv("QUIVER_ENVIRONMENT", environment)
    monkeypatch.setenv("QUIVER_SECRET_KEY", "hunter2-hunter2")
    result = quiver("migrate")
    assert (result.exit_code, "hunter2" in result.output) == (code, False)
    assert ("QUIVER_SECRET_KEY has fewer than 16 characters" in result.output) == (code == 2)
    monkeypatch.setenv("QUIVER_SECRET_KEY", "hunter2-hunter2x")
    assert quiver("migrate").exit_code == 0


@pytest.mark.parametrize("url", ["mysql://root:hunter2@db.example.com/x", "postgresql://q:hunter2@db.example.com:port/x", "hunter2"])
def test_the_address_of_a_database_is_not_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("QUIVER_DATABASE_URL", url)
    result = quiver("migrate")
    assert result.exit_code == 2
    assert result.output == ("QUIVER_DATABASE_URL must be empty, for SQLite in the data folder, or like postgresql://user@host/name.\n")


def test_every_wrong_setting_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_PORT", "abc")
    monkeypatch.setenv("QUIVER_SMTP_PORT", "-1")
    assert [line.partition(" ")[0] for line in quiver("migrate").output.splitlines()] == ["QUIVER_PORT", "QUIVER_SMTP_PORT"]


def test_a_database_that_does_not_answer_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_DATABASE_URL", "postgresql://q:hunter2@127.0.0.1:1/x")
    result = quiver("migrate")
    assert (result.exit_code, "hunter2" in result.output) == (1, False)
    assert result.output.startswith("The database does not answer: ")
    assert "QUIVER_DATABASE_URL" in result.output


def test_an_empty_setting_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_PORT", "")
    monkeypatch.setenv("QUIVER_DATABASE_URL", "")
    assert Settings().port == 8000


def test_a_data_folder_that_is_a_file(folder: Path) -> None:
    folder.write_text("no folder")
    result = quiver("migrate")
    told = f"QUIVER_DATA_DIR is “{folder}”, but that is a file. Name a folder this account may write to.\n"
    assert (result.exit_code, result.output) == (2, told)


def test_a_data_folder_that_cannot_be_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write_text("no folder")
    monkeypatch.setenv("QUIVER_DATA_DIR", str(folder / "deeper"))
    result = quiver("serve")
    assert (result.exit_code, "but it cannot be made: Not a directory." in result.output) == (2, True)


def test_a_data_folder_nobody_may_write_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    monkeypatch.setattr("app.ops.portal.os.access", lambda _path, _mode: False)  # the administrator, who runs tests, may write anywhere
    result = quiver("doctor")
    assert (result.exit_code, "but this account may not write there." in result.output) == (2, True)


@pytest.mark.parametrize("workers", ["0", "-1", "two"])
def test_serving_processes_are_at_least_one(workers: str) -> None:
    result = quiver("serve", "--workers", workers)
    assert (result.exit_code, "--workers" in result.output, "Traceback" in result.output) == (2, True, False)


@pytest.mark.parametrize(
    "given,address",
    [
        ({"base_url": "https://portal.example.com/"}, "https://portal.example.com"),
        ({"host": "::1", "port": 8123}, "http://[::1]:8123"),
        ({"host": "127.0.0.1", "port": 8123}, "http://127.0.0.1:8123"),
    ],
)
def test_links_begin_with_an_address_a_browser_opens(given: dict[str, Any], address: str) -> None:
    assert Settings(**given).base_url == address


@pytest.mark.parametrize("proxies", ["", "*", "10.0.0.5", "10.0.0.5, ::1", "10.0.0.0/24"])
def test_proxies_are_named_by_their_addresses(proxies: str) -> None:
    assert Settings(trusted_proxy=proxies).trusted_proxy == proxies


def test_more_processes_than_a_computer_bears_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIVER_PORT", "8391")  # no portal of anybody listens there
    monkeypatch.setattr("app.ops.serve.uvicorn.run", lambda *_app, **_options: None)
    assert [quiver("serve", "--workers", wanted).exit_code for wanted in ("64", "65")] == [0, 2]
