"""Rules of the house that no linter knows, over every module of the program; each proves on a made-up snippet that it can fail."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.architecture.source import Rule, Source, called, dotted, functions, imported, modules

MAX_FUNCTION, MAX_MODULE = 40, 400
VAGUE = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "base"}
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime", "time.gmtime"}
ENVIRONMENT = {"os.environ", "os.getenv", "os.environb"}
HTTP_CLIENTS = ("httpx", "httpx2", "urllib.request", "http.client", "requests", "aiohttp", "urllib3")
FEATURES = {"identity", "framework", "activity", "deals", "library", "messaging", "plays", "search", "sharing", "review", "insights"}


def transaction_ends(source: Source) -> Iterator[str]:
    return (f"line {line} calls {name}" for line, name in called(source) if name.endswith((".commit", ".rollback")))


def selects(source: Source) -> Iterator[str]:
    path = PurePosixPath(source.name)
    if path.name == "queries.py" or "queries" in path.parts:
        return iter(())
    return (f"line {line} calls {name}" for line, name in called(source) if name.rpartition(".")[2] == "select")


def outgoing_http(source: Source) -> Iterator[str]:
    return (
        f"line {line} imports {name}"
        for line, name in imported(source)
        if any(name == client or name.startswith(f"{client}.") for client in HTTP_CLIENTS)
    )


def clock_readings(source: Source) -> Iterator[str]:
    return (f"line {line} calls {name}" for line, name in called(source) if ".".join(name.split(".")[-2:]) in CLOCKS)


def moments_in_features(source: Source) -> Iterator[str]:
    if PurePosixPath(source.name).parts[1] not in FEATURES:
        return iter(())
    return (f"line {line} imports {name}" for line, name in imported(source) if name.endswith(".utc_now"))


def environment_readings(source: Source) -> Iterator[str]:
    attributes = ((node.lineno, dotted(node)) for node in ast.walk(source.tree) if isinstance(node, ast.Attribute))
    return (f"line {line} reads {name}" for line, name in (*attributes, *imported(source)) if name in ENVIRONMENT)


def markup_made(source: Source) -> Iterator[str]:
    return (f"line {line} calls {name}" for line, name in called(source) if name.split(".")[-1] == "Markup")


def foreign_privates(source: Source) -> Iterator[str]:
    package = ".".join(PurePosixPath(source.name).parent.parts)
    for line, name in imported(source):
        owner, _, private = name.partition("._")
        if name.startswith("app.") and private and not private.startswith("_") and not f"{package}.".startswith(f"{owner}."):
            # a private function belongs to its module, a private module to its package
            yield f"line {line} imports {name}"


def long_functions(source: Source) -> Iterator[str]:
    for function in functions(source):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > MAX_FUNCTION:
            yield f"{function.name} has {length} lines, at most {MAX_FUNCTION} are allowed"


def long_modules(source: Source) -> Iterator[str]:
    length = len(source.text.splitlines())
    if length > MAX_MODULE:
        yield f"{length} lines, at most {MAX_MODULE} are allowed"


def late_imports(source: Source) -> Iterator[str]:
    for function in functions(source):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"line {node.lineno} imports inside {function.name}"


def relative_imports(source: Source) -> Iterator[str]:
    return (f"line {line} imports {name}" for line, name in imported(source) if name.startswith("."))


def missing_purpose(source: Source) -> Iterator[str]:
    purpose = ast.get_docstring(source.tree)
    if not purpose:
        yield "does not say what it is for"
    elif len(purpose.splitlines()) > 3:
        yield "takes more than three lines to say what it is for"


def vague_names(source: Source) -> Iterator[str]:
    parts = PurePosixPath(source.name).with_suffix("").parts
    return (f"{part} says nothing" for part in parts if VAGUE & set(part.split("_")))


LONG_FUNCTION = "def f():\n" + "    x = 1\n" * MAX_FUNCTION
RULES = [
    Rule(
        "only core/db.py ends a transaction",
        transaction_ends,
        bad="def f(work):\n    work.session.commit()\n",
        allowed={
            "app/core/db.py": "the place itself",
            "app/search/_whoosh": "ends a write to the index, which is no transaction of the data",
        },
    ),
    Rule(
        "only queries.py and core select",
        selects,
        bad="from sqlmodel import select\nrows = select(1)\n",
        allowed={"app/core/": "outbox and the like have no feature"},
    ),
    Rule(
        "only core/outbound.py speaks HTTP to others",
        outgoing_http,
        bad="import httpx\n",
        allowed={"app/core/outbound.py": "the place itself"},
    ),
    Rule(
        "time comes from work.now",
        clock_readings,
        bad="import datetime\nnow = datetime.datetime.now(datetime.UTC)\n",
        allowed={"app/core/clock.py": "the one clock"},
    ),
    Rule("features do not look at the clock", moments_in_features, bad="from app.core.clock import utc_now\n"),
    Rule(
        "only settings read the environment",
        environment_readings,
        bad="import os\nx = os.environ['X']\n",
        allowed={
            "app/__init__.py": "tells numpy to keep to one thread, before it is loaded",
            "app/core/office/_host.py": "empties the environment of the child that parses hostile files",
            "app/ops/doctor.py": "names variables that no setting answers to",
        },
    ),
    Rule(
        "only core/templating.py and core/icons.py say that HTML is safe",
        markup_made,
        bad="import markupsafe\nx = markupsafe.Markup('<b>')\n",
        allowed={
            "app/core/templating.py": "right after nh3 has cleaned it",
            "app/core/icons.py": "drawings and colours out of our own files",
        },
    ),
    Rule(
        "what starts with _ is used at home only",
        foreign_privates,
        bad="from app.search._whoosh import open_engine\n",
        allowed={
            "app/main.py": "wires the engine of the day to its protocol, for the server",
            "app/ops/portal.py": "the same, for the commands",
            "app/ops/meaning.py": "looks at a file of the model before it is put in its place",
        },
    ),
    Rule("functions are short", long_functions, bad=LONG_FUNCTION),
    Rule("modules are short", long_modules, bad="x = 1\n" * (MAX_MODULE + 1)),
    Rule(
        "imports stand on top",
        late_imports,
        bad="def f():\n    import json\n",
        allowed={
            "app/ops/cli.py": "must answer --help in half a second",
            "app/ops/migrate.py": "most starts have nothing to migrate",
        },
    ),
    Rule("imports are absolute", relative_imports, bad="from . import queries\n"),
    Rule("each module says what it is for", missing_purpose, bad="x = 1\n"),
    Rule("no module has a vague name", vague_names, bad="", bad_name="app/library/search_utils.py"),
]
BY_NAME = [pytest.param(rule, id=rule.name.replace(" ", "-")) for rule in RULES]


@pytest.mark.parametrize("rule", BY_NAME)
def test_the_program_keeps_the_rule(rule: Rule) -> None:
    findings = [finding for source in modules("app") for finding in rule.broken_by(source)]
    assert not findings, "\n".join(findings)


@pytest.mark.parametrize("rule", BY_NAME)
def test_the_rule_can_fail(rule: Rule) -> None:
    assert rule.broken_by(Source(rule.bad_name, rule.bad))


@pytest.mark.parametrize("rule", BY_NAME)
def test_the_rule_accepts_clean_code(rule: Rule) -> None:
    clean = '"""Verbs of the library."""\n\nfrom app.core.work import Work\n\n\ndef release(work: Work) -> None:\n    work.now.date()\n'
    assert rule.broken_by(Source("app/library/actions.py", clean)) == []


def test_every_exception_is_needed() -> None:
    program = modules("app")
    for rule in RULES:
        for place in rule.allowed:
            there = [source for source in program if source.name.startswith(place)]
            assert not there or [finding for source in there for finding in rule.find(source)], f"{rule.name}: {place} needs no exception"


def test_other_python_files_have_clear_names_and_purposes() -> None:
    rules = [rule for rule in RULES if rule.find in (vague_names, missing_purpose, relative_imports)]
    sources = [source for source in modules("tests", "benchmarks") if source.text.strip()]
    findings = [finding for rule in rules for source in sources for finding in rule.broken_by(source)]
    assert not findings, "\n".join(findings)
