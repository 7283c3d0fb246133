"""How often each kind is looked at again; which mails went out."""

from datetime import date

from sqlmodel import Field, SQLModel


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
