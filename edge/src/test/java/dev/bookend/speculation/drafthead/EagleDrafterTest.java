package dev.bookend.speculation.drafthead;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.google.gson.Gson;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.decoding.SpeculativeDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.runtime.Decoder;
import dev.bookend.model.runtime.OutputHead;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WeightType;
import dev.bookend.model.store.CheckpointFiles;
import dev.bookend.session.BatchInvariantSteps;
import dev.bookend.session.Session;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.TokenTree;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * EAGLE heads draft what NumPy says they do, and what they know of the text follows the session.
 * Heads and models are the tiny ones of the model's {@code oracle} directory.
 */
class EagleDrafterTest {
  private static final Path ORACLE = Path.of("../model/src/test/resources/oracle");
  private static final String HEAD = "llama3";
  private static final String THIRD = "third-safe";
  private static final int VOCABULARY = 100;
  private static final double TOLERANCE = 1e-4;

  /** The output of the last of four layers. */
  private static final List<Integer> LAST = List.of(4);

  private static Checkpoint checkpoint;
  private static final List<EagleDraftHeads> OPEN = new ArrayList<>();

  private static SplitModel model;

  @BeforeContainer
  static void open() {
    checkpoint = CheckpointFiles.open(ORACLE.resolve("families/llama-rope-scaled"));
    model = split(checkpoint, new Split(1, 1));
  }

  @AfterContainer
  static void close() {
    OPEN.forEach(EagleDraftHeads::close);
    model.close();
    checkpoint.close();
  }

  private static SplitModel split(Checkpoint base, Split split) {
    return SplitModel.open(base, SplitOptions.DEFAULT.withSplit(split));
  }

