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
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.architecture.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The TorchScript decoder ({@code decoder.torchscript}) of one model, loaded into PyTorch. */
final class DecoderScript implements AutoCloseable {
  private final PtSymbolBlock module;
  private final Kind kind;
  private final boolean onCpu;
  private final List<List<TensorSpec>> layer;
  private final AtomicInteger matrices = new AtomicInteger();
  private volatile boolean closed;

  /** How a script multiplies with its matrices. */
  enum Kind {
    /** On any device; can also train. */
    PLAIN(false, 0, "floats", "scores", "plain", "normed", "distillation"),

    /**
     * Laid out for oneDNN, so that a step of several tokens takes little longer than one of one
     * token. PyTorch may have been built without.
     */
    PACKED(true, 0, "floats", "flash", "packed", "normed", "joined"),

    /**
     * The same for FP32 with matrices kept in FP16, which halves what a step reads from memory,
     * wherever that changes none of their numbers by more than FP32 rounds of the largest.
     */
    HALVES(true, 0, "floats", "flash", "matrices", "halves", "normed", "joined"),

    /** Integers whose products are exact, for CPUs. */
    INT8(true, 7, "matrices", "integers", "int8", "scores", "normed", "joined"),

    /**
     * Integers whose products are nearly right, for draft tokens, on CPUs that add up products of 8
     * bits without loss.
     */
    DRAFT(true, 8, "floats", "flash", "matrices", "integers", "draft", "joined"),

    /** The same on CPUs that do not. */
    DRAFT_7_BITS(true, 7, "floats", "flash", "matrices", "integers", "draft", "joined");

    private final boolean joins;
    private final int bits;

    @SuppressWarnings("ImmutableEnumChecker") // an immutable list
    private final List<String> resources;

    /**
     * What a kind is.
     *
     * @param bits of the integers that are multiplied with a matrix at once; 0: no integers
     */
    Kind(boolean joins, int bits, String... resources) {
      this.joins = joins;
      this.bits = bits;
      this.resources = List.of(resources);
    }

    boolean isInteger() {
      return bits > 0;
    }

    /** What is added to the integers so that none is negative; their size is below that. */
    int zeroPoint() {
      return isInteger() ? 1 << (bits - 1) : 0;
    }
  }

  /** Matrices that multiply the same rows, which some scripts have as one. */
  private static final List<List<TensorRole>> JOINED =
      List.of(
          List.of(TensorRole.QUERY, TensorRole.KEY, TensorRole.VALUE),
          List.of(TensorRole.GATE, TensorRole.UP));

