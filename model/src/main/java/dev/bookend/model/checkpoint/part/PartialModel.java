package dev.bookend.model.checkpoint.part;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FileCheckpoint;
import dev.bookend.model.checkpoint.Fingerprint;
import dev.bookend.model.checkpoint.MappedFile;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.TensorPlace;
import dev.bookend.model.checkpoint.gguf.GgufCheckpoint;
import dev.bookend.model.checkpoint.gguf.GgufPart;
import dev.bookend.model.checkpoint.part.PartNote.SourceFile;
import dev.bookend.model.checkpoint.safetensors.HuggingFaceCheckpoint;
import dev.bookend.model.checkpoint.safetensors.SafetensorsFile;
import dev.bookend.model.checkpoint.safetensors.SafetensorsHeader;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A directory with parts of a model: the headers of the model's own files, what describes the
 * model, and a file for each part. Layers can be added later. Immutable; which parts are there is
 * looked up each time.
 */
public final class PartialModel {
  private static final String ONE_FILE = "model.safetensors";

  private final Path directory;
  private final PartNote note;
  private final PartFormat format;
  private final List<GgufPart> ggufParts;
  private final ModelHeader header;
  private final ModelParts parts;

  private PartialModel(Path directory, PartNote note) {
    this.directory = directory;
    this.note = note;
    this.format = PartFormat.of(note.files().get(0).path());
    this.ggufParts =
        format == PartFormat.GGUF ? note.files().stream().map(this::ggufPart).toList() : List.of();
    this.header = readHeader().requireExpected();
    this.parts = ModelParts.of(header);
  }

  /** Whether a directory is such a one. */
  public static boolean isIn(Path directory) {
    return Files.isRegularFile(directory.resolve(PartNote.FILE));
  }

  /**
   * Reads what is in a directory.
   *
   * @throws BookendException if it is damaged
   */
  public static PartialModel read(Path directory) {
    return new PartialModel(directory, PartNote.read(directory));
  }

  /**
   * A directory that has the headers and what describes the model, but no note yet.
   *
   * @param note what it will say, apart from the fingerprint
   * @throws BookendException if the model is not supported
   */
  public static PartialModel begun(Path directory, PartNote note) {
    return new PartialModel(directory, note);
  }

  private ModelHeader readHeader() {
    if (format == PartFormat.GGUF) {
      return GgufCheckpoint.header(directory, ggufParts);
    }
    boolean oneFile = note.files().size() == 1 && note.files().get(0).path().equals(ONE_FILE);
    return HuggingFaceCheckpoint.header(directory, oneFile, this::safetensors);
  }

  private ByteBuffer headerOf(SourceFile file) {
    Path path = directory.resolve(file.headerName());
    try (MappedFile mapped = new MappedFile(path)) {
      if (mapped.size() > Integer.MAX_VALUE) {
        throw new BookendException(ErrorCode.MODEL_DAMAGED, path + ": is too long for a header");
      }
      return mapped.map(0, mapped.size());
    }
  }

  private GgufPart ggufPart(SourceFile file) {
    return GgufPart.read(directory.resolve(file.name()), headerOf(file), file.bytes())
        .orElseThrow(
            () ->
                new BookendException(
                    ErrorCode.MODEL_DAMAGED,
                    directory.resolve(file.headerName()) + ": ends too early"));
  }

