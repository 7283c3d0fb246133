"""What a running portal holds open; made once in main.py and read from `app.state.services`."""

from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import Engine

from app.core.store import BlobStore
from app.settings import Settings


@dataclass(frozen=True)
class Services:
    """Everything a request may need that outlives it."""

    settings: Settings
    engine: Engine
    blobs: BlobStore


def services_of(request: Request) -> Services:
    """The services of the portal that serves this request."""
    services = request.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the portal is not started: create_app's lifespan sets its services")
    return services
