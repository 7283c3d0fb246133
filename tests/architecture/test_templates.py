"""Templates: each compiles, has a title, is short, keeps the content security policy, is reachable, takes exactly its page's data."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Mapping

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined

import app.pages
from app.core.templating import environment
from app.web.render import PAGES
from tests.architecture import templates
from tests.architecture.source import modules

# Given to every page, see render().
ALWAYS_THERE = {"shell"}
# Templates that may switch escaping off, and why.
SAFE_ALLOWED: dict[str, str] = {}


def names() -> list[str]:
    return environment.list_templates()


def data_types() -> Mapping[str, type]:
    """Template -> its page data, once every page module is loaded."""
    for module in pkgutil.walk_packages(app.pages.__path__, "app.pages."):
        importlib.import_module(module.name)
    return PAGES


def mismatch(environment: Environment, name: str, data: type) -> dict[str, set[str]]:
    """Names that the template misses, and fields that it does not use."""
    fields = {field.name for field in dataclasses.fields(data)}
    used = templates.used_names(environment, name) - ALWAYS_THERE
    return {kind: found for kind, found in (("missing", used - fields), ("unused", fields - used)) if found}


def made_up(**sources: str) -> Environment:
    return Environment(
        loader=DictLoader({f"{name}.html": text for name, text in sources.items()}), undefined=StrictUndefined, autoescape=True
    )


def test_environment_refuses_missing_names_and_escapes() -> None:
    assert issubclass(environment.undefined, StrictUndefined)
    assert environment.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize("name", names())
def test_template_compiles_and_is_short(name: str) -> None:
    environment.get_template(name)
    assert len(templates.source_of(environment, name).splitlines()) <= templates.MAX_LINES


@pytest.mark.parametrize("name", [name for name in names() if templates.is_whole_page(name)])
def test_page_has_a_title(name: str) -> None:
    assert templates.has_title(templates.source_of(environment, name))


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith("print/")])
def test_template_holds_nothing_that_the_browser_would_refuse(name: str) -> None:
    assert templates.forbidden_markup(templates.source_of(environment, name)) == []


def test_what_is_made_for_paper_is_never_sent_to_a_browser() -> None:
    assert [name for name in data_types() if name.startswith("print/")] == []


def test_escaping_is_switched_off_only_where_a_reason_is_written() -> None:
    assert {name for name in names() if templates.uses_safe(environment, templates.source_of(environment, name))} == set(SAFE_ALLOWED)


def test_every_template_is_reachable() -> None:
    code = "\n".join(source.text for source in modules("app"))
    referenced = {reference for name in names() for reference in templates.references(environment, name)}
    assert [name for name in names() if name not in referenced and f'"{name}"' not in code] == []


def test_every_page_type_is_frozen() -> None:
    # dataclasses tell it by the one method that a frozen class has of its own
    assert [data.__name__ for data in data_types().values() if "__setattr__" not in vars(data)] == []


def test_page_data_is_exactly_what_the_template_takes() -> None:
    assert data_types(), "no page was registered"
    found = {name: mismatch(environment, name, data) for name, data in data_types().items()}
    assert {name: difference for name, difference in found.items() if difference} == {}


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        "<p class='{{ x }}'\n  onclick='f()'>",
        "<script>f()</script>",
        "<a href='javascript:f()'>",
        "<style>p {}</style>",
    ],
)
def test_bad_markup_is_found(text: str) -> None:
    assert len(templates.forbidden_markup(text)) == 1


def test_good_markup_is_not_found() -> None:
    text = '<script type="module" src="/static/x.js"></script><p data-style="x" class="{{ " onclick=" if x }}">style="x"</p>'
    assert templates.forbidden_markup(text) == []


@pytest.mark.parametrize("text", ["{{ x|safe }}", "{% autoescape false %}{{ x }}{% endautoescape %}"])
def test_switched_off_escaping_is_found(text: str) -> None:
    assert templates.uses_safe(made_up(), text)
    assert not templates.uses_safe(made_up(), "{{ x|e }}")


def test_names_are_followed_through_parents_and_parts() -> None:
    made = made_up(
        base="<title>{{ heading }}</title>{% block main %}{% endblock %}",
        _row="{{ item.name }}{{ unit }}{{ loop.index }}",
        macros="{% macro show(x) %}{{ x }}{{ outside }}{% endmacro %}",
        page="{% extends 'base.html' %}{% import 'macros.html' as m %}{% block main %}{% for item in items %}{% include '_row.html' %}"
        "{{ m.show(item) }}{{ limit }}{% endfor %}{{ range(3) }}{% endblock %}{% set limit = 3 %}",
    )
    assert templates.used_names(made, "page.html") == {"heading", "items", "unit"}


def test_data_that_does_not_fit_is_found() -> None:
    @dataclasses.dataclass(frozen=True)
    class Data:
        title: str
        forgotten: int

    made = made_up(page="{{ title }}{{ subtitle }}{{ shell.name }}")
    assert mismatch(made, "page.html", Data) == {"missing": {"subtitle"}, "unused": {"forgotten"}}


def test_page_without_title_and_long_page_are_told_apart() -> None:
    assert templates.has_title("{% block title %}Ask{% endblock %}")
    assert not templates.has_title("<h1>Ask</h1>")
    assert templates.is_whole_page("search/page.html")
    assert not templates.is_whole_page("search/_answer.html")
    assert not templates.is_whole_page("ui/marks.html")