  private StoredTensors<TensorPlace> safetensors(String shard) {
    SourceFile file =
        note.files().stream()
            .filter(source -> source.name().equals(shard))
            .findFirst()
            .orElseThrow(
                () ->
                    new BookendException(
                        ErrorCode.MODEL_DAMAGED,
                        directory + ": the index names " + shard + ", which the model lacks"));
    String path = directory.resolve(shard).toString();
    ByteBuffer bytes = headerOf(file);
    int first = Math.min(SafetensorsHeader.LENGTH_BYTES, bytes.remaining());
    int length = SafetensorsHeader.length(path, bytes.slice(0, first), file.bytes());
    if (length > bytes.remaining() - SafetensorsHeader.LENGTH_BYTES) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED, directory.resolve(file.headerName()) + ": ends too early");
    }
    return SafetensorsHeader.read(
        path, shard, bytes.slice(SafetensorsHeader.LENGTH_BYTES, length), file.bytes());
  }

  public ModelHeader header() {
    return header;
  }

  public ModelParts parts() {
    return parts;
  }

  public PartNote note() {
    return note;
  }

  /** Where a part is, or is to be. */
  public Path file(ModelPart part) {
    return directory.resolve(part.name() + format.ending());
  }

  /** Whether a part is here. */
  public boolean has(ModelPart part) {
    return Files.exists(file(part));
  }

  /** How the file of a part is to be made. */
  public PartLayout layout(ModelPart part) {
    return PartLayout.of(
        part,
        format,
        part.name() + " of " + note.model() + " at " + note.commit() + "; not a whole model");
  }

  /** The layers that are here, in order. */
  public List<Integer> layers() {
    return IntStream.range(0, parts.layers().size())
        .filter(layer -> has(parts.layers().get(layer)))
        .boxed()
        .toList();
  }

  /**
   * Writes the note, after which this directory is one.
   *
   * @param head gives the first {@link Fingerprint#HEAD} bytes of a tensor that is not here
   */
  public void finish(Function<TensorPlace, ByteBuffer> head) throws IOException {
    note.withFingerprint(fingerprint(head)).write(directory);
  }

  private String fingerprint(Function<TensorPlace, ByteBuffer> head) {
    SortedMap<String, StoredTensor> here = here();
    Fingerprint fingerprint = new Fingerprint();
    ModelParts.fingerprinted(header)
        .forEach(
            (name, place) ->
                fingerprint.add(
                    name,
                    place.type(),
                    place.dimensions(),
                    here.containsKey(name)
                        ? here.get(name).head(Fingerprint.HEAD)
                        : head.apply(place)));
    return fingerprint.hex();
  }

  /**
   * Opens what is here.
   *
   * @throws BookendException if a file is damaged, or no embedding or output is here
   */
  public Checkpoint open() {
    SortedMap<String, StoredTensor> tensors = here();
    Optional<StoredTensor> factors =
        Optional.ofNullable(tensors.remove(GgufCheckpoint.ropeFactors()));
    ModelConfig config = GgufCheckpoint.divided(directory, header.config(), factors);
    FileCheckpoint checkpoint =
        FileCheckpoint.ofSome(
            directory,
            config,
            this::tokenizer,
            tensors,
            format == PartFormat.GGUF
                ? GgufCheckpoint.remarks(ggufParts.get(0))
                : HuggingFaceCheckpoint.remarks(directory));
    return new PartialCheckpoint(this, checkpoint);
  }

  private TokenizerSource tokenizer() {
    return format == PartFormat.GGUF
        ? GgufCheckpoint.tokenizer(ggufParts.get(0))
        : HuggingFaceCheckpoint.tokenizer(directory);
  }

  private SortedMap<String, StoredTensor> here() {
    List<ModelPart> all = new ArrayList<>(parts.layers());
    all.add(parts.embedding());
    all.add(parts.output());
    SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    all.stream().filter(this::has).forEach(part -> read(part, tensors));
    return tensors;
  }

  private void read(ModelPart part, SortedMap<String, StoredTensor> tensors) {
    Path path = file(part);
    try (MappedFile file = new MappedFile(path)) {
      SortedMap<String, TensorPlace> stored =
          (format == PartFormat.GGUF ? GgufPart.read(file).tensors() : SafetensorsFile.places(path))
              .readable();
      part.tensors()
          .forEach(
              (name, place) -> {
                TensorPlace found = stored.get(place.name());
                if (found == null
                    || found.type() != place.type()
                    || !found.shape().equals(place.shape())) {
                  throw new BookendException(
                      ErrorCode.MODEL_DAMAGED,
                      path + ": tensor " + place.name() + " is not as the model has it");
                }
                tensors.put(name, place.at(found.file(), found.offset()).map(file));
              });
    }
  }
}
