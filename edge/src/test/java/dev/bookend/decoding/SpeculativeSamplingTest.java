package dev.bookend.decoding;

import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.session.Session;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.SplitModel;
import dev.bookend.testing.SmallModel;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.Test;

/** Sampled tokens: speculation changes neither their distribution nor, for a seed, themselves. */
class SpeculativeSamplingTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final AnswerComparison COMPARISON = new AnswerComparison();

  /** Proposes many draft tokens at random among some. */
  private static final class Wide implements Drafter {
    private final Random random = new Random(1);
    private final List<Integer> tokens;

    Wide(List<Integer> tokens) {
      this.tokens = tokens;
    }

    @Override
    public String name() {
      return "wide";
    }

    @Override
    public void observe(ObservedTokens observed) {}

    @Override
    public void propose(DraftTree tree) {
      for (int i = 0; i < 20; i++) {
        tree.add(random.nextInt(tree.size()), tokens.get(random.nextInt(tokens.size())), 0.9);
      }
    }
  }

  @Property(tries = 40)
  void theSameSeedGivesTheTokensOfSequentialDecoding(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.1, max = 3) double temperature,
      @ForAll @IntRange(max = 20) int topK,
      @ForAll @DoubleRange(min = 0.1, max = 1) double topP) {
    Sampling sampling = new Sampling(temperature, topK, topP, seed);
    Decoding sequential = new SequentialDecoding(sampling);
    SplitModel model = SmallModel.split();
    try (Session session = model.newSession();
        Session other = model.newSession();
        Decoding speculative =
            new SpeculativeDecoding(
                sampling, List.of(new Wide(List.of(1, 5, 9)), new SuffixDrafter()))) {
      Generation expected = sequential.decode(session, PROMPT, 40, Set.of(), token -> true);
      Generation actual = speculative.decode(other, PROMPT, 40, Set.of(), token -> true);
      COMPARISON.add(sampling.toString(), expected, actual);
    }
  }

  @AfterContainer
  static void mostWasCompared() {
    COMPARISON.assertMostWasCompared();
  }

  @Test
  void speculationDrawsFromTheModelsDistribution() {
    try (WholeModel whole = SmallModel.whole()) {
      new DrawnAnswers(PROMPT, 4, 3000).assertFit(whole, SmallModel.split(), 20);
    }
  }
}
