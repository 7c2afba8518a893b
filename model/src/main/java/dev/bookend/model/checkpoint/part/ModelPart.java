package dev.bookend.model.checkpoint.part;

import dev.bookend.model.architecture.ModelTensors;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.TensorPlace;
import dev.bookend.model.checkpoint.gguf.GgufCheckpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A part of a model that is fetched and kept by itself: the embedding, the output (final norm, LM
 * head), or one layer.
 *
 * @param name of the part, which is also its file's
 * @param tensors by Hugging Face name
 */
public record ModelPart(String name, SortedMap<String, TensorPlace> tensors) {

  /** How many bytes its tensors take where they are stored. */
  public long bytes() {
    return tensors.values().stream().mapToLong(TensorPlace::bytes).sum();
  }

  static ModelPart layer(ModelHeader header, int layer) {
    ModelTensors tensors = header.config().tensors();
    List<String> names = new ArrayList<>();
    for (TensorSpec spec : tensors.layer()) {
      names.add(spec.name(layer));
    }
    return of(layerName(layer), header, names);
  }

  static String layerName(int layer) {
    return String.format(Locale.ROOT, "layer-%04d", layer);
  }

  static ModelPart embedding(ModelHeader header) {
    return of("embedding", header, List.of(header.config().tensors().name(TensorRole.EMBEDDING)));
  }

  static ModelPart output(ModelHeader header) {
    ModelTensors tensors = header.config().tensors();
    List<String> names = new ArrayList<>();
    names.add(tensors.name(TensorRole.FINAL_NORM));
    if (tensors.has(TensorRole.LM_HEAD)) {
      names.add(tensors.name(TensorRole.LM_HEAD));
    }
    if (header.tensors().readable().containsKey(GgufCheckpoint.ropeFactors())) {
      names.add(GgufCheckpoint.ropeFactors());
    }
    return of("output", header, names);
  }

  private static ModelPart of(String name, ModelHeader header, List<String> names) {
    SortedMap<String, TensorPlace> tensors = new TreeMap<>();
    names.forEach(tensor -> tensors.put(tensor, header.tensors().readable().get(tensor)));
    return new ModelPart(name, tensors);
  }
}
