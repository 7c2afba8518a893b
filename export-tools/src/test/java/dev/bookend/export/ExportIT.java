package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.remote.CloudAddress;
import dev.bookend.remote.DisagreementException;
import dev.bookend.remote.RetryPolicy;
import dev.bookend.session.Session;
import dev.bookend.speculation.TokenTree;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.ConnectionOptions;
import dev.bookend.triton.Endpoint;
import dev.bookend.triton.TritonConnection;
import dev.bookend.triton.TritonException;
import dev.bookend.triton.testing.TritonServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The edge with an exported middle on a real Triton server, against the same edge with the embedded
 * cloud: the sample model, and a small random one in the same repository.
 */
class ExportIT {
  private static final int TOKENS = 40;
  private static final List<String> PROMPTS =
      List.of(
          "The lighthouse keeper had not spoken to anyone since",
          "def merge(left, right):\n    \"\"\"Merge two sorted lists.\"\"\"\n");
  private static final int[] SMALL_PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final SplitOptions SMALL_SPLIT = SplitOptions.DEFAULT.withSplit(new Split(1, 1));

  @TempDir private static Path repository;

  private static Checkpoint sample;
  private static final RandomCheckpoint SMALL = Families.QWEN3.checkpoint();
  private static TritonServer server;
  private static final List<int[]> prompts = new ArrayList<>();
  private static final List<List<Integer>> expected = new ArrayList<>();
  private static List<Integer> expectedSmall;

  @BeforeAll
  static void start() {
    sample = SampleModel.open();
    ExportOptions python = ExportOptions.DEFAULT.withBackend(Backend.PYTHON);
    export(sample, 4, 26, python);
    export(SMALL, 1, 3, python.withName("small"));
    server = TritonServer.start(repository);
    try (Tokenizer tokenizer = Tokenizer.of(sample.tokenizer());
        SplitModel embedded = SplitModel.open(sample, SplitOptions.DEFAULT)) {
      for (String prompt : PROMPTS) {
        prompts.add(tokenizer.encode(prompt));
        expected.add(decode(embedded, prompts.get(prompts.size() - 1), TOKENS));
      }
    }
    try (SplitModel embedded = SplitModel.open(SMALL, SMALL_SPLIT)) {
      expectedSmall = decode(embedded, SMALL_PROMPT, TOKENS);
    }
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
    sample.close();
  }

  private static void export(Checkpoint checkpoint, int from, int to, ExportOptions options) {
    MiddleExport.write(checkpoint, from, to, options, repository, (what, done, total) -> {});
  }

  private static List<Integer> decode(SplitModel model, int[] prompt, int count) {
    try (Session session = model.newSession()) {
      return SequentialDecoding.GREEDY
          .decode(session, prompt, count, Set.of(), token -> true)
          .tokens();
    }
  }

  private static SplitOptions on(Endpoint endpoint, SplitOptions options) {
    return options
        .withCloud(new CloudAddress(List.of(endpoint)))
        .withRetry(new RetryPolicy(600, Duration.ofMillis(100), Duration.ofSeconds(1)));
  }

  private static SplitModel openSample() {
    return SplitModel.open(sample, on(server.endpoint(), SplitOptions.DEFAULT));
  }

  @Test
  void greedyTokensAreThoseOfTheEmbeddedCloud() {
    try (SplitModel model = openSample()) {
      for (int i = 0; i < prompts.size(); i++) {
        assertEquals(expected.get(i), decode(model, prompts.get(i), TOKENS), PROMPTS.get(i));
      }
    }
  }

