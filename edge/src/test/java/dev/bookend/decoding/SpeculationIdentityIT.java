package dev.bookend.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.error.BookendException;
import dev.bookend.history.BuiltInTexts;
import dev.bookend.history.TokenizerFingerprint;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.session.Session;
import dev.bookend.speculation.DraftMerger.Contribution;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.TokenTree;
import dev.bookend.speculation.drafthead.EagleDraftHeads;
import dev.bookend.speculation.drafthead.StandInDrafter;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.drafthead.StandInSource;
import dev.bookend.speculation.retrieval.RetrievalDatastore;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.RandomEagleHead;
import dev.bookend.training.StandInTraining;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Speculative against sequential decoding on the sample model, over a real gRPC connection. */
public class SpeculationIdentityIT {
  private static final int TOKENS = 60;
  public static final List<String> PROMPTS =
      List.of(
          "The ferry left the harbour an hour late, and by then",
          "class Matrix:\n    def __init__(self, rows, columns):\n",
          "<ul>\n  <li>Monday: soup</li>\n  <li>Tuesday:",
          "Q: How do bees find their way home?\nA:",
          "1. Wash the potatoes.\n2. Peel the potatoes.\n3.",
          "Dear Sir or Madam,\n\nI am writing to complain about",
          "SELECT name, price FROM products WHERE",
          "Once upon a time, a tailor lived at the edge of a wood.",
          "| Planet | Moons |\n|---|---|\n| Earth | 1 |\n| Mars |",
          "Alice: Where were you yesterday?\nBob:");

  private record Question(String prompt, Sampling sampling) {}

  private static final Map<Question, Generation> SEQUENTIAL = new HashMap<>();
  private static Checkpoint checkpoint;
  private static Tokenizer tokenizer;
  private static SplitModel model;
  private static StandInHead head;

  @BeforeAll
  static void open() {
    checkpoint = SampleModel.open();
    tokenizer = Tokenizer.of(checkpoint.tokenizer());
    model = SplitModel.open(checkpoint, SplitOptions.DEFAULT);
    head = model.draftHeads().newStandIn();
    teach(String.join("\n", StandInTraining.prompts()));
  }

  /** Far less text than a good head needs, but some of its draft tokens are accepted. */
  private static void teach(String text) {
    int[] tokens = tokenizer.encode(text);
    try (Session session = model.newSession()) {
      session.prefill(tokens);
      StandInDrafter drafter = new StandInDrafter(head);
      drafter.follow(session.draftLayers());
      drafter.observe(new ObservedTokens(0, tokens));
      head.settle();
    }
  }

