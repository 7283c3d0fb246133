"""Imports every models module, so that the metadata is whole (migrations, tests)."""

from sqlmodel import SQLModel

from app.activity import models as activity
from app.core import holds, outbox, schedule
from app.deals import models as deals
from app.framework import models as framework
from app.identity import models as identity
from app.library import models as library
from app.messaging import models as messaging
from app.plays import models as plays
from app.review import models as review
from app.search import models as search
from app.sharing import models as sharing

metadata = SQLModel.metadata

__all__ = [
    "activity",
    "deals",
    "framework",
    "holds",
    "identity",
    "library",
    "messaging",
    "metadata",
    "outbox",
    "plays",
    "review",
    "schedule",
    "search",
    "sharing",
]
