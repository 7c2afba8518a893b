package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.decoding.Generation;
import dev.bookend.decoding.SequentialDecoding;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.runtime.RandomCheckpoint;
import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.model.runtime.TokenScore;
import dev.bookend.speculation.TokenTree;
import dev.bookend.split.Split;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.testing.SmallModel;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Split generation through a real gRPC connection against the whole model in one process. */
class SplitDecodingTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};

  private static SplitModel open(String split) {
    return SplitModel.open(
        SmallModel.checkpoint(), SplitOptions.DEFAULT.withSplit(Split.parse(split)));
  }

  private static List<Integer> decode(Session session, int[] prompt, int count) {
    return SequentialDecoding.GREEDY
        .decode(session, prompt, count, Set.of(), token -> true)
        .tokens();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0:0", "0:1", "1:0", "1:1", "2:1", "3:0", "0:3"})
  void everySplitGivesTheTokensOfTheWholeModel(String split) {
    try (SplitModel model = open(split);
        Session session = model.newSession()) {
      assertEquals(SmallModel.greedy(PROMPT, 100), decode(session, PROMPT, 100));
    }
  }

  @Test
  void aPromptLongerThanAStepIsRunInSeveral() {
    int[] prompt = new Random(5).ints(1200, 0, SmallModel.VOCABULARY).toArray();
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession()) {
      assertTrue(prompt.length > 2 * model.edge().maxTokensPerStep());
      assertEquals(SmallModel.greedy(prompt, 10), decode(session, prompt, 10));
      assertEquals(9, session.stats().roundTrips());
    }
  }

  @Test
  void anInterruptEndsALongPromptAndTheSessionGoesOn() {
    int[] prompt = new Random(6).ints(1200, 0, SmallModel.VOCABULARY).toArray();
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession()) {
      decode(session, PROMPT, 3);
      Thread.currentThread().interrupt();
      BookendException refused =
          assertThrows(BookendException.class, () -> session.prefill(prompt));
      assertTrue(Thread.interrupted());
      assertEquals(ErrorCode.CANCELLED, refused.code());
      assertEquals(SmallModel.greedy(prompt, 10), decode(session, prompt, 10));
    }
  }

  @Test
  void sessionsInterleaveWithoutMixing() {
    int[] other = {8, 8, 8};
    List<Integer> expected = SmallModel.greedy(PROMPT, 20);
    List<Integer> expectedOther = SmallModel.greedy(other, 20);
    SplitModel model = SmallModel.split();
    try (Session a = model.newSession();
        Session b = model.newSession()) {
      TokenChoice next = a.prefill(PROMPT);
      TokenChoice nextOther = b.prefill(other);
      for (int i = 0; i < 20; i++) {
        assertEquals(expected.get(i), next.token());
        assertEquals(expectedOther.get(i), nextOther.token());
        next = step(a, next);
        nextOther = step(b, nextOther);
      }
    }
  }

  private static TokenChoice step(Session session, TokenChoice choice) {
    TokenChoice next = session.verify(TokenTree.chain(choice.token()))[0];
    session.accept(0);
    return next;
  }

  @Test
  void aSecondPromptRunsOnlyWhatTheSessionDoesNotHold() {
    int[] longer = {3, 1, 4, 1, 7, 7, 7};
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession()) {
      decode(session, PROMPT, 30);
      int before = session.stats().promptTokens();
      assertEquals(SmallModel.greedy(longer, 30), decode(session, longer, 30));
      assertEquals(3, session.stats().promptTokens() - before);
      assertEquals(longer.length + 29, session.length());
    }
  }

  /** Draft tokens that are right, wrong, or both, in trees of any shape. */
  @Property(tries = 40)
  void anyDraftTreeGivesTheTokensOfSequentialDecoding(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 100) int percentRight) {
    Random random = new Random(seed);
    int[] prompt = random.ints(1 + random.nextInt(20), 0, SmallModel.VOCABULARY).toArray();
    List<Integer> expected = SmallModel.greedy(prompt, 80);
    List<Integer> answer = new ArrayList<>();
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession()) {
      TokenChoice choice = session.prefill(prompt);
      answer.add(choice.token());
      while (answer.size() < 60) {
        TokenTree tree = draft(random, choice.token(), expected, answer.size(), percentRight);
        TokenChoice[] choices = session.verify(tree);
        List<Integer> branch = new ArrayList<>(List.of(0));
        for (int node = 1; node < tree.size(); node++) {
          int last = branch.get(branch.size() - 1);
          if (tree.parent(node) == last && tree.token(node) == choices[last].token()) {
            answer.add(tree.token(node));
            branch.add(node);
          }
        }
        session.accept(branch.stream().mapToInt(Integer::intValue).toArray());
        choice = choices[branch.get(branch.size() - 1)];
        answer.add(choice.token());
      }
      assertEquals(expected.subList(0, 60), answer.subList(0, 60));
      assertEquals(prompt.length + answer.size() - 1, session.length());
    }
  }

  /** A tree whose root is the last choice; nodes follow the true continuation or do not. */
  private static TokenTree draft(
      Random random, int root, List<Integer> truth, int known, int percentRight) {
    int size = 1 + random.nextInt(9);
    int[] tokens = new int[size];
    int[] parents = new int[size];
    int[] depth = new int[size];
    tokens[0] = root;
    parents[0] = -1;
    for (int node = 1; node < size; node++) {
      parents[node] = random.nextInt(node);
      depth[node] = depth[parents[node]] + 1;
      tokens[node] =
          random.nextInt(100) < percentRight
              ? truth.get(Math.min(truth.size() - 1, known + depth[node] - 1))
              : random.nextInt(SmallModel.VOCABULARY);
    }
    return new TokenTree(tokens, parents);
  }

  @Test
  void theListenerCanEndTheAnswer() {
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession()) {
      List<Integer> told = new ArrayList<>();
      Generation generation =
          SequentialDecoding.GREEDY.decode(
              session,
              PROMPT,
              50,
              Set.of(),
              token -> {
                told.add(token);
                return told.size() < 5;
              });
      assertEquals(Generation.FinishReason.INTERRUPTED, generation.finishReason());
      assertEquals(told, generation.tokens());
    }
  }

  @Test
  void anEndTokenEndsTheAnswerAndIsNotPartOfIt() {
    List<Integer> truth = SmallModel.greedy(PROMPT, 30);
    int end = truth.get(12);
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession()) {
      Generation generation =
          SequentialDecoding.GREEDY.decode(session, PROMPT, 30, Set.of(end), token -> true);
      assertEquals(Generation.FinishReason.STOP, generation.finishReason());
      assertEquals(truth.subList(0, truth.indexOf(end)), generation.tokens());
    }
  }

  @Test
  void whatDoesNotFitTheContextIsRefused() {
    int[] prompt = new int[SmallModel.checkpoint().config().contextLength() + 1];
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession()) {
      ContextFullException failure =
          assertThrows(ContextFullException.class, () -> session.prefill(prompt));
      assertTrue(failure.getMessage().contains("the model's context holds"));
      assertEquals(0, session.length());
    }
    assertEquals(
        "the text needs 9 tokens, but the server takes no session of more than 4",
        new ContextFullException(9, 8, 4).getMessage());
  }

  @Test
  void aFullContextEndsTheAnswer() {
    RandomCheckpoint checkpoint = SmallModel.checkpoint(16, OptionalInt.empty());
    SplitModel model = SmallModel.split(checkpoint);
    try (Session session = model.newSession()) {
      Generation generation =
          SequentialDecoding.GREEDY.decode(session, PROMPT, 100, Set.of(), token -> true);
      assertEquals(Generation.FinishReason.LENGTH, generation.finishReason());
      // One more than fits: the last token is chosen, but need not be run.
      assertEquals(SmallModel.greedy(PROMPT, 16 - PROMPT.length + 1), generation.tokens());
    }
  }

  /** Prompts shorter and longer than the window, and one that the session holds half of. */
  @Test
  void aSlidingWindowHidesWhatLiesBeforeIt() {
    RandomCheckpoint checkpoint = SmallModel.checkpoint(200, OptionalInt.of(6));
    int[] longer = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9};
    int[] shorter = {3, 1, 4, 1, 5};
    SplitModel model = SmallModel.split(checkpoint);
    try (Session session = model.newSession()) {
      for (int[] prompt : new int[][] {longer, shorter, PROMPT}) {
        List<Integer> expected = SmallModel.greedy(checkpoint, prompt, 40);
        assertNotEquals(SmallModel.greedy(prompt, 40), expected, "the window changes nothing");
        assertEquals(expected, decode(session, prompt, 40));
      }
      TokenTree siblings = new TokenTree(new int[] {1, 2}, new int[] {-1, -1});
      assertEquals(2, session.verify(siblings).length);
      assertThrows(IllegalArgumentException.class, () -> session.verify(TokenTree.chain(1, 2)));
    }
  }

  /**
   * The first step is on its way by then, so that the cloud computes it while the edge runs the
   * second: the next prompt must not build on it.
   */
  @Test
  @Timeout(600)
  void aPromptThatFailsHalfWayLeavesTheSessionAsItWas() throws Exception {
    int[] prompt = new Random(5).ints(600, 0, SmallModel.VOCABULARY).toArray();
    int[] wrong = prompt.clone();
    wrong[599] = SmallModel.VOCABULARY;
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession()) {
      session.prefill(PROMPT);
      assertTrue(wrong.length > model.edge().maxTokensPerStep());
      long before = model.statistics().cloudTime().requests();
      assertThrows(IllegalArgumentException.class, () -> session.prefill(wrong));
      while (model.statistics().cloudTime().requests() == before) {
        Thread.sleep(10);
      }
      assertEquals(SmallModel.greedy(prompt, 10), decode(session, prompt, 10));
    }
  }

  @Test
  void aSplitThatLeavesNoMiddleIsRefused() {
    BookendException failure = assertThrows(BookendException.class, () -> open("2:2"));
    assertEquals(ErrorCode.SPLIT_DOES_NOT_FIT, failure.code());
  }

  @Test
  void scoresComeWithTheMostProbableTokens() {
    try (Session session = SmallModel.split().newSession()) {
      TokenScore[] plain = session.score(PROMPT);
      TokenScore[] scores = session.score(PROMPT, 3);
      for (int i = 0; i < scores.length; i++) {
        TokenScore score = scores[i];
        assertEquals(plain[i].logProbability(), score.logProbability());
        assertEquals(3, score.top().size());
        assertEquals(score.isGreedy(), score.top().get(0).token() == PROMPT[i + 1]);
        assertTrue(score.top().get(0).logProbability() >= score.logProbability());
      }
    }
  }
}
