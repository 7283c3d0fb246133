"""A test that cannot run is named, and in CI the run fails for it; so it does for a static check that failed before the tests."""

import pytest

from tests.architecture.source import ROOT

INI = "[pytest]\nmarkers =\n  browser: needs a browser\n"
TESTS = "import pytest\n\n@pytest.mark.browser\ndef test_journey(): pass\n\ndef test_sum(): pass\n"


def run(pytester: pytest.Pytester, tests: str = TESTS) -> pytest.RunResult:
    pytester.makeini(INI)
    pytester.makepyfile(test_some=tests)
    return pytester.runpytest_inprocess("-p", "tests.left_out")


@pytest.fixture(autouse=True)
def _nothing_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("FAILED_CHECKS", raising=False)


def test_test_without_its_browser_is_named(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    result = run(pytester)
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["LEFT OUT: test_some.py::test_journey because no browser was found*", "*1 passed, 1 deselected*"])
    assert result.ret == pytest.ExitCode.OK


def test_leaving_out_fails_in_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", "true")
    assert run(pytester).ret == pytest.ExitCode.TESTS_FAILED


def test_skipping_fails_in_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = "import pytest\n\ndef test_skips(): pytest.skip('not today')\n"
    assert run(pytester, tests).ret == pytest.ExitCode.OK
    monkeypatch.setenv("CI", "true")
    assert run(pytester, tests).ret == pytest.ExitCode.TESTS_FAILED


def test_run_with_everything_there_passes_in_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert run(pytester, "def test_sum(): pass\n").ret == pytest.ExitCode.OK


def test_failed_static_check_fails_the_run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILED_CHECKS", "mypy,djlint")
    result = run(pytester, "def test_sum(): pass\n")
    result.stdout.fnmatch_lines(["FAILED BEFORE THE TESTS: mypy*", "FAILED BEFORE THE TESTS: djlint*", "*1 passed*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_tests_run_side_by_side_are_named_just_as_loudly(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini(INI)
    pytester.makepyfile(test_some=TESTS, test_more="def test_more(): pass\n")
    result = pytester.runpytest_subprocess("-p", "xdist", "-p", "tests.left_out", "-n", "2")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["LEFT OUT: test_some.py::test_journey because no browser was found*"])
    assert result.ret == pytest.ExitCode.OK
    monkeypatch.setenv("CI", "true")
    assert pytester.runpytest_subprocess("-p", "xdist", "-p", "tests.left_out", "-n", "2").ret == pytest.ExitCode.TESTS_FAILED
