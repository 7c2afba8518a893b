package dev.bookend.export;

import com.google.gson.stream.JsonWriter;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.architecture.ModelConfig;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.contract.Contract;
import dev.bookend.model.runtime.Step;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Sessions for Triton's perf_analyzer, in the JSON that its {@code --input-data} takes: a list of
 * sequences, each a list of requests, whose START and END perf_analyzer sets by itself. One session
 * decodes token by token, one with draft trees. The hidden states are random: the time that a step
 * takes does not depend on them.
 */
public final class PerfInput {
  private static final int PROMPT = 64;
  private static final int STEPS = 16;
  private static final int TREE = 16;
  private static final int TRUNK = 4;

  private final int hiddenSize;
  private final Precision precision;
  private final int capacity;
  private final Random random = new Random(1);

  private PerfInput(int hiddenSize, Precision precision, int capacity) {
    this.hiddenSize = hiddenSize;
    this.precision = precision;
    this.capacity = capacity;
  }

  /**
   * One request.
   *
   * @param hidden hidden states [T,H] in the precision of the export
   */
  record Request(ByteBuffer hidden, Step step) {}

  /**
   * Writes the file for a middle exported with these options. An older file is replaced.
   *
   * @throws BookendException if it cannot be written
   */
  public static void write(Path file, ModelConfig model, ExportOptions options) {
    int most = options.tokensPerStep(model);
    int context = options.maxContext(model);
    int prompt = Math.min(Math.min(PROMPT, most), Math.max(1, context / 2));
    int steps = Math.min(STEPS, context - prompt);
    int tree = Math.min(TREE, most);
    int capacity = Step.capacityFor(prompt + steps + tree);
    PerfInput input = new PerfInput(model.hiddenSize(), options.precision(), capacity);
    try (Writer out = Files.newBufferedWriter(file)) {
      write(
          out,
          model.hiddenSize(),
          List.of(input.sequential(prompt, steps), input.speculative(prompt, steps, tree)));
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** A prompt, then one token a step. */
  private List<Request> sequential(int prompt, int steps) {
    List<Request> requests = new ArrayList<>(List.of(chain(0, prompt)));
    for (int step = 0; step < steps; step++) {
      requests.add(chain(prompt + step, 1));
    }
    return requests;
  }

  /** A prompt, then draft trees of which most of the trunk is accepted. */
  private List<Request> speculative(int prompt, int steps, int tree) {
    List<Request> requests = new ArrayList<>(List.of(chain(0, prompt)));
    int trunk = Math.min(TRUNK, tree);
    int committed = Math.max(1, trunk - 1);
    for (int done = 0; done + trunk <= steps; done += committed) {
      int length = prompt + done;
      int[] parents = new int[tree];
      int[] positions = new int[tree];
      for (int node = 0; node < tree; node++) {
        parents[node] = node < trunk ? node - 1 : node % trunk - 1; // a node's siblings
        positions[node] = parents[node] < 0 ? length : positions[parents[node]] + 1;
      }
      int[] slots = IntStream.range(length, length + tree).toArray();
      requests.add(request(Step.tree(positions, slots, cached(length), capacity, parents)));
    }
    return requests;
  }

  private Request chain(int length, int tokens) {
    int[] places = IntStream.range(length, length + tokens).toArray();
    return request(Step.chain(places, places, cached(length), capacity));
  }

  private static BitSet cached(int length) {
    BitSet cached = new BitSet();
    cached.set(0, length);
    return cached;
  }

  private Request request(Step step) {
    int numbers = Math.multiplyExact(step.tokens(), hiddenSize);
    ByteBuffer hidden =
        ByteBuffer.allocate(Math.multiplyExact(numbers, precision.stored().bytes()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < numbers; i++) {
      if (precision.stored() == FloatType.F32) {
        hidden.putFloat((float) random.nextGaussian());
      } else {
        hidden.putShort((short) ((random.nextInt() & 0x83ff) | 0x3800)); // ±[0.5,1)
      }
    }
    return new Request(hidden.flip(), step);
  }

  /** Writes sessions. */
  static void write(Writer out, int hiddenSize, List<List<Request>> sessions) throws IOException {
    JsonWriter json = new JsonWriter(out);
    json.beginObject().name("data").beginArray();
    for (List<Request> session : sessions) {
      json.beginArray();
      for (Request request : session) {
        Step step = request.step();
        int tokens = step.tokens();
        json.beginObject();
        tensor(json, Contract.HIDDEN, request.hidden(), tokens, hiddenSize);
        tensor(json, Contract.POSITIONS, step.positions(), tokens);
        tensor(json, Contract.SLOTS, step.slots(), tokens);
        tensor(json, Contract.CACHED, step.cached(), step.capacity());
        tensor(json, Contract.TREE, step.tree(), tokens, tokens);
        json.endObject();
      }
      json.endArray();
    }
    json.endArray().endObject();
    json.flush();
  }

  private static void tensor(JsonWriter json, String name, ByteBuffer content, int... shape)
      throws IOException {
    byte[] bytes = new byte[content.remaining()];
    content.duplicate().get(bytes);
    json.name(name).beginObject();
    json.name("content").beginObject();
    json.name("b64").value(Base64.getEncoder().encodeToString(bytes));
    json.endObject();
    json.name("shape").beginArray();
    for (int dimension : shape) {
      json.value(dimension);
    }
    json.endArray().endObject();
  }
}
