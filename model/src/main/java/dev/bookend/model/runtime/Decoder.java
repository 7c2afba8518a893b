package dev.bookend.model.runtime;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.architecture.TensorRole;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.DecoderScript.Kind;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A model opened for computing on one device in one type. It loads the model's parts: ranges of
 * layers, the embedding, the LM head. Each part is closed before it; the checkpoint stays open.
 *
 * <p>Safe for use by several threads until closed.
 */
public final class Decoder implements AutoCloseable {
  private static final String ENGINE = "PyTorch";
  private static final AtomicBoolean PREPARED = new AtomicBoolean();

  private final PtNDManager manager;
  private final Weights weights;

  private Decoder(PtNDManager manager, Weights weights) {
    this.manager = manager;
    this.weights = weights;
  }

  /**
   * Opens a model. Its weights are loaded with the parts that need them.
   *
   * @param checkpoint is read until the decoder is closed
   * @param device where to compute
   * @param type what weights are held in; on a CPU only F32 gives the model's own tokens
   * @throws BookendException if there is no such device, it cannot compute with such weights, or
   *     PyTorch's native code is neither on the class path nor to be downloaded
   */
  public static Decoder open(Checkpoint checkpoint, Device device, WeightType type) {
    if (device.isGpu() && device.getDeviceId() >= engine().getGpuCount()) {
      throw new BookendException(
          ErrorCode.DEVICE_UNAVAILABLE, "PyTorch can use no device " + device + " on this machine");
    }
    PtNDManager manager = (PtNDManager) engine().newBaseManager(device);
    return new Decoder(manager, Weights.open(manager, checkpoint, type));
  }

  /**
   * Opens a model that computes draft tokens: as {@link #open}, but where the type is F32, on a CPU
   * that can, with integers that are several times as fast and nearly right.
   */
  public static Decoder openForDrafts(Checkpoint checkpoint, Device device, WeightType type) {
    return drafting(checkpoint, device, type).orElseGet(() -> open(checkpoint, device, type));
  }

  private static Optional<Decoder> drafting(Checkpoint checkpoint, Device device, WeightType type) {
    return type == WeightType.F32
        ? Stream.of(Kind.DRAFT, Kind.DRAFT_7_BITS)
            .flatMap(kind -> drafting(checkpoint, device, kind).stream())
            .findFirst()
        : Optional.empty();
  }

  private static Optional<Decoder> drafting(Checkpoint checkpoint, Device device, Kind kind) {
    PtNDManager manager = (PtNDManager) engine().newBaseManager(device);
    Optional<Decoder> decoder =
        Weights.drafting(manager, checkpoint, kind).map(integers -> new Decoder(manager, integers));
    if (decoder.isEmpty()) {
      manager.close();
    }
    return decoder;
  }

  /** {@link #forDrafts()} with integers of a kind. */
  Optional<Decoder> forDrafts(Kind kind) {
    return drafting(weights.checkpoint(), device(), kind);
  }

  /**
   * The same model where draft tokens are computed, as {@link #openForDrafts} opens it. Its layers
   * take the caches of this one's.
   *
   * @return to be closed by the caller, before the checkpoint; empty where this processor, or this
   *     decoder's type, has nothing faster
   */
  public Optional<Decoder> forDrafts() {
    return drafting(weights.checkpoint(), device(), type());
  }

