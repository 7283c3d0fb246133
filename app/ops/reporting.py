"""`quiver report questions`: how questions did, as CSV, without a browser."""

from app.ops.portal import open_files, prepare_existing
from app.web.figures import figures_csv


def report_questions(days: int) -> str:
    """Every question of so many days with its figures, the worst first. Changes nothing."""
    with open_files(prepare_existing()) as desk, desk.open_work(read_only=True) as work:
        return figures_csv(work, days)
