"""A client of the contract that shares no code with Bookend:

    foreign_client.py ADDRESS PROTOCOL INPUT OUTPUT

Takes the tensors' names and types from the table in PROTOCOL (docs/protocol.md), looks for a model
that states the contract, and plays the sessions of INPUT (perf_analyzer's --input-data) to it: one
after the other, on one stream, without waiting within a session. OUTPUT gets the numbers of all
hidden_out, FP32, in order. ForeignClientIT lists the packages.
"""

import base64
import json
import pathlib
import queue
import re
import sys

import numpy
import tritonclient.grpc as triton
from tritonclient.utils import triton_to_np_dtype

SECONDS = 60


def contract(protocol):
    """Types that each tensor may have: of inputs, of outputs, and of outputs that may be missing."""
    rows = re.findall(r"^\| `(\w+)` (in|out|out, optional) \| ([^|\[]*)", protocol, re.MULTILINE)
    tensors = {name: set(re.findall(r"FP32|FP16|INT32|BOOL", types)) for name, _, types in rows}
    tensors["hidden_out"] = tensors["taps"] = tensors["hidden"]
    return [
        {name: tensors[name] for name, way, _ in rows if way == wanted}
        for wanted in ("in", "out", "out, optional")
    ]


def find(client):
    """The model that states version 1 of the contract."""
    for entry in client.get_model_repository_index().models:
        config = client.get_model_config(entry.name).config
        if config.parameters["bookend.contract"].string_value == "1":
            return entry.name
    raise AssertionError("no model states the contract")


def check(described, expected, optional):
    names = {tensor.name for tensor in described}
    assert set(expected) <= names <= set(expected) | set(optional), described
    for tensor in described:
        assert tensor.datatype in {**expected, **optional}[tensor.name], tensor


def tensor(described, value):
    content = numpy.frombuffer(
        base64.b64decode(value["content"]["b64"]), triton_to_np_dtype(described.datatype)
    )
    result = triton.InferInput(described.name, value["shape"], described.datatype)
    result.set_data_from_numpy(content.reshape(value["shape"]))
    return result


def main(address, protocol, source, target):
    inputs, outputs, optional = contract(pathlib.Path(protocol).read_text())
    answers = queue.Queue()
    client = triton.InferenceServerClient(address)
    model = find(client)
    metadata = client.get_model_metadata(model)
    check(metadata.inputs, inputs, {})
    check(metadata.outputs, outputs, optional)
    client.start_stream(lambda result, error: answers.put((result, error)))
    with open(target, "wb") as out:
        sessions = json.loads(pathlib.Path(source).read_text())["data"]
        for number, session in enumerate(sessions):
            for index, step in enumerate(session):
                client.async_stream_infer(
                    model,
                    [tensor(described, step[described.name]) for described in metadata.inputs],
                    outputs=[triton.InferRequestedOutput("hidden_out")],
                    sequence_id=1000 + number,
                    sequence_start=index == 0,
                    sequence_end=index == len(session) - 1,
                )
            for step in session:
                result, error = answers.get(timeout=SECONDS)
                if error:
                    raise error
                hidden = result.as_numpy("hidden_out")
                assert list(hidden.shape) == step["hidden"]["shape"], hidden.shape
                hidden.astype("<f4").tofile(out)
    client.stop_stream()
    client.close()


main(*sys.argv[1:])
