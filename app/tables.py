"""Imports every models module, so that the metadata is whole (migrations, tests)."""

from sqlmodel import SQLModel

from app.activity import models as activity
from app.core import holds, outbox, schedule
from app.framework import models as framework
from app.identity import models as identity
from app.library import models as library
from app.messaging import models as messaging
from app.review import models as review
from app.search import models as search

metadata = SQLModel.metadata

__all__ = ["activity", "framework", "holds", "identity", "library", "messaging", "metadata", "outbox", "review", "schedule", "search"]
