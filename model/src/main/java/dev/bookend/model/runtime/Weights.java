package dev.bookend.model.runtime;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.ModelTensors;
import dev.bookend.model.architecture.TensorSpec;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A checkpoint's tensors as PyTorch tensors of one type, matrices as the script wants them. Where
 * it wants them as they are, a tensor stored in that type is used where it lies in the mapped file.
 */
record Weights(Checkpoint checkpoint, FloatType type, DecoderScript script)
    implements AutoCloseable {

  /** Buffers whose content has been packed are garbage: they are freed after so many bytes. */
  private static final long GARBAGE = 256L << 20;

  /** For the fastest script that works with this type on the manager's device. */
  static Weights open(PtNDManager manager, Checkpoint checkpoint, FloatType type) {
    if (!manager.getDevice().isGpu()) {
      try {
        Weights packed =
            new Weights(checkpoint, type, DecoderScript.packed(manager, checkpoint.config()));
        if (packed.multiply(manager)) {
          return packed;
        }
        packed.close();
      } catch (EngineException e) {
        // no oneDNN in this build of PyTorch
      }
    }
    return plain(manager, checkpoint, type);
  }

  /** For a script that works everywhere, and can learn. */
  static Weights plain(PtNDManager manager, Checkpoint checkpoint, FloatType type) {
    return new Weights(checkpoint, type, DecoderScript.plain(manager, checkpoint.config()));
  }

  /** Whether this processor can: oneDNN does not take every type on every one. */
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
    return pack(manager, load(manager, tensor, Integer.MAX_VALUE));
  }

  private PtNDArray pack(PtNDManager manager, PtNDArray array) {
    return array.getShape().dimension() < 2 ? array : script.pack(manager, array);
  }

  /**
   * @param largest most bytes that are read at once; a larger tensor, as the LM head of some models
   *     in F32 is, is put together from parts of an eighth of that
   */
  PtNDArray load(PtNDManager manager, String tensor, int largest) {
    Shape shape = new Shape(checkpoint.shape(tensor));
    PtNDArray stored =
        shape.size() * type.bytes() <= largest
            ? manager.create(checkpoint.read(tensor, type), shape, container())
            : join(manager, tensor, shape, largest / 8);
    return type == FloatType.BF16 ? bfloat16(manager, "bits", stored) : stored;
  }

  /** A matrix of some rows of one, in the order given. */
  PtNDArray rows(PtNDManager manager, String tensor, int[] rows) {
    int width = (int) checkpoint.shape(tensor)[1];
    ByteBuffer content =
        ByteBuffer.allocateDirect(Math.multiplyExact(rows.length, width * type.bytes()))
            .order(ByteOrder.nativeOrder());
    for (int row : rows) {
      content.put(checkpoint.readRows(tensor, type, row, 1));
    }
    PtNDArray stored = manager.create(content.flip(), new Shape(rows.length, width), container());
    return pack(manager, type == FloatType.BF16 ? bfloat16(manager, "bits", stored) : stored);
  }

  private PtNDArray join(PtNDManager manager, String tensor, Shape shape, int partBytes) {
    long rows = shape.get(0);
    long width = shape.size() / rows;
    int step = (int) Math.max(1, partBytes / (width * type.bytes()));
    PtNDArray whole = manager.create(shape, container());
    for (long row = 0; row < rows; row += step) {
      int count = (int) Math.min(step, rows - row);
      ByteBuffer content = checkpoint.readRows(tensor, type, row, count);
      try (PtNDArray part = manager.create(content, new Shape(count, width), container())) {
        whole.set(new NDIndex("{}:{}", row, row + count), part);
      }
    }
    return whole;
  }

  /** Zeros in the weights' type. */
  PtNDArray zeros(PtNDManager manager, Shape shape) {
    PtNDArray zeros = (PtNDArray) manager.zeros(shape, container());
    return type == FloatType.BF16 ? bfloat16(manager, "numbers", zeros) : zeros;
  }

  private DataType container() {
    return type == FloatType.F32 ? DataType.FLOAT32 : DataType.FLOAT16;
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
    long garbage = 0;
    for (int layer = from; layer < to; layer++) {
      for (TensorSpec tensor : tensors.layer()) {
        weights.add(load(manager, tensor.name(layer)));
        garbage += new Shape(tensors.shape(tensor)).size() * type.bytes();
      }
      if (script.packs() && garbage >= GARBAGE) {
        System.gc();
        garbage = 0;
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
    PtNDArray copy = (PtNDArray) ComputeThread.run(() -> value.toType(container(), true));
    copy.attach(manager);
    return pack(manager, type == FloatType.BF16 ? bfloat16(manager, "numbers", copy) : copy);
  }

  @Override
  public void close() {
    script.close();
  }
}
