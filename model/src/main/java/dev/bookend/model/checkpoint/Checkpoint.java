package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
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

  /** Hugging Face names of all tensors. */
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
   * @throws BookendException if there is no such tensor or its type is unsupported
   */
  ByteBuffer read(String tensor, FloatType type);

  /**
   * Some rows of a matrix, as {@link #read} gives the whole.
   *
   * @param first the first row
   * @param count how many rows
   * @throws IllegalArgumentException if the tensor does not have these rows
   */
  ByteBuffer readRows(String tensor, FloatType type, long first, int count);

  /**
   * Identifies the weights in milliseconds whatever their size: hex SHA-256 over the name, stored
   * type, shape and first 4 KiB of every tensor in the order of their names. Two files that differ
   * only beyond those bytes have the same.
   */
  String fingerprint();

  /** Ends reading; buffers that were handed out stay valid. */
  @Override
  void close();
}
