package dev.bookend.model.checkpoint.gguf;

import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.MappedFile;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.TensorPlace;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/** The header of one GGUF file of a model, which may be its only one. Immutable. */
public final class GgufPart {
  private final Path path;
  private final long bytes;
  private final GgufHeader header;

  private GgufPart(Path path, long bytes, GgufHeader header) {
    this.path = path;
    this.bytes = bytes;
    this.header = header;
  }

  /**
   * Reads the header of a file on this machine.
   *
   * @throws BookendException naming the file, if it is no GGUF file or is damaged
   */
  public static GgufPart read(MappedFile file) {
    return new GgufPart(file.path(), file.size(), GgufHeader.read(file));
  }

  /**
   * Reads a header of which perhaps not all is there.
   *
   * @param path for messages; its last part is the file's name
   * @param begin the first bytes of the file
   * @param bytes size of the whole file
   * @return empty if the header is longer than {@code begin}
   * @throws BookendException as {@link #read(MappedFile)}
   */
  public static Optional<GgufPart> read(Path path, ByteBuffer begin, long bytes) {
    try {
      return Optional.of(new GgufPart(path, bytes, GgufHeader.read(path, begin, bytes)));
    } catch (GgufHeader.Continues e) {
      return Optional.empty();
    }
  }

  Path path() {
    return path;
  }

  /** Size of the whole file. */
  long bytes() {
    return bytes;
  }

  GgufHeader header() {
    return header;
  }

  /** The file's name beside the others of the model. */
  String file() {
    return path.getFileName().toString();
  }

  /** How many bytes the header takes. */
  public int headerBytes() {
    return header.bytes();
  }

  /** How many files the model has. */
  public int parts() {
    return Math.max(1, header.metadata().integer("split.count", 0, 65_535).orElse(1));
  }

  /** The tensors of this file, by the names that it gives them. */
  public StoredTensors<TensorPlace> tensors() {
    StoredTensors<TensorPlace> all = new StoredTensors<>();
    GgufTensors own = new GgufTensors(this, all);
    header.tensors().forEach((name, entry) -> own.add(name, name, entry, 0));
    own.requireApart();
    return all;
  }
}