  /**
   * Begins to load PyTorch, which takes a while, on a thread of its own. For who is about to open a
   * model, and has something to do before. What fails is told by {@link #open}.
   */
  public static void prepare() {
    if (PREPARED.getAndSet(true)) {
      return;
    }
    loadJavasOwn();
    Thread loading = new Thread(Decoder::tryEngine, "bookend-pytorch");
    loading.setDaemon(true);
    loading.start();
    // A process that ends meanwhile would take apart a library that is half loaded.
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> Uninterruptibles.joinUninterruptibly(loading)));
  }

  /**
   * While a library is being loaded, none of Java's own can be, and no native method can be called
   * for the first time. So those come first that are needed meanwhile, to read arguments and files.
   */
  private static void loadJavasOwn() {
    float unused = Float.intBitsToFloat(Array.getLength(new int[0]));
    Path any = Path.of(System.getProperty("java.home"), "lib", "modules");
    try (FileChannel file = FileChannel.open(any)) {
      file.map(FileChannel.MapMode.READ_ONLY, 0, 1);
    } catch (IOException e) {
      // They are loaded when they are needed.
    }
  }

  private static void tryEngine() {
    try {
      engine();
    } catch (BookendException e) {
      // It is tried again, and told, when a model is opened.
    }
  }

  private static Engine engine() {
    try {
      return Engine.getEngine(ENGINE);
    } catch (EngineException e) {
      throw new BookendException(
          ErrorCode.ENGINE_UNAVAILABLE,
          "PyTorch cannot be loaded ("
              + e.getMessage()
              + "); ai.djl.pytorch:pytorch-jni and pytorch-native-cpu for this platform belong on"
              + " the class path, or DJL must be able to download them",
          e);
    }
  }

  public ModelConfig config() {
    return weights.config();
  }

  /** Where it computes. */
  public Device device() {
    return manager.getDevice();
  }

  /** What weights are held in. */
  public WeightType type() {
    return weights.weightType();
  }

  /** A scope for the tensors of one step; closing it frees them. */
  public NDManager newScope() {
    return manager.newSubManager(manager.getDevice());
  }

  /**
   * Loads layers {@code [from,to)}.
   *
   * @throws BookendException if some of them are not on this machine
   */
  public DecoderRange range(int from, int to) {
    if (from < 0 || to < from || to > config().layers()) {
      throw new IllegalArgumentException(
          "layers [" + from + "," + to + ") of a model with " + config().layers());
    }
    weights.checkpoint().requireLayers(from, to);
    PtNDManager own = manager.newSubManager(manager.getDevice());
    return new DecoderRange(own, weights, to - from, weights.layers(own, from, to));
  }

  /**
   * Loads an EAGLE head, of which this has been opened instead of a model.
   *
   * @throws BookendException if the checkpoint is none
   */
  public EagleLayer eagleLayer() {
    PtNDManager own = manager.newSubManager(manager.getDevice());
    return new EagleLayer(own, weights, range(0, 1));
  }

  /** The same of an EAGLE-3 head. */
  public Eagle3Layer eagle3Layer() {
    PtNDManager own = manager.newSubManager(manager.getDevice());
    return new Eagle3Layer(own, weights, range(0, 1), outputHead());
  }

  /**
   * A layer of the model's geometry with weights of its own.
   *
   * @param values FP32, as {@link Distillation#learned} gives them; copied
   */
  public DecoderRange layer(List<NDArray> values) {
    PtNDManager own = manager.newSubManager(manager.getDevice());
    return new DecoderRange(own, weights, 1, weights.layer(own, values));
  }

  /**
   * A linear map.
   *
   * @param map FP32 [P+1,Q]: a row for each input, and one for a constant 1; copied
   * @return to be closed by the caller, before this
   */
  public LinearMap linearMap(NDArray map) {
    return new LinearMap(manager, weights, map);
  }

  /** Shapes of the weights of a layer, in the order of {@link #layer}. */
  public List<Shape> layerShapes() {
    return weights.layerShapes();
  }

  /**
   * The training of a stand-in head.
   *
   * @param from first of the upper layers
   * @param tokens ids of the tokens that the stand-in head learns to tell apart
   * @param begun FP32, copied: a linear map [2H+1,H] alone, or what a head has learned already, as
   *     {@link Distillation#learned} gives it
   */
  public Distillation distillation(int from, int[] tokens, List<NDArray> begun) {
    return new Distillation(manager, weights.checkpoint(), from, tokens, begun);
  }

  /**
   * The training of a draft head of EAGLE's layout.
   *
   * @param tokens ids of the tokens that the head learns to tell apart
   */
  public EagleDistillation eagleDistillation(int... tokens) {
    return new EagleDistillation(manager, weights.checkpoint(), tokens);
  }

  /** Whether the weights of all layers are on this machine. */
  public boolean holdsAllLayers() {
    Set<String> here = weights.checkpoint().tensorNames();
    return IntStream.range(0, config().layers())
        .allMatch(
            layer ->
                weights.tensors().layer().stream()
                    .allMatch(tensor -> here.contains(tensor.name(layer))));
  }

  /**
   * All layers, for several texts that grow side by side. Holds FP32 weights of its own.
   *
   * @param texts how many
   * @param length most tokens of each
   * @param cuts after how many layers their output is wanted too, ascending
   * @throws BookendException if some of the layers are not on this machine
   */
  public TextBatch texts(int texts, int length, int... cuts) {
    weights.checkpoint().requireLayers(0, config().layers());
    return new TextBatch(manager, weights.checkpoint(), WeightType.F32, texts, length, cuts);
  }

  public Embedding embedding() {
    return new Embedding(weights.checkpoint());
  }

  /** Loads the final norm and the LM head. */
  public OutputHead outputHead() {
    return new OutputHead(manager, weights);
  }

  /**
   * The LM head for some tokens only, without the rest of it.
   *
   * @param tokens at least one, each once
   * @return to be closed by the caller, before this
   */
  public Shortlist shortlist(int... tokens) {
    PtNDManager own = manager.newSubManager(manager.getDevice());
    String norm = weights.tensors().name(TensorRole.FINAL_NORM);
    return new Shortlist(own, weights, weights.load(own, norm), tokens);
  }

  /**
   * A regression over no rows yet.
   *
   * @param inputs width of an input row
   * @param outputs width of an output row
   */
  public RidgeRegression regression(int inputs, int outputs) {
    return new RidgeRegression(manager, weights.script(), inputs, outputs);
  }

  /**
   * Turns random directions into ones whose covariance is the inverse of a given one: longest where
   * that is smallest.
   *
   * @param scope the manager that the result is attached to
   * @param covariance FP32 [N,N], positive definite
   * @param directions FP32 [N,M], random, with the identity as covariance
   * @return FP32 [N,M], with the inverse of {@code covariance} as covariance
   */
  public NDArray decorrelate(NDManager scope, NDArray covariance, NDArray directions) {
    try (IValue matrix = IValue.from((PtNDArray) covariance);
        IValue columns = IValue.from((PtNDArray) directions);
        IValue result = weights.script().run("decorrelate", matrix, columns)) {
      return result.toTensor((PtNDManager) scope);
    }
  }

  @Override
  public void close() {
    weights.close();
    manager.close();
  }
}
