package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.KvCache;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Step;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.InferRequest;
import dev.bookend.triton.InferResult;
import dev.bookend.triton.InferenceStream;
import dev.bookend.triton.Sequence;
import dev.bookend.triton.Tensor;
import dev.bookend.triton.TensorType;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import dev.bookend.triton.testing.TritonServer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract step by step: an exported model on a real Triton server, compared with DJL. */
class PythonBackendIT {
  private static final int FROM = 1;
  private static final int TO = 3;
  private static final int SESSIONS = 16;
  private static final int MAX_TOKENS = 12;
  private static final int MAX_CONTEXT = 512;
  private static final String MODEL = "middle-1-3";

  @TempDir private static Path repository;

  private static int width;
  private static Decoder decoder;
  private static DecoderRange layers;
  private static TritonServer server;
  private static TritonConnection connection;

  @BeforeAll
  static void start() {
    RandomCheckpoint checkpoint = Families.QWEN2.checkpoint();
    width = checkpoint.config().hiddenSize();
    ExportOptions options =
        ExportOptions.DEFAULT
            .withBackend(Backend.PYTHON)
            .withMaxSessions(SESSIONS)
            .withMaxTokensPerStep(MAX_TOKENS)
            .withMaxContext(MAX_CONTEXT);
    MiddleExport.write(checkpoint, FROM, TO, options, repository, (what, done, total) -> {});
    decoder = Decoder.open(checkpoint, Device.cpu(), WeightType.F32);
    layers = decoder.range(FROM, TO);
    server = TritonServer.start(repository);
    connection = TritonConnection.open(server.endpoint(), ConnectionOptions.DEFAULT);
  }

  @AfterAll
  static void stop() {
    if (connection != null) {
      connection.close();
    }
    if (server != null) {
      server.close();
    }
    layers.close();
    decoder.close();
  }

  private static InferRequest request(
      float[] hidden, Step step, long id, boolean start, boolean end) {
    long tokens = step.tokens();
    return request(
        List.of(
            Tensor.of(Contract.HIDDEN, List.of(hidden.length / width + 0L, width + 0L), hidden),
            new Tensor(Contract.POSITIONS, TensorType.INT32, List.of(tokens), step.positions()),
            new Tensor(Contract.SLOTS, TensorType.INT32, List.of(tokens), step.slots()),
            new Tensor(
                Contract.CACHED, TensorType.BOOL, List.of(step.capacity() + 0L), step.cached()),
            new Tensor(Contract.TREE, TensorType.BOOL, List.of(tokens, tokens), step.tree())),
        id,
        start,
        end);
  }

  private static InferRequest request(List<Tensor> inputs, long id, boolean start, boolean end) {
    return new InferRequest(MODEL, inputs, Optional.of(new Sequence(id, start, end)));
  }

  private static float[] infer(float[] hidden, Step step, long id, boolean start, boolean end) {
    return floats(connection.infer(request(hidden, step, id, start, end)));
  }

  private static float[] floats(InferResult result) {
    return result.output(Contract.HIDDEN_OUT).toFloats();
  }

