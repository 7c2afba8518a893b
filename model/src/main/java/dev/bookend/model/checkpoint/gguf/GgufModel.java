package dev.bookend.model.checkpoint.gguf;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.GgufFormat;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.TensorPlace;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the headers of a model's GGUF files say.
 *
 * @param config without the divisors of {@link #ROPE_FACTORS}
 * @param tensors by Hugging Face name; {@link #ROPE_FACTORS} by its own
 * @param metadata of the first file, which describes the model
 */
record GgufModel(ModelConfig config, StoredTensors<TensorPlace> tensors, GgufMetadata metadata) {
  /** Llama-3's context extension: a tensor of divisors for the frequencies. */
  static final String ROPE_FACTORS = "rope_freqs.weight";

  /** The tensors whose rows are reordered where a family's rotary rows are interleaved. */
  private static final Set<TensorRole> ROTATED =
      Set.of(TensorRole.QUERY, TensorRole.QUERY_BIAS, TensorRole.KEY, TensorRole.KEY_BIAS);

  /**
   * Reads them.
   *
   * @param parts all files of the model, in order
   * @throws BookendException naming the file, if one is damaged, or the model is not supported
   */
  static GgufModel of(List<GgufPart> parts) {
    GgufMetadata metadata = parts.get(0).header().metadata();
    Architecture architecture = architecture(metadata);
    Map<String, GgufHeader.Entry> entries = new LinkedHashMap<>();
    parts.forEach(part -> entries.putAll(part.header().tensors()));
    GgufHeader whole = new GgufHeader(metadata, entries, parts.get(0).header().bytes());
    ModelConfig config = new GgufConfig(whole, architecture).read();
    Map<String, KnownTensor> known = KnownTensor.byGgufName(architecture, config.layers());
    boolean interleaved = architecture.gguf().filter(GgufFormat::interleavedRotary).isPresent();
    StoredTensors<TensorPlace> tensors = new StoredTensors<>();
    for (GgufPart part : parts) {
      GgufTensors own = new GgufTensors(part, tensors);
      part.header()
          .tensors()
          .forEach(
              (ggufName, entry) -> {
                Optional<KnownTensor> tensor = Optional.ofNullable(known.get(ggufName));
                boolean reordered =
                    interleaved && tensor.filter(t -> ROTATED.contains(t.role())).isPresent();
                own.add(
                    tensor.map(KnownTensor::name).orElse(ggufName),
                    ggufName,
                    entry,
                    reordered ? config.headDim() : 0);
              });
      own.requireApart();
    }
    if (tensors.others().containsKey(ROPE_FACTORS)) {
      throw tensors.others().get(ROPE_FACTORS).failure();
    }
    return new GgufModel(config, tensors, metadata);
  }

  /** A tensor of the family's description, in one layer. */
  private record KnownTensor(String name, TensorRole role) {
    static Map<String, KnownTensor> byGgufName(Architecture architecture, int layers) {
      Map<String, KnownTensor> tensors = new HashMap<>();
      for (TensorSpec spec : architecture.tensors()) {
        for (int layer = 0; layer < (spec.role().inLayer() ? layers : 1); layer++) {
          tensors.put(spec.ggufName(layer), new KnownTensor(spec.name(layer), spec.role()));
        }
      }
      return tensors;
    }
  }

  private static Architecture architecture(GgufMetadata metadata) {
    String name = metadata.require("general.architecture");
    int experts = metadata.integer(name + ".expert_count", 0, Integer.MAX_VALUE).orElse(0);
    if (experts > 0) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          metadata.file() + ": mixtures of experts are not supported; use a dense model");
    }
    return Architecture.ofGguf(name)
        .orElseThrow(
            () ->
                new BookendException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    metadata.file()
                        + ": general.architecture "
                        + name
                        + " is not supported; use a model of "
                        + Architecture.ALL.stream()
                            .flatMap(family -> family.gguf().stream())
                            .map(GgufFormat::architecture)
                            .collect(Collectors.joining(", "))));
  }
}
