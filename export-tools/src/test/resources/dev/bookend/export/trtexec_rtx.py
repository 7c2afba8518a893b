"""Stands for TensorRT's trtexec where there is no GPU.

Understands the flags that build-engine.sh gives it and does the same with TensorRT-RTX, whose
parser and builder need no GPU: parses the model, and builds an engine for compute capability 8.0.
TensorRT-RTX networks are always strongly typed.
"""

import argparse
import sys

import tensorrt_rtx_bindings as trt


def shapes(text):
    pairs = (part.split(":") for part in text.split(","))
    return {name: tuple(int(size) for size in shape.split("x")) for name, shape in pairs}


arguments = argparse.ArgumentParser(allow_abbrev=False)
arguments.add_argument("--onnx", required=True)
arguments.add_argument("--saveEngine", required=True)
arguments.add_argument("--stronglyTyped", action="store_true", required=True)
arguments.add_argument("--skipInference", action="store_true", required=True)
for bound in ("min", "opt", "max"):
    arguments.add_argument(f"--{bound}Shapes", type=shapes, required=True)
given = arguments.parse_args()

builder = trt.Builder(trt.Logger(trt.Logger.WARNING))
network = builder.create_network(0)
parser = trt.OnnxParser(network, trt.Logger(trt.Logger.WARNING))
if not parser.parse_from_file(given.onnx):
    sys.exit("\n".join(str(parser.get_error(i)) for i in range(parser.num_errors)))

inputs = [network.get_input(i) for i in range(network.num_inputs)]
for limits in (given.minShapes, given.optShapes, given.maxShapes):
    assert set(limits) == {tensor.name for tensor in inputs}, limits
profile = builder.create_optimization_profile()
for tensor in inputs:
    profile.set_shape(
        tensor.name,
        given.minShapes[tensor.name],
        given.optShapes[tensor.name],
        given.maxShapes[tensor.name],
    )
config = builder.create_builder_config()
config.add_optimization_profile(profile)
config.num_compute_capabilities = 1
config.set_compute_capability(trt.ComputeCapability.SM80, 0)
plan = builder.build_serialized_network(network, config)
if plan is None:
    sys.exit("no engine was built")
with open(given.saveEngine, "wb") as file:
    file.write(plan)
for tensor in inputs + [network.get_output(i) for i in range(network.num_outputs)]:
    print(tensor.name, tensor.dtype.name, tuple(tensor.shape))
