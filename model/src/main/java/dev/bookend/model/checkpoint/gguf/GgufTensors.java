package dev.bookend.model.checkpoint.gguf;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.StoredTensor;
import dev.bookend.model.checkpoint.StoredTensors;
import dev.bookend.model.checkpoint.StoredTensors.Unreadable;
import dev.bookend.model.checkpoint.StoredType;
import dev.bookend.model.checkpoint.TensorPlace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Collects the tensors of a file, and finds those that lie on others. */
final class GgufTensors {
  private record Place(String name, long begin, long end) {}

  private final GgufPart part;
  private final StoredTensors<TensorPlace> tensors;
  private final List<Place> places = new ArrayList<>();

  /**
   * @param tensors where they are put, beside those of the model's other files
   */
  GgufTensors(GgufPart part, StoredTensors<TensorPlace> tensors) {
    this.part = part;
    this.tensors = tensors;
  }

  /**
   * Adds a tensor.
   *
   * @param name the name that it is to have
   * @param ggufName the name that the file gives it
   * @param interleavedHead as {@link StoredTensor} takes it
   * @throws BookendException if it is not inside the file, or comes twice
   */
  void add(String name, String ggufName, GgufHeader.Entry entry, int interleavedHead) {
    if (tensors.has(name)) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED, part.path() + ": tensor " + name + " comes twice");
    }
    Optional<StoredType> type = StoredType.ofGgml(entry.ggmlType());
    boolean empty = entry.shape().contains(0L);
    if (type.isPresent() && !entry.shape().isEmpty() && !empty) {
      TensorPlace place =
          new TensorPlace(
              part.file(), ggufName, type.get(), entry.shape(), entry.offset(), interleavedHead);
      String label = part.path() + ": tensor " + name;
      long bytes = StoredTensor.storedBytes(label, type.get(), place.dimensions());
      if (entry.offset() > part.bytes() - bytes) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            label + " ends beyond the file; it is truncated: fetch it again");
      }
      places.add(new Place(name, entry.offset(), entry.offset() + bytes));
      tensors.readable().put(name, place);
      return;
    }
    if (!empty) {
      places.add(new Place(name, entry.offset(), entry.offset() + 1));
    }
    tensors
        .others()
        .put(name, new Unreadable(failure(ggufName, entry, type), !empty && !entry.isInteger()));
  }

  private BookendException failure(String name, GgufHeader.Entry entry, Optional<StoredType> type) {
    String label = part.path() + ": tensor " + name;
    return type.isPresent()
        ? new BookendException(
            ErrorCode.MODEL_DAMAGED,
            label + (entry.shape().isEmpty() ? " has no dimensions" : " is empty"))
        : new BookendException(
            ErrorCode.MODEL_UNSUPPORTED,
            label
                + " is stored as "
                + entry.typeName()
                + ", which is not supported; use a Q4_K_M, Q8_0 or F16 file");
  }

  /**
   * Ends the file.
   *
   * @throws BookendException if two of its tensors share bytes
   */
  void requireApart() {
    places.sort(Comparator.comparingLong(Place::begin));
    for (int i = 1; i < places.size(); i++) {
      Place before = places.get(i - 1);
      if (before.end > places.get(i).begin) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            part.path()
                + ": corrupt: tensors "
                + before.name
                + " and "
                + places.get(i).name
                + " overlap; fetch it again");
      }
    }
  }
}
