package dev.bookend.model.checkpoint.part;

import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.TensorPlace;
import dev.bookend.model.checkpoint.gguf.GgufCheckpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * All parts of a model.
 *
 * @param layers in their order
 */
public record ModelParts(ModelPart embedding, ModelPart output, List<ModelPart> layers) {

  /**
   * Divides a model.
   *
   * @param header which {@linkplain ModelHeader#requireExpected has what it should}
   */
  public static ModelParts of(ModelHeader header) {
    return new ModelParts(
        ModelPart.embedding(header),
        ModelPart.output(header),
        IntStream.range(0, header.config().layers())
            .mapToObj(layer -> ModelPart.layer(header, layer))
            .toList());
  }

  /** What an edge needs that keeps some lower and upper layers. */
  public List<ModelPart> edge(int lower, int upper) {
    List<ModelPart> edge = new ArrayList<>(List.of(embedding, output));
    edge.addAll(layers.subList(0, lower));
    edge.addAll(layers.subList(layers.size() - upper, layers.size()));
    return edge;
  }

  /** What the cloud needs then. */
  public List<ModelPart> middle(int lower, int upper) {
    return layers.subList(lower, layers.size() - upper);
  }

  /** All of them. */
  public List<ModelPart> all() {
    List<ModelPart> all = new ArrayList<>(List.of(embedding, output));
    all.addAll(layers);
    return all;
  }

  /**
   * The tensors that count for the model's fingerprint and are in none of some parts.
   *
   * @param header the model's
   */
  public List<TensorPlace> elsewhere(ModelHeader header, List<ModelPart> here) {
    SortedMap<String, TensorPlace> tensors = fingerprinted(header);
    here.forEach(part -> tensors.keySet().removeAll(part.tensors().keySet()));
    return List.copyOf(tensors.values());
  }

  /** The tensors that count for a model's fingerprint, by Hugging Face name. */
  static SortedMap<String, TensorPlace> fingerprinted(ModelHeader header) {
    SortedMap<String, TensorPlace> tensors = new TreeMap<>(header.tensors().readable());
    tensors.remove(GgufCheckpoint.ropeFactors());
    return tensors;
  }

  /** How many bytes some parts take where they are stored. */
  public static long bytes(List<ModelPart> parts) {
    return parts.stream().mapToLong(ModelPart::bytes).sum();
  }
}
