"""How often each kind is looked at again; which mails went out; what the review pages show."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel
from pydantic import Field as InputField
from sqlmodel import Field, SQLModel

from app.framework.models import ValueView
from app.library.models import AssetCard


class Reason(StrEnum):
    """Why an item is on the review list; an item whose owner left may be past a date, too."""

    EXPIRED = "expired"
    PAST_REVIEW = "past_review"
    OWNER_GONE = "owner_gone"
    DUE = "due"


class ReviewPolicy(SQLModel, table=True):
    """How often items of a kind are looked at again, and who does it when an item's owner is gone."""

    __tablename__ = "review_policy"

    kind_id: int = Field(foreign_key="facet_value.id", primary_key=True)
    interval_days: int
    fallback_owner_id: int | None = Field(default=None, foreign_key="user_account.id")
    revision: int = 1


class DueMail(SQLModel, table=True):
    """The one mail a person gets on a day about what is due; the key keeps a second one from being sent."""

    __tablename__ = "due_mail"

    user_id: int = Field(foreign_key="user_account.id", primary_key=True)
    sent_on: date = Field(primary_key=True)


class PolicyInput(BaseModel):
    """What curators say about a kind."""

    interval_days: int = InputField(ge=1, le=3650)
    fallback_owner_id: int | None = None


@dataclass(frozen=True)
class Pick:
    """An item as it was shown to whoever chose it."""

    asset_id: int
    revision: int


@dataclass(frozen=True)
class QueueFilter:
    """Which items of the list are wanted; `mine` is those the actor looks after, also in place of somebody who left."""

    reason: Reason | None = None
    owner_id: int | None = None
    kind_id: int | None = None
    mine: bool = False


@dataclass(frozen=True)
class QueueItem:
    """An item of the list: every reason with its sentence, the worst first; uses are those of the last 30 days.

    `asked` is who is asked in place of an owner who left.
    """

    card: AssetCard
    revision: int
    reasons: tuple[tuple[Reason, str], ...]
    uses: int
    asked: str

    @property
    def reason(self) -> Reason:
        """What it is listed for first."""
        return self.reasons[0][0]

    @property
    def is_expired(self) -> bool:
        """Whether only a new expiry date or retiring helps."""
        return self.reason == Reason.EXPIRED


@dataclass(frozen=True)
class Health:
    """How the released items an actor may see are spread over the states of freshness."""

    current: int = 0
    due: int = 0
    stale: int = 0
    expired: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.current + self.due + self.stale + self.expired


@dataclass(frozen=True)
class Load:
    """What one person looks after; `left` says that they can no longer sign in, `owner_id` 0 stands for nobody."""

    owner_id: int
    name: str
    health: Health
    left: bool


@dataclass(frozen=True)
class PolicyView:
    """A kind with its policy: how many items it has, and how many of them follow another interval. Revision 0: none is set yet."""

    kind: ValueView
    interval_days: int
    fallback_owner_id: int | None
    fallback: str
    fallback_left: bool
    items: int
    others: int
    revision: int


@dataclass(frozen=True)
class Decision:
    """One line of the log: who decided what about which item, when."""

    at: datetime
    who: str
    what: str
    asset_id: int
    title: str