  /**
   * Loads the script.
   *
   * @throws EngineException if this build of PyTorch lacks what the kind needs
   */
  DecoderScript(PtNDManager manager, ModelConfig config, Kind kind) {
    this.kind = kind;
    this.onCpu = !manager.getDevice().isGpu();
    this.layer = layer(config.tensors().layer());
    try (InputStream archive = ScriptArchive.write("Decoder", source(), attributes(config))) {
      module = JniUtils.loadModule(manager, archive, false, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory only
    }
    prepare(manager);
  }

  private void prepare(PtNDManager manager) {
    try (PtNDArray any = (PtNDArray) manager.create(0f);
        IValue onDevice = IValue.from(any)) {
      runHere("prepare", onDevice).close();
    }
  }

  /** What the script knows of the model, with the place of each tensor in a layer's weights. */
  private Map<String, Object> attributes(ModelConfig config) {
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("training", false);
    attributes.put("heads", config.heads());
    attributes.put("kv_heads", config.kvHeads());
    attributes.put("head_dim", config.headDim());
    attributes.put("rotated", 2 * config.rope().inverseFrequencies().size());
    attributes.put("epsilon", config.normEpsilon());
    attributes.put("zero_point", kind.zeroPoint());
    attributes.put("matrices", Map.of());
    attributes.put("numbers", Map.of());
    List<TensorRole> first = layer.stream().map(joined -> joined.get(0).role()).toList();
    for (TensorRole role : TensorRole.values()) {
      if (role.inLayer()) {
        attributes.put(role.name().toLowerCase(Locale.ROOT), first.indexOf(role));
      }
    }
    return attributes;
  }

  private List<List<TensorSpec>> layer(List<TensorSpec> tensors) {
    Map<TensorRole, List<TensorSpec>> groups = new LinkedHashMap<>();
    for (TensorSpec tensor : tensors) {
      groups.computeIfAbsent(first(tensor.role()), role -> new ArrayList<>()).add(tensor);
    }
    return groups.values().stream()
        .map(joined -> joined.stream().sorted(Comparator.comparing(TensorSpec::role)).toList())
        .toList();
  }

  /** The role that stands for all those whose matrices are one. */
  private TensorRole first(TensorRole role) {
    return JOINED.stream()
        .filter(roles -> kind.joins && roles.contains(role))
        .findFirst()
        .map(roles -> roles.get(0))
        .orElse(role);
  }

  /**
   * What a layer's weights are, in their order: tensors, or the tensors whose rows are those of one
   * matrix, one tensor's below the other's.
   */
  List<List<TensorSpec>> layer() {
    return layer;
  }

  /** Whether {@link #pack} copies. */
  boolean packs() {
    return kind == Kind.PACKED || packsHalves();
  }

  /** Whether {@link #pack} tries FP16 first. */
  boolean packsHalves() {
    return kind == Kind.HALVES;
  }

  /** Whether matrices are integers, which {@link #quantize} makes. */
  boolean isInteger() {
    return kind.isInteger();
  }

  /**
   * A matrix as the script multiplies with it.
   *
   * @param matrix is closed, unless it is the result; where matrices are kept in FP16, its numbers
   *     are changed
   */
  PtNDArray pack(PtNDManager manager, PtNDArray matrix) {
    if (!packs()) {
      return matrix;
    }
    try (matrix) {
      if (packsHalves()) {
        Matrix inFp16 = matrix(manager);
        if (inFp16.add(List.of(inFp16(matrix)))) {
          return inFp16.handle();
        }
      }
      return packed(manager, matrix);
    }
  }

  /**
   * The same where FP16 is known not to hold the matrix.
   *
   * @param matrix is closed
   */
  PtNDArray packWide(PtNDManager manager, PtNDArray matrix) {
    try (matrix;
        IValue argument = IValue.from(matrix)) {
      run("scale", argument).close();
      return packed(manager, matrix);
    }
  }

  private PtNDArray packed(PtNDManager manager, PtNDArray matrix) {
    try (IValue argument = IValue.from(matrix);
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
   * A matrix of integers or of FP16 as the script multiplies with it, with no rows yet.
   *
   * @param manager when it is closed, the matrix is freed
   */
  Matrix matrix(PtNDManager manager) {
    int number = matrices.getAndIncrement();
    AutoCloseable matrix = () -> forget(number);
    manager.attachInternal("matrix " + number, matrix);
    return new Matrix(manager, number);
  }

  /** A matrix whose rows come part by part. */
  final class Matrix {
    private final PtNDManager manager;
    private final int number;
    private PtNDArray handle;

    private Matrix(PtNDManager manager, int number) {
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
          IValue with = IValue.from(scales);
          IValue rows = laidOut(numbers, with)) {
        add(rows, with);
      }
    }

    /**
     * Adds rows of FP16.
     *
     * @param parts as {@link #inFp16} gives them; closed
     * @return whether all of them are there; where not, no row of the matrix is kept
     */
    boolean add(List<Optional<IValue>> parts) {
      boolean areAll = parts.stream().allMatch(Optional::isPresent);
      try (PtNDArray any = (PtNDArray) manager.create(new float[0]);
          IValue none = IValue.from(any)) {
        if (areAll) {
          parts.forEach(part -> add(part.orElseThrow(), none));
        } else {
          forget(number);
        }
      } finally {
        parts.forEach(part -> part.ifPresent(IValue::close));
      }
      return areAll;
    }

    private void add(IValue rows, IValue scales) {
      try (IValue at = IValue.from((long) number);
          IValue result = run("keep", rows, scales, at)) {
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

  /**
   * Rows of FP32 as the kernel reads those of FP16, to be closed; empty if FP16 would change one by
   * more than FP32 rounds of the largest.
   *
   * @param rows are what {@code pack} of the script takes afterwards
   */
  Optional<IValue> inFp16(PtNDArray rows) {
    try (PtNDArray any = (PtNDArray) rows.getManager().create(new float[0]);
        IValue none = IValue.from(any);
        IValue numbers = IValue.from(rows);
        IValue fits = runHere("scaled_fits", numbers)) {
      return fits.toBoolean() ? Optional.of(laidOut(numbers, none)) : Optional.empty();
    }
  }

  /** On the caller's thread, because no other one works on it: what loads beside need not wait. */
  private IValue laidOut(IValue numbers, IValue scales) {
    return runHere("laid_out", numbers, scales);
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

  private String source() throws IOException {
    StringBuilder source = new StringBuilder(read("decoder"));
    for (String resource : kind.resources) {
      source.append(read(resource));
    }
    return source.toString();
  }

  private static String read(String resource) throws IOException {
    try (InputStream in = DecoderScript.class.getResourceAsStream(resource + ".torchscript")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
