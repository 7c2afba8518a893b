package dev.bookend.cli;

import dev.bookend.error.BookendException;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.TensorPlace;
import dev.bookend.model.checkpoint.part.ModelParts;
import dev.bookend.model.checkpoint.part.PartialModel;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.split.Split;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a model's files say of it, for people.
 *
 * @param problem why it cannot be run here; then the other parts are empty
 * @param layersHere which are on this machine; empty: all
 */
record ModelSummary(
    Optional<ModelHeader> header, Optional<List<Integer>> layersHere, Optional<String> problem) {

  static ModelSummary of(Path path) {
    try {
      boolean isPart = Files.isDirectory(path) && PartialModel.isIn(path);
      return new ModelSummary(
          Optional.of(CheckpointFiles.header(path)),
          isPart ? Optional.of(PartialModel.read(path).layers()) : Optional.empty(),
          Optional.empty());
    } catch (BookendException e) {
      return new ModelSummary(Optional.empty(), Optional.empty(), Optional.of(e.getMessage()));
    }
  }

  Optional<ModelConfig> config() {
    return header.map(ModelHeader::config);
  }

  /** How many numbers the model consists of. */
  static long parameters(ModelConfig config) {
    return config.tensors().shapes().values().stream()
        .mapToLong(shape -> Arrays.stream(shape).reduce(1, (a, b) -> a * b))
        .sum();
  }

  /** How many bytes are stored in each type, by its name. */
  static Map<String, Long> types(ModelHeader header) {
    Map<String, Long> types = new TreeMap<>();
    for (TensorPlace tensor : header.tensors().readable().values()) {
      types.merge(tensor.type().name(), tensor.bytes(), Long::sum);
    }
    return types;
  }

  /** Bytes of all weights, as they are stored. */
  Optional<Long> weightsBytes() {
    return header.map(ModelParts::of).map(parts -> ModelParts.bytes(parts.all()));
  }

  /** Bytes of the weights that a split keeps at the edge; empty: it leaves no middle. */
  Optional<Long> edgeBytes(Split split) {
    return parts(split).map(parts -> ModelParts.bytes(parts.edge(split.lower(), split.upper())));
  }

  /** Bytes of the weights that it puts into the cloud; likewise. */
  Optional<Long> cloudBytes(Split split) {
    return parts(split).map(parts -> ModelParts.bytes(parts.middle(split.lower(), split.upper())));
  }

  private Optional<ModelParts> parts(Split split) {
    return header
        .filter(h -> (long) split.lower() + split.upper() < h.config().layers())
        .map(ModelParts::of);
  }
}
