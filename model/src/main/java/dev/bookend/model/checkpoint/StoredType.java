package dev.bookend.model.checkpoint;

import java.util.Optional;

/**
 * How a file stores the elements of a tensor: as plain numbers, or quantised in blocks along a row.
 * Ids and block layouts are those of ggml (github.com/ggml-org/ggml, docs/gguf.md); safetensors has
 * the plain types only.
 */
public enum StoredType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  BF16(30, 1, 2);

  private final int ggmlId;
  private final int blockElements;
  private final int blockBytes;

  StoredType(int ggmlId, int blockElements, int blockBytes) {
    this.ggmlId = ggmlId;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
  }

  public static Optional<StoredType> ofGgml(long id) {
    for (StoredType type : values()) {
      if (type.ggmlId == id) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Number of the type in ggml and in GGUF files. */
  public int ggmlId() {
    return ggmlId;
  }

  int blockElements() {
    return blockElements;
  }

  int blockBytes() {
    return blockBytes;
  }

  boolean is(FloatType type) {
    return name().equals(type.name());
  }
}
