package dev.bookend.model.decoder;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * A checkpoint's tensors as PyTorch tensors of one type. On the CPU a tensor stored in that type is
 * used where it lies in the mapped file.
 */
record Weights(Checkpoint checkpoint, FloatType type) {

  ModelConfig config() {
    return checkpoint.config();
  }

  DataType dataType() {
    return switch (type) {
      case F32 -> DataType.FLOAT32;
      case F16 -> DataType.FLOAT16;
      case BF16 -> DataType.BFLOAT16;
    };
  }

  PtNDArray load(PtNDManager manager, String tensor) {
    return manager.create(
        checkpoint.read(tensor, type), new Shape(checkpoint.shape(tensor)), dataType());
  }

  PtNDArray frequencies(PtNDManager manager) {
    List<Double> values = config().rope().inverseFrequencies();
    float[] frequencies = new float[values.size()];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = values.get(i).floatValue();
    }
    return (PtNDArray) manager.create(frequencies);
  }

  /** The weights of layers [from,to) in the order that {@code decoder.torchscript} names. */
  PtNDArray[] layers(PtNDManager manager, int from, int to) {
    List<String> parts =
        new ArrayList<>(
            List.of(
                "input_layernorm.weight",
                "self_attn.q_proj.weight",
                "self_attn.k_proj.weight",
                "self_attn.v_proj.weight",
                "self_attn.o_proj.weight",
                "post_attention_layernorm.weight",
                "mlp.gate_proj.weight",
                "mlp.up_proj.weight",
                "mlp.down_proj.weight"));
    if (config().attentionBias()) {
      parts.addAll(
          List.of("self_attn.q_proj.bias", "self_attn.k_proj.bias", "self_attn.v_proj.bias"));
    }
    if (config().queryKeyNorm()) {
      parts.addAll(List.of("self_attn.q_norm.weight", "self_attn.k_norm.weight"));
    }
    List<PtNDArray> weights = new ArrayList<>();
    for (int layer = from; layer < to; layer++) {
      for (String part : parts) {
        weights.add(load(manager, "model.layers." + layer + "." + part));
      }
    }
    return weights.toArray(PtNDArray[]::new);
  }
}
