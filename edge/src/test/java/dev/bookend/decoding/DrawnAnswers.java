package dev.bookend.decoding;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.WholeModel;
import dev.bookend.session.Session;
import dev.bookend.speculation.DraftTree;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.ObservedTokens;
import dev.bookend.split.SplitModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Short answers drawn with speculation, against the probabilities that the whole model gives all
 * such answers: chi-square.
 *
 * @param length tokens of an answer
 * @param samples how many are drawn, each with a seed of its own
 */
@SuppressWarnings("ArrayRecordComponent") // never changed nor compared
record DrawnAnswers(int[] prompt, int length, int samples) {
  private static final double TEMPERATURE = 3;
  private static final int TOP_K = 3;

  /** Proposes what likely answers go on with, some of them each time. */
  private static final class Likely implements Drafter {
    private final Random random = new Random(1);
    private final List<List<Integer>> answers;

    Likely(List<List<Integer>> answers) {
      this.answers = answers;
    }

    @Override
    public String name() {
      return "likely";
    }

    @Override
    public void observe(ObservedTokens observed) {}

    @Override
    public void propose(DraftTree tree) {
      for (int i = 0; i < 20; i++) {
        List<Integer> answer = answers.get(random.nextInt(answers.size()));
        int node = DraftTree.ROOT;
        int at = answer.indexOf(tree.token(node));
        for (int next = at + 1; at >= 0 && next < answer.size(); next++) {
          node = tree.add(node, answer.get(next), 0.9);
        }
      }
    }
  }

  void assertFit(WholeModel whole, SplitModel split, int leastFreedom) {
    Map<List<Integer>, Double> probabilities = new HashMap<>(Map.of(List.of(), 1.0));
    for (int token = 0; token < length; token++) {
      probabilities = extend(whole, probabilities);
    }
    List<List<Integer>> likely = List.copyOf(probabilities.keySet());
    Map<List<Integer>, Integer> counts = new HashMap<>();
    int accepted = 0;
    try (Session session = split.newSession()) {
      for (int seed = 0; seed < samples; seed++) {
        Sampling sampling = new Sampling(TEMPERATURE, TOP_K, 1, seed);
        try (Decoding decoding =
            new SpeculativeDecoding(sampling, List.of(new Likely(likely)), OptionalInt.of(16))) {
          Generation generation = decoding.decode(session, prompt, length, Set.of(), token -> true);
          counts.merge(generation.tokens(), 1, Integer::sum);
          accepted += generation.metrics().drafters().get(0).accepted();
        }
      }
    }
    assertTrue(accepted > samples / 10, "too few draft tokens were accepted to tell: " + accepted);
    assertTrue(
        probabilities.keySet().containsAll(counts.keySet()),
        "a token outside of the top k was drawn");
    assertFit(probabilities, counts, leastFreedom);
  }

  /** All continuations by one token, each with its probability. */
  private Map<List<Integer>, Double> extend(
      WholeModel whole, Map<List<Integer>, Double> probabilities) {
    Map<List<Integer>, Double> extended = new HashMap<>();
    probabilities.forEach(
        (answer, probability) -> {
          int[] text =
              IntStream.concat(IntStream.of(prompt), answer.stream().mapToInt(token -> token))
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

  private void assertFit(
      Map<List<Integer>, Double> probabilities,
      Map<List<Integer>, Integer> counts,
      int leastFreedom) {
    double chiSquare = 0;
    int cells = 0;
    double rareExpected = 0;
    int rare = 0;
    for (Map.Entry<List<Integer>, Double> cell : probabilities.entrySet()) {
      double expected = samples * cell.getValue();
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
    assertTrue(freedom >= leastFreedom, "degrees of freedom: " + freedom);
    assertTrue(z < 3, "chi-square " + chiSquare + " at " + freedom + " degrees of freedom");
  }
}
