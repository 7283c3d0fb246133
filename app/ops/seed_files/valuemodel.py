"""Writes the demo's value models as the builder would; used by build.py."""

from app.messaging.rules.value import dump_model, read_definition
from app.ops.seed_files.sources import SeedSourceError, VersionSource


def build_value(version: VersionSource, title: str) -> bytes:
    """The file of the model under the item's title; a model with a fault is a slip of the sources."""
    model, faults = read_definition({"title": title, **version.value})
    if model is None or faults:
        told = "; ".join(f"{fault.place}: {fault.message}" for fault in faults)
        raise SeedSourceError(f"The value model “{title}” in the demo sources has faults: {told}")
    return dump_model(model)
