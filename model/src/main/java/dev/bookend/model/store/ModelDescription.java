package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.part.ModelPart;
import dev.bookend.model.checkpoint.part.ModelParts;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a model before its weights are fetched.
 *
 * @param name as the user gave it
 * @param path where it is; empty: on the hub
 * @param describing bytes of the files that describe it, and of the headers of those with its
 *     tensors; 0 where it is here
 */
public record ModelDescription(
    String name, Optional<Path> path, ModelHeader header, ModelParts parts, long describing) {

  /**
   * How many bytes come from the hub if an edge with some layers is fetched into an empty store,
   * HTTP's own not counted.
   *
   * @throws BookendException of code {@link ErrorCode#SPLIT_DOES_NOT_FIT} if no layer is left for
   *     the cloud
   */
  public long edgeDownload(EdgeLayers layers) {
    List<ModelPart> edge = layers.of(parts, name);
    return describing + ModelParts.bytes(edge) + HeadsFetch.bytes(parts.elsewhere(header, edge));
  }

  /** How many bytes all tensors take where they are stored. */
  public long weights() {
    return ModelParts.bytes(parts.all());
  }
}