  @AfterAll
  static void close() {
    head.close();
    model.close();
    tokenizer.close();
    checkpoint.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "suffix,lookahead",
        "ngram",
        "model:smollm2",
        "standin",
        "suffix,standin",
        "suffix,retrieval",
        "recycling"
      })
  void greedySpeculationGivesTheTokensOfSequentialDecoding(String drafters) {
    // Three sets of prompts, taken in turn: each prompt meets several drafters.
    int set = drafters.length() % 3;
    compare(
        Sampling.GREEDY,
        drafters,
        OptionalInt.of(16),
        IntStream.range(0, PROMPTS.size())
            .filter(index -> index % 3 == set)
            .mapToObj(PROMPTS::get)
            .toList());
  }

  @Test
  void sampledSpeculationGivesTheTokensOfSequentialDecodingWithTheSameSeed() {
    compare(new Sampling(0.8, 0, 0.95, 11), "suffix", OptionalInt.of(16), PROMPTS.subList(4, 8));
  }

  @Test
  void asManyDraftTokensAsPayGiveTheTokensOfSequentialDecoding() {
    compare(Sampling.GREEDY, "suffix", OptionalInt.empty(), PROMPTS.subList(0, 5));
  }

  @Test
  @Tag("slow")
  void sampledSpeculationDrawsFromTheSampleModelsDistribution() {
    int[] prompt = tokenizer.encode(PROMPTS.get(0));
    try (WholeModel whole = new WholeModel(checkpoint, Device.cpu(), WeightType.F32)) {
      new DrawnAnswers(prompt, 3, 400).assertFit(whole, model, 10);
    }
  }

  private static DrafterContext context() {
    TokenizerFingerprint fingerprint = TokenizerFingerprint.of(tokenizer);
    return new DrafterContext(
            model.contract(),
            model.config().vocabularySize(),
            fingerprint,
            name -> SampleModel.open())
        .with(StandInSource.class, () -> () -> Optional.of(head))
        .with(EagleDraftHeads.class, model.draftHeads()::eagle)
        .with(RetrievalDatastore.class, () -> RetrievalDatastore.of(BuiltInTexts.of(fingerprint)));
  }

  @Test
  void anEagleHeadDraftsAndFollowsTheText(@TempDir Path directory) {
    RandomEagleHead.write(directory, checkpoint.config());
    compare(Sampling.GREEDY, "eagle:" + directory, OptionalInt.of(16), PROMPTS.subList(1, 2));
    String name = "eagle:" + directory;
    int[] prompt = tokenizer.encode(PROMPTS.get(2));
    try (Session session = model.newSession();
        Drafter old = DraftSpec.parse(name).open(context()).get(0)) {
      session.keepTaps(old.taps());
      int root = session.prefill(prompt).token();
      old.follow(session.draftLayers());
      old.observe(new ObservedTokens(0, prompt));
      for (int step = 0; step < 5; step++) {
        DraftTree tree = new DraftTree(root, 100, 3);
        old.propose(tree);
        assertTrue(tree.size() > 8, tree.size() + " nodes");
        DraftTree fresh = new DraftTree(root, 100, 3);
        try (Drafter other = DraftSpec.parse(name).open(context()).get(0)) {
          other.follow(session.draftLayers());
          other.observe(new ObservedTokens(0, session.tokens()));
          other.propose(fresh);
        }
        assertEquals(fresh.size(), tree.size());
        for (int node = 1; node < tree.size(); node++) {
          assertEquals(fresh.token(node), tree.token(node));
          assertEquals(fresh.probability(node), tree.probability(node), 1e-3);
        }
        // Two tokens are rejected, and of those that are accepted one lies behind them.
        int next =
            session.verify(new TokenTree(new int[] {5, 6, root}, new int[] {-1, 0, -1}))[2].token();
        session.accept(2);
        old.observe(new ObservedTokens(session.length() - 1, root));
        root = next;
      }
    }
  }

  @Test
  void aDraftModelWithAnotherTokenizerIsRefused() {
    DrafterContext other =
        new DrafterContext(
            model.contract(),
            model.config().vocabularySize(),
            new TokenizerFingerprint("another"),
            name -> SampleModel.open());
    Exception e =
        assertThrows(BookendException.class, () -> DraftSpec.parse("model:smollm2").open(other));
    assertTrue(e.getMessage().startsWith("model 'smollm2' cannot draft"), e.getMessage());
  }

  @Test
  void theStandInHeadThatComesWithBookendSavesRoundTrips() {
    int[] prompt = tokenizer.encode("The history of the bicycle began in");
    try (Session session = model.newSession();
        Decoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY,
                List.of(new StandInDrafter(model.draftHeads().standIn())),
                OptionalInt.of(16))) {
      speculative.decode(session, prompt, TOKENS, Set.of(), token -> true);
      double perRoundTrip = (TOKENS - 1.0) / session.stats().roundTrips();
      assertTrue(perRoundTrip > 1.5, perRoundTrip + " tokens per round trip");
    }
  }

  private static void compare(
      Sampling sampling, String drafters, OptionalInt draftTokens, List<String> prompts) {
    Decoding sequential = new SequentialDecoding(sampling);
    AnswerComparison comparison = new AnswerComparison();
    int nearTies = 0;
    int roundTrips = 0;
    int sent = 0;
    for (String prompt : prompts) {
      int[] ids = tokenizer.encode(prompt);
      try (Session session = model.newSession();
          Session other = model.newSession();
          Decoding speculative =
              new SpeculativeDecoding(
                  sampling, DraftSpec.parse(drafters).open(context()), draftTokens)) {
        Generation expected =
            SEQUENTIAL.computeIfAbsent(
                new Question(prompt, sampling),
                question -> sequential.decode(session, ids, TOKENS, Set.of(), token -> true));
        Generation generation = speculative.decode(other, ids, TOKENS, Set.of(), token -> true);
        nearTies += expected.metrics().counts().nearTies();
        sent += generation.metrics().drafters().stream().mapToInt(Contribution::sent).sum();
        roundTrips += other.stats().roundTrips();
        comparison.add(prompt, expected, generation);
      }
    }
    double tokensPerRoundTrip = (double) prompts.size() * (TOKENS - 1) / roundTrips;
    System.out.printf(
        "%s, %s: %d prompts, %s, %d near ties, %.2f tokens per round trip%n",
        drafters, sampling, prompts.size(), comparison, nearTies, tokensPerRoundTrip);
    comparison.assertMostWasCompared();
    assertTrue(comparison.parted() <= 1, comparison.toString());
    // Where as many draft tokens are sent as pay, it may be that none pays.
    assertTrue(sent > 0 || draftTokens.isEmpty());
    // The head here has learned too little for its draft tokens to be accepted for certain.
    assertTrue(
        tokensPerRoundTrip > 1
            || draftTokens.isEmpty()
            || drafters.equals("standin")
            || drafters.startsWith("eagle"));
  }
}
