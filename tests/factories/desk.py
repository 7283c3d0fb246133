"""What background jobs of a started portal work with."""

from app.core.desk import work_opener
from app.core.mail import post_of
from app.identity.models import SystemActor
from app.search.jobs import IndexDesk
from tests.factories.portal import Portal


def desk_of(portal: Portal) -> IndexDesk:
    """The desk the portal's own worker would have."""
    services = portal.services
    open_work = work_opener(services.engine, services.blobs, SystemActor())
    return IndexDesk(open_work, services.blobs, services.index, post=post_of(services.settings))
