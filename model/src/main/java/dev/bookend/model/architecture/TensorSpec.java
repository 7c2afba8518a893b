package dev.bookend.model.architecture;

import java.util.List;
import java.util.Optional;

/**
 * One tensor in the description of a family.
 *
 * @param role what the decoder uses it for
 * @param huggingFace its name in safetensors, with {@code {layer}} in the place of the layer's
 *     number; within this program tensors go by this name
 * @param gguf its name in GGUF files, likewise
 * @param shape outermost dimension first: a vector, or a matrix [out,in]
 * @param trait only models with this trait have the tensor; empty: all have it
 */
public record TensorSpec(
    TensorRole role,
    String huggingFace,
    String gguf,
    List<Dimension> shape,
    Optional<Trait> trait) {
  private static final String LAYER = "{layer}";

  /** A tensor that every model of the family has. */
  static TensorSpec of(TensorRole role, String huggingFace, String gguf, Dimension... shape) {
    return new TensorSpec(role, huggingFace, gguf, List.of(shape), Optional.empty());
  }

  /** The same tensor, but of the models with a trait only. */
  TensorSpec onlyWith(Trait only) {
    return new TensorSpec(role, huggingFace, gguf, shape, Optional.of(only));
  }

  public boolean isMatrix() {
    return shape.size() == 2;
  }

  /** The name in safetensors; the layer does not matter where the model has one such tensor. */
  public String name(int layer) {
    return huggingFace.replace(LAYER, Integer.toString(layer));
  }

  /** The name in GGUF files, as {@link #name}. */
  public String ggufName(int layer) {
    return gguf.replace(LAYER, Integer.toString(layer));
  }

  /** Whether a name, of either kind, begins as this tensor's does before the layer's number. */
  boolean hasPrefixOf(String name) {
    return name.startsWith(huggingFace.substring(0, huggingFace.indexOf(LAYER)))
        || name.startsWith(gguf.substring(0, gguf.indexOf(LAYER)));
  }

  /** Whether a name, of either kind, is another tensor of the same module, such as its bias. */
  boolean isBeside(String name) {
    return !name.equals(huggingFace)
        && !name.equals(gguf)
        && (name.startsWith(module(huggingFace)) || name.startsWith(module(gguf)));
  }

  private static String module(String name) {
    return name.substring(0, name.lastIndexOf('.') + 1);
  }

  long[] shape(ModelConfig config) {
    return shape.stream().mapToLong(dimension -> dimension.of(config)).toArray();
  }
}
