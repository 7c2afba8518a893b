package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.link.EmulatedLink;
import dev.bookend.link.LinkProfile;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.remote.CloudAddress;
import dev.bookend.remote.CloudException;
import dev.bookend.remote.DisagreementException;
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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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
  private static final List<String> PROMPTS =
      List.of(
          "The lighthouse keeper had not spoken to anyone since",
          "def merge(left, right):\n    \"\"\"Merge two sorted lists.\"\"\"\n");
  private static final Split SPLIT = new Split(4, 4);
  private static final RandomCheckpoint SMALL = Families.QWEN3.checkpoint();

  @TempDir private static Path repository;

  private static Checkpoint checkpoint;
  private static List<ServedMiddle> sample;
  private static ServedMiddle small;
  private static TritonServer server;

  @BeforeAll
  static void start() {
    checkpoint = SampleModel.open();
    ExportOptions python = ExportOptions.DEFAULT.withBackend(Backend.PYTHON);
    export(checkpoint, 4, 26, python);
    export(SMALL, 1, 3, python.withName("small"));
    server = TritonServer.start(repository);
    try (Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
      sample = ServedMiddle.of(checkpoint, SPLIT, PROMPTS.stream().map(tokenizer::encode).toList());
    }
    int[] prompt = {3, 1, 4, 1, 5, 9, 2, 6};
    small = ServedMiddle.of(SMALL, new Split(1, 1), List.of(prompt)).get(0);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
    checkpoint.close();
  }

  private static void export(Checkpoint model, int from, int to, ExportOptions options) {
    MiddleExport.write(model, from, to, options, repository, (what, done, total) -> {});
  }

  @Test
  void greedyTokensAreThoseOfTheEmbeddedCloud() {
    try (SplitModel model = sample.get(0).open(server)) {
      sample.forEach(answer -> answer.assertSameAnswer(model));
    }
  }

  /**
   * The first tokens, of which the model is sure, are the same; how many more are depends on the
   * prompt.
   */
  @ParameterizedTest
  @CsvSource({"FP16, false", "FP32, true", "FP16, true"})
  void reducedNumbersBeginTheSameAnswer(Precision precision, boolean int8, @TempDir Path other) {
    ExportOptions options =
        ExportOptions.DEFAULT
            .withBackend(Backend.PYTHON)
            .withPrecision(precision)
            .withInt8Weights(int8);
    MiddleExport.write(checkpoint, 4, 26, options, other, (what, done, total) -> {});
    ServedMiddle answer = sample.get(0);
    try (TritonServer reduced = TritonServer.start(other);
        SplitModel model = answer.open(reduced)) {
      List<Integer> tokens = answer.decode(model, 10);
      assertEquals(answer.expected().subList(0, 5), tokens.subList(0, 5));
      long numbers = (answer.prompt().length + 9L) * checkpoint.config().hiddenSize();
      int bytes = precision.stored().bytes();
      assertTrue(model.statistics().bytesReceived() > bytes * numbers, "hidden states on the wire");
      assertTrue(
          model.statistics().bytesReceived() < 1.5 * bytes * numbers, "hidden states on the wire");
    }
  }

  /** It costs nothing where nobody asks for it. */
  @Test
  void theInputOfTheLayerHalfOfTheWayUpCanBeHad() {
    ServedMiddle answer = sample.get(0);
    try (SplitModel model = answer.open(server)) {
      answer.assertTapped(model);
      long before = model.statistics().bytesReceived();
      answer.decode(model, 1);
      long bytes = (long) answer.prompt().length * checkpoint.config().hiddenSize() * Float.BYTES;
      assertTrue(model.statistics().bytesReceived() - before < 1.5 * bytes);
    }
  }

  /** Token by token and, on processors where libraries add up scores alike, bit by bit. */
  @Test
  void integerLayersAnswerAsTheEmbeddedCloudDoesWithThem(@TempDir Path other) {
    ExportOptions options =
        ExportOptions.DEFAULT.withBackend(Backend.PYTHON).withPrecision(Precision.INT8);
    MiddleExport.write(checkpoint, 4, 26, options, other, (what, done, total) -> {});
    SplitOptions int8 =
        SplitOptions.DEFAULT.withSplit(SPLIT).withDevice(Device.cpu(), WeightType.INT8);
    int[] prompt = sample.get(0).prompt();
    try (TritonServer integers = TritonServer.start(other);
        SplitModel served =
            SplitModel.open(checkpoint, int8.withCloud(CloudAddress.of(integers.endpoint())));
        SplitModel embedded = SplitModel.open(checkpoint, int8)) {
      List<TokenChoice> expected = choices(embedded, prompt);
      List<TokenChoice> actual = choices(served, prompt);
      if (IntegerMiddleTest.SCORES_ARE_ALIKE) {
        assertEquals(tokens(expected), tokens(actual));
        assertEquals(margins(expected), margins(actual));
      } else {
        assertEquals(tokens(expected).subList(0, 5), tokens(actual).subList(0, 5));
      }
      ServedMiddle answer = new ServedMiddle(checkpoint, SPLIT, prompt, tokens(actual));
      ServedMiddle.assertSessionsInterleave(served, List.of(answer, answer));
    }
  }

  private static List<TokenChoice> choices(SplitModel model, int[] prompt) {
    try (Session session = model.newSession()) {
      return SequentialDecoding.GREEDY
          .decode(session, prompt, ServedMiddle.TOKENS, Set.of(), token -> true)
          .choices();
    }
  }

  private static List<Integer> tokens(List<TokenChoice> choices) {
    return choices.stream().map(TokenChoice::token).toList();
  }

  private static List<Float> margins(List<TokenChoice> choices) {
    return choices.stream().map(TokenChoice::margin).toList();
  }

  /** Three wrong draft tokens for each right one: accepted tokens lie in scattered slots. */
  @Test
  void draftTreesGiveTheTokensOfSequentialDecoding() {
    Random random = new Random(1);
    List<Integer> right = sample.get(0).expected();
    try (SplitModel model = sample.get(0).open(server);
        Session session = model.newSession()) {
      List<Integer> answer = new ArrayList<>();
      TokenChoice choice = session.prefill(sample.get(0).prompt());
      answer.add(choice.token());
      while (answer.size() < ServedMiddle.TOKENS - 4) {
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
  void sessionsInterleave() {
    try (SplitModel model = sample.get(0).open(server)) {
      ServedMiddle.assertSessionsInterleave(model, sample);
    }
  }

  @Test
  void theEdgeFindsItsMiddleAmongSeveralAndRefusesAnotherSplit() {
    try (SplitModel model = small.open(server)) {
      small.assertSameAnswer(model);
    }
    ServedMiddle other = new ServedMiddle(SMALL, new Split(2, 1), new int[0], List.of());
    String message =
        assertThrows(DisagreementException.class, () -> other.open(server).close()).getMessage();
    assertTrue(message.contains("first layer in the cloud 2 here, 1 there"), message);
  }

  @Test
  void anExpiredSessionIsReplayed(@TempDir Path hasty) throws IOException {
    ServedMiddle.makeForgetful(copyOfSmall(hasty));
    try (TritonServer forgetful = TritonServer.start(hasty);
        SplitModel model = small.open(forgetful)) {
      small.assertReplayed(model, ServedMiddle::waitUntilForgotten);
    }
  }

  /** There is one place, and without START it would be free again after ten minutes. */
  @Test
  void aSessionThatWasCutTakesTheOnlyPlaceOver(@TempDir Path own) throws IOException {
    ServedMiddle.makeNarrow(copyOfSmall(own));
    try (TritonServer narrow = TritonServer.start(own);
        EmulatedLink link =
            EmulatedLink.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), narrow.port()),
                LinkProfile.parse("rtt=2ms"));
        SplitModel model =
            small.open(
                new Endpoint(link.address().getHostString(), link.address().getPort(), false))) {
      small.assertReplayed(model, link::cut);
      small.assertReplayed(model, link::cut); // the first has given the place back
      Session cancelled = model.newSession();
      cancelled.prefill(new int[] {1, 2, 3});
      Thread.currentThread().interrupt();
      assertThrows(CloudException.class, () -> cancelled.prefill(new int[] {4, 5}));
      assertTrue(Thread.interrupted());
      small.assertSameAnswer(model); // and so has one that was interrupted and is not closed
      cancelled.close();
    }
  }

  @Test
  void aRestartedServerIsReplayed(@TempDir Path own) throws IOException {
    copyOfSmall(own);
    TritonServer[] running = {TritonServer.start(own)};
    try (SplitModel model = small.open(running[0])) {
      int port = running[0].port();
      small.assertReplayed(
          model,
          () -> {
            running[0].close();
            running[0] = TritonServer.start(port, own);
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
   * In the middle of an answer the model is unloaded, and loaded a while later.
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
        SplitModel model = small.open(running[0])) {
      small.assertReplayed(
          model,
          () -> {
            if (killed) {
              running[0].killBackends();
            } else {
              unload(control);
            }
            reloads.add(
                CompletableFuture.runAsync(
                    () -> {
                      ServedMiddle.sleep(killed ? 2000 : 1000);
                      if (killed) {
                        unload(control);
                      }
                      load(control, running, own, explicit);
                    }));
          });
      reloads.forEach(CompletableFuture::join);
    } finally {
      running[0].close();
    }
  }

  private static void unload(TritonConnection control) {
    control.unloadModel("small");
    while (control.modelReady("small")) {
      ServedMiddle.sleep(10);
    }
  }

  /** Loads the model; if the python backend aborts over it, in a server that is started anew. */
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
}
