package dev.bookend.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SequenceQueuesTest {
  @Test
  void ofASequenceOnlyTheOldestRequestIsDue() {
    SequenceQueues<String> queues = new SequenceQueues<>();
    assertEquals(List.of(true, false), List.of(queues.add(1, "a"), queues.add(1, "b")));
    assertTrue(queues.add(2, "of another"));
    assertEquals(Optional.of("b"), queues.next(1));
    assertEquals(Optional.empty(), queues.next(1));
    assertTrue(queues.add(1, "c"));
  }

  /** Whatever is due may be run in any order, as small requests go before large ones. */
  @Property(tries = 200)
  void nothingIsLostAndEachSequenceKeepsItsOrder(
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 4) Integer> sequences,
      @ForAll Random order) {
    SequenceQueues<Integer> queues = new SequenceQueues<>();
    List<Integer> due = new ArrayList<>();
    List<Integer> done = new ArrayList<>();
    for (int i = 0; i < sequences.size() || !due.isEmpty(); i++) {
      if (i < sequences.size() && queues.add(sequences.get(i), i)) {
        due.add(i);
      }
      if (!due.isEmpty() && (i >= sequences.size() || order.nextBoolean())) {
        int next = due.remove(order.nextInt(due.size()));
        done.add(next);
        queues.next(sequences.get(next)).ifPresent(due::add);
      }
    }
    Map<Integer, List<Integer>> asDone =
        done.stream().collect(Collectors.groupingBy(sequences::get));
    Map<Integer, List<Integer>> asAdded =
        IntStream.range(0, sequences.size()).boxed().collect(Collectors.groupingBy(sequences::get));
    assertEquals(asAdded, asDone);
  }
}
