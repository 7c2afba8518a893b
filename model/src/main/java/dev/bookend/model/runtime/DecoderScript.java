package dev.bookend.model.runtime;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.ModelTensors;
import dev.bookend.model.architecture.TensorRole;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** The TorchScript decoder ({@code decoder.torchscript}) of one model, loaded into PyTorch. */
final class DecoderScript implements AutoCloseable {
  private final PtSymbolBlock module;
  private final Kind kind;
  private final boolean onCpu;
  private final AtomicInteger matrices = new AtomicInteger();
  private volatile boolean closed;

  /** How a script multiplies with its matrices. */
  private enum Kind {
    PLAIN,
    PACKED,
    INT8
  }

  /** The script for any device, which can also train. */
  static DecoderScript plain(PtNDManager manager, ModelConfig config) {
    return new DecoderScript(
        manager, config, Kind.PLAIN, "plain.torchscript", "distillation.torchscript");
  }

  /**
   * The script with packed matrices, with which a step of several tokens takes little longer than
   * one of one token.
   *
   * @throws EngineException if this build of PyTorch has no oneDNN
   */
  static DecoderScript packed(PtNDManager manager, ModelConfig config) {
    return new DecoderScript(manager, config, Kind.PACKED, "packed.torchscript");
  }

  /** The script with integer matrices, for CPUs. */
  static DecoderScript int8(PtNDManager manager, ModelConfig config) {
    return new DecoderScript(manager, config, Kind.INT8, "int8.torchscript");
  }

