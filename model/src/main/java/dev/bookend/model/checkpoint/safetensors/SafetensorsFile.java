package dev.bookend.model.checkpoint.safetensors;

import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.MappedFile;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.TensorPlace;
import dev.bookend.model.checkpoint.safetensors.SafetensorsHeader.WholeNumbers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** A safetensors file on this machine. */
public final class SafetensorsFile {
  private SafetensorsFile() {}

  /**
   * Maps every tensor of a file.
   *
   * @throws BookendException if the header does not follow the format
   */
  public static StoredTensors<StoredTensor> read(Path path) {
    try (MappedFile file = new MappedFile(path)) {
      return places(file).map(place -> place.map(file));
    }
  }

  /** Where the tensors of a file are, as {@link #read}. */
  public static StoredTensors<TensorPlace> places(Path path) {
    try (MappedFile file = new MappedFile(path)) {
      return places(file);
    }
  }

  /**
   * A vector of whole numbers of 32 or 64 bits, which is no weight.
   *
   * @param path of a file that {@link #read} has found to be in order
   * @return empty: there is no such vector
   */
  public static Optional<long[]> wholeNumbers(Path path, String tensor) {
    try (MappedFile file = new MappedFile(path)) {
      return SafetensorsHeader.wholeNumbers(path.toString(), header(file), tensor)
          .map(place -> numbers(file, place));
    }
  }

  private static long[] numbers(MappedFile file, WholeNumbers place) {
    ByteBuffer content = file.map(place.offset(), (long) place.count() * place.bytes());
    long[] numbers = new long[place.count()];
    Arrays.setAll(numbers, i -> place.bytes() == Long.BYTES ? content.getLong() : content.getInt());
    return numbers;
  }

  private static StoredTensors<TensorPlace> places(MappedFile file) {
    return SafetensorsHeader.read(
        file.path().toString(), file.path().getFileName().toString(), header(file), file.size());
  }

  private static ByteBuffer header(MappedFile file) {
    int first = (int) Math.min(SafetensorsHeader.LENGTH_BYTES, file.size());
    int length = SafetensorsHeader.length(file.path().toString(), file.map(0, first), file.size());
    return file.map(SafetensorsHeader.LENGTH_BYTES, length);
  }
}
