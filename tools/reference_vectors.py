"""Writes the stored vectors a model file is compared with: `python tools/reference_vectors.py FLOAT_MODEL TARGET`, called by
`make reference-vectors` after `tools/make_model.py --float`. FLOAT_MODEL holds the weights as they are."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

MAX_TOKENS = 256
TEXTS = (
    "Is our data encrypted at rest?",
    "What does it cost per site, and for how long are we bound?",
    "ISO 27001, part B, v8.2",
    "Größe der Lagerfläche in m²",
    "Answers for IT\nBackups\nEvery night a copy goes to a second site. A restore of one warehouse took 40 minutes in the last test; "
    "the report is part of the contract.",
    "The dock scheduler gives each carrier a window. Trucks that come early wait at the gate, and the yard sees in the morning which doors "
    "are free. " * 12,
)


def main(model: Path, target: Path) -> None:
    """Four digits say more than the quantised vectors keep."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_str(session.get_modelmeta().custom_metadata_map["tokenizer"])
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    rows = []
    for text in TEXTS:
        (vector,) = session.run(["vector"], {"ids": np.array([tokenizer.encode(text).ids], dtype=np.int64)})
        rows.append(json.dumps({"text": text, "vector": [round(float(number), 4) for number in vector[0]]}, ensure_ascii=False))
    target.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
