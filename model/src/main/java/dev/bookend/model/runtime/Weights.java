package dev.bookend.model.runtime;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.ModelTensors;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.ResidentMemory;
import dev.bookend.model.runtime.DecoderScript.Kind;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;

/**
 * A checkpoint's tensors as PyTorch tensors of one type, and its matrices as the script multiplies
 * with them. A tensor that the file holds in this type is not copied, unless the script packs it.
 */
record Weights(Checkpoint checkpoint, WeightType weightType, DecoderScript script)
    implements AutoCloseable {

  /** Most bytes of a tensor that are read at once: a Java buffer holds less than 2 GiB. */
  private static final int PIECE = 1 << 30;

  /** The same, where the numbers that are read are not the ones that stay. */
  private static final int PASSING_PIECE = 1 << 20;

  /** How many pieces' bytes of integers are laid out at once, for which they are here twice. */
  private static final int PIECES = 32;

  /** Most numbers of a part of a matrix that is turned into FP16: 128 MB of FP32. */
  private static final int HALVES_AT_ONCE = 1 << 25;

  /** The kernel holds rows of FP16 in whole blocks of so many numbers. */
  private static final int HALVES_BLOCK = 512;

  /** The bits of a float that are lost in FP16. */
  private static final int BELOW_FP16 = 0x1FFF;

  /** How many such parts at the same time at most: the kernel lays them out number by number. */
  private static final int AT_ONCE = 4;

  /** Largest number of a row of activations of INT8 weights, which have 14 bits. */
  private static final int MOST_INTEGER = 1 << 13;

  /** The weights for the fastest script that works with this type on the manager's device. */
  static Weights open(PtNDManager manager, Checkpoint checkpoint, WeightType type) {
    if (type == WeightType.INT8) {
      return int8(manager, checkpoint);
    }
    Optional<Weights> halves =
        type == WeightType.F32 && takesLessInFp16(checkpoint.config()) && isOf16Bits(checkpoint)
            ? optional(manager, checkpoint, type, Kind.HALVES)
            : Optional.empty();
    return halves
        .or(() -> optional(manager, checkpoint, type, Kind.PACKED))
        .orElseGet(() -> plain(manager, checkpoint, type));
  }

  /** The kernel pads rows of FP16 to whole blocks: whether at least a quarter of FP32 is saved. */
  private static boolean takesLessInFp16(ModelConfig config) {
    int width = config.hiddenSize();
    int padded = (width + HALVES_BLOCK - 1) / HALVES_BLOCK * HALVES_BLOCK;
    return 2 * padded <= 3 * width;
  }

  /** Whether FP16 is likely to hold its matrices, by a row; each is looked at when it is loaded. */
  private static boolean isOf16Bits(Checkpoint checkpoint) {
    TensorSpec matrix =
        checkpoint.config().tensors().layer().stream()
            .filter(tensor -> tensor.role() == TensorRole.DOWN)
            .findFirst()
            .orElseThrow();
    return IntStream.range(0, checkpoint.config().layers())
        .mapToObj(matrix::name)
        .filter(checkpoint.tensorNames()::contains)
        .findFirst()
        .map(tensor -> checkpoint.readRows(tensor, FloatType.F32, 0, 1).asIntBuffer())
        .filter(
            bits ->
                IntStream.range(0, bits.remaining()).allMatch(i -> (bits.get(i) & BELOW_FP16) == 0))
        .isPresent();
  }

  /** The weights for the script that works on every device and can train. */
  static Weights plain(PtNDManager manager, Checkpoint checkpoint, WeightType type) {
    return of(manager, checkpoint, type, Kind.PLAIN);
  }

  /**
   * The weights for a script that is fast and good enough for draft tokens; empty where it does not
   * work.
   */
  static Optional<Weights> drafting(PtNDManager manager, Checkpoint checkpoint, Kind kind) {
    return optional(manager, checkpoint, WeightType.INT8, kind)
        .filter(weights -> weights.multipliesIntegers(manager, kind.zeroPoint() - 1));
  }

  private boolean multipliesIntegers(PtNDManager manager, int most) {
    if (new IntegerProductCheck(manager, script, most, 1e-5).isPassed()) {
      return true;
    }
    close();
    return false;
  }

  private static Weights int8(PtNDManager manager, Checkpoint checkpoint) {
    if (manager.getDevice().isGpu()) {
      throw new BookendException(
          ErrorCode.WEIGHT_TYPE_UNAVAILABLE, "there are INT8 weights for CPUs only");
    }
    Weights weights = of(manager, checkpoint, WeightType.INT8, Kind.INT8);
    new IntegerProductCheck(manager, weights.script(), MOST_INTEGER, 0).require();
    return weights;
  }

  private static Weights of(
      PtNDManager manager, Checkpoint checkpoint, WeightType type, Kind kind) {
    return new Weights(checkpoint, type, new DecoderScript(manager, checkpoint.config(), kind));
  }

  /** Where the processor and this build of PyTorch have what it takes. */
  private static Optional<Weights> optional(
      PtNDManager manager, Checkpoint checkpoint, WeightType type, Kind kind) {
    if (manager.getDevice().isGpu()) {
      return Optional.empty();
    }
    try {
      Weights weights = of(manager, checkpoint, type, kind);
      if (weights.multiply(manager)) {
        return Optional.of(weights);
      }
      weights.close();
    } catch (EngineException e) {
      // this build of PyTorch has no such operations
    }
    return Optional.empty();
  }

  /** The type of vectors, and of the numbers that matrices are made of. */
  private FloatType type() {
    return weightType.floats();
  }

  /** Whether this processor multiplies so; not each does in every type. */
  private boolean multiply(PtNDManager parent) {
    try (PtNDManager scope = parent.newSubManager(parent.getDevice());
        IValue x = IValue.from(zeros(scope, new Shape(2, 8)));
        IValue matrix = IValue.from(copy(scope, scope.zeros(new Shape(8, 8))));
        // FP16 does not hold thirds, for which there is another kernel.
        IValue thirds = IValue.from(copy(scope, scope.ones(new Shape(8, 8)).div(3)))) {
      for (IValue kind : List.of(matrix, thirds)) {
        script.run("linear", x, kind).close();
        script.run("plus", x, x, kind).close();
      }
      return true;
    } catch (EngineException e) {
      return false;
    }
  }

  ModelConfig config() {
    return checkpoint.config();
  }

  ModelTensors tensors() {
    return config().tensors();
  }

  /** A vector, or a matrix as the script multiplies with it. */
  PtNDArray load(PtNDManager manager, String tensor) {
    try (Scratch scratch = new Scratch(manager, container())) {
      return load(manager, tensor, scratch, PIECE);
    }
  }

  /**
   * The same, where several are loaded one after the other.
   *
   * @param piece most bytes that are read at once
   */
  PtNDArray load(PtNDManager manager, String tensor, Scratch scratch, int piece) {
    Shape shape = new Shape(checkpoint.shape(tensor));
    boolean asStored = shape.dimension() < 2 || !(script.isInteger() || script.packsHalves());
    if (asStored && checkpoint.isStoredAs(tensor, type())) {
      return asUsed(manager, manager.create(checkpoint.read(tensor, type()), shape, container()));
    }
    return read(manager, scratch, piece, RowSource.of(checkpoint, type(), tensor));
  }

  /** A matrix of some rows of one, in the order given. */
  PtNDArray rows(PtNDManager manager, String tensor, int[] rows) {
    try (Scratch scratch = new Scratch(manager, container())) {
      return read(manager, scratch, PIECE, RowSource.some(checkpoint, type(), tensor, rows));
    }
  }

  private PtNDArray read(PtNDManager manager, Scratch scratch, int piece, RowSource source) {
    Shape shape = source.shape();
    if (isInteger(shape)) {
      return integers(manager, scratch, Math.min(piece, PASSING_PIECE), source);
    }
    boolean comesInParts = comesInParts(shape, piece);
    if (comesInParts) {
      Optional<PtNDArray> halves = halves(manager, piece, source);
      if (halves.isPresent()) {
        return halves.get();
      }
    }
    boolean copied =
        manager.getDevice().isGpu()
            || type() == FloatType.BF16
            || (script.packs() && shape.dimension() > 1);
    PtNDArray array = copied ? scratch.take(shape) : manager.create(shape, container());
    long rows = shape.get(0);
    int step = (int) Math.max(1, piece / (shape.size() / rows * type().bytes()));
    for (long row = 0; row < rows; row += step) {
      int count = (int) Math.min(step, rows - row);
      try (NDArray part = array.get(new NDIndex("{}:{}", row, row + count))) {
        // This is the tensor's own memory, because its rows lie one after the other.
        source.read(row, count, part.toByteBuffer(true).order(ByteOrder.nativeOrder()));
      }
    }
    PtNDArray placed = array.toDevice(manager.getDevice(), false);
    placed.attach(manager);
    return comesInParts ? script.packWide(manager, placed) : asUsed(manager, placed);
  }

  /** Whether a matrix that may be kept in FP16 is too large to be here in FP32 meanwhile. */
  private boolean comesInParts(Shape shape, int piece) {
    return script.packsHalves() && shape.dimension() > 1 && shape.size() > halvesAtOnce(piece);
  }

  private static int halvesAtOnce(int piece) {
    return Math.min(HALVES_AT_ONCE, piece / Float.BYTES);
  }

  /**
   * A matrix of FP16, of which never more than some parts are here in FP32; empty if it is none.
   */
  private Optional<PtNDArray> halves(PtNDManager manager, int piece, RowSource source) {
    long rows = source.shape().get(0);
    long step = Math.max(1, halvesAtOnce(piece) / source.shape().get(1));
    DecoderScript.Matrix matrix = script.matrix(manager);
    for (long row = 0; row < rows; row += AT_ONCE * step) {
      long first = row;
      List<CompletableFuture<Optional<IValue>>> parts =
          IntStream.range(0, AT_ONCE)
              .mapToLong(i -> first + i * step)
              .filter(from -> from < rows)
              .mapToObj(from -> later(manager, source, from, (int) Math.min(step, rows - from)))
              .toList();
      if (!matrix.add(all(parts))) {
        return Optional.empty();
      }
    }
    return Optional.of(matrix.handle());
  }

  private CompletableFuture<Optional<IValue>> later(
      PtNDManager manager, RowSource source, long row, int count) {
    return CompletableFuture.supplyAsync(() -> part(manager, source, row, count));
  }

  /** Waits for all of them; where one has failed, the others are closed. */
  private static List<Optional<IValue>> all(List<CompletableFuture<Optional<IValue>>> parts) {
    try {
      CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      parts.stream()
          .filter(part -> !part.isCompletedExceptionally())
          .forEach(part -> part.join().ifPresent(IValue::close));
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
    return parts.stream().map(CompletableFuture::join).toList();
  }

  private Optional<IValue> part(PtNDManager manager, RowSource source, long row, int count) {
    try (Scratch scratch = new Scratch(manager, container());
        PtNDArray part = scratch.take(new Shape(count, source.shape().get(1)))) {
      source.read(row, count, part.toByteBuffer(true).order(ByteOrder.nativeOrder()));
      return script.inFp16(part);
    }
  }

  private boolean isInteger(Shape shape) {
    return script.isInteger() && shape.dimension() > 1;
  }

  /** A matrix of integers, of which never more than a piece is here as anything else. */
  private PtNDArray integers(PtNDManager manager, Scratch scratch, int piece, RowSource source) {
    Shape shape = source.shape();
    long width = shape.get(1);
    int step = (int) Math.max(1, piece / (width * type().bytes()));
    long most = Math.max(1, (long) PIECES * piece / width);
    DecoderScript.Matrix matrix = script.matrix(manager);
    for (long first = 0; first < shape.get(0); first += most) {
      long rows = Math.min(most, shape.get(0) - first);
      try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
        PtNDArray whole = script.room(scope, rows, width);
        PtNDArray scales = scope.create(new Shape(rows), DataType.FLOAT32);
        for (long row = 0; row < rows; row += step) {
          int count = (int) Math.min(step, rows - row);
          try (PtNDArray part = scratch.take(new Shape(count, width))) {
            source.read(first + row, count, part.toByteBuffer(true).order(ByteOrder.nativeOrder()));
            script.quantize(part, whole, scales, row);
          }
        }
        matrix.add(whole, scales);
      }
    }
    return matrix.handle();
  }

  /**
   * A stored tensor as the script uses it.
   *
   * @param stored is closed, unless it is the result
   */
  private PtNDArray asUsed(PtNDManager manager, PtNDArray stored) {
    return pack(manager, type() == FloatType.BF16 ? bfloat16(manager, "bits", stored) : stored);
  }

  private PtNDArray pack(PtNDManager manager, PtNDArray array) {
    return array.getShape().dimension() < 2 ? array : script.pack(manager, array);
  }

  /** Zeros in the weights' type. */
  PtNDArray zeros(PtNDManager manager, Shape shape) {
    PtNDArray zeros = (PtNDArray) manager.zeros(shape, container());
    return type() == FloatType.BF16 ? bfloat16(manager, "numbers", zeros) : zeros;
  }

  private DataType container() {
    return type() == FloatType.F32 ? DataType.FLOAT32 : DataType.FLOAT16;
  }

  /** DJL has no name for bfloat16: it can neither make such a tensor nor tell its type. */
  private PtNDArray bfloat16(PtNDManager manager, String method, PtNDArray halves) {
    try (halves;
        IValue argument = IValue.from(halves);
        IValue result = script.run("bfloat16_of_" + method, argument)) {
      return result.toTensor(manager);
    }
  }

  PtNDArray frequencies(PtNDManager manager) {
    List<Double> values = config().rope().inverseFrequencies();
    float[] frequencies = new float[values.size()];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = values.get(i).floatValue();
    }
    return (PtNDArray) manager.create(frequencies);
  }

  /** The weights of layers [from,to), layer after layer as {@link DecoderScript#layer} has them. */
  PtNDArray[] layers(PtNDManager manager, int from, int to) {
    List<PtNDArray> weights = new ArrayList<>();
    try (Scratch scratch = new Scratch(manager, container())) {
      for (int layer = from; layer < to; layer++) {
        for (List<TensorSpec> joined : script.layer()) {
          weights.add(load(manager, joined, layer, scratch));
        }
        ResidentMemory.trim();
      }
    }
    return weights.toArray(PtNDArray[]::new);
  }

  private PtNDArray load(PtNDManager manager, List<TensorSpec> joined, int layer, Scratch scratch) {
    if (joined.size() == 1) {
      return load(manager, joined.get(0).name(layer), scratch, PIECE);
    }
    List<RowSource> parts =
        joined.stream()
            .map(tensor -> RowSource.of(checkpoint, type(), tensor.name(layer)))
            .toList();
    return read(manager, scratch, PIECE, RowSource.joined(parts));
  }

  /** Shapes of the tensors of a layer, in the order of {@link ModelTensors#layer}. */
  List<Shape> layerShapes() {
    ModelTensors tensors = tensors();
    return tensors.layer().stream().map(tensor -> new Shape(tensors.shape(tensor))).toList();
  }

  /**
   * The weights of a layer, as {@link #layers} gives them.
   *
   * @param values FP32, in the order of {@link ModelTensors#layer}
   */
  PtNDArray[] layer(PtNDManager manager, List<NDArray> values) {
    Map<TensorRole, NDArray> byRole = new EnumMap<>(TensorRole.class);
    List<TensorSpec> tensors = tensors().layer();
    for (int i = 0; i < values.size(); i++) {
      byRole.put(tensors.get(i).role(), values.get(i));
    }
    try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
      List<NDArray> joined = new ArrayList<>();
      for (List<TensorSpec> parts : script.layer()) {
        NDList list = new NDList();
        parts.forEach(part -> list.add(byRole.get(part.role())));
        joined.add(list.size() == 1 ? list.get(0) : below(scope, list));
      }
      return copies(manager, joined);
    }
  }

  private static NDArray below(PtNDManager scope, NDList parts) {
    NDArray all = ComputeThread.run(() -> NDArrays.concat(parts));
    all.attach(scope);
    return all;
  }

  /** FP32 tensors as tensors of this type. */
  PtNDArray[] copies(PtNDManager manager, List<NDArray> values) {
    return values.stream().map(value -> copy(manager, value)).toArray(PtNDArray[]::new);
  }

  private PtNDArray copy(PtNDManager manager, NDArray value) {
    if (isInteger(value.getShape())) {
      return integers(manager, value);
    }
    // DJL gives the same memory again where the type is the same, whatever it is asked for.
    NDArray own = script.packsHalves() ? value.duplicate() : value;
    PtNDArray copy = (PtNDArray) ComputeThread.run(() -> own.toType(container(), true));
    copy.attach(manager);
    return pack(manager, type() == FloatType.BF16 ? bfloat16(manager, "numbers", copy) : copy);
  }

  private PtNDArray integers(PtNDManager manager, NDArray value) {
    Shape shape = value.getShape();
    try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
      PtNDArray whole = script.room(scope, shape.get(0), shape.get(1));
      PtNDArray scales = scope.create(new Shape(shape.get(0)), DataType.FLOAT32);
      script.quantize(value, whole, scales, 0);
      DecoderScript.Matrix matrix = script.matrix(manager);
      matrix.add(whole, scales);
      return matrix.handle();
    }
  }

  @Override
  public void close() {
    script.close();
  }
}
