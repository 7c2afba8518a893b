package dev.bookend.export;

import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.contract.Contract;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The script that turns an exported graph into a TensorRT engine: on the machine that serves it,
 * because an engine belongs to one GPU and one release of TensorRT.
 */
final class EngineBuild {
  private static final int USUAL_SLOTS = 1024;

  private final ModelConfig model;
  private final ExportOptions options;

  EngineBuild(ModelConfig model, ExportOptions options) {
    this.model = model;
    this.options = options;
  }

  /** The script for layers [from,to). */
  String script(int from, int to) {
    int tokens = options.tokensPerStep(model);
    int slots = options.maxSlots(model);
    return """
        #!/bin/sh
        # Builds 1/model.plan out of onnx/model.onnx with TensorRT 10's trtexec. An engine fits one kind of
        # GPU and one release of TensorRT: run this on the server, with the release that is in its Triton
        # (the image nvcr.io/nvidia/tensorrt of the same month has trtexec).
        #
        # Triton holds every tensor of the KV cache twice at its largest shape, %d slots, besides the
        # sessions' own: export for a shorter context where that is too much.
        set -eu
        cd "$(dirname "$0")"
        trtexec=${TRTEXEC:-$(command -v trtexec || echo /usr/src/tensorrt/bin/trtexec)}
        "$trtexec" --onnx=onnx/model.onnx --saveEngine=1/model.plan.part --stronglyTyped --skipInference \\
          --minShapes=%s \\
          --optShapes=%s \\
          --maxShapes=%s
        mv 1/model.plan.part 1/model.plan
        """
        .formatted(
            slots,
            shapes(from, to, 1, 1),
            shapes(from, to, 1, Math.min(USUAL_SLOTS, slots)),
            shapes(from, to, tokens, slots));
  }

  private String shapes(int from, int to, int tokens, int slots) {
    Map<String, String> shapes = new LinkedHashMap<>();
    shapes.put(Contract.HIDDEN, tokens + "x" + model.hiddenSize());
    shapes.put(Contract.POSITIONS, Integer.toString(tokens));
    shapes.put(Contract.SLOTS, Integer.toString(tokens));
    shapes.put(Contract.CACHED, Integer.toString(slots));
    shapes.put(Contract.TREE, tokens + "x" + tokens);
    for (CacheState state : CacheState.of(from, to)) {
      shapes.put(state.past(), model.kvHeads() + "x" + slots + "x" + model.headDim());
    }
    return shapes.entrySet().stream()
        .map(entry -> entry.getKey() + ":" + entry.getValue())
        .collect(Collectors.joining(","));
  }
}
