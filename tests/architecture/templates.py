"""What a template uses: the names it takes from its page, through everything it extends and includes."""

import re
from collections.abc import Iterator

from jinja2 import Environment, nodes
from jinja2.meta import find_undeclared_variables

MAX_LINES = 120
REFERENCES: tuple[type[nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport], ...] = (
    nodes.Extends,
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
)
# Name -> what is wrong with it, on the text of a template without its {% %}, {{ }} and {# #}.
FORBIDDEN_MARKUP = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "script without a file": re.compile(r"<script\b(?![^>]*\ssrc\s*=)", re.IGNORECASE),
    "event handler attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "javascript: address": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
}


def is_whole_page(name: str) -> bool:
    """Whether people see this template as a page, so that it needs a title."""
    return name.endswith(".html") and not name.rpartition("/")[2].startswith("_") and not name.startswith("ui/")


def has_title(text: str) -> bool:
    """Whether the template says what the page is called."""
    return bool(re.search(r"\{%-?\s*block\s+title\b|<title>", text))


def markup(text: str) -> str:
    """The HTML of a template: template code is cut out, though its line ends stay."""
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)


def forbidden_markup(text: str) -> list[str]:
    """What the content security policy would not run, or what belongs in the style sheet."""
    plain = markup(text)
    return [what for what, pattern in FORBIDDEN_MARKUP.items() if pattern.search(plain)]


def uses_safe(environment: Environment, text: str) -> bool:
    """Whether the template switches escaping off somewhere."""
    tree = environment.parse(text)
    marked = any(node.name == "safe" for node in tree.find_all(nodes.Filter))
    return marked or any(True for _ in tree.find_all(nodes.EvalContextModifier))


def used_names(environment: Environment, name: str, above: frozenset[str] = frozenset()) -> set[str]:
    """Every name the template takes from outside itself, also through parents and parts; names that the environment has are left out."""
    if name in above:
        return set()
    tree = environment.parse(source_of(environment, name))
    names = find_undeclared_variables(tree) - set(made_on_top(tree))
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")} | {"loop", "caller"}
    for part in parts(tree):
        names |= used_names(environment, part, above | {name}) - own
    return names - set(environment.globals)


def made_on_top(tree: nodes.Template) -> Iterator[str]:
    """Names of imports, macros and values that stand outside every block; the blocks see them, though each is read by itself."""
    yield from (node.target for node in tree.find_all(nodes.Import))
    yield from (node.name for node in tree.find_all(nodes.Macro))
    for source in tree.find_all(nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in source.names)
    for node in tree.body:
        if isinstance(node, nodes.Assign):
            yield from (name.name for name in (node.target, *node.target.find_all(nodes.Name)) if isinstance(name, nodes.Name))


def parts(tree: nodes.Template) -> Iterator[str]:
    """Templates that see this one's names: parents, includes, and imports that ask for them."""
    for node in tree.find_all(REFERENCES):
        if isinstance(node, nodes.Extends | nodes.Include) or node.with_context:
            yield from constants(node.template)


def references(environment: Environment, name: str) -> set[str]:
    """Every template that this one names."""
    tree = environment.parse(source_of(environment, name))
    return {reference for node in tree.find_all(REFERENCES) for reference in constants(node.template)}


def constants(node: nodes.Node) -> Iterator[str]:
    """The template names in an extends, include or import; a computed name is refused, because nothing could check it."""
    if isinstance(node, nodes.Const):
        yield str(node.value)
    elif isinstance(node, nodes.List | nodes.Tuple):
        for item in node.items:
            yield from constants(item)
    else:
        raise TypeError(f"line {node.lineno}: a template is named by an expression; write its name")


def source_of(environment: Environment, name: str) -> str:
    """Text of a template."""
    if environment.loader is None:
        raise TypeError("the environment loads no templates")
    return environment.loader.get_source(environment, name)[0]
