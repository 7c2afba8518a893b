package dev.bookend.model.checkpoint.gguf;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.RotaryEmbedding;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FileCheckpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.MappedFile;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Opens GGUF files, as llama.cpp's converter and {@code llama-gguf-split} write them. */
public final class GgufCheckpoint {
  private GgufCheckpoint() {}

  /**
   * Opens a file, or any one of the parts of a model; the others are beside it.
   *
   * @throws BookendException naming the file, if it is no GGUF file, is damaged, or holds a model
   *     that is not supported
   */
  public static Checkpoint open(Path path) {
    Map<String, MappedFile> files = new HashMap<>();
    try {
      GgufModel model = GgufModel.of(parts(path, files));
      StoredTensors<StoredTensor> tensors =
          model.tensors().map(place -> place.map(files.get(place.file())));
      Optional<StoredTensor> factors =
          Optional.ofNullable(tensors.readable().remove(GgufModel.ROPE_FACTORS));
      return new FileCheckpoint(
          path,
          divided(path, model.config(), factors),
          () -> tokenizer(model.metadata()),
          tensors,
          GgufTokenizer.remarks(model.metadata()));
    } finally {
      files.values().forEach(MappedFile::close);
    }
  }

  /**
   * What the headers of a file and the parts beside it say. Divisors of the rotary frequencies that
   * are a tensor are not applied.
   *
   * @throws BookendException as {@link #open}
   */
  public static ModelHeader header(Path path) {
    Map<String, MappedFile> files = new HashMap<>();
    try {
      return header(path, parts(path, files));
    } finally {
      files.values().forEach(MappedFile::close);
    }
  }

  /**
   * The same where the files are elsewhere.
   *
   * @param path for messages
   * @param parts all files of the model, in order
   */
  public static ModelHeader header(Path path, List<GgufPart> parts) {
    GgufModel model = GgufModel.of(parts);
    return new ModelHeader(path, model.config(), model.tensors());
  }

  /**
   * All parts of a model.
   *
   * @param files takes the files that are opened, by name
   */
  private static List<GgufPart> parts(Path path, Map<String, MappedFile> files) {
    GgufPart given = open(path, files);
    if (given.parts() == 1) {
      return List.of(given);
    }
    PartName name =
        PartName.parse(given.file())
            .filter(parsed -> parsed.count() == given.parts())
            .orElseThrow(
                () ->
                    new BookendException(
                        ErrorCode.MODEL_UNSUPPORTED,
                        path
                            + " is one of "
                            + given.parts()
                            + " parts of a model, but is not named as one"
                            + " (NAME-00001-of-00003.gguf); join them with 'llama-gguf-split"
                            + " --merge'"));
    List<GgufPart> parts = new ArrayList<>();
    for (int number = 1; number <= name.count(); number++) {
      Path file = path.resolveSibling(name.withNumber(number));
      if (!Files.exists(file)) {
        throw new BookendException(
            ErrorCode.MODEL_NOT_FOUND,
            file + " is missing; the model has " + name.count() + " parts");
      }
      GgufPart part = open(file, files);
      if (part.parts() != name.count()) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED, file + " is no part of the same model as " + path);
      }
      parts.add(part);
    }
    return parts;
  }

  private static GgufPart open(Path path, Map<String, MappedFile> files) {
    return GgufPart.read(
        files.computeIfAbsent(path.getFileName().toString(), name -> new MappedFile(path)));
  }

  /** The tokenizer in a model's first file. */
  public static TokenizerSource tokenizer(GgufPart first) {
    return tokenizer(first.header().metadata());
  }

  private static TokenizerSource tokenizer(GgufMetadata metadata) {
    return new GgufTokenizer(metadata).source();
  }

  /** What the user should know about a model's first file, as {@link Checkpoint#remarks}. */
  public static List<String> remarks(GgufPart first) {
    return GgufTokenizer.remarks(first.header().metadata());
  }

  /** The name of the tensor that {@link #divided} takes. */
  public static String ropeFactors() {
    return GgufModel.ROPE_FACTORS;
  }

  /**
   * A configuration whose rotary frequencies are divided: Llama-3's context extension comes as a
   * tensor of divisors.
   *
   * @param path for messages
   * @param factors the divisors; empty: there are none
   */
  public static ModelConfig divided(Path path, ModelConfig config, Optional<StoredTensor> factors) {
    return factors
        .map(tensor -> config.withRope(divide(path, config.rope(), tensor)))
        .orElse(config);
  }

  private static RotaryEmbedding divide(Path path, RotaryEmbedding rope, StoredTensor factors) {
    int count = rope.inverseFrequencies().size();
    if (factors.shape().length != 1 || factors.shape()[0] != count) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED,
          path + ": tensor " + GgufModel.ROPE_FACTORS + " must have " + count + " elements");
    }
    ByteBuffer values = factors.read(FloatType.F32, 0, count);
    Double[] divided = new Double[count];
    for (int i = 0; i < count; i++) {
      float factor = values.getFloat(4 * i);
      if (!(factor > 0 && factor < Float.POSITIVE_INFINITY)) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            path + ": tensor " + GgufModel.ROPE_FACTORS + " must be positive");
      }
      divided[i] = rope.inverseFrequencies().get(i) / factor;
    }
    return new RotaryEmbedding(List.of(divided));
  }
}
