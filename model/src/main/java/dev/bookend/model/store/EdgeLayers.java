package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.part.ModelPart;
import dev.bookend.model.checkpoint.part.ModelParts;
import java.util.List;

/**
 * The layers that an edge keeps.
 *
 * @param lower how many at the bottom
 * @param upper how many at the top
 */
public record EdgeLayers(int lower, int upper) {
  public EdgeLayers {
    if (lower < 0 || upper < 0) {
      throw new IllegalArgumentException(lower + " and " + upper + " layers");
    }
  }

  /**
   * The parts of a model that such an edge needs.
   *
   * @throws BookendException of code {@link ErrorCode#SPLIT_DOES_NOT_FIT} if no layer is left for
   *     the cloud
   */
  List<ModelPart> of(ModelParts parts, String model) {
    int layers = parts.layers().size();
    if ((long) lower + upper >= layers) {
      throw new BookendException(
          ErrorCode.SPLIT_DOES_NOT_FIT,
          "split %d:%d leaves no middle layer for the cloud: %s has %d layers"
              .formatted(lower, upper, model, layers));
    }
    return parts.edge(lower, upper);
  }
}