  /** Computed in FP32, as the reference is. */
  private static Drafter drafter(SplitModel of, String head) {
    OutputHead output = of.edge().head();
    EagleDraftHeads heads =
        new EagleDraftHeads(
            of.config(),
            files -> Decoder.open(files, Device.cpu(), WeightType.F32),
            output,
            output::shortlist,
            of.draftHeads().likelyTokens());
    OPEN.add(heads);
    return new EagleDrafter("eagle:" + head, heads.in(ORACLE.resolve("eagle").resolve(head)));
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Expected(
      String base, int[] ids, int root, float[][] upper, float[] logits, List<Node> nodes) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Node(int token, int parent, float[] logits) {}

  @Example
  void draftTokensAreThoseOfTheReference() throws Exception {
    for (String head : List.of("llama", "llama3", "qwen2", "mistral", "normed")) {
      check(head, new Split(1, 1));
    }
  }

  /** The three layers that such a head reads are the middle's, the edge's, or between the two. */
  @Example
  void draftTokensOfThreeFeaturesAreThoseOfTheReference() throws Exception {
    check("third", new Split(1, 1));
    check("third-safe", new Split(1, 1));
    check("third", new Split(2, 1));
    check("third", new Split(1, 2));
    check("third", new Split(0, 3));
  }

  private static void check(String head, Split split) throws Exception {
    Expected expected =
        new Gson()
            .fromJson(
                Files.readString(ORACLE.resolve("eagle").resolve(head).resolve("expected.json")),
                Expected.class);
    try (Checkpoint base = CheckpointFiles.open(ORACLE.resolve("families/" + expected.base));
        SplitModel of = split(base, split);
        Session session = of.newSession();
        Drafter drafter = drafter(of, head)) {
      session.keepTaps(LAST);
      session.keepTaps(drafter.taps());
      assertEquals(expected.root, session.prefill(expected.ids).token(), head);
      assertUpper(expected.upper, session);
      drafter.follow(session.draftLayers());
      drafter.observe(new ObservedTokens(0, expected.ids));
      DraftTree tree = new DraftTree(expected.root, 1000, 3);
      drafter.propose(tree);
      assertChildren(expected.logits, tree, DraftTree.ROOT, head);
      int first = tree.child(DraftTree.ROOT, expected.nodes.get(0).token);
      assertChildren(expected.nodes.get(0).logits, tree, first, head);
      int below = tree.child(first, expected.nodes.get(2).token);
      assertChildren(expected.nodes.get(2).logits, tree, below, head);
    }
  }

  private static void assertUpper(float[][] expected, Session session) {
    ByteBuffer rows = session.draftLayers().tapped(4, 0, session.length());
    for (float[] row : expected) {
      float[] found = new float[row.length];
      rows.order(ByteOrder.nativeOrder()).asFloatBuffer().get(found);
      rows.position(rows.position() + row.length * Float.BYTES);
      assertArrayEquals(row, found, (float) TOLERANCE);
    }
  }

  /** A node's children are the likeliest tokens with their probabilities, if it was run. */
  private static void assertChildren(float[] logits, DraftTree tree, int parent, String head) {
    double sum = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i])).sum();
    int[] likeliest =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted((a, b) -> Float.compare(logits[b], logits[a]))
            .limit(8)
            .mapToInt(Integer::intValue)
            .toArray();
    int[] children =
        IntStream.range(1, tree.size()).filter(node -> tree.parent(node) == parent).toArray();
    assertArrayEquals(likeliest, IntStream.of(children).map(tree::token).toArray(), head);
    for (int child : children) {
      assertEquals(
          Math.exp(logits[tree.token(child)]) / sum, tree.probability(child), TOLERANCE, head);
    }
  }

  private static DraftTree draft(Session session, int[] text, int root, int depth) {
    return draft(HEAD, session, text, root, depth);
  }

  private static DraftTree draft(String head, Session session, int[] text, int root, int depth) {
    DraftTree tree = new DraftTree(root, 1000, depth);
    try (Drafter drafter = drafter(model, head)) {
      drafter.follow(session.draftLayers());
      drafter.observe(new ObservedTokens(0, text));
      drafter.propose(tree);
    }
    return tree;
  }

  /** The head's cache follows the text through rejected tokens and turns of a conversation. */
  @Property(tries = 8)
  void draftTokensDoNotDependOnWhenTheTextWasSeen(@ForAll long seed) {
    Random random = new Random(seed);
    String head = random.nextBoolean() ? HEAD : THIRD;
    int[] prompt = random.ints(1 + random.nextInt(300), 0, VOCABULARY).toArray();
    try (Session session = model.newSession();
        Drafter old = drafter(model, head)) {
      session.keepTaps(old.taps());
      old.follow(session.draftLayers());
      for (int turn = 0; turn < 3; turn++) {
        int kept = session.length() == 0 ? 0 : random.nextInt(prompt.length);
        prompt[kept] = (prompt[kept] + 1) % VOCABULARY;
        int root = session.prefill(prompt).token();
        old.observe(new ObservedTokens(kept, Arrays.copyOfRange(prompt, kept, prompt.length)));
        for (int step = 0; step < 4; step++) {
          if (random.nextInt(4) > 0) { // it is not asked each time
            DraftTree tree = new DraftTree(root, 1000, 4);
            old.propose(tree);
            assertSame(draft(head, session, session.tokens(), root, 4), tree);
          }
          int rejected = random.nextInt(VOCABULARY);
          int[] parents = {-1, -1, 1, 0};
          int next = random.nextInt(VOCABULARY);
          session.verify(new TokenTree(new int[] {rejected, root, next, 5}, parents));
          session.accept(1, 2);
          old.observe(new ObservedTokens(session.length() - 2, root, next));
          root = random.nextInt(VOCABULARY);
        }
      }
    }
  }

  private static void assertSame(DraftTree expected, DraftTree tree) {
    assertEquals(expected.size(), tree.size());
    for (int node = 0; node < tree.size(); node++) {
      assertEquals(expected.token(node), tree.token(node));
      assertEquals(expected.parent(node), tree.parent(node));
      assertEquals(expected.probability(node), tree.probability(node), 1e-3);
    }
  }

  /** The choices afterwards are bit for bit those without drafting. */
  @Property(tries = 5)
  void draftingLeavesTheSessionAsItWas(@ForAll long seed) {
    Random random = new Random(seed);
    int[] prompt = random.ints(1 + random.nextInt(100), 0, VOCABULARY).toArray();
    try (Session plain = model.newSession();
        Session drafting = model.newSession()) {
      drafting.keepTaps(LAST);
      int token = plain.prefill(prompt).token();
      assertEquals(token, drafting.prefill(prompt).token());
      for (int step = 0; step < 10; step++) {
        draft(drafting, drafting.tokens(), token, 3);
        var choice = plain.verify(TokenTree.chain(token))[0];
        assertEquals(choice, drafting.verify(TokenTree.chain(token))[0]);
        plain.accept(0);
        drafting.accept(0);
        token = choice.token();
      }
    }
  }

  @Property(tries = 4)
  void theTokensAreThoseOfSequentialDecoding(@ForAll long seed) {
    Random random = new Random(seed);
    try (Session session = model.newSession();
        Session other = model.newSession();
        Decoding speculative =
            new SpeculativeDecoding(
                Sampling.GREEDY,
                List.of(drafter(model, HEAD), drafter(model, THIRD), new SuffixDrafter()),
                OptionalInt.of(12))) {
      for (int turn = 0; turn < 3; turn++) {
        int[] prompt = random.ints(1 + random.nextInt(60), 0, VOCABULARY).toArray();
        Generation answer = speculative.decode(other, prompt, 60, Set.of(), t -> true);
        assertEquals(
            SequentialDecoding.GREEDY.decode(session, prompt, 60, Set.of(), t -> true).tokens(),
            answer.tokens());
        assertTrue(answer.metrics().drafters().stream().anyMatch(of -> of.sent() > 0));
      }
    }
  }

  /** Alone, because the suffix drafter sends all tokens where an answer repeats itself. */
  @Example
  void theDraftTokensOfEachHeadAreSent() {
    int[] prompt = new Random(1).ints(30, 0, VOCABULARY).toArray();
    for (String head : List.of(HEAD, THIRD)) {
      try (Session session = model.newSession();
          Decoding decoding =
              new SpeculativeDecoding(
                  Sampling.GREEDY, List.of(drafter(model, head)), OptionalInt.of(12))) {
        Generation answer = decoding.decode(session, prompt, 10, Set.of(), t -> true);
        assertTrue(answer.metrics().drafters().get(0).sent() > 0, head);
      }
    }
  }

  /** There tokens move to other cache slots. */
  @Example
  void itFollowsASessionOfBatchInvariantSteps() {
    int[] prompt = new Random(3).ints(40, 0, VOCABULARY).toArray();
    BatchInvariantSteps steps = new BatchInvariantSteps(List.of(32));
    try (Session session = model.newSession(Optional.of(steps));
        Drafter old = drafter(model, HEAD)) {
      session.keepTaps(LAST);
      old.follow(session.draftLayers());
      int root = session.prefill(prompt).token();
      old.observe(new ObservedTokens(0, prompt));
      for (int step = 0; step < 5; step++) {
        DraftTree tree = new DraftTree(root, 1000, 3);
        old.propose(tree);
        assertSame(draft(session, session.tokens(), root, 3), tree);
        session.verify(new TokenTree(new int[] {7, root, 8}, new int[] {-1, -1, 1}));
        session.accept(1, 2);
        old.observe(new ObservedTokens(session.length() - 2, root, 8));
        root = 9 + step;
      }
    }
  }

  @Example
  void whatTheMiddleDoesNotPutOutIsTold() {
    try (SplitModel of = split(checkpoint, new Split(0, 1));
        Session session = of.newSession()) {
      session.keepTaps(List.of(0, 2, 3, 4)); // in the middle only layer 2, half of the way up
      BookendException failure =
          assertThrows(BookendException.class, () -> session.keepTaps(List.of(1)));
      assertEquals(ErrorCode.DRAFTER_UNUSABLE, failure.code());
      assertTrue(
          failure.getMessage().contains("reads the input of layer 1, which is in the cloud"),
          failure.getMessage());
    }
  }

  @Example
  void whatIsNotAskedForIsNotKept() {
    try (Session session = model.newSession()) {
      session.prefill(new int[] {1, 2, 3});
      assertThrows(IllegalStateException.class, () -> session.draftLayers().tapped(4, 0, 1));
      session.keepTaps(LAST);
      assertEquals(0, session.length());
      assertThrows(IllegalStateException.class, () -> session.draftLayers().tapped(2, 0, 0));
      session.keepTaps(List.of(2));
      assertEquals(0, session.draftLayers().tapped(2, 0, 0).remaining());
    }
  }
}
