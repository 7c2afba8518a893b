package dev.bookend.model.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.bookend.model.runtime.OutputHead.Candidate;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A shortlist gives its tokens the logits that the whole head gives them. */
class ShortlistTest {
  private static final int VOCABULARY = 50;
  private static final int ROWS = 3;

  @Property(tries = 30)
  void candidatesAreTheWholeHeadsAsFarAsTheyAreListed(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 20) int first,
      @ForAll @IntRange(min = 1, max = 20) int more) {
    Random random = new Random(seed);
    int[] tokens = random.ints(0, VOCABULARY).distinct().limit(first + more).toArray();
    float[] numbers = new float[ROWS * 24];
    IntStream.range(0, numbers.length).forEach(i -> numbers[i] = (float) random.nextGaussian());
    try (Decoder decoder = Decoder.open(new RandomCheckpoint(seed), Device.cpu(), WeightType.F32);
        OutputHead head = decoder.outputHead();
        Shortlist base = head.shortlist(IntStream.of(tokens).limit(first).toArray());
        Shortlist list = base.with(IntStream.of(tokens).skip(first).toArray());
        NDManager scope = decoder.newScope()) {
      NDArray hidden = scope.create(numbers, new Shape(ROWS, 24));
      List<List<Candidate>> all = head.candidates(hidden, VOCABULARY);
      List<List<Candidate>> listed = list.candidates(hidden, VOCABULARY);
      Set<Integer> known = IntStream.of(tokens).boxed().collect(Collectors.toSet());
      for (int row = 0; row < ROWS; row++) {
        List<Candidate> expected =
            all.get(row).stream().filter(candidate -> known.contains(candidate.token())).toList();
        double sum = expected.stream().mapToDouble(Candidate::probability).sum();
        assertEquals(expected.size(), listed.get(row).size());
        for (int i = 0; i < expected.size(); i++) {
          assertEquals(expected.get(i).token(), listed.get(row).get(i).token());
          assertEquals(
              expected.get(i).probability() / sum, listed.get(row).get(i).probability(), 1e-5);
        }
      }
    }
  }
}
