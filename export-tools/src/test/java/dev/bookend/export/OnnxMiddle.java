package dev.bookend.export;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Step;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** An exported model in ONNX Runtime, driven as Triton drives it: one state in, another out. */
final class OnnxMiddle implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final long[] emptyShape;
  private final boolean half;

  OnnxMiddle(Path model) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    session = environment.createSession(model.toString(), options);
    TensorInfo past =
        (TensorInfo) session.getInputInfo().get(pasts().findFirst().orElseThrow()).getInfo();
    half = past.type == OnnxJavaType.FLOAT16;
    long[] shape = past.getShape();
    emptyShape = new long[] {shape[0], 1, shape[2]};
  }

  private Stream<String> pasts() {
    return session.getInputNames().stream().filter(name -> name.startsWith("past_key_values."));
  }

  State newState() {
    Map<String, Cache> caches = new TreeMap<>();
    int size = (int) (emptyShape[0] * emptyShape[2]);
    pasts().forEach(name -> caches.put(name, new Cache(new float[size], emptyShape)));
    return new State(caches);
  }

  /** One session's KV cache. */
  final class State {
    private final Map<String, Cache> caches;

    private State(Map<String, Cache> caches) {
      this.caches = caches;
    }

    /** Fills one slot of all layers. */
    void fill(int slot, float value) {
      for (Cache cache : caches.values()) {
        int slots = (int) cache.shape[1];
        int width = (int) cache.shape[2];
        for (int head = 0; slot < slots && head < cache.shape[0]; head++) {
          int at = (head * slots + slot) * width;
          Arrays.fill(cache.values, at, at + width, value);
        }
      }
    }

    /** Runs a step; hidden states [T,H] in and out. If this fails, the state stays as it was. */
    float[] run(float[] hidden, Step step) throws OrtException {
      long tokens = step.tokens();
      Map<String, OnnxTensor> inputs = new HashMap<>();
      try {
        inputs.put(Contract.HIDDEN, floats(hidden, new long[] {tokens, hidden.length / tokens}));
        inputs.put(Contract.POSITIONS, ints(step.positions(), tokens));
        inputs.put(Contract.SLOTS, ints(step.slots(), tokens));
        inputs.put(Contract.CACHED, booleans(step.cached(), step.capacity()));
        inputs.put(Contract.TREE, booleans(step.tree(), tokens, tokens));
        for (Map.Entry<String, Cache> cache : caches.entrySet()) {
          inputs.put(cache.getKey(), floats(cache.getValue().values, cache.getValue().shape));
        }
        try (OrtSession.Result result = session.run(inputs)) {
          caches.replaceAll(
              (past, old) -> Cache.of(tensor(result, past.replace("past_key_values", "present"))));
          return Cache.of(tensor(result, Contract.HIDDEN_OUT)).values;
        }
      } finally {
        inputs.values().forEach(OnnxTensor::close);
      }
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Cache(float[] values, long[] shape) {
    static Cache of(OnnxTensor tensor) {
      FloatBuffer buffer = tensor.getFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      return new Cache(values, tensor.getInfo().getShape());
    }
  }

  private static OnnxTensor tensor(OrtSession.Result result, String name) {
    return (OnnxTensor) result.get(name).orElseThrow();
  }

  private OnnxTensor floats(float[] values, long[] shape) throws OrtException {
    if (half) {
      ShortBuffer halves = Fp16Conversions.convertFloatBufferToFp16Buffer(FloatBuffer.wrap(values));
      return OnnxTensor.createTensor(environment, halves, shape, OnnxJavaType.FLOAT16);
    }
    return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
  }

  private OnnxTensor ints(ByteBuffer values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(environment, values.asIntBuffer(), shape);
  }

  private OnnxTensor booleans(ByteBuffer values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(environment, values, shape, OnnxJavaType.BOOL);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
