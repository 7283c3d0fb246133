"""Searches people keep: save one under a name, remove it."""

from app.core.errors import Refused
from app.core.work import Work
from app.identity.actions import audit
from app.identity.rules import Permission, require
from app.search.models import SavedSearch
from app.search.queries.saved import get_saved, list_saved

LONGEST_NAME = 120
MOST = 100


def save_search(work: Work, name: str, query: str) -> SavedSearch:
    """Keep a search for whoever asks; `query` is its address behind /ask?. One of that name is replaced."""
    require(work.actor, Permission.ASK)
    label = " ".join(name.replace("\0", " ").split())[:LONGEST_NAME]
    if not label or work.actor.id is None:
        raise Refused("Give the search a name first. Nothing was saved.")
    known = list_saved(work)
    same = next((one for one in known if one.name.casefold() == label.casefold()), None)
    if same is None and len(known) >= MOST:
        raise Refused(f"You keep {MOST} searches already. Remove one you no longer need, then save this one.")
    saved = get_saved(work, same.id) if same else SavedSearch(user_id=work.actor.id, name=label, query=query, created_at=work.now)
    saved.name, saved.query = label, query
    work.session.add(saved)
    work.session.flush()
    audit(work, "save", "saved_search", saved.id)
    return saved


def remove_search(work: Work, search_id: int) -> None:
    """Take one of the actor's own searches off their list."""
    require(work.actor, Permission.ASK)
    work.session.delete(get_saved(work, search_id))
    audit(work, "remove", "saved_search", search_id)
