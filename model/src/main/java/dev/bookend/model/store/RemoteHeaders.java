package dev.bookend.model.store;

import dev.bookend.model.checkpoint.gguf.GgufPart;
import dev.bookend.model.checkpoint.part.PartFormat;
import dev.bookend.model.checkpoint.part.PartNote;
import dev.bookend.model.checkpoint.part.PartNote.SourceFile;
import dev.bookend.model.checkpoint.safetensors.SafetensorsHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Fetches the headers of a model's files, and nothing of their tensors. */
record RemoteHeaders(Repository repository, Retries retries, Tally tally) {
  /** A GGUF header has the tokenizer in it: some megabytes. */
  private static final int GGUF_FIRST = 1 << 20;

  /** The largest that is read; it bounds the memory. */
  private static final int MOST = 1 << 28;

  /**
   * Fetches those that are not here.
   *
   * @param weights the model's files with tensors
   * @param directory where each header becomes a file
   */
  void into(Path directory, List<HubFile> weights) throws IOException {
    for (HubFile file : weights) {
      Path header = directory.resolve(source(file).headerName());
      if (!Files.exists(header)) {
        byte[] bytes =
            PartFormat.of(file.path()) == PartFormat.GGUF
                ? gguf(directory.resolve(file.name()), file)
                : safetensors(directory.resolve(file.name()).toString(), file);
        Path part = header.resolveSibling(header.getFileName() + ".part");
        Files.write(part, bytes);
        Files.move(part, header, StandardCopyOption.ATOMIC_MOVE);
      }
      tally.report();
    }
  }

  static SourceFile source(HubFile file) {
    return new SourceFile(file.path(), file.bytes());
  }

  /** A note on the model, whose fingerprint is not known yet. */
  static PartNote note(Repository repository, List<HubFile> weights) {
    return new PartNote(
        repository.name().toString(),
        repository.commit(),
        weights.stream().map(RemoteHeaders::source).toList(),
        "");
  }

  private byte[] safetensors(String path, HubFile file) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    read(file, Math.min(SafetensorsHeader.LENGTH_BYTES, file.bytes()), all);
    int length = SafetensorsHeader.length(path, ByteBuffer.wrap(all.toByteArray()), file.bytes());
    read(file, SafetensorsHeader.LENGTH_BYTES + length, all);
    return all.toByteArray();
  }

  private byte[] gguf(Path path, HubFile file) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (long size = GGUF_FIRST; ; size *= 2) {
      read(file, Math.min(Math.min(size, MOST), file.bytes()), all);
      byte[] begin = all.toByteArray();
      // At the most that is read, a header that goes on is refused as one that ends too early.
      long known = begin.length < MOST ? file.bytes() : begin.length;
      Optional<GgufPart> part = GgufPart.read(path, ByteBuffer.wrap(begin), known);
      if (part.isPresent()) {
        return Arrays.copyOf(begin, part.get().headerBytes());
      }
    }
  }

  /** Reads a file's bytes up to a place. */
  private void read(HubFile file, long to, ByteArrayOutputStream all) throws IOException {
    retries.run(
        () -> {
          if (all.size() < to) {
            repository.read(
                file,
                all.size(),
                to,
                bytes -> {
                  all.writeBytes(bytes);
                  tally.add(bytes.length);
                });
          }
          if (all.size() < to) {
            throw new IOException(file.path() + " ended early");
          }
          return null;
        },
        all::size);
  }
}