  /** Where the model is sure; how long it stays the same is a matter of the prompt. */
  @ParameterizedTest
  @CsvSource({"FP16, false", "FP32, true", "FP16, true"})
  void reducedNumbersBeginTheSameAnswer(Precision precision, boolean int8, @TempDir Path other) {
    ExportOptions options =
        ExportOptions.DEFAULT
            .withBackend(Backend.PYTHON)
            .withPrecision(precision)
            .withInt8Weights(int8);
    MiddleExport.write(sample, 4, 26, options, other, (what, done, total) -> {});
    try (TritonServer reduced = TritonServer.start(other);
        SplitModel model = SplitModel.open(sample, on(reduced.endpoint(), SplitOptions.DEFAULT))) {
      List<Integer> tokens = decode(model, prompts.get(0), 10);
      assertEquals(expected.get(0).subList(0, 5), tokens.subList(0, 5));
      long numbers = (prompts.get(0).length + 9L) * sample.config().hiddenSize();
      int bytes = precision.stored().bytes();
      assertTrue(model.statistics().bytesReceived() > bytes * numbers, "hidden states on the wire");
      assertTrue(
          model.statistics().bytesReceived() < 1.5 * bytes * numbers, "hidden states on the wire");
    }
  }

  /** Three wrong guesses for each right one, so that committed tokens lie in scattered slots. */
  @Test
  void treesOfGuessesCommitTheTokensOfSequentialDecoding() {
    Random random = new Random(1);
    List<Integer> right = expected.get(0);
    try (SplitModel model = openSample();
        Session session = model.newSession()) {
      List<Integer> answer = new ArrayList<>();
      TokenChoice choice = session.prefill(prompts.get(0));
      answer.add(choice.token());
      while (answer.size() < TOKENS - 4) {
        // Root: the choice. Below it wrong tokens first, then the right one, and so on.
        int[] tokens = new int[9];
        int[] parents = new int[9];
        tokens[0] = choice.token();
        parents[0] = -1;
        int trunk = 0;
        for (int node = 1; node < tokens.length; node++) {
          boolean good = node % 4 == 0;
          tokens[node] =
              good ? right.get(answer.size() + node / 4 - 1) : 1000 + random.nextInt(40_000);
          parents[node] = trunk;
          trunk = good ? node : trunk;
        }
        TokenChoice[] choices = session.verify(new TokenTree(tokens, parents));
        session.accept(0, 4, 8);
        answer.add(choices[0].token());
        answer.add(choices[4].token());
        answer.add(choices[8].token());
        choice = choices[8];
      }
      assertEquals(right.subList(0, answer.size()), answer);
    }
  }

  @Test
  void twoSessionsInterleave() {
    try (SplitModel model = openSample();
        Session a = model.newSession();
        Session b = model.newSession()) {
      TokenChoice nextA = a.prefill(prompts.get(0));
      TokenChoice nextB = b.prefill(prompts.get(1));
      for (int i = 0; i < TOKENS; i++) {
        assertEquals(expected.get(0).get(i), nextA.token());
        assertEquals(expected.get(1).get(i), nextB.token());
        nextA = step(a, nextA);
        nextB = step(b, nextB);
      }
    }
  }

  private static TokenChoice step(Session session, TokenChoice choice) {
    TokenChoice next = session.verify(TokenTree.chain(choice.token()))[0];
    session.accept(0);
    return next;
  }

  @Test
  void theEdgeFindsItsMiddleAmongSeveralAndRefusesAnotherSplit() {
    try (SplitModel model = SplitModel.open(SMALL, on(server.endpoint(), SMALL_SPLIT))) {
      assertEquals(expectedSmall, decode(model, SMALL_PROMPT, TOKENS));
    }
    SplitOptions other = on(server.endpoint(), SplitOptions.DEFAULT.withSplit(new Split(2, 1)));
    String message =
        assertThrows(DisagreementException.class, () -> SplitModel.open(SMALL, other).close())
            .getMessage();
    assertTrue(message.contains("first layer in the cloud 2 here, 1 there"), message);
  }

  /** Decodes with the small model, and lets something happen after the tenth token. */
  private static void decodeSmall(SplitModel model, IntConsumer event) {
    List<Integer> told = new ArrayList<>();
    try (Session session = model.newSession()) {
      SequentialDecoding.GREEDY.decode(
          session,
          SMALL_PROMPT,
          TOKENS,
          Set.of(),
          token -> {
            told.add(token);
            event.accept(told.size());
            return true;
          });
      assertEquals(expectedSmall, told);
      assertTrue(session.stats().reconnects() >= 1);
    }
  }

