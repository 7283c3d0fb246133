"""What a search gives back, as pages and API show it; searches people keep."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.columns import IDS_USED_ONCE, UtcDateTime
from app.framework.models import ValueView
from app.library.models import AssetCard, PassageView


class SavedSearch(SQLModel, table=True):
    """A search one person keeps under a name; `query` is the address behind /ask?."""

    __tablename__ = "saved_search"
    __table_args__ = IDS_USED_ONCE

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    name: str = Field(max_length=120)
    query: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Judgement(SQLModel, table=True):
    """How well a passage answers a question, says somebody: 2 it does, 1 partly, 0 not.

    It is of a text (`digest`, rules.passage_digest) and counts while readers get that text; `anchor` is where it stood in the version
    graded, empty for what an item says of itself.
    """

    __tablename__ = "judgement"
    __table_args__ = (UniqueConstraint("question_words", "asset_id", "digest"), IDS_USED_ONCE)

    id: int | None = Field(default=None, primary_key=True)
    question: str = Field(max_length=300)
    question_words: str = Field(max_length=300)  # without case and punctuation
    asset_id: int = Field(foreign_key="asset.id", index=True, ondelete="CASCADE")
    version_id: int
    anchor: str = Field(max_length=200)
    digest: str = Field(max_length=32)
    grade: int
    graded_by: int | None = Field(default=None, foreign_key="user_account.id")
    graded_at: datetime = Field(sa_type=UtcDateTime)


class Standing(StrEnum):
    """What became of the text that was graded."""

    COUNTS = "counts"
    CHANGED = "changed"  # another text stands in its place
    GONE = "gone"


@dataclass(frozen=True)
class Gradable:
    """A text that readers get of an item: one of its passages, or (passage_id 0, no anchor) what the item says of itself."""

    card: AssetCard
    passage_id: int
    anchor: str
    label: str
    heading: str
    text: str
    digest: str

    @property
    def key(self) -> str:
        """Its name in forms."""
        return f"{self.card.id}-{self.digest}"


@dataclass(frozen=True)
class GradedPassage:
    """A text to grade, with what was said of it before; `is_changed`: of the text that stood there then."""

    passage: Gradable
    grade: int | None = None
    graded_by: str = ""
    graded_at: datetime | None = None
    is_changed: bool = False


@dataclass(frozen=True)
class Graded:
    """How many grades were kept, and how many were not, as readers do not get their text any more."""

    kept: int
    lost: int


@dataclass(frozen=True)
class JudgedQuestion:
    """A question with how many of its grades count, how many of these name an answer, and how many do not count any more."""

    text: str
    graded: int
    answers: int
    changed: int
    gone: int
    graded_by: str
    graded_at: datetime


@dataclass(frozen=True)
class Measure:
    """How well search ranks: nDCG@10 and the share of questions whose first answer was graded as one, over so many questions."""

    ndcg: float
    first_right: float
    questions: int


@dataclass(frozen=True)
class JudgedSet:
    """Every judged question; `measure` is None while no grade names an answer."""

    questions: tuple[JudgedQuestion, ...]
    measure: Measure | None


@dataclass(frozen=True)
class Piece:
    """A stretch of an excerpt; the marked one is what the highlighter shows."""

    text: str
    marked: bool


@dataclass(frozen=True)
class OtherPassage:
    """A further passage of the same asset that matches, folded under the best one."""

    anchor: str
    label: str


@dataclass(frozen=True)
class Twin:
    """The same text in another format, folded under the answer."""

    asset_id: int
    format_label: str
    title: str


@dataclass(frozen=True)
class Answer:
    """One folded answer: an asset with its best passage; `passage` is None when only title, summary or tags match.

    `pieces` is the passage text (or summary) in runs, the answering ones marked; `locator` reads "slide 9 of 18", `path` names the headings
    the passage stands under, outermost first, as far as title and locator do not say them. `copies`: answers of the same page whose
    passages say nearly the same, folded under this one.
    """

    card: AssetCard
    passage: PassageView | None
    pieces: tuple[Piece, ...]
    locator: str
    path: tuple[str, ...]
    others: tuple[OtherPassage, ...]
    twins: tuple[Twin, ...]
    copies: tuple["Answer", ...] = ()
    same_meaning: bool = False  # it answers in other words than the question's


@dataclass(frozen=True)
class BestAnswer:
    """A curated buyer question that matches well, and the passage marketing chose for it."""

    question_id: int
    question: str
    answer: Answer


@dataclass(frozen=True)
class FacetOption:
    """One facet value with the number of answers it would leave; zeros are shown."""

    value: ValueView
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class FacetGroup:
    """One facet of the results page."""

    facet: str
    name: str
    options: tuple[FacetOption, ...]
    folded: bool = False


@dataclass(frozen=True)
class RelatedQuestion:
    """A buyer question of the same call, and how many assets answer it."""

    id: int
    text: str


@dataclass(frozen=True)
class Suggestion:
    """Something to choose while typing: a question that was asked, or the title of an item."""

    text: str
    asset_id: int | None


@dataclass(frozen=True)
class SavedView:
    """A kept search; `query` is the address behind /ask?."""

    id: int
    name: str
    query: str


@dataclass(frozen=True)
class Why:
    """Why an item stands where it does among the answers, in sentences; `place` is where its best passage stands, `score` what the order
    goes by."""

    title: str
    place: str
    asset_id: int
    sentences: tuple[str, ...]
    score: float


@dataclass(frozen=True)
class Results:
    """Everything a results page shows. `total_for_call`: answers that carry all of the call that is set; 0 without one. `source` is
    "index", or "database" while the index is being rebuilt."""

    question: str
    best: BestAnswer | None
    answers: tuple[Answer, ...]
    total: int
    total_without_context: int
    total_for_call: int
    groups: tuple[FacetGroup, ...]
    page: int
    pages: int
    expired_hidden: int
    corrected: tuple[tuple[str, str], ...]
    widened: tuple[tuple[str, str], ...]
    related: tuple[RelatedQuestion, ...]
    source: str
    timed_out: bool
