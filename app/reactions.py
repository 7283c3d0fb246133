"""What happens next: the jobs that follow each event, and those that run by the clock. Read this first."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from app.core import jobs as core
from app.core.outbox import Event
from app.framework.events import FrameworkChanged
from app.identity import jobs as identity
from app.identity.events import LinkMailWanted, UserDisabled, UserEnabled
from app.library import jobs as library
from app.library.events import AssetChanged, VersionRead, VersionUploaded
from app.messaging import jobs as messaging
from app.messaging.events import QuestionChanged
from app.plays import jobs as plays
from app.plays.events import BinderOrdered
from app.review import jobs as review
from app.review.events import DueMailWanted
from app.search import jobs as search
from app.search.jobs import IndexDesk
from app.sharing import jobs as sharing
from app.sharing.events import ItemsWentAway, MailCodeWanted, NewerVersionTold, RoomQuestionAsked, RoomVisited

Job = Callable[[IndexDesk, Sequence[Any]], None]


class Timed(NamedTuple):
    """A job that runs by the clock: its cron line (UTC) and what it does."""

    cron: str
    job: Callable[[IndexDesk], None]


REACTIONS: Mapping[type[Event], tuple[Job, ...]] = {
    UserDisabled: (library.note_owners,),
    UserEnabled: (library.note_owners,),
    LinkMailWanted: (identity.send_links,),
    VersionUploaded: (library.read_version,),
    VersionRead: (search.suggest_tags,),
    AssetChanged: (messaging.follow_versions, sharing.note_away, search.index_assets),
    FrameworkChanged: (search.index_carriers,),
    QuestionChanged: (search.index_question_assets,),
    DueMailWanted: (review.send_due_mails,),
    BinderOrdered: (plays.print_binders,),
    MailCodeWanted: (sharing.send_codes,),
    RoomQuestionAsked: (sharing.send_questions,),
    RoomVisited: (sharing.send_notices,),
    NewerVersionTold: (sharing.send_newer,),
    ItemsWentAway: (sharing.send_away,),
}

# Reading a file or printing a binder may take half a minute; changes to the index must not wait behind it.
SLOW_EVENTS: frozenset[type[Event]] = frozenset({VersionUploaded, BinderOrdered})

# Somebody else's server may keep us waiting as long as it likes; nothing waits behind it but more of the same.
OUTSIDE_EVENTS: frozenset[type[Event]] = frozenset(
    {DueMailWanted, LinkMailWanted, MailCodeWanted, RoomQuestionAsked, RoomVisited, NewerVersionTold, ItemsWentAway}
)

# What a file that stops its worker again and again ends as; after so many tries (outbox.MAX_ATTEMPTS for all others).
GIVE_UP: Mapping[type[Event], tuple[int, Job]] = {VersionUploaded: (3, library.give_up_reading)}

SCHEDULE: Mapping[str, Timed] = {
    "record-past-dates": Timed("5 * * * *", review.record_past_dates),
    "send-due-mails": Timed("0 6 * * *", review.want_due_mails),
    "note-away-items": Timed("15 6 * * *", sharing.note_all_away),
    "forget-done": Timed("50 2 * * *", core.forget_done),
    "forget-visits": Timed("55 2 * * *", sharing.forget_visits),
    "empty-trash": Timed("10 3 * * *", library.empty_trash),
    "rebuild-index": Timed("40 3 * * *", search.rebuild),  # many small segments answer slower than one
    "read-meaning": Timed("* * * * *", search.read_meaning),  # nothing to do without a model or with all passages read
    "forget-meaning": Timed("50 3 * * *", search.forget_meaning),  # after the index was built anew
    "sweep-blobs": Timed("20 3 * * *", library.sweep_blobs),
    "put-away-binders": Timed("35 2 * * *", plays.put_away_binders),
    "sweep-uploads": Timed("25 * * * *", library.sweep_uploads),
}
