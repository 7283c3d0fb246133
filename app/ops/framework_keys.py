"""`quiver framework`: the keys a manifest or a mapping may use, with their names."""

from app.framework.models import Facet
from app.framework.queries import list_values
from app.ops.import_map import FACETS
from app.ops.portal import open_files, prepare_existing


def list_lines() -> list[str]:
    """One line for each value in use: facet, key, name. Changes nothing."""
    with open_files(prepare_existing()) as desk, desk.open_work(read_only=True) as work:
        values = list_values(work)
        return [f"{facet:<12} {value.key:<24} {value.name}" for facet in (*FACETS, Facet.KIND) for value in values.by_facet(facet)]
