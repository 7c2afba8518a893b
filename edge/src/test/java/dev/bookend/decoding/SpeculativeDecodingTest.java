package dev.bookend.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.Generation.FinishReason;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.session.Session;
import dev.bookend.session.SessionStats;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.Pipeline;
import dev.bookend.speculation.VerifiedTree;
import dev.bookend.speculation.draftmodel.ModelDrafter;
import dev.bookend.speculation.lookup.NgramDrafter;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.SplitModel;
import dev.bookend.testing.SmallModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is proposed, tokens and end of an answer are those of sequential decoding. */
class SpeculativeDecodingTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final int VOCABULARY = SmallModel.VOCABULARY;

  /** Knows the text to come, and proposes it as often as it is told to. */
  private static final class Oracle implements Drafter {
    private final Random random;
    private final int[] text;
    private final int percentAccepted;
    private int length;
    private int nodes;

    Oracle(Random random, int[] prompt, List<Integer> answer, int percentAccepted) {
      this.random = random;
      this.percentAccepted = percentAccepted;
      this.text =
          IntStream.concat(Arrays.stream(prompt), answer.stream().mapToInt(Integer::intValue))
              .toArray();
    }

    @Override
    public String name() {
      return "oracle";
    }

    @Override
    public void observe(ObservedTokens observed) {
      length = observed.end();
    }

    @Override
    public void verified(VerifiedTree verified) {
      assertTrue(verified.isAccepted(DraftTree.ROOT));
      for (int node = 0; node < nodes; node++) {
        assertTrue(verified.choiceAfter(node).isPresent() == verified.isSent(node));
      }
    }

    @Override
    public void propose(DraftTree tree) {
      assertEquals(text[length], tree.token(DraftTree.ROOT));
      for (int i = random.nextInt(12); i > 0; i--) {
        int parent = random.nextInt(tree.size());
        int at = length + tree.depth(parent) + 1;
        boolean accepted = at < text.length && random.nextInt(100) < percentAccepted;
        int token = accepted ? text[at] : random.nextInt(VOCABULARY);
        if (random.nextInt(8) == 0) {
          tree.probe(DraftTree.ROOT, token);
        } else {
          tree.add(parent, token, 0.5 + random.nextDouble() / 2);
        }
      }
      nodes = tree.size();
    }
  }

  private static Generation sequential(SplitModel model, int[] prompt, int count) {
    try (Session session = model.newSession()) {
      return SequentialDecoding.GREEDY.decode(session, prompt, count, Set.of(), token -> true);
    }
  }

  @Property(tries = 40)
  void anyDraftGivesTheTokensAndTheEndOfSequentialDecoding(
      @ForAll long seed,
      @ForAll @IntRange(max = 100) int percentAccepted,
      @ForAll @IntRange(min = 1, max = 50) int maxTokens,
      @ForAll @IntRange(max = 60) int stopAfter,
      @ForAll Pipeline pipeline) {
    Random random = new Random(seed);
    int[] prompt = random.ints(1 + random.nextInt(20), 0, VOCABULARY).toArray();
    Set<Integer> end = Set.of(random.nextInt(VOCABULARY));
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession();
        Session other = model.newSession()) {
      List<Integer> truth = sequential(model, prompt, 60).tokens();
      List<Integer> expectedTold = new ArrayList<>();
      Generation expected =
          SequentialDecoding.GREEDY.decode(
              session,
              prompt,
              maxTokens,
              end,
              token -> {
                expectedTold.add(token);
                return expectedTold.size() != stopAfter;
              });
      List<Integer> told = new ArrayList<>();
      try (SpeculativeDecoding speculative =
          new SpeculativeDecoding(
              Sampling.GREEDY,
              List.of(
                  new Oracle(random, prompt, truth, percentAccepted),
                  new Oracle(random, prompt, truth, 100)),
              seed % 2 == 0 ? OptionalInt.empty() : OptionalInt.of(random.nextInt(16)),
              pipeline)) {
        Generation generation =
            speculative.decode(
                other,
                prompt,
                maxTokens,
                end,
                token -> {
                  told.add(token);
                  return told.size() != stopAfter;
                });
        assertEquals(expected.tokens(), generation.tokens());
        assertEquals(expected.finishReason(), generation.finishReason());
        assertEquals(
            expected.metrics().counts().nearTies(), generation.metrics().counts().nearTies());
        assertEquals(expectedTold, told);
        assertEquals(session.length(), other.length(), "what the session holds afterwards");
      }
    }
  }

  @Test
  void whatIsSentAheadIsNotSentAgain() {
    SplitModel model = SmallModel.split();
    Generation expected = sequential(model, PROMPT, 300); // falls into a loop
    for (Pipeline pipeline : List.of(Pipeline.NEVER, Pipeline.ALWAYS)) {
      try (Session session = model.newSession();
          SpeculativeDecoding speculative =
              new SpeculativeDecoding(
                  Sampling.GREEDY, List.of(new SuffixDrafter()), OptionalInt.of(4), pipeline)) {
        Generation generation = speculative.decode(session, PROMPT, 300, Set.of(), token -> true);
        assertEquals(expected.tokens(), generation.tokens());
        SessionStats stats = session.stats();
        int forNothing = stats.requests() - stats.roundTrips() - 1; // the prefill's is one
        assertEquals(pipeline == Pipeline.NEVER, forNothing == 0, stats.toString());
        assertEquals(pipeline == Pipeline.NEVER, stats.roundTripsAhead() == 0, stats.toString());
        assertTrue(forNothing < stats.roundTrips() / 2, stats.toString());
      }
    }
  }

  /** A conversation that changes at each turn. */
  @Property(tries = 20)
  void aSecondPromptAnswersAsIfTheFirstHadNotBeen(@ForAll long seed) {
    Random random = new Random(seed);
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession();
        SpeculativeDecoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY, List.of(new SuffixDrafter(), new NgramDrafter(3)))) {
      List<Integer> text = new ArrayList<>();
      for (int turn = 0; turn < 4; turn++) {
        List<Integer> kept = new ArrayList<>(text.subList(0, random.nextInt(text.size() + 1)));
        random.ints(1 + random.nextInt(9), 0, VOCABULARY).forEach(kept::add);
        int[] prompt = kept.stream().mapToInt(Integer::intValue).toArray();
        Generation generation = speculative.decode(session, prompt, 30, Set.of(), token -> true);
        assertEquals(sequential(model, prompt, 30).tokens(), generation.tokens());
        text = kept;
        text.addAll(generation.tokens());
      }
    }
  }

  @Test
  void severalDraftTokensAreAcceptedInARoundTrip() {
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession();
        SpeculativeDecoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY, List.of(new SuffixDrafter()), OptionalInt.of(16))) {
      Generation expected = sequential(model, PROMPT, 300); // falls into a loop
      Generation generation = speculative.decode(session, PROMPT, 300, Set.of(), token -> true);
      assertEquals(expected.tokens(), generation.tokens());
      int roundTrips = session.stats().roundTrips();
      assertTrue(roundTrips < 100, "round trips: " + roundTrips);
      assertEquals(299 - roundTrips, generation.metrics().drafters().get(0).accepted());
    }
  }

  @Property(tries = 15)
  void aFullContextEndsTheAnswerAtTheSameToken(@ForAll long seed) {
    Random random = new Random(seed);
    SplitModel model = SmallModel.split(SmallModel.checkpoint(64, OptionalInt.empty()));
    try (Session session = model.newSession()) {
      Generation expected = sequential(model, PROMPT, 100);
      assertEquals(FinishReason.LENGTH, expected.finishReason());
      assertEquals(64 - PROMPT.length + 1, expected.tokens().size());
      try (SpeculativeDecoding speculative =
          new SpeculativeDecoding(
              Sampling.GREEDY,
              List.of(new Oracle(random, PROMPT, expected.tokens(), 80)),
              OptionalInt.of(16))) {
        Generation generation = speculative.decode(session, PROMPT, 100, Set.of(), token -> true);
        assertEquals(expected.tokens(), generation.tokens());
        assertEquals(expected.finishReason(), generation.finishReason());
        assertEquals(64, session.length());
      }
    }
  }

  /** Within the window a tree may have any depth, beyond it a round trip has one token. */
  @Property(tries = 15)
  void aSlidingWindowStaysExact(@ForAll long seed) {
    Random random = new Random(seed);
    SplitModel model = SmallModel.split(SmallModel.checkpoint(4096, OptionalInt.of(24)));
    try (Session session = model.newSession()) {
      List<Integer> expected = sequential(model, PROMPT, 40).tokens();
      try (SpeculativeDecoding speculative =
          new SpeculativeDecoding(
              Sampling.GREEDY,
              List.of(new Oracle(random, PROMPT, expected, 100)),
              OptionalInt.of(16))) {
        assertEquals(
            expected, speculative.decode(session, PROMPT, 40, Set.of(), token -> true).tokens());
      }
    }
  }

  /** As its own draft model, the model proposes what it accepts; another model does not. */
  @ParameterizedTest
  @ValueSource(longs = {7, 8})
  void aDraftModelProposesWhatItWouldChoose(long seed) {
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession();
        Decoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY,
                List.of(new ModelDrafter("model:small", new RandomCheckpoint(seed))),
                OptionalInt.of(16))) {
      for (int[] prompt : new int[][] {PROMPT, {3, 1, 4, 8, 8}}) {
        Generation generation = speculative.decode(session, prompt, 60, Set.of(), token -> true);
        assertEquals(sequential(model, prompt, 60).tokens(), generation.tokens());
        int accepted = generation.metrics().drafters().get(0).accepted();
        assertTrue(seed == 7 ? accepted > 10 : accepted < 40, "accepted: " + accepted);
      }
    }
  }
}
