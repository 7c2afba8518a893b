package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors, by Hugging Face name, that a configuration implies, with their shapes. */
public record ExpectedTensors(ModelConfig config) {
  private static final String LAYERS = "model.layers.";

  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    int hidden = config.hiddenSize();
    int queries = config.heads() * config.headDim();
    int keys = config.kvHeads() * config.headDim();
    int wide = config.intermediateSize();
    shapes.put("model.embed_tokens.weight", new long[] {config.vocabularySize(), hidden});
    shapes.put("model.norm.weight", new long[] {hidden});
    if (!config.tiedEmbeddings()) {
      shapes.put("lm_head.weight", new long[] {config.vocabularySize(), hidden});
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      String prefix = LAYERS + layer + ".";
      shapes.put(prefix + "input_layernorm.weight", new long[] {hidden});
      shapes.put(prefix + "self_attn.q_proj.weight", new long[] {queries, hidden});
      shapes.put(prefix + "self_attn.k_proj.weight", new long[] {keys, hidden});
      shapes.put(prefix + "self_attn.v_proj.weight", new long[] {keys, hidden});
      shapes.put(prefix + "self_attn.o_proj.weight", new long[] {hidden, queries});
      if (config.attentionBias()) {
        shapes.put(prefix + "self_attn.q_proj.bias", new long[] {queries});
        shapes.put(prefix + "self_attn.k_proj.bias", new long[] {keys});
        shapes.put(prefix + "self_attn.v_proj.bias", new long[] {keys});
      }
      if (config.queryKeyNorm()) {
        shapes.put(prefix + "self_attn.q_norm.weight", new long[] {config.headDim()});
        shapes.put(prefix + "self_attn.k_norm.weight", new long[] {config.headDim()});
      }
      shapes.put(prefix + "post_attention_layernorm.weight", new long[] {hidden});
      shapes.put(prefix + "mlp.gate_proj.weight", new long[] {wide, hidden});
      shapes.put(prefix + "mlp.up_proj.weight", new long[] {wide, hidden});
      shapes.put(prefix + "mlp.down_proj.weight", new long[] {hidden, wide});
    }
    return shapes;
  }

  /**
   * Compares with what a checkpoint has. A layer with a tensor that is not expected (a bias, a
   * further norm, experts) computes something else, so that is refused too.
   *
   * @throws BookendException naming the first tensor that differs
   */
  void check(Path file, Map<String, StoredTensor> tensors) {
    Map<String, long[]> shapes = shapes();
    shapes.forEach(
        (name, shape) -> {
          StoredTensor tensor = tensors.get(name);
          if (tensor == null) {
            throw new BookendException(
                ErrorCode.MODEL_DAMAGED,
                file + ": tensor " + name + " is missing; fetch the model again");
          }
          if (!Arrays.equals(tensor.shape(), shape)) {
            throw new BookendException(
                ErrorCode.MODEL_DAMAGED,
                file
                    + ": tensor "
                    + name
                    + " has shape "
                    + Arrays.toString(tensor.shape())
                    + ", but the configuration implies "
                    + Arrays.toString(shape));
          }
        });
    for (String name : tensors.keySet()) {
      // Early Llama checkpoints carry the rotary frequencies, which follow from the configuration.
      if ((name.startsWith(LAYERS) || name.startsWith("blk."))
          && !shapes.containsKey(name)
          && !name.endsWith(".rotary_emb.inv_freq")) {
        throw new BookendException(
            ErrorCode.MODEL_UNSUPPORTED,
            file
                + ": tensor "
                + name
                + " has no place in a "
                + config.family()
                + " model as this program knows it; use a checkpoint of the plain architecture");
      }
    }
  }
}
