package dev.bookend.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bookend.model.runtime.TokenChoice;
import dev.bookend.speculation.TokenTree;
import dev.bookend.split.SplitModel;
import dev.bookend.testing.SmallModel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** With batch-invariant steps, draft tokens do not change so much as the last bit. */
class BatchInvariantStepsTest {
  private static final int PROMPT = 8;
  private static final int LENGTH = 90;

  /** Every right token comes in a random place of a random tree; it is run again in its own. */
  @Property(tries = 20)
  void treesGiveWhatTokensGiveOneByOne(@ForAll long seed) {
    SplitModel model = SmallModel.split();
    Optional<BatchInvariantSteps> found = BatchInvariantSteps.find(model.edge());
    assumeTrue(found.isPresent(), "no exact steps on this machine");
    Random random = new Random(seed);
    int[] text = random.ints(LENGTH, 0, SmallModel.VOCABULARY).toArray();
    TokenChoice[] expected = oneByOne(model, found.get(), text);
    try (Session session = model.newSession(found)) {
      session.prefill(Arrays.copyOf(text, PROMPT));
      int roundTrips = 0;
      while (session.length() < LENGTH) {
        int from = session.length();
        int branch = Math.min(1 + random.nextInt(5), LENGTH - from);
        int wrong = random.nextInt(Math.min(6, session.largestTree() - branch + 1));
        int[] tokens = new int[wrong + branch];
        int[] parents = new int[wrong + branch];
        int[] nodes = new int[branch];
        for (int node = 0; node < wrong; node++) { // these take the right tokens' slots
          tokens[node] = random.nextInt(SmallModel.VOCABULARY);
          parents[node] = random.nextInt(node + 1) - 1;
        }
        for (int i = 0; i < branch; i++) {
          nodes[i] = wrong + i;
          tokens[wrong + i] = text[from + i];
          parents[wrong + i] = i == 0 ? -1 : wrong + i - 1;
        }
        TokenChoice[] choices = session.verify(new TokenTree(tokens, parents));
        for (int i = 0; i < branch; i++) {
          if (wrong == 0) {
            assertEquals(expected[from + i], choices[nodes[i]], "position " + (from + i));
          } else if (session.isCertain(nodes[i], choices[nodes[i]])) {
            assertEquals(expected[from + i].token(), choices[nodes[i]].token());
          }
        }
        session.accept(nodes);
        roundTrips++;
      }
      assertEquals(roundTrips, session.stats().roundTrips());
      assertEquals(roundTrips + 1, session.stats().requests(), "nothing is sent on its own");
      assertEquals(LENGTH - PROMPT, session.stats().acceptedTokens());
    }
  }

  private static TokenChoice[] oneByOne(SplitModel model, BatchInvariantSteps steps, int[] text) {
    TokenChoice[] choices = new TokenChoice[text.length];
    try (Session session = model.newSession(Optional.of(steps))) {
      session.prefill(Arrays.copyOf(text, PROMPT));
      for (int i = PROMPT; i < text.length; i++) {
        choices[i] = session.verify(TokenTree.chain(text[i]))[0];
        session.accept(0);
      }
    }
    return choices;
  }

  @Test
  void paddingTakesRoomFromTheContext() {
    SplitModel model = SmallModel.split(SmallModel.checkpoint(64, OptionalInt.empty()));
    try (Session session =
        model.newSession(Optional.of(new BatchInvariantSteps(List.of(4, 8, 16, 32))))) {
      session.prefill(new int[60]);
      assertEquals(1, session.largestTree());
      session.verify(TokenTree.chain(1));
      session.accept(0);
      assertTrue(session.isFull());
    }
  }
}
