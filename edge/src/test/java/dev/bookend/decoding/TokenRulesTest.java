package dev.bookend.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.runtime.Choosing;
import dev.bookend.model.runtime.LogitEdit;
import dev.bookend.model.runtime.LogitEdit.Allowed;
import dev.bookend.model.runtime.Penalties;
import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.session.Session;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.split.SplitModel;
import dev.bookend.testing.SmallModel;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

/** Rules decide on tokens, and speculation changes nothing of that. */
class TokenRulesTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final int TOKENS = 40;

  /** Allows some tokens, which depend on all tokens so far. */
  private record Maze(long seed, int vocabulary) implements TokenRules {
    @Override
    public LogitEdit edit() {
      BitSet allowed = new BitSet();
      new Random(seed).ints(5, 0, vocabulary).forEach(allowed::set);
      return LogitEdit.allow(new Allowed(allowed));
    }

    @Override
    public TokenRules after(int token) {
      return new Maze(31 * seed + token, vocabulary);
    }
  }

  private static Generation decode(Decoding decoding, Choosing choosing) {
    try (Session session = SmallModel.split().newSession();
        decoding) {
      return decoding.decode(
          session, PROMPT, new DecodingRequest(choosing, TOKENS, Set.of()), token -> true);
    }
  }

  private static Decoding speculative() {
    return new SpeculativeDecoding(
        Sampling.GREEDY, List.of(new SuffixDrafter()), OptionalInt.of(12));
  }

  @Property(tries = 12)
  void theTokensAreThoseOfSequentialDecodingAndAllowed(
      @ForAll long seed, @ForAll @DoubleRange(max = 2) double temperature) {
    SplitModel model = SmallModel.split();
    int vocabulary = model.config().vocabularySize();
    Random random = new Random(seed);
    TokenRules rules =
        new Penalties(random.nextGaussian(), random.nextGaussian(), Map.of(7, 2f, 1_000_000, 1f));
    if (random.nextBoolean()) {
      rules = rules.and(new Maze(seed, vocabulary));
    }
    Choosing choosing = new Choosing(new Sampling(temperature, 0, 1, seed), rules);
    Generation expected = decode(SequentialDecoding.GREEDY, choosing);
    Generation actual = decode(speculative(), choosing);
    AnswerComparison comparison = new AnswerComparison();
    comparison.add("rules", expected, actual);
    assertEquals(0, comparison.parted(), comparison.toString());
    TokenRules now = rules;
    for (int token : actual.tokens()) {
      assertTrue(now.edit().allows(token), "token " + token);
      now = now.after(token);
    }
  }

  @Test
  void aBiasDecidesAndAPenaltyKeepsTokensFromComingAgain() {
    Choosing biased = new Choosing(Sampling.GREEDY, new Penalties(0, 0, Map.of(11, 1000f)));
    assertEquals(Set.of(11), Set.copyOf(decode(speculative(), biased).tokens()));
    Choosing fresh = new Choosing(Sampling.GREEDY, new Penalties(1000, 0, Map.of()));
    List<Integer> tokens = decode(speculative(), fresh).tokens();
    assertEquals(TOKENS, new HashSet<>(tokens).size(), tokens.toString());
  }
}
