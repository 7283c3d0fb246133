"""What surrounds every page: who is signed in, where they may go, the call that is set. Built by render.py."""

from dataclasses import dataclass

from app.framework.models import ValueView


@dataclass(frozen=True)
class NavItem:
    """One place in the navigation that exists and that this person may enter.

    `curate` marks those that move behind "More" where it gets narrow, `is_rare` those that are always there, `is_tab` those that stand in
    the bottom bar of a phone.
    """

    label: str
    href: str
    icon: str
    current: bool
    curate: bool = False
    is_rare: bool = False
    is_tab: bool = False


@dataclass(frozen=True)
class ContextChip:
    """One facet of the call: its value, when one is set, and what it could be."""

    facet: str
    name: str
    icon: str
    value: ValueView | None
    options: tuple[ValueView, ...]


@dataclass(frozen=True)
class Shell:
    """Given to every template as `shell`.

    `theme` is light, dark or empty (the system decides); `path` is where to come back to: this address with
    its query, or the start page when this answers a form;
    `may` holds names of permissions ("upload"); `context` is empty for those who may not ask;
    `flash` is what was just done, `undo` the address that takes it back, if there is a way;
    `single_keys` is the person's choice; `organisation` is the name of the partner they belong to.
    """

    signed_in: bool
    name: str
    initials: str
    role: str
    role_name: str
    theme: str
    nav: tuple[NavItem, ...]
    context: tuple[ContextChip, ...]
    path: str
    flash: str
    request_id: str
    may: frozenset[str]
    single_keys: bool = True
    organisation: str = ""
    undo: str = ""

    @property
    def context_set(self) -> bool:
        """Whether the call has any facet set."""
        return any(chip.value for chip in self.context)
