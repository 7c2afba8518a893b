package dev.bookend.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Token embedding. Rows are read from the checkpoint when they are needed, so that the table, the
 * largest tensor of many models, takes no memory of its own. Safe for use by several threads.
 */
public final class Embedding {
  private final Checkpoint checkpoint;
  private final String table;
  private final int hiddenSize;
  private final int vocabularySize;

  Embedding(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
    this.table = checkpoint.config().tensors().name(TensorRole.EMBEDDING);
    this.hiddenSize = checkpoint.config().hiddenSize();
    this.vocabularySize = checkpoint.config().vocabularySize();
  }

  /**
   * Embeds T tokens.
   *
   * @return FP32 [T,H], attached to {@code scope}
   * @throws IllegalArgumentException if a token is not in the vocabulary
   */
  public NDArray embed(NDManager scope, int[] tokens) {
    ByteBuffer rows =
        ByteBuffer.allocateDirect(tokens.length * hiddenSize * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    for (int token : tokens) {
      if (token < 0 || token >= vocabularySize) {
        throw new IllegalArgumentException("a token is outside the vocabulary");
      }
      checkpoint.readRows(table, FloatType.F32, token, 1, rows);
    }
    return scope.create(rows.flip(), new Shape(tokens.length, hiddenSize), DataType.FLOAT32);
  }
}
