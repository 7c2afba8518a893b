package dev.bookend.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.edge.speculation.Committed;
import dev.bookend.edge.speculation.DraftTree;
import dev.bookend.edge.speculation.Drafter;
import dev.bookend.edge.speculation.SuffixDrafter;
import dev.bookend.model.decoder.Sampling;
import dev.bookend.model.decoder.WholeModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Sampled tokens: speculation changes neither their distribution nor, for a seed, themselves. */
class SpeculativeSamplingTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final int ANSWER = 4;
  private static final int SAMPLES = 3000;
  private static final double TEMPERATURE = 3;
  private static final int TOP_K = 3;

  /** Guesses at random among some tokens, many at once. */
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
    public void observe(Committed committed) {}

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
      if (expected.nearTies() == 0) {
        assertEquals(expected.tokens(), actual.tokens());
      }
    }
  }

  /** Chi-square over all answers of four tokens, against the model's own probabilities. */
  @Test
  void speculationDrawsFromTheModelsDistribution() {
    Map<List<Integer>, Double> probabilities = new HashMap<>(Map.of(List.of(), 1.0));
    try (WholeModel whole = SmallModel.whole()) {
      for (int length = 0; length < ANSWER; length++) {
        probabilities = extend(whole, probabilities);
      }
    }
    List<Integer> likely =
        probabilities.keySet().stream().flatMap(List::stream).distinct().toList();
    Map<List<Integer>, Integer> counts = new HashMap<>();
    int accepted = 0;
    try (Session session = SmallModel.split().newSession()) {
      for (int seed = 0; seed < SAMPLES; seed++) {
        Sampling sampling = new Sampling(TEMPERATURE, TOP_K, 1, seed);
        try (Decoding decoding =
            new SpeculativeDecoding(sampling, List.of(new Wide(likely)), OptionalInt.of(16))) {
          Generation generation = decoding.decode(session, PROMPT, ANSWER, Set.of(), token -> true);
          counts.merge(generation.tokens(), 1, Integer::sum);
          accepted += generation.drafters().get(0).accepted();
        }
      }
    }
    assertTrue(accepted > SAMPLES / 10, "too few guesses were right to tell: " + accepted);
    assertTrue(probabilities.keySet().containsAll(counts.keySet()), "drawn, though cut off");
    assertFits(probabilities, counts);
  }

  /** All continuations by one token, each with its probability. */
  private static Map<List<Integer>, Double> extend(
      WholeModel whole, Map<List<Integer>, Double> probabilities) {
    Map<List<Integer>, Double> extended = new HashMap<>();
    probabilities.forEach(
        (answer, probability) -> {
          int[] text =
              IntStream.concat(IntStream.of(PROMPT), answer.stream().mapToInt(token -> token))
                  .toArray();
          float[] logits = whole.logits(text);
          List<Integer> best =
              IntStream.range(0, logits.length)
                  .boxed()
                  .sorted(Comparator.comparingDouble(token -> -logits[token]))
                  .limit(TOP_K)
                  .toList();
          double sum =
              best.stream().mapToDouble(token -> Math.exp(logits[token] / TEMPERATURE)).sum();
          for (int token : best) {
            List<Integer> longer = new ArrayList<>(answer);
            longer.add(token);
            double share = Math.exp(logits[token] / TEMPERATURE) / sum;
            extended.put(longer, probability * share);
          }
        });
    return extended;
  }

  private static void assertFits(
      Map<List<Integer>, Double> probabilities, Map<List<Integer>, Integer> counts) {
    double chiSquare = 0;
    int cells = 0;
    double rareExpected = 0;
    int rare = 0;
    for (Map.Entry<List<Integer>, Double> cell : probabilities.entrySet()) {
      double expected = SAMPLES * cell.getValue();
      int count = counts.getOrDefault(cell.getKey(), 0);
      if (expected < 5) {
        rareExpected += expected;
        rare += count;
      } else {
        chiSquare += (count - expected) * (count - expected) / expected;
        cells++;
      }
    }
    if (rareExpected >= 5) {
      chiSquare += (rare - rareExpected) * (rare - rareExpected) / rareExpected;
      cells++;
    }
    int freedom = cells - 1;
    // Wilson and Hilferty: the cube root of chi-square is close to normal.
    double spread = 2.0 / (9 * freedom);
    double z = (Math.cbrt(chiSquare / freedom) - (1 - spread)) / Math.sqrt(spread);
    System.out.printf("chi-square %.1f, %d degrees of freedom, z %.2f%n", chiSquare, freedom, z);
    assertTrue(freedom >= 20, "degrees of freedom: " + freedom);
    assertTrue(z < 3, "chi-square " + chiSquare + " at " + freedom + " degrees of freedom");
  }
}
