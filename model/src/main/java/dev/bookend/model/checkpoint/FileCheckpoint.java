package dev.bookend.model.checkpoint;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Supplier;

/** A checkpoint whose tensors lie in mapped files. Safe for use by several threads. */
public final class FileCheckpoint implements Checkpoint {
  private final Path path;
  private final ModelConfig config;
  private final Supplier<TokenizerSource> tokenizerReader;
  private final SortedMap<String, StoredTensor> tensors;
  private final List<String> remarks;
  private TokenizerSource tokenizer;
  private volatile boolean closed;

  /**
   * @param path for messages
   * @param tokenizer called once, when the tokenizer is first asked for
   * @param tensors by Hugging Face name; of those that cannot be read none may be needed
   * @param remarks as {@link Checkpoint#remarks}
   * @throws BookendException if a tensor that the configuration implies is missing or misshapen
   */
  public FileCheckpoint(
      Path path,
      ModelConfig config,
      Supplier<TokenizerSource> tokenizer,
      StoredTensors<StoredTensor> tensors,
      List<String> remarks) {
    this(path, config, tokenizer, tensors.readable(), remarks);
    new ExpectedTensors(config).check(path, tensors.map(StoredTensor::shape));
  }

  private FileCheckpoint(
      Path path,
      ModelConfig config,
      Supplier<TokenizerSource> tokenizer,
      SortedMap<String, StoredTensor> tensors,
      List<String> remarks) {
    this.path = path;
    this.config = config;
    this.tokenizerReader = tokenizer;
    this.tensors = tensors;
    this.remarks = List.copyOf(remarks);
  }

  /** A checkpoint that holds some of the model's tensors only. Which, is not checked. */
  public static FileCheckpoint ofSome(
      Path path,
      ModelConfig config,
      Supplier<TokenizerSource> tokenizer,
      SortedMap<String, StoredTensor> tensors,
      List<String> remarks) {
    return new FileCheckpoint(path, config, tokenizer, tensors, remarks);
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public synchronized TokenizerSource tokenizer() {
    if (tokenizer == null) {
      tokenizer = tokenizerReader.get();
    }
    return tokenizer;
  }

  @Override
  public List<String> remarks() {
    return remarks;
  }

  @Override
  public Set<String> tensorNames() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public long[] shape(String tensor) {
    return find(tensor).shape();
  }

  @Override
  public ByteBuffer read(String tensor, FloatType type) {
    StoredTensor stored = find(tensor);
    return stored.read(type, 0, stored.shape()[0]);
  }

  @Override
  public ByteBuffer readRows(String tensor, FloatType type, long first, int count) {
    return find(tensor).read(type, first, count);
  }

  @Override
  public void readRows(String tensor, FloatType type, long first, int count, ByteBuffer target) {
    find(tensor).read(type, first, count, target);
  }

  @Override
  public boolean isStoredAs(String tensor, FloatType type) {
    return find(tensor).isStoredAs(type);
  }

  @Override
  public void release(String tensor) {
    find(tensor).release();
  }

  private StoredTensor find(String tensor) {
    if (closed) {
      throw new IllegalStateException(path + " is closed");
    }
    StoredTensor stored = tensors.get(tensor);
    if (stored == null) {
      throw new BookendException(ErrorCode.MODEL_DAMAGED, path + ": no tensor " + tensor);
    }
    return stored;
  }

  @Override
  public String fingerprint() {
    Fingerprint fingerprint = new Fingerprint();
    tensors.forEach(
        (name, tensor) ->
            fingerprint.add(name, tensor.type(), tensor.shape(), tensor.head(Fingerprint.HEAD)));
    return fingerprint.hex();
  }

  @Override
  public void close() {
    closed = true;
  }
}
