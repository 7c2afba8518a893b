"""The middle layers of a model, for Triton's Python backend.

Runs model.onnx with ONNX Runtime and keeps every session's KV cache here, in place, where Triton
would copy it in and out of the model in each step. Written by 'bookend export'; docs/protocol.md of
Bookend lays down the tensors.

Needs onnxruntime (onnxruntime-gpu, where Triton is to use a GPU) in the server's Python. Where
OMP_NUM_THREADS is set, a step uses that many threads, else one for each core.
"""

import collections
import json
import os

import numpy
import onnxruntime
import triton_python_backend_utils as pb_utils

INPUTS = ("hidden", "positions", "slots", "cached", "tree")
OUTPUTS = ("hidden_out", "taps")


class StepError(Exception):
    """A request whose tensors do not fit the model or each other."""


def require(condition, message):
    if not condition:
        raise StepError(message)


class TritonPythonModel:
    def initialize(self, args):
        config = json.loads(args["model_config"])
        parameters = {key: value["string_value"] for key, value in config["parameters"].items()}
        self.max_tokens = int(parameters["bookend.max_tokens_per_step"])
        self.max_slots = int(parameters["bookend.max_slots"])
        self.max_sessions = config["sequence_batching"]["oldest"]["max_candidate_sequences"]
        self.name = args["model_name"]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0").split(",")[0])
        self.device, self.device_id = "cpu", 0
        providers = ["CPUExecutionProvider"]
        if args["model_instance_kind"] == "GPU":
            self.device, self.device_id = "cuda", int(args["model_instance_device_id"])
            providers = [("CUDAExecutionProvider", {"device_id": self.device_id})]
            if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
                raise pb_utils.TritonModelException(
                    "the server's Python has no onnxruntime-gpu; install it, or run this model on"
                    " the CPU with 'kind: KIND_CPU' in the instance_group of config.pbtxt"
                )
        path = os.path.join(args["model_repository"], args["model_version"], "model.onnx")
        self.session = onnxruntime.InferenceSession(path, options, providers=providers)

        inputs = {tensor.name: tensor for tensor in self.session.get_inputs()}
        self.type = numpy.float16 if "float16" in inputs["hidden"].type else numpy.float32
        self.states = [name for name in inputs if name.startswith("past_key_values.")]
        self.heads, _, self.width = inputs[self.states[0]].shape
        # Per correlation id one tensor for each state; the least recently used session first.
        self.caches = collections.OrderedDict()

    def execute(self, requests):
        responses = []
        for request in requests:
            try:
                outputs = [pb_utils.Tensor(*output) for output in self.answer(request).items()]
                responses.append(pb_utils.InferenceResponse(outputs))
            except StepError as error:
                error = pb_utils.TritonError(f"model '{self.name}': {error}")
                responses.append(pb_utils.InferenceResponse(error=error))
        return responses

    def answer(self, request):
        sequence = request.correlation_id()
        if request.flags() & pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_START:
            self.start(sequence)
        try:
            return self.step(request, self.find(sequence))
        finally:
            if request.flags() & pb_utils.TRITONSERVER_REQUEST_FLAG_SEQUENCE_END:
                self.caches.pop(sequence, None)

    def start(self, sequence):
        self.caches.pop(sequence, None)
        # Triton does not tell which sequences have expired. It lets so many live at a time, and an
        # expired one has been idle for longer than any that lives.
        while len(self.caches) >= self.max_sessions:
            self.caches.popitem(last=False)
        empty = numpy.zeros((self.heads, 1, self.width), self.type)
        self.caches[sequence] = [
            onnxruntime.OrtValue.ortvalue_from_numpy(empty, self.device, self.device_id)
            for _ in self.states
        ]

    def find(self, sequence):
        require(
            sequence in self.caches,
            f"inference request for sequence {sequence} to model '{self.name}' must specify the"
            " START flag on the first request of the sequence",
        )
        self.caches.move_to_end(sequence)
        return self.caches[sequence]

    def step(self, request, cache):
        tensors = {
            name: pb_utils.get_input_tensor_by_name(request, name).as_numpy() for name in INPUTS
        }
        slots = len(tensors["cached"])
        before = cache[0].shape()[1]
        self.check(tensors)
        require(slots >= before, f"cached has {slots} slots, {before} in the step before")

        # Written where it lies: the graph reads all of an old state before it writes the new one,
        # and what it writes differs in the new tokens' slots only.
        present = cache
        if slots > before:
            shape = (self.heads, slots, self.width)
            present = [
                onnxruntime.OrtValue.ortvalue_from_shape_and_type(
                    shape, self.type, self.device, self.device_id
                )
                for _ in self.states
            ]
        binding = self.session.io_binding()
        wanted = [name for name in OUTPUTS if name in request.requested_output_names()]
        for name in wanted:
            binding.bind_output(name, "cpu")
        for name, tensor in tensors.items():
            binding.bind_cpu_input(name, numpy.ascontiguousarray(tensor))
        for name, old, new in zip(self.states, cache, present):
            binding.bind_ortvalue_input(name, old)
            binding.bind_ortvalue_output(name.replace("past_key_values", "present"), new)
        self.session.run_with_iobinding(binding)
        cache[:] = present
        return {name: value.numpy() for name, value in zip(wanted, binding.get_outputs())}

    def check(self, tensors):
        hidden, positions, slots, cached, tree = (tensors[name] for name in INPUTS)
        tokens = len(hidden)
        require(
            0 < tokens <= self.max_tokens,
            f"{tokens} new tokens; a step has 1 to {self.max_tokens}",
        )
        require(
            positions.shape == (tokens,)
            and slots.shape == (tokens,)
            and tree.shape == (tokens, tokens),
            f"positions, slots and tree are {positions.shape}, {slots.shape} and {tree.shape},"
            f" for {tokens} new tokens",
        )
        require(
            0 < len(cached) <= self.max_slots,
            f"cached has {len(cached)} slots; a session has 1 to {self.max_slots}",
        )
        require(
            slots.min() >= 0 and slots.max() < len(cached),
            f"slots {slots.min()} to {slots.max()} are not all in [0,{len(cached)})",
        )
        require(len(numpy.unique(slots)) == tokens, "a slot is given to two new tokens")
        require(not cached[slots].any(), "a slot is both new and cached")