  @Test
  void anExpiredSessionIsReplayed(@TempDir Path hasty) throws IOException {
    Path config = copyOfSmall(hasty).resolve("config.pbtxt");
    String text = Files.readString(config);
    String brief = text.replace("idle_microseconds: 600000000", "idle_microseconds: 300000");
    assertFalse(brief.equals(text));
    Files.writeString(config, brief);
    try (TritonServer forgetful = TritonServer.start(hasty);
        SplitModel model = SplitModel.open(SMALL, on(forgetful.endpoint(), SMALL_SPLIT))) {
      decodeSmall(model, told -> sleep(told == 10 ? 3000 : 0));
    }
  }

  @Test
  void aRestartedServerIsReplayed(@TempDir Path own) throws IOException {
    copyOfSmall(own);
    TritonServer[] running = {TritonServer.start(own)};
    try (SplitModel model = SplitModel.open(SMALL, on(running[0].endpoint(), SMALL_SPLIT))) {
      int port = running[0].port();
      decodeSmall(
          model,
          told -> {
            if (told == 10) {
              running[0].close();
              running[0] = TritonServer.start(port, own);
            }
          });
    } finally {
      running[0].close();
    }
  }

  @Test
  void aModelThatIsUnloadedAndLoadedAgainIsReplayed(@TempDir Path own) throws IOException {
    decodeAndReload(own, false);
  }

  @Test
  void aModelWhoseProcessWasKilledIsReplayedOnceItIsLoadedAnew(@TempDir Path own)
      throws IOException {
    decodeAndReload(own, true);
  }

  /**
   * After the tenth token the model is unloaded, and loaded a while later.
   *
   * @param killed whether its process is killed before, so that this is what the edge meets first
   */
  private static void decodeAndReload(Path own, boolean killed) throws IOException {
    copyOfSmall(own);
    String[] explicit = {"--model-control-mode=explicit", "--load-model=small"};
    TritonServer[] running = {TritonServer.start(own, explicit)};
    List<CompletableFuture<Void>> reloads = new ArrayList<>();
    try (TritonConnection control =
            TritonConnection.open(
                running[0].endpoint(),
                ConnectionOptions.DEFAULT.withDeadline(Duration.ofMinutes(10)));
        SplitModel model = SplitModel.open(SMALL, on(running[0].endpoint(), SMALL_SPLIT))) {
      decodeSmall(
          model,
          told -> {
            if (told == 10 && killed) {
              running[0].killBackends();
              reloads.add(
                  CompletableFuture.runAsync(
                      () -> {
                        sleep(2000);
                        unload(control);
                        load(control, running, own, explicit);
                      }));
            } else if (told == 10) {
              unload(control);
              reloads.add(
                  CompletableFuture.runAsync(
                      () -> {
                        sleep(1000);
                        load(control, running, own, explicit);
                      }));
            }
          });
      reloads.forEach(CompletableFuture::join);
    } finally {
      running[0].close();
    }
  }

  private static void unload(TritonConnection control) {
    control.unloadModel("small");
    while (control.modelReady("small")) {
      sleep(10);
    }
  }

  /** Where the python backend aborts at that, in a server started anew. */
  private static void load(
      TritonConnection control, TritonServer[] running, Path models, String... flags) {
    try {
      control.loadModel("small");
    } catch (TritonException e) {
      if (!running[0].hasAborted()) {
        throw e;
      }
      running[0].close();
      running[0] = TritonServer.start(running[0].port(), models, flags);
    }
  }

  private static Path copyOfSmall(Path other) throws IOException {
    Path model = repository.resolve("small");
    try (var files = Files.walk(model)) {
      for (Path file : files.toList()) {
        Files.copy(file, other.resolve(repository.relativize(file)));
      }
    }
    return other.resolve("small");
  }

  /** This server has neither backend, but reads the configuration before it looks for one. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PYTHON")
  void tritonReadsTheConfigurationForOtherBackends(Backend backend, @TempDir Path other) {
    MiddleExport.write(
        SMALL, 1, 3, ExportOptions.DEFAULT.withBackend(backend), other, (what, done, total) -> {});
    try (TritonServer parsing = TritonServer.start(other, "--exit-on-error=false")) {
      String log = parsing.log();
      assertTrue(log.contains("unable to find backend library for backend '" + backend + "'"), log);
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
