package dev.bookend.model.checkpoint.gguf;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.Architecture;
import dev.bookend.model.architecture.GgufFormat;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FileCheckpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.MappedFile;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Opens GGUF files, as llama.cpp's converter writes them. */
public final class GgufCheckpoint {
  private static final String ROPE_FACTORS = "rope_freqs.weight";

  /** The tensors whose rows are reordered where a family's rotary rows are interleaved. */
  private static final Set<TensorRole> ROTATED =
      Set.of(TensorRole.QUERY, TensorRole.QUERY_BIAS, TensorRole.KEY, TensorRole.KEY_BIAS);

  private GgufCheckpoint() {}

  /**
   * Opens a file.
   *
   * @throws BookendException naming the file, if it is no GGUF file, is damaged, or holds a model
   *     that is not supported
   */
  public static Checkpoint open(Path path) {
    try (MappedFile file = new MappedFile(path)) {
      GgufHeader header = GgufHeader.read(file);
      GgufMetadata metadata = header.metadata();
      requireWhole(path, metadata);
      Architecture architecture = architecture(metadata);
      ModelConfig config = new GgufConfig(header, architecture).read();
      Map<String, KnownTensor> known = KnownTensor.byGgufName(architecture, config.layers());
      boolean interleaved = architecture.gguf().filter(GgufFormat::interleavedRotary).isPresent();
      GgufTensors tensors = new GgufTensors(file);
      header
          .tensors()
          .forEach(
              (ggufName, entry) -> {
                Optional<KnownTensor> tensor = Optional.ofNullable(known.get(ggufName));
                boolean reordered =
                    interleaved && tensor.filter(t -> ROTATED.contains(t.role())).isPresent();
                tensors.add(
                    tensor.map(KnownTensor::name).orElse(ggufName),
                    ggufName,
                    entry,
                    reordered ? config.headDim() : 0);
              });
      StoredTensors all = tensors.all();
      if (all.others().containsKey(ROPE_FACTORS)) {
        throw all.others().get(ROPE_FACTORS).failure();
      }
      StoredTensor factors = all.readable().remove(ROPE_FACTORS);
      return new FileCheckpoint(
          path,
          factors == null ? config : config.withRope(divide(path, config.rope(), factors)),
          () -> new GgufTokenizer(metadata).source(),
          all,
          GgufTokenizer.remarks(metadata));
    }
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

  private static void requireWhole(Path path, GgufMetadata metadata) {
    int parts = metadata.integer("split.count", 0, 65_535).orElse(0);
    if (parts > 1) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          path
              + " is one of "
              + parts
              + " parts of a model; join them with 'llama-gguf-split --merge', or take its"
              + " safetensors");
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

  /** Llama-3's context extension comes as a tensor of divisors. */
  private static RotaryEmbedding divide(Path path, RotaryEmbedding rope, StoredTensor factors) {
    int count = rope.inverseFrequencies().size();
    if (factors.shape().length != 1 || factors.shape()[0] != count) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          path + ": tensor " + ROPE_FACTORS + " must have " + count + " elements");
    }
    ByteBuffer values = factors.read(FloatType.F32, 0, count);
    Double[] divided = new Double[count];
    for (int i = 0; i < count; i++) {
      float factor = values.getFloat(4 * i);
      if (!(factor > 0 && factor < Float.POSITIVE_INFINITY)) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED, path + ": tensor " + ROPE_FACTORS + " must be positive");
      }
      divided[i] = rope.inverseFrequencies().get(i) / factor;
    }
    return new RotaryEmbedding(List.of(divided));
  }
}
