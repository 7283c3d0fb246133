"""The mapping file of an import: what a customer's columns and words mean here. Read and checked before the first file is touched."""

import tomllib
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.errors import Refused
from app.framework.models import CALL_FACETS, Facet
from app.library.models import Audience

FACETS = (*CALL_FACETS, Facet.SEGMENT, Facet.OBJECTIVE, Facet.COMPETITOR)
LONGEST_KEY = 60


class Defaults(BaseModel):
    """What the manifest does not say."""

    model_config = ConfigDict(extra="forbid")

    kind: str = "other"
    audience: Audience = Audience.INTERNAL
    language: str = Field("en", max_length=12)
    owner: str = ""
    review_interval_days: int = Field(180, ge=1, le=3650)
    pdf_only_reason: str = Field("", max_length=300)
    release: bool = True


class _File(BaseModel):
    """The whole file; a table for each facet maps their words to our keys."""

    model_config = ConfigDict(extra="forbid")

    create: list[Facet] = []
    columns: dict[str, str] = {}
    defaults: Defaults = Defaults()
    kind: dict[str, str] = {}
    stage: dict[str, str] = {}
    stakeholder: dict[str, str] = {}
    solution: dict[str, str] = {}
    vertical: dict[str, str] = {}
    segment: dict[str, str] = {}
    objective: dict[str, str] = {}
    competitor: dict[str, str] = {}


@dataclass(frozen=True)
class ImportMap:
    """How a customer's words become ours, read from a TOML file; README shows one.

    `columns` names the manifest's columns; each facet table maps their words to our keys; `create` lists facets whose unknown
    words become new values; `defaults` fill what the manifest does not say.
    """

    columns: dict[str, str]
    words: dict[str, dict[str, str]]
    create: frozenset[str]
    defaults: Defaults

    def find(self, facet: Facet, word: str) -> str | None:
        """Our key for a word of theirs, in whatever case; None when the mapping does not speak of it."""
        return next((key for theirs, key in self.words[facet.value].items() if fold(theirs) == fold(word)), None)


def fold(word: str) -> str:
    """A word as it is compared with others: upper case and spaces around it do not count."""
    return " ".join(word.casefold().split())


def read_map(path: Path) -> ImportMap:
    """The mapping file; raises Refused, naming each fault, when it is not one."""
    try:
        data = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as problem:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in problem.errors())
        raise Refused(f"The mapping {path.name} is not right: {faults}. Nothing was imported.") from problem
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"The mapping {path.name} cannot be read: {error}. Nothing was imported.") from error
    words = {facet.value: dict(getattr(data, facet.value)) for facet in (*FACETS, Facet.KIND)}
    return ImportMap(data.columns, words, frozenset(facet.value for facet in data.create), data.defaults)


def key_of(word: str) -> str:
    """The key of a new facet value: plain letters, digits and dashes; a word that has none of them gets a key of its own."""
    plain = unicodedata.normalize("NFKD", word.casefold()).encode("ascii", "ignore").decode()
    key = "-".join("".join(letter if letter.isalnum() else " " for letter in plain).split())[:LONGEST_KEY].strip("-")
    lost = sum(letter.isalnum() for letter in word) - sum(letter.isalnum() for letter in key)
    if key and lost <= 0:
        return key
    # what was left out must not make two words one
    return f"{key[:50]}-{sha256(word.encode()).hexdigest()[:8]}".strip("-")
