package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.remote.CloudAddress;
import dev.bookend.remote.RetryPolicy;
import dev.bookend.session.Session;
import dev.bookend.speculation.TokenTree;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.testing.TritonServer;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * A prompt to a model whose middle is on a real Triton server, as one model or as an ensemble of
 * stages, and the answer of the same model with the embedded cloud.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
record ServedMiddle(Checkpoint checkpoint, Split split, int[] prompt, List<Integer> expected) {
  static final int TOKENS = 40;

  /** After this many tokens {@link #assertReplayed} lets something happen. */
  private static final int BEFORE_EVENT = 10;

  /** Longer than steps take on a busy machine, so that only the pause of a test is too long. */
  private static final Duration BRIEF = Duration.ofSeconds(1);

  /** Asks the embedded cloud for the answers to some prompts. */
  static List<ServedMiddle> of(Checkpoint checkpoint, Split split, List<int[]> prompts) {
    try (SplitModel embedded = SplitModel.open(checkpoint, SplitOptions.DEFAULT.withSplit(split))) {
      return prompts.stream()
          .map(
              prompt ->
                  new ServedMiddle(
                      checkpoint, split, prompt, decode(embedded, prompt, TOKENS, told -> {})))
          .toList();
    }
  }

  /** The model with its middle on a server. */
  SplitModel open(TritonServer server) {
    return open(server.endpoint());
  }

  /** The model with its middle at an address. */
  SplitModel open(Endpoint server) {
    return SplitModel.open(
        checkpoint,
        SplitOptions.DEFAULT
            .withSplit(split)
            .withCloud(CloudAddress.of(server))
            .withRetry(new RetryPolicy(600, Duration.ofMillis(100), Duration.ofSeconds(1))));
  }

  /** The first tokens of an answer. */
  List<Integer> decode(SplitModel model, int count) {
    return decode(model, prompt, count, told -> {});
  }

  private static List<Integer> decode(
      SplitModel model, int[] prompt, int count, IntConsumer afterToken) {
    try (Session session = model.newSession()) {
      return decode(session, prompt, count, afterToken);
    }
  }

  private static List<Integer> decode(
      Session session, int[] prompt, int count, IntConsumer afterToken) {
    List<Integer> told = new ArrayList<>();
    SequentialDecoding.GREEDY.decode(
        session,
        prompt,
        count,
        Set.of(),
        token -> {
          told.add(token);
          afterToken.accept(told.size());
          return true;
        });
    return told;
  }

  void assertSameAnswer(SplitModel model) {
    assertEquals(expected, decode(model, TOKENS));
  }

  /** The input of the layer half of the way up is what the embedded cloud puts out. */
  void assertTapped(SplitModel model) {
    int half = checkpoint.config().layers() / 2;
    try (SplitModel embedded = SplitModel.open(checkpoint, SplitOptions.DEFAULT.withSplit(split))) {
      float[] expected = tapped(embedded, half);
      float[] actual = tapped(model, half);
      assertEquals(expected.length, actual.length);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i], 1e-3 * Math.max(1, Math.abs(expected[i])));
      }
    }
  }

  private float[] tapped(SplitModel model, int layer) {
    try (Session session = model.newSession()) {
      session.keepTaps(List.of(layer));
      session.prefill(prompt);
      FloatBuffer rows =
          session
              .draftLayers()
              .tapped(layer, 0, session.length())
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      float[] numbers = new float[rows.remaining()];
      rows.get(numbers);
      assertEquals(prompt.length * checkpoint.config().hiddenSize(), numbers.length);
      return numbers;
    }
  }

  /** After some tokens something happens that makes the server lose the session. */
  void assertReplayed(SplitModel model, Runnable event) {
    try (Session session = model.newSession()) {
      List<Integer> tokens =
          decode(
              session,
              prompt,
              TOKENS,
              told -> {
                if (told == BEFORE_EVENT) {
                  event.run();
                }
              });
      assertEquals(expected, tokens);
      assertTrue(session.stats().reconnects() >= 1);
    }
  }

  /** Sessions take turns, and each step has draft tokens that are rejected beside the right one. */
  static void assertSessionsInterleave(SplitModel model, List<ServedMiddle> answers) {
    List<Session> sessions = new ArrayList<>();
    List<TokenChoice> next = new ArrayList<>();
    try {
      for (ServedMiddle answer : answers) {
        sessions.add(model.newSession());
        next.add(sessions.get(sessions.size() - 1).prefill(answer.prompt));
      }
      for (int token = 0; token < TOKENS; token++) {
        for (int i = 0; i < sessions.size(); i++) {
          int right = next.get(i).token();
          assertEquals(answers.get(i).expected.get(token), right, "session " + i);
          TokenTree draft = new TokenTree(new int[] {7, right, 11}, new int[] {-1, -1, 1});
          next.set(i, sessions.get(i).verify(draft)[1]);
          sessions.get(i).accept(1);
        }
      }
    } finally {
      sessions.forEach(Session::close);
    }
  }

  /** Lets a server drop sessions of an exported model that are idle for a moment. */
  static void makeForgetful(Path model) throws IOException {
    Path config = model.resolve("config.pbtxt");
    String text = Files.readString(config);
    String brief =
        text.replace(
            "idle_microseconds: 600000000", "idle_microseconds: " + BRIEF.toNanos() / 1000);
    assertNotEquals(text, brief);
    Files.writeString(config, brief);
  }

  /** Lets a server of an exported model have one session at a time. */
  static void makeNarrow(Path model) throws IOException {
    Path config = model.resolve("config.pbtxt");
    String text = Files.readString(config);
    String narrow =
        text.replaceAll("max_candidate_sequences: [0-9]+", "max_candidate_sequences: 1");
    assertNotEquals(text, narrow);
    Files.writeString(config, narrow);
  }

  /** Waits until a forgetful server has dropped an idle session. */
  static void waitUntilForgotten() {
    sleep(BRIEF.toMillis() * 3);
  }

  static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
