package dev.bookend.model.checkpoint.safetensors;

import dev.bookend.error.BookendException;
import dev.bookend.model.checkpoint.MappedFile;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.TensorPlace;
import java.nio.file.Path;

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

  private static StoredTensors<TensorPlace> places(MappedFile file) {
    String path = file.path().toString();
    int first = (int) Math.min(SafetensorsHeader.LENGTH_BYTES, file.size());
    int length = SafetensorsHeader.length(path, file.map(0, first), file.size());
    return SafetensorsHeader.read(
        path,
        file.path().getFileName().toString(),
        file.map(SafetensorsHeader.LENGTH_BYTES, length),
        file.size());
  }
}
