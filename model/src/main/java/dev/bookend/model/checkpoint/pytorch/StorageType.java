package dev.bookend.model.checkpoint.pytorch;

import dev.bookend.model.checkpoint.StoredType;
import java.util.Optional;

/** The types of PyTorch's storages, by the names of their classes in the module {@code torch}. */
enum StorageType {
  FloatStorage(4, StoredType.F32),
  HalfStorage(2, StoredType.F16),
  BFloat16Storage(2, StoredType.BF16),
  DoubleStorage(8, null),
  LongStorage(8, null),
  IntStorage(4, null),
  ShortStorage(2, null),
  CharStorage(1, null),
  ByteStorage(1, null),
  BoolStorage(1, null);

  private final int bytes;
  private final StoredType type;

  StorageType(int bytes, StoredType type) {
    this.bytes = bytes;
    this.type = type;
  }

  /** The type with a name, such as {@code HalfStorage}. */
  static Optional<StorageType> named(String name) {
    for (StorageType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Bytes of an element. */
  int bytes() {
    return bytes;
  }

  /** What the elements are where weights can be read from them. */
  Optional<StoredType> stored() {
    return Optional.ofNullable(type);
  }

  /** Whether the elements are numbers that a layer could compute with, not counters or masks. */
  boolean isWeight() {
    return type != null || this == DoubleStorage;
  }
}
