package dev.bookend.model.runtime;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
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
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.checkpoint.ResidentMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

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

  /** The weights for the fastest script that works with this type on the manager's device. */
  static Weights open(PtNDManager manager, Checkpoint checkpoint, WeightType type) {
    if (type == WeightType.INT8) {
      return int8(manager, checkpoint);
    }
    if (!manager.getDevice().isGpu()) {
      try {
        Weights packed =
            new Weights(checkpoint, type, DecoderScript.packed(manager, checkpoint.config()));
        if (packed.multiply(manager)) {
          return packed;
        }
        packed.close();
      } catch (EngineException e) {
        // this build of PyTorch has no oneDNN
      }
    }
    return plain(manager, checkpoint, type);
  }

  /** The weights for the script that works on every device and can train. */
  static Weights plain(PtNDManager manager, Checkpoint checkpoint, WeightType type) {
    return new Weights(checkpoint, type, DecoderScript.plain(manager, checkpoint.config()));
  }

  private static Weights int8(PtNDManager manager, Checkpoint checkpoint) {
    if (manager.getDevice().isGpu()) {
      throw new BookendException(
          ErrorCode.WEIGHT_TYPE_UNAVAILABLE, "there are INT8 weights for CPUs only");
    }
    DecoderScript script = DecoderScript.int8(manager, checkpoint.config());
    new IntegerProductCheck(manager, script).run();
    return new Weights(checkpoint, WeightType.INT8, script);
  }

  /** The type of vectors, and of the numbers that matrices are made of. */
  private FloatType type() {
    return weightType.floats();
  }

  /**
   * Whether oneDNN multiplies in this type on this processor; it does not support every type on
   * each.
   */
  private boolean multiply(PtNDManager parent) {
    try (PtNDManager scope = parent.newSubManager(parent.getDevice());
        IValue x = IValue.from(zeros(scope, new Shape(2, 8)));
        IValue matrix = IValue.from(pack(scope, zeros(scope, new Shape(8, 8))))) {
      script.run("linear", x, matrix).close();
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
    if (!isInteger(shape) && checkpoint.isStoredAs(tensor, type())) {
      return asUsed(manager, manager.create(checkpoint.read(tensor, type()), shape, container()));
    }
    return read(
        manager,
        shape,
        scratch,
        piece,
        (row, count, target) -> {
          checkpoint.readRows(tensor, type(), row, count, target);
          checkpoint.release(tensor);
        });
  }

  /** A matrix of some rows of one, in the order given. */
  PtNDArray rows(PtNDManager manager, String tensor, int[] rows) {
    try (Scratch scratch = new Scratch(manager, container())) {
      return read(
          manager,
          new Shape(rows.length, checkpoint.shape(tensor)[1]),
          scratch,
          PIECE,
          (first, count, target) -> {
            for (int i = 0; i < count; i++) {
              checkpoint.readRows(tensor, type(), rows[(int) first + i], 1, target);
            }
          });
    }
  }

  /** Writes rows of a tensor into memory. */
  private interface RowSource {
    void read(long first, int count, ByteBuffer target);
  }

  private PtNDArray read(
      PtNDManager manager, Shape shape, Scratch scratch, int piece, RowSource source) {
    if (isInteger(shape)) {
      return integers(manager, shape, scratch, Math.min(piece, PASSING_PIECE), source);
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
    return asUsed(manager, placed);
  }

  private boolean isInteger(Shape shape) {
    return script.isInteger() && shape.dimension() > 1;
  }

  /** A matrix of integers, of which never more than a piece is here as anything else. */
  private PtNDArray integers(
      PtNDManager manager, Shape shape, Scratch scratch, int piece, RowSource source) {
    long width = shape.get(1);
    int step = (int) Math.max(1, piece / (width * type().bytes()));
    long most = Math.max(1, (long) PIECES * piece / width);
    DecoderScript.IntegerMatrix matrix = script.integerMatrix(manager);
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

  /** The weights of layers [from,to), layer after layer as {@link ModelTensors#layer} has them. */
  PtNDArray[] layers(PtNDManager manager, int from, int to) {
    ModelTensors tensors = tensors();
    List<PtNDArray> weights = new ArrayList<>();
    try (Scratch scratch = new Scratch(manager, container())) {
      for (int layer = from; layer < to; layer++) {
        for (TensorSpec tensor : tensors.layer()) {
          weights.add(load(manager, tensor.name(layer), scratch, PIECE));
        }
        ResidentMemory.trim();
      }
    }
    return weights.toArray(PtNDArray[]::new);
  }

  /** Shapes of the weights of a layer, in that order. */
  List<Shape> layerShapes() {
    ModelTensors tensors = tensors();
    return tensors.layer().stream().map(tensor -> new Shape(tensors.shape(tensor))).toList();
  }

  /** FP32 tensors as tensors of this type. */
  PtNDArray[] copies(PtNDManager manager, List<NDArray> values) {
    return values.stream().map(value -> copy(manager, value)).toArray(PtNDArray[]::new);
  }

  private PtNDArray copy(PtNDManager manager, NDArray value) {
    if (isInteger(value.getShape())) {
      return integers(manager, value);
    }
    PtNDArray copy = (PtNDArray) ComputeThread.run(() -> value.toType(container(), true));
    copy.attach(manager);
    return pack(manager, type() == FloatType.BF16 ? bfloat16(manager, "numbers", copy) : copy);
  }

  private PtNDArray integers(PtNDManager manager, NDArray value) {
    Shape shape = value.getShape();
    try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
      PtNDArray whole = script.room(scope, shape.get(0), shape.get(1));
      PtNDArray scales = scope.create(new Shape(shape.get(0)), DataType.FLOAT32);
      script.quantize(value, whole, scales, 0);
      DecoderScript.IntegerMatrix matrix = script.integerMatrix(manager);
      matrix.add(whole, scales);
      return matrix.handle();
    }
  }

  @Override
  public void close() {
    script.close();
  }
}
