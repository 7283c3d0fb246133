"""pytest plugin: tests whose browser or server is missing are left out loudly, never silently; in CI that fails the run."""

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from app.core.printing import missing_libraries
from tests.factories.model import missing_model
from tests.postgres import missing_postgres

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Path of the first browser that the journeys can drive."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def missing_browser() -> str:
    """Why there is no browser, or nothing."""
    return "" if find_browser() else "no browser was found; as root: apt-get install chromium"


def missing_office() -> str:
    """Why documents cannot be opened by another program than ours, or nothing."""
    if shutil.which("soffice"):
        return ""
    return "no LibreOffice was found; as root: apt-get install libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"


NEEDS: dict[str, Callable[[], str]] = {
    "browser": missing_browser,
    "model": missing_model,
    "office": missing_office,
    "pdf": missing_libraries,
    "postgres": missing_postgres,
}
LEFT_OUT = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = {}


def reason_to_leave_out(markers: set[str], needs: dict[str, Callable[[], str]]) -> str:
    """The first thing that a test needs and this machine lacks; empty when the test can run."""
    return next((reason for name, missing in needs.items() if name in markers and (reason := missing())), "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = {item.nodeid: reason_to_leave_out({marker.name for marker in item.iter_markers()}, NEEDS) for item in items}
    gone = [item for item in items if reasons[item.nodeid]]
    if gone:
        config.stash[LEFT_OUT].update({item.nodeid: reasons[item.nodeid] for item in gone})
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if not reasons[item.nodeid]]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A process that ran a part of the tests ended; every one of them left out the same, as all of them looked at all tests."""
    node.config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get("left_out", {}))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash[LEFT_OUT]
        return
    in_ci = os.environ.get("CI") == "true"
    left_out = bool(session.config.stash[LEFT_OUT]) or bool(skipped(session.config))
    if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and (failed_checks() or (in_ci and left_out)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for nodeid, reason in config.stash[LEFT_OUT].items():
        terminalreporter.write_line(f"LEFT OUT: {nodeid} because {reason}", yellow=True)
    for name in failed_checks():
        terminalreporter.write_line(f"FAILED BEFORE THE TESTS: {name} (see above)", red=True)


def skipped(config: pytest.Config) -> list[str]:
    """Names of the tests that skipped themselves."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return [] if reporter is None else [report.nodeid for report in reporter.stats.get("skipped", [])]


def failed_checks() -> list[str]:
    """Static checks that tools/check.sh found wanting."""
    return [name for name in os.environ.get("FAILED_CHECKS", "").split(",") if name]
