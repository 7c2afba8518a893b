package dev.bookend.model.architecture;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The tensors of one model: those of its family whose traits the model has. Immutable. */
public final class ModelTensors {
  private final ModelConfig config;
  private final List<TensorSpec> all;
  private final List<TensorSpec> layer;

  ModelTensors(ModelConfig config) {
    this.config = config;
    this.all =
        config.architecture().tensors().stream()
            .filter(tensor -> config.traits().containsAll(tensor.trait().stream().toList()))
            .toList();
    this.layer = all.stream().filter(tensor -> tensor.role().inLayer()).toList();
  }

  /** The tensors of each layer, in the order in which a layer's weights are listed. */
  public List<TensorSpec> layer() {
    return layer;
  }

  /** Place in {@link #layer} of the tensor with a role; -1 where there is none. */
  public int indexInLayer(TensorRole role) {
    return IntStream.range(0, layer.size())
        .filter(index -> layer.get(index).role() == role)
        .findFirst()
        .orElse(-1);
  }

  public boolean has(TensorRole role) {
    return all.stream().anyMatch(tensor -> tensor.role() == role);
  }

  /**
   * Hugging Face name of the tensor with a role.
   *
   * @param layer does not matter for a role of which the model has one tensor
   * @throws IllegalArgumentException if the model has none
   */
  public String name(TensorRole role, int layer) {
    return all.stream()
        .filter(tensor -> tensor.role() == role)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the model has no " + role))
        .name(layer);
  }

  /** As {@link #name(TensorRole, int)}, for a tensor that the model has one of. */
  public String name(TensorRole role) {
    return name(role, 0);
  }

  /** Name of the matrix [V,H] that makes logits of hidden states, which may be the embedding. */
  public String lmHead() {
    return name(has(TensorRole.LM_HEAD) ? TensorRole.LM_HEAD : TensorRole.EMBEDDING);
  }

  /** Shape of a tensor of the model, outermost dimension first. */
  public long[] shape(TensorSpec tensor) {
    return tensor.shape(config);
  }

  /** The shapes of all tensors, by Hugging Face name. */
  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (TensorSpec tensor : all) {
      if (!tensor.role().inLayer()) {
        shapes.put(tensor.name(0), tensor.shape(config));
      }
    }
    for (int number = 0; number < config.layers(); number++) {
      for (TensorSpec tensor : layer) {
        shapes.put(tensor.name(number), tensor.shape(config));
      }
    }
    return shapes;
  }
}
