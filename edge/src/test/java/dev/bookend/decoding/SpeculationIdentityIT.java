package dev.bookend.decoding;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import dev.bookend.history.BuiltInTexts;
import dev.bookend.history.TokenizerFingerprint;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.checkpoint.FloatType;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.session.Session;
import dev.bookend.speculation.DraftMerger.Contribution;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.drafthead.StandInDrafter;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.retrieval.RetrievalDatastore;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.training.StandInTraining;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
  private static StandInHead standin;

  @BeforeAll
  static void open() {
    checkpoint = SampleModel.open();
    tokenizer = Tokenizer.of(checkpoint.tokenizer());
    model = SplitModel.open(checkpoint, SplitOptions.DEFAULT);
    standin = model.newStandin();
    teach(String.join("\n", StandInTraining.prompts()));
  }

  /** Far less than what a good one needs, but some of its guesses are right. */
  private static void teach(String text) {
    int[] tokens = tokenizer.encode(text);
    try (Session session = model.newSession()) {
      session.prefill(tokens);
      StandInDrafter drafter = new StandInDrafter(standin);
      drafter.follow(session.draftLayers());
      drafter.observe(new ObservedTokens(0, tokens));
      standin.settle();
    }
  }

  @AfterAll
  static void close() {
    standin.close();
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
        "suffix,phrases"
      })
  void greedySpeculationGivesTheTokensOfSequentialDecoding(String drafters) {
    // Two sets of prompts, taken in turn: each prompt meets several drafters.
    boolean even = drafters.length() % 2 == 0;
    compare(
        Sampling.GREEDY,
        drafters,
        OptionalInt.of(16),
        IntStream.range(0, PROMPTS.size())
            .filter(index -> index % 2 == 0 == even)
            .mapToObj(PROMPTS::get)
            .toList());
  }

  @Test
  void sampledSpeculationGivesTheTokensOfSequentialDecodingWithTheSameSeed() {
    compare(new Sampling(0.8, 0, 0.95, 11), "suffix", OptionalInt.of(16), PROMPTS);
  }

  @Test
  void asManyGuessesAsPayGiveTheTokensOfSequentialDecoding() {
    compare(Sampling.GREEDY, "suffix", OptionalInt.empty(), PROMPTS);
  }

  @Test
  void sampledSpeculationDrawsFromTheSampleModelsDistribution() {
    int[] prompt = tokenizer.encode(PROMPTS.get(0));
    try (WholeModel whole = new WholeModel(checkpoint, Device.cpu(), FloatType.F32)) {
      new DrawnAnswers(prompt, 3, 400).assertFit(whole, model, 10);
    }
  }

  private static RetrievalDatastore phrases() {
    return RetrievalDatastore.of(BuiltInTexts.of(TokenizerFingerprint.of(tokenizer)));
  }

  @Test
  void theStandInThatComesWithTheProgramIsRightMoreOftenThanNot() {
    int[] prompt = tokenizer.encode("The history of the bicycle began in");
    try (Session session = model.newSession();
        Decoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY,
                List.of(new StandInDrafter(model.standin())),
                OptionalInt.of(16))) {
      speculative.decode(session, prompt, TOKENS, Set.of(), token -> true);
      double perRoundTrip = (TOKENS - 1.0) / session.stats().roundTrips();
      assertTrue(perRoundTrip > 1.5, perRoundTrip + " tokens per round trip");
    }
  }

  private static void compare(
      Sampling sampling, String drafters, OptionalInt guesses, List<String> prompts) {
    Decoding sequential = new SequentialDecoding(sampling);
    int nearTies = 0;
    int differ = 0;
    int roundTrips = 0;
    int sent = 0;
    for (String prompt : prompts) {
      int[] ids = tokenizer.encode(prompt);
      try (Session session = model.newSession();
          Session other = model.newSession();
          Decoding speculative =
              new SpeculativeDecoding(
                  sampling,
                  DraftSpec.parse(drafters)
                      .open(
                          name -> SampleModel.open(),
                          () -> standin,
                          SpeculationIdentityIT::phrases),
                  guesses)) {
        Generation expected =
            SEQUENTIAL.computeIfAbsent(
                new Question(prompt, sampling),
                question -> sequential.decode(session, ids, TOKENS, Set.of(), token -> true));
        Generation generation = speculative.decode(other, ids, TOKENS, Set.of(), token -> true);
        nearTies += expected.metrics().counts().nearTies();
        sent += generation.metrics().drafters().stream().mapToInt(Contribution::sent).sum();
        roundTrips += other.stats().roundTrips();
        if (!expected.tokens().equals(generation.tokens())) {
          // A near tie may fall either way, and all that follows with it.
          assertTrue(expected.metrics().counts().nearTies() > 0, prompt);
          differ++;
        }
      }
    }
    double tokensPerRoundTrip = (double) prompts.size() * (TOKENS - 1) / roundTrips;
    System.out.printf(
        "%s, %s: %d prompts, %d with another answer, %d near ties, %.2f tokens per round trip%n",
        drafters, sampling, prompts.size(), differ, nearTies, tokensPerRoundTrip);
    assertTrue(differ <= 1, differ + " answers differ, though " + nearTies + " near ties allow it");
    // Where as many are sent as pay, none may.
    assertTrue(sent > 0 || guesses.isEmpty());
    // The stand-in here has seen too little to be sure to be right.
    assertTrue(tokensPerRoundTrip > 1 || guesses.isEmpty() || drafters.equals("standin"));
  }
}
