package dev.bookend.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class HiddenStateLogTest {
  private static final int WIDTH = 3;

  /** Appends and truncations as a session does them, over several blocks. */
  @Property(tries = 100)
  void givesBackWhatWasAppendedAndNotForgotten(@ForAll long seed) {
    Random random = new Random(seed);
    HiddenStateLog log = new HiddenStateLog(WIDTH * Integer.BYTES);
    List<Integer> expected = new ArrayList<>();
    for (int step = 0; step < 20; step++) {
      int rows = 1 + random.nextInt(200);
      ByteBuffer tensor = ByteBuffer.allocate(rows * WIDTH * Integer.BYTES);
      tensor.asIntBuffer().put(random.ints((long) rows * WIDTH).toArray());
      for (int row = 0; row < rows; row++) {
        log.append(tensor, row);
        for (int i = 0; i < WIDTH; i++) {
          expected.add(Integer.reverseBytes(tensor.getInt((row * WIDTH + i) * Integer.BYTES)));
        }
      }
      if (random.nextInt(4) == 0) {
        int length = random.nextInt(expected.size() / WIDTH + 1);
        log.truncate(length);
        expected.subList(length * WIDTH, expected.size()).clear();
      }
    }
    int to = expected.size() / WIDTH;
    int from = random.nextInt(to + 1);
    List<Integer> rows = new ArrayList<>();
    ByteBuffer content = log.rows(from, to);
    while (content.hasRemaining()) {
      rows.add(content.getInt());
    }
    assertEquals(expected.subList(from * WIDTH, to * WIDTH), rows);
  }
}
