package dev.bookend.model.checkpoint.part;

import dev.bookend.model.checkpoint.ModelHeader;
import java.util.ArrayList;
import java.util.List;
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

  /** How many bytes some parts take where they are stored. */
  public static long bytes(List<ModelPart> parts) {
    return parts.stream().mapToLong(ModelPart::bytes).sum();
  }
}
