package dev.bookend.speculation.drafthead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.DecoderRange;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.session.Session;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.TokenTree;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import dev.bookend.training.StandInLessons;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** A stand-in head learns, proposes draft tokens, and leaves the session as it was. */
class StandInDrafterTest {
  private static final int VOCABULARY = SmallModel.VOCABULARY;

  private static SplitModel model;
  private static StandInHead linear;
  private static StandInHead taught;

  /** The same, computed as the model is and not in integers, whose scales depend on the step. */
  private static StandInHead exact;

  private static Decoder decoder;

  @BeforeContainer
  static void open() {
    model =
        SplitModel.open(SmallModel.checkpoint(), SplitOptions.DEFAULT.withSplit(new Split(2, 1)));
    linear = model.draftHeads().newStandIn();
    teach(linear, 3);
    AtomicReference<byte[]> weights = new AtomicReference<>();
    lessons().learn(Optional.empty(), 2, (what, done, total) -> {}, weights::set, agreement -> {});
    byte[] learned = weights.get();
    taught = model.draftHeads().standIn(learned);
    decoder = Decoder.open(SmallModel.checkpoint(), Device.cpu(), WeightType.F32);
    exact = exact(learned);
  }

  private static StandInHead exact(byte[] learned) {
    int width = model.config().hiddenSize();
    List<Shape> shapes = new ArrayList<>(List.of(new Shape(2L * width + 1, width)));
    shapes.addAll(decoder.layerShapes());
    NDManager manager = decoder.newScope();
    StandInWeights weights = StandInWeights.decode(learned, manager, shapes);
    List<NDArray> tensors = weights.tensors();
    int[] tokens = weights.tokens().stream().mapToInt(Integer::intValue).toArray();
    DecoderRange layer = decoder.layer(tensors.subList(1, tensors.size()));
    return StandInHead.ready(manager, decoder.shortlist(tokens), tensors.get(0), layer);
  }

  @AfterContainer
  static void close() {
    exact.close();
    decoder.close();
    taught.close();
    linear.close();
    model.close();
  }

  /** Lets a head learn from random texts. */
  private static void teach(StandInHead standin, int texts) {
    Random random = new Random(5);
    for (int i = 0; i < texts; i++) {
      try (Session session = model.newSession()) {
        int[] text = random.ints(400, 0, VOCABULARY).toArray();
        session.prefill(text);
        StandInDrafter drafter = new StandInDrafter(standin);
        drafter.follow(session.draftLayers());
        drafter.observe(new ObservedTokens(0, text));
      }
    }
    standin.settle();
  }

  private static StandInLessons lessons() {
    Random random = new Random(5);
    StandInLessons lessons = new StandInLessons(model);
    for (int i = 0; i < 60; i++) {
      try (Session session = model.newSession()) {
        session.prefill(random.ints(60, 0, VOCABULARY).toArray());
        lessons.add(session, 0);
      }
    }
    return lessons;
  }

  @Example
  void whatHasLearnedNothingProposesNothing() {
    try (StandInHead standin = model.draftHeads().newStandIn();
        Session session = model.newSession()) {
      int token = session.prefill(new int[] {1, 2, 3}).token();
      assertEquals(1, draft(standin, session, token, 3).size());
      assertFalse(standin.isUseful());
    }
  }

  private static DraftTree draft(StandInHead standin, Session session, int root, int depth) {
    DraftTree tree = new DraftTree(root, 100, depth);
    try (Drafter drafter = new StandInDrafter(standin)) {
      drafter.follow(session.draftLayers());
      drafter.propose(tree);
    }
    return tree;
  }

  /** The probabilities of a token's children add up to 1 at most, and the tree has its depth. */
  @Property(tries = 20)
  void draftTokensHaveProbabilities(@ForAll long seed) {
    Random random = new Random(seed);
    try (Session session = model.newSession()) {
      int token = session.prefill(random.ints(20, 0, VOCABULARY).toArray()).token();
      for (int depth = 1; depth <= 4; depth++) {
        DraftTree tree = draft(taught, session, token, depth);
        double[] sums = new double[tree.size()];
        int deepest = 0;
        for (int node = 1; node < sums.length; node++) {
          assertTrue(tree.probability(node) > 0);
          sums[tree.parent(node)] += tree.probability(node);
          deepest = Math.max(deepest, tree.depth(node));
        }
        assertTrue(sums[DraftTree.ROOT] > 0.1, "below the root: " + sums[DraftTree.ROOT]);
        for (double sum : sums) {
          assertTrue(sum <= 1 + 1e-6, "together: " + sum);
        }
        assertTrue(deepest <= depth, deepest + " of " + depth);
      }
    }
  }