  private DecoderScript(PtNDManager manager, ModelConfig config, Kind kind, String... more) {
    this.kind = kind;
    this.onCpu = !manager.getDevice().isGpu();
    try (InputStream archive = ScriptArchive.write("Decoder", source(more), attributes(config))) {
      module = JniUtils.loadModule(manager, archive, false, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
  }

  /** What the script knows of the model, with the place of each tensor in a layer's weights. */
  private static Map<String, Object> attributes(ModelConfig config) {
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("training", false);
    attributes.put("heads", config.heads());
    attributes.put("kv_heads", config.kvHeads());
    attributes.put("head_dim", config.headDim());
    attributes.put("epsilon", config.normEpsilon());
    attributes.put("matrices", Map.of());
    ModelTensors tensors = config.tensors();
    for (TensorRole role : TensorRole.values()) {
      if (role.inLayer()) {
        attributes.put(role.name().toLowerCase(Locale.ROOT), tensors.indexInLayer(role));
      }
    }
    return attributes;
  }

  /** Whether {@link #pack} copies. */
  boolean packs() {
    return kind == Kind.PACKED;
  }

  /** Whether matrices are integers, which {@link #quantize} makes. */
  boolean isInteger() {
    return kind == Kind.INT8;
  }

  /**
   * A matrix as the script multiplies with it.
   *
   * @param matrix is closed, unless it is the result
   */
  PtNDArray pack(PtNDManager manager, PtNDArray matrix) {
    if (!packs()) {
      return matrix;
    }
    try (matrix;
        IValue argument = IValue.from(matrix);
        IValue result = run("pack", argument)) {
      return result.toTensor(manager);
    }
  }

  /** Room for an integer matrix, which {@link #quantize} fills. */
  PtNDArray room(PtNDManager manager, long rows, long width) {
    try (IValue first = IValue.from(rows);
        IValue second = IValue.from(width);
        IValue result = run("room", first, second)) {
      return result.toTensor(manager);
    }
  }

  /**
   * Turns rows of a matrix into integers.
   *
   * @param rows FP32 [R,K]
   * @param whole {@link #room} of [N,K]
   * @param scales FP32 [N], written
   * @param row the first of the N that are written
   */
  void quantize(NDArray rows, PtNDArray whole, PtNDArray scales, long row) {
    try (IValue from = IValue.from((PtNDArray) rows);
        IValue to = IValue.from(whole);
        IValue with = IValue.from(scales);
        IValue at = IValue.from(row)) {
      run("quantize", from, to, with, at).close();
    }
  }

  /**
   * An integer matrix as the script multiplies with it, with no rows yet.
   *
   * @param manager when it is closed, the matrix is freed
   */
  IntegerMatrix integerMatrix(PtNDManager manager) {
    int number = matrices.getAndIncrement();
    AutoCloseable matrix = () -> forget(number);
    manager.attachInternal("matrix " + number, matrix);
    return new IntegerMatrix(manager, number);
  }

  /** A matrix whose rows come part by part. */
  final class IntegerMatrix {
    private final PtNDManager manager;
    private final long number;
    private PtNDArray handle;

    private IntegerMatrix(PtNDManager manager, long number) {
      this.manager = manager;
      this.number = number;
    }

    /**
     * Adds rows.
     *
     * @param whole {@link #room} that has been filled; copied
     * @param scales FP32, one for each of them; copied
     */
    void add(PtNDArray whole, PtNDArray scales) {
      try (IValue numbers = IValue.from(whole);
          // One thread does it, and nothing else waits: parts that load side by side need not
          // either.
          IValue rows = runHere("laid_out", numbers);
          IValue with = IValue.from(scales);
          IValue at = IValue.from(number);
          IValue result = run("keep", rows, with, at)) {
        if (handle == null) {
          handle = result.toTensor(manager);
        }
      }
    }

    /** What the script takes for the matrix. */
    PtNDArray handle() {
      return handle;
    }
  }

  private void forget(int number) {
    if (!closed) {
      try (IValue at = IValue.from((long) number)) {
        run("forget", at).close();
      }
    }
  }

  /** As {@link #run(String, IValue...)}, with more arguments behind the first. */
  IValue run(String method, IValue[] first, IValue[] more) {
    return run(false, method, first, more);
  }

  /**
   * As {@link #run(String, IValue[], IValue[])}.
   *
   * @param isLarge whether it may take longer than others can wait for their next token
   */
  IValue run(boolean isLarge, String method, IValue[] first, IValue[] more) {
    IValue[] all = Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return onCpu && isLarge ? ComputeThread.runLarge(() -> runHere(method, all)) : run(method, all);
  }

  /**
   * Runs a method of the script, on the CPU on the {@link ComputeThread}; the caller closes the
   * arguments and the result.
   */
  IValue run(String method, IValue... arguments) {
    return onCpu ? ComputeThread.run(() -> runHere(method, arguments)) : runHere(method, arguments);
  }

  /**
   * As {@link #run}, but on the caller's thread: for work in the background, which no token should
   * wait for.
   */
  IValue runHere(String method, IValue... arguments) {
    // This setting is local to the thread. PyTorch would optimise anew for each new shape, and here
    // shapes change with every step.
    JniUtils.setGraphExecutorOptimize(false);
    return IValueUtils.runMethod(module, method, arguments);
  }

  /**
   * Runs a method that computes gradients, which {@link #run} does not allow.
   *
   * @param arguments a list is given as arrays with one name, which ends in []
   */
  NDList runWithGradients(String method, NDList arguments) {
    JniUtils.setGraphExecutorOptimize(false);
    NDArray name = arguments.get(0).duplicate();
    name.setName("module_method:" + method);
    arguments.add(name);
    boolean before = JniUtils.isGradMode(); // this setting is local to the thread
    JniUtils.setGradMode(true);
    try {
      return IValueUtils.forward(module, arguments, true);
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  @Override
  public void close() {
    closed = true; // its matrices go with it
    module.close();
  }

  private static String source(String... more) throws IOException {
    StringBuilder source = new StringBuilder(read("decoder.torchscript"));
    for (String resource : more) {
      source.append(read(resource));
    }
    return source.toString();
  }

  private static String read(String resource) throws IOException {
    try (InputStream in = DecoderScript.class.getResourceAsStream(resource)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
