"""Questions nobody means well, asked on the pages and the API: each is answered, or refused for its length, and the next one as ever."""

from starlette.testclient import TestClient

from benchmarks.hostile import HOSTILE
from tests.factories.library import add_released
from tests.factories.portal import Portal
from tests.pages.reading import main_of

LONGEST = 300  # characters the API takes; pages cut
ADDRESS = 10_000  # what an address carries


def test_each_is_answered_wherever_it_is_asked(portal: Portal, rep: TestClient) -> None:
    with portal.work() as work:
        add_released(work, "Ramp brief", "# Ramp\n\nThe hydraulic ramp is for the dock of it, and in a gate.\n")
    portal.drain()
    for name, text in HOSTILE.items():
        asked = text.encode("utf-8", "replace").decode()[:ADDRESS]
        for place, expected in (("/ask", 200), ("/ask/suggest", 200), ("/api/v1/ask", 200 if len(asked) <= LONGEST else 422)):
            assert rep.get(place, params={"q": asked}).status_code == expected, (name, place)
        assert "Ramp brief" in main_of(rep.get("/ask?q=hydraulic")), f"the next question after {name}"
