package dev.bookend.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FairQueueTest {
  private static final boolean LARGE = true;
  private static final boolean SMALL = false;

  private static List<String> all(FairQueue<String> queue, int count) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(queue.remove());
    }
    assertThrows(NoSuchElementException.class, queue::remove);
    return all;
  }

  @Test
  void aNextTokenGoesBeforeThePromptsOfOthers() {
    FairQueue<String> queue = new FairQueue<>();
    queue.add(1, LARGE, "prompt 1");
    queue.add(1, LARGE, "prompt 2");
    queue.add(2, SMALL, "token");
    assertEquals(List.of("token", "prompt 1", "prompt 2"), all(queue, 3));
  }

  @Test
  void theLastPartOfAPromptStaysBehindTheOthers() {
    FairQueue<String> queue = new FairQueue<>();
    queue.add(1, LARGE, "prompt 1");
    queue.add(1, SMALL, "prompt 2");
    assertEquals(List.of("prompt 1", "prompt 2"), all(queue, 2));
  }

  @Test
  void aPromptIsNotPutOffForEver() {
    FairQueue<String> queue = new FairQueue<>();
    queue.add(1, LARGE, "prompt");
    for (int i = 0; i < 40; i++) {
      queue.add(2 + i % 3, SMALL, "token");
    }
    assertEquals(16, all(queue, 41).indexOf("prompt"));
  }

  @Property(tries = 200)
  void nothingIsLostAndEachSequenceKeepsItsOrder(
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 9) Integer> requests) {
    FairQueue<int[]> queue = new FairQueue<>();
    for (int i = 0; i < requests.size(); i++) {
      int sequence = requests.get(i) / 2;
      queue.add(sequence, requests.get(i) % 2 == 1, new int[] {sequence, i});
    }
    Map<Integer, Integer> last = new HashMap<>();
    for (int i = 0; i < requests.size(); i++) {
      int[] next = queue.remove();
      Integer before = last.put(next[0], next[1]);
      assertTrue(before == null || before < next[1]);
    }
    assertThrows(NoSuchElementException.class, queue::remove);
  }
}
