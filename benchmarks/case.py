"""`make bench-case`: how fast a business case follows typing, over loopback, and how long its files take."""

import json
import re
import statistics
import tempfile
import time
import tomllib

import httpx

from app.messaging.rules.value import compute, dump_model, read_definition
from benchmarks.figures import p95
from benchmarks.portal import SEED, Running, running

ROUNDS = 400
FILE_ROUNDS = 5
MODEL = "value-model-gate-hours"
FIELD = re.compile(r'<input[^>]*name="(f-[a-z_0-9]+)"[^>]*value="([^"]*)"')


def main() -> None:
    """The demo's larger model, one figure changed with each question; the last line is JSON."""
    item = tomllib.loads((SEED / f"{MODEL}.toml").read_text(encoding="utf-8"))
    model, faults = read_definition({"title": item["title"], **item["version"][0]["value"]})
    assert model is not None and not faults
    computed = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        compute(model, {"sites": str(number % 400 + 1)})
        computed.append((time.perf_counter() - started) * 1000)
    with tempfile.TemporaryDirectory(prefix="quiver-bench-") as folder, running(10, folder) as portal:
        recalculated, files = _ask(portal, dump_model(model))
    figures = {
        "inputs": len(model.inputs),
        "formulas": len(model.formulas),
        "compute_p95_ms": round(p95(computed), 2),
        "recalc_p50_ms": round(statistics.median(recalculated), 1),
        "recalc_p95_ms": round(p95(recalculated), 1),
        **{f"{key}_p50_ms": round(statistics.median(times), 0) for key, times in files.items()},
    }
    print(json.dumps(figures))


def _ask(portal: Running, content: bytes) -> tuple[list[float], dict[str, list[float]]]:
    with portal.client(portal.marketer) as client:
        made = client.post("/values/new", data={"title": "A case", "currency": "EUR"})
        path = f"/assets/{made.headers['location'].split('/')[2]}"
        sent = client.post(f"{path}/versions", files={"file": ("model.qvalue", content)})
        assert sent.status_code == httpx.codes.SEE_OTHER, sent.text[:300]
        case = f"{path}/case?v=2"
        fields = dict(FIELD.findall(client.get(case).text))
        assert len(fields) > 10, "the fields were found"
        times = []
        for number in range(ROUNDS):
            answer = {**fields, "f-sites": str(number % 400 + 1), "scenario": "expected", "was": "expected"}
            times.append(_timed(client, case, answer, {"HX-Request": "true"}))
        files = {
            key: [_timed(client, f"{path}/case/{key}?v=2", fields, {}) for _ in range(FILE_ROUNDS)]
            for key in ("docx", "xlsx", "pptx", "pdf")
        }
    return times[20:], files  # the first ones fill caches that a running portal has filled


def _timed(client: httpx.Client, path: str, fields: dict[str, str], headers: dict[str, str]) -> float:
    started = time.perf_counter()
    answer = client.post(path, data=fields, headers=headers)
    assert answer.status_code == httpx.codes.OK, answer.text[:300]
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
