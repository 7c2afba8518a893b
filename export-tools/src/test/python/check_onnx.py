"""ONNX's own checker: check_onnx.py MODEL.onnx...

Prints each model that is sound, with strict shape inference over the whole graph; ends at the first
that is not. OnnxCheckerIT lists the packages.
"""

import sys

import onnx

for path in sys.argv[1:]:
    # By path, so that the external data is looked at too.
    onnx.checker.check_model(path, full_check=True)
    print(path)