  /** The choices afterwards are bit for bit those without drafting. */
  @Property(tries = 20)
  void draftingLeavesTheSessionAsItWas(@ForAll long seed) {
    Random random = new Random(seed);
    int[] prompt = random.ints(1 + random.nextInt(100), 0, VOCABULARY).toArray();
    try (Session plain = model.newSession();
        Session drafting = model.newSession()) {
      int token = plain.prefill(prompt).token();
      assertEquals(token, drafting.prefill(prompt).token());
      for (int step = 0; step < 20; step++) {
        draft(taught, drafting, token, 3);
        var choice = plain.verify(TokenTree.chain(token))[0];
        assertEquals(choice, drafting.verify(TokenTree.chain(token))[0]);
        int root = token;
        assertThrows(IllegalStateException.class, () -> draft(taught, drafting, root, 3));
        plain.accept(0);
        drafting.accept(0);
        token = choice.token();
      }
    }
  }

  @Property(tries = 10)
  void theTokensAreThoseOfSequentialDecoding(@ForAll long seed) {
    Random random = new Random(seed);
    try (Session session = model.newSession();
        Session other = model.newSession();
        StandInHead learning = model.draftHeads().newStandIn();
        Decoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY,
                List.of(
                    new StandInDrafter(taught),
                    new StandInDrafter(linear),
                    new StandInDrafter(learning),
                    new SuffixDrafter()))) {
      for (int turn = 0; turn < 3; turn++) {
        int[] prompt = random.ints(1 + random.nextInt(60), 0, VOCABULARY).toArray();
        assertEquals(
            SequentialDecoding.GREEDY.decode(session, prompt, 60, Set.of(), t -> true).tokens(),
            speculative.decode(other, prompt, 60, Set.of(), t -> true).tokens());
      }
    }
  }

  /**
   * Its layer sees the text in pieces, and another text where a conversation changes; a head that
   * is loaded late sees none of it before.
   */
  @Property(tries = 20)
  void draftTokensDoNotDependOnWhenTheTextWasSeen(@ForAll long seed) {
    Random random = new Random(seed);
    int[] prompt = random.ints(1 + random.nextInt(300), 0, VOCABULARY).toArray();
    int drafts = random.nextInt(9);
    AtomicInteger asked = new AtomicInteger();
    StandInSource source =
        () -> asked.incrementAndGet() > drafts ? Optional.of(exact) : Optional.empty();
    try (Session session = model.newSession();
        Drafter old = new StandInDrafter(exact);
        Drafter late = new LateStandInDrafter(source)) {
      old.follow(session.draftLayers());
      late.follow(session.draftLayers());
      for (int turn = 0; turn < 3; turn++) {
        int kept = session.length() == 0 ? 0 : random.nextInt(prompt.length);
        prompt[kept] = (prompt[kept] + 1) % VOCABULARY;
        int token = session.prefill(prompt).token();
        int[] added = Arrays.copyOfRange(prompt, kept, prompt.length);
        old.observe(new ObservedTokens(kept, added));
        late.observe(new ObservedTokens(kept, added));
        assertEquals(
            Math.min(drafts + 1, 3 * turn), asked.get(), "a first token waits for no head");
        for (int step = 0; step < 3; step++) {
          int root = token;
          DraftTree tree = new DraftTree(root, 100, 3);
          old.propose(tree);
          assertSame(draft(exact, session, root, 3), tree);
          DraftTree later = new DraftTree(root, 100, 3);
          late.propose(later);
          if (3 * turn + step < drafts) {
            assertEquals(1, later.size(), "there is no head yet");
          } else {
            assertSame(tree, later);
          }
          int rejected = random.nextInt(VOCABULARY);
          session.verify(new TokenTree(new int[] {rejected, root}, new int[] {-1, -1}));
          session.accept(1);
          old.observe(new ObservedTokens(session.length() - 1, root));
          late.observe(new ObservedTokens(session.length() - 1, root));
          token = random.nextInt(VOCABULARY);
        }
      }
    }
  }

  private static void assertSame(DraftTree expected, DraftTree tree) {
    assertEquals(expected.size(), tree.size());
    for (int node = 0; node < tree.size(); node++) {
      assertEquals(expected.token(node), tree.token(node));
      assertEquals(expected.parent(node), tree.parent(node));
      assertEquals(expected.probability(node), tree.probability(node), 1e-4);
    }
  }

  /** Also from a conversation that changes: from the part that it has not seen yet. */
  @Example
  void itProposesWhatItLearnedDuringUse() {
    try (StandInHead standin = model.draftHeads().newStandIn();
        Session session = model.newSession();
        Decoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY, List.of(new StandInDrafter(standin)), OptionalInt.of(8))) {
      int[] prompt = new Random(6).ints(300, 0, VOCABULARY).toArray();
      speculative.decode(session, prompt, 2, Set.of(), token -> true);
      standin.settle();
      assertTrue(standin.isUseful());
      prompt[200] = (prompt[200] + 1) % VOCABULARY;
      Generation generation = speculative.decode(session, prompt, 60, Set.of(), token -> true);
      assertTrue(
          generation.metrics().drafters().get(0).accepted() > 5,
          generation.metrics().drafters().toString());
    }
  }
}