  private static float[] gaussian(Random random, int tokens) {
    float[] values = new float[tokens * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** A session on the server and the same on DJL, with trees in shuffled slots. */
  private static final class Walk implements AutoCloseable {
    private final Random random;
    private final long id;
    private final KvCache cache = layers.newCache();
    private final BitSet cached = new BitSet();
    private int capacity = 8;
    private float[] hidden;
    private Step step;
    private boolean started;

    Walk(long id) {
      this.id = id;
      this.random = new Random(id);
    }

    /** Runs the next step and returns the answer that the server must give. */
    InferRequest next(boolean end) {
      int tokens = 1 + random.nextInt(6);
      int length = cached.cardinality();
      capacity = Math.max(capacity, length + tokens);
      if (random.nextInt(4) == 0) {
        capacity += random.nextInt(50);
      }
      int[] parents = new int[tokens];
      int[] positions = new int[tokens];
      for (int token = 0; token < tokens; token++) {
        parents[token] = random.nextInt(token + 1) - 1;
        positions[token] = parents[token] < 0 ? length : positions[parents[token]] + 1;
      }
      List<Integer> free =
          new ArrayList<>(
              IntStream.range(0, capacity).filter(slot -> !cached.get(slot)).boxed().toList());
      Collections.shuffle(free, random);
      int[] slots = free.stream().limit(tokens).mapToInt(Integer::intValue).toArray();
      hidden = gaussian(random, tokens);
      step = Step.tree(positions, slots, cached, capacity, parents);
      for (int node = random.nextInt(tokens); node >= 0; node = parents[node]) {
        cached.set(slots[node]);
      }
      InferRequest request = request(hidden, step, id, !started, end);
      started = true;
      return request;
    }

    float[] expected() {
      try (NDManager scope = decoder.newScope()) {
        return layers
            .forward(scope.create(hidden).reshape(step.tokens(), width), step, cache)
            .toFloatArray();
      }
    }

    void assertAnswered(float[] actual, String message) {
      float[] expected = expected();
      float largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertArrayEquals(expected, actual, 1e-4f * largest, message);
    }

    @Override
    public void close() {
      cache.close();
    }
  }

  @Test
  void treesInShuffledSlotsGiveWhatDjlGives() {
    try (Walk walk = new Walk(1)) {
      for (int i = 0; i < 40; i++) {
        walk.assertAnswered(floats(connection.infer(walk.next(i == 39))), "step " + i);
      }
    }
  }

  @Test
  void aStepSentTwiceAnswersTheSame() {
    try (Walk walk = new Walk(2)) {
      for (int i = 0; i < 10; i++) {
        float[] first = floats(connection.infer(walk.next(false)));
        walk.assertAnswered(first, "step " + i);
        assertArrayEquals(first, infer(walk.hidden, walk.step, walk.id, false, false));
      }
      connection.infer(walk.next(true));
    }
  }

  @Test
  void asManySessionsAsPlacesInterleaveOnOneStream() {
    List<Walk> walks = new ArrayList<>();
    for (long id = 100; id < 100 + SESSIONS; id++) {
      walks.add(new Walk(id));
    }
    try (InferenceStream stream = connection.openStream()) {
      for (int i = 0; i < 10; i++) {
        List<CompletableFuture<InferResult>> answers = new ArrayList<>();
        for (Walk walk : walks) {
          answers.add(stream.send(walk.next(i == 9)));
        }
        for (int w = 0; w < walks.size(); w++) {
          walks
              .get(w)
              .assertAnswered(floats(stream.await(answers.get(w))), "session " + w + ", step " + i);
        }
      }
    } finally {
      walks.forEach(Walk::close);
    }
  }

  @Test
  void startBeginsFromNothingAlsoWithFewerSlots() {
    Random random = new Random(5);
    float[] token = gaussian(random, 1);
    Step step = chain(0, 4);
    float[] fresh = infer(token, step, 30, true, true);
    infer(
        gaussian(random, 3),
        Step.chain(new int[] {0, 1, 2}, new int[] {9, 8, 7}, new BitSet(), 64),
        31,
        true,
        false);
    assertArrayEquals(fresh, infer(token, step, 31, true, true));
  }

  private static Step chain(int position, int capacity) {
    BitSet cached = new BitSet();
    cached.set(0, position);
    return Step.chain(new int[] {position}, new int[] {position}, cached, capacity);
  }

  /** A slot that no token sees may hold anything from before, even NaN. */
  @Test
  void notNumbersInUnseenSlotsDoNotMatter() {
    float[] nan = new float[width];
    Arrays.fill(nan, Float.NaN);
    float[] first = gaussian(new Random(6), 1);
    float[] second = gaussian(new Random(7), 1);
    infer(first, chain(0, 8), 40, true, false);
    float[] expected = infer(second, chain(1, 8), 40, false, true);
    infer(first, chain(0, 8), 41, true, false);
    infer(nan, Step.chain(new int[] {1}, new int[] {5}, chainCached(1), 8), 41, false, false);
    assertArrayEquals(expected, infer(second, chain(1, 8), 41, false, true));
  }

  private static BitSet chainCached(int length) {
    BitSet cached = new BitSet();
    cached.set(0, length);
    return cached;
  }

  @Test
  void anUnknownSequenceAnswersTritonsText() {
    TritonException failure =
        assertThrows(
            TritonException.class, () -> infer(new float[width], chain(0, 4), 99, false, false));
    assertEquals(TritonException.Kind.SEQUENCE_LOST, failure.kind());
    assertTrue(
        failure
            .getMessage()
            .endsWith(
                "inference request for sequence 99 to model 'middle-1-3' must specify the START"
                    + " flag on the first request of the sequence"),
        failure.getMessage());
  }

  @Test
  void wrongStepsAreRefusedInWordsAndTheSessionGoesOn() {
    float[] first = gaussian(new Random(8), 1);
    float[] second = gaussian(new Random(9), 1);
    infer(first, chain(0, 64), 50, true, false);
    float[] expected = infer(second, chain(1, 64), 50, false, true);

    infer(first, chain(0, 64), 51, true, false);
    assertRefused("cached has 32 slots, 64 in the step before", chain(1, 32), second);
    assertRefused("cached has 600 slots; a session has 1 to 576", chain(1, 600), second);
    assertRefused(" for 2 new tokens", chain(1, 64), gaussian(new Random(1), 2));
    int many = MAX_TOKENS + 1;
    int[] places = IntStream.range(1, 1 + many).toArray();
    assertRefused(
        "13 new tokens; a step has 1 to 12",
        Step.chain(places, places, chainCached(1), 64),
        gaussian(new Random(1), many));
    assertRefused("slots 64 to 64 are not all in [0,64)", slots(64), second);
    assertRefused("slots -1 to -1 are not all in [0,64)", slots(-1), second);
    assertRefused("a slot is both new and cached", slots(0), second);
    assertRefused("a slot is given to two new tokens", slots(3, 3), gaussian(new Random(1), 2));
    assertArrayEquals(expected, infer(second, chain(1, 64), 51, false, true));
  }

  private static void assertRefused(String message, Step step, float[] hidden) {
    assertRefused(message, request(hidden, step, 51, false, false));
  }

  private static void assertRefused(String message, List<Tensor> inputs, float[] hidden) {
    List<Tensor> all = new ArrayList<>(inputs);
    all.add(Tensor.of(Contract.HIDDEN, List.of(hidden.length / width + 0L, width + 0L), hidden));
    assertRefused(message, request(all, 51, false, false));
  }

  private static void assertRefused(String message, InferRequest request) {
    TritonException failure = assertThrows(TritonException.class, () -> connection.infer(request));
    assertTrue(failure.getMessage().contains(message), failure.getMessage());
    assertTrue(failure.getMessage().contains("model 'middle-1-3'"), failure.getMessage());
  }

  /**
   * A step that {@link Step} would refuse: these slots after one cached token, in a capacity of 64.
   */
  private static List<Tensor> slots(int... slots) {
    long tokens = slots.length;
    ByteBuffer cached = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).put(0, (byte) 1);
    ByteBuffer tree = ByteBuffer.allocate(slots.length * slots.length);
    for (int token = 0; token < tokens; token++) {
      tree.put(token * slots.length + token, (byte) 1);
    }
    return List.of(
        Tensor.of(Contract.POSITIONS, List.of(tokens), new int[slots.length]),
        Tensor.of(Contract.SLOTS, List.of(tokens), slots),
        new Tensor(Contract.CACHED, TensorType.BOOL, List.of(64L), cached),
        new Tensor(Contract.TREE, TensorType.BOOL, List.of(tokens, tokens), tree));
  }

  /** Their owners have gone without an END, and only Triton knows. */
  @Test
  void expiredSessionsMakeRoomForNewOnes(@TempDir Path hasty) throws Exception {
    ExportOptions two = ExportOptions.DEFAULT.withBackend(Backend.PYTHON).withMaxSessions(2);
    ExportedModel model =
        MiddleExport.write(
            Families.QWEN2.checkpoint(), FROM, TO, two, hasty, (what, done, total) -> {});
    Path config = model.directory().resolve("config.pbtxt");
    Files.writeString(
        config, Files.readString(config).replace("idle_microseconds: 600", "idle_microseconds: 5"));
    try (TritonServer forgetful = TritonServer.start(hasty);
        TritonConnection own =
            TritonConnection.open(forgetful.endpoint(), ConnectionOptions.DEFAULT);
        Walk third = new Walk(3);
        Walk fourth = new Walk(4)) {
      for (long id : new long[] {1, 2}) {
        own.infer(request(new float[width], chain(0, 4), id, true, false));
      }
      Thread.sleep(10_000); // twice the idle time
      for (int i = 0; i < 3; i++) {
        third.assertAnswered(floats(own.infer(third.next(false))), "third, step " + i);
        fourth.assertAnswered(floats(own.infer(fourth.next(false))), "fourth, step " + i);
      }
    }
  }
}
