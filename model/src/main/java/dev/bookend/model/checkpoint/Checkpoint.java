package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * The weights and description of a model on disk: a GGUF file or a Hugging Face directory with
 * safetensors. Tensors go by their Hugging Face names ({@code
 * model.layers.0.self_attn.q_proj.weight}) and shapes ({@code [out, in]}), whatever the file calls
 * them. Safe for use by several threads.
 */
public interface Checkpoint extends AutoCloseable {

  ModelConfig config();

  TokenizerSource tokenizer();

  /**
   * What the user should know about the files although they can be used: one line each, such as a
   * value that was ignored because it cannot be meant.
   */
  default List<String> remarks() {
    return List.of();
  }

  /**
   * Makes sure that layers [from,to) are on this machine, of models of which only some are.
   *
   * @throws BookendException of code {@link dev.bookend.error.ErrorCode#MODEL_INCOMPLETE} naming
   *     those that are not
   */
  default void requireLayers(int from, int to) {}

  /** Hugging Face names of all tensors that can be read. */
  Set<String> tensorNames();

  /**
   * Shape of a tensor, outermost dimension first.
   *
   * @throws BookendException if there is no such tensor
   */
  long[] shape(String tensor);

  /**
   * A tensor's elements in row-major order: a direct buffer in native byte order, positioned at 0.
   * A view of the mapped file where that already holds this type, else converted (weights stored
   * quantised are dequantised).
   *
   * @throws BookendException if there is no such tensor, its type is unsupported, or it takes 2 GiB
   *     or more in this type
   */
  ByteBuffer read(String tensor, FloatType type);

  /**
   * Some rows of a matrix, as {@link #read} gives the whole; a vector has rows of one element.
   *
   * @param first the first row
   * @param count how many rows
   * @throws IllegalArgumentException if the tensor does not have these rows
   */
  ByteBuffer readRows(String tensor, FloatType type, long first, int count);

  /**
   * Some rows, as {@link #readRows(String, FloatType, long, int)} gives them, into memory of the
   * caller's. So loading a model leaves no direct buffers behind, which Java frees late.
   *
   * @param target in native byte order; its position moves to the end of what is written
   */
  default void readRows(String tensor, FloatType type, long first, int count, ByteBuffer target) {
    target.put(readRows(tensor, type, first, count));
  }

  /** Whether {@link #read} gives a view of the mapped file, which takes no memory of its own. */
  default boolean isStoredAs(String tensor, FloatType type) {
    return false;
  }

  /**
   * A tensor has been read and copied: the pages of its file need not stay in this process's
   * memory.
   */
  default void release(String tensor) {}

  /**
   * Identifies the weights: hex SHA-256 over the name, stored type, shape and first 4 KiB of every
   * tensor in the order of their names, which takes milliseconds whatever their size. Two files
   * that differ only beyond those bytes have the same fingerprint.
   */
  String fingerprint();

  /** Ends reading. Buffers that have been returned stay valid. */
  @Override
  void close();
}
