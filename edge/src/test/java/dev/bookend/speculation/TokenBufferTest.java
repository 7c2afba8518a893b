package dev.bookend.speculation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TokenBufferTest {
  private static TokenBuffer of(int... tokens) {
    TokenBuffer buffer = new TokenBuffer();
    buffer.add(tokens);
    return buffer;
  }

  /** Whatever is added and dropped, in pieces of any size. */
  @Property(tries = 100)
  void holdsWhatAListWould(@ForAll long seed) {
    Random random = new Random(seed);
    TokenBuffer buffer = new TokenBuffer();
    List<Integer> list = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      int[] more = random.ints(random.nextInt(200), 0, 50).toArray();
      buffer.add(more);
      for (int token : more) {
        list.add(token);
      }
      int length = random.nextInt(list.size() + 1);
      if (random.nextInt(4) == 0) {
        buffer.truncate(length);
        list.subList(length, list.size()).clear();
      }
      assertEquals(list.size(), buffer.length());
      assertArrayEquals(
          list.stream().mapToInt(Integer::intValue).toArray(), buffer.range(0, buffer.length()));
    }
  }

  @Test
  void commonPrefixEndsAtTheFirstDifferenceOrTheShorterEnd() {
    TokenBuffer buffer = of(1, 2, 3);
    assertEquals(3, buffer.commonPrefix(1, 2, 3));
    assertEquals(2, buffer.commonPrefix(1, 2));
    assertEquals(3, buffer.commonPrefix(1, 2, 3, 4));
    assertEquals(1, buffer.commonPrefix(1, 9, 3));
    assertEquals(0, buffer.commonPrefix());
    assertEquals(2, buffer.commonPrefix(of(1, 2, 4, 3)));
  }

  @Test
  void placesAreEqualWhereTheSameTokensStand() {
    TokenBuffer buffer = of(1, 2, 3, 1, 2, 4);
    assertTrue(buffer.isEqualAt(0, 3, 2));
    assertFalse(buffer.isEqualAt(0, 3, 3));
  }

  /** The array behind it is longer than the sequence, and still holds what was dropped. */
  @Test
  void whatIsBeyondTheEndIsRefused() {
    TokenBuffer buffer = of(1, 2, 3, 4);
    buffer.truncate(3);
    assertThrows(IndexOutOfBoundsException.class, () -> buffer.get(3));
    assertThrows(IndexOutOfBoundsException.class, () -> buffer.range(0, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> buffer.truncate(4));
    assertThrows(IndexOutOfBoundsException.class, () -> buffer.isEqualAt(0, 2, 2));
    assertEquals(3, buffer.commonPrefix(1, 2, 3, 4));
  }
}
