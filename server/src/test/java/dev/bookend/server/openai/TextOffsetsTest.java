package dev.bookend.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bookend.TokenLogProbability;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TextOffsetsTest {
  private static TokenLogProbability token(byte[] bytes) {
    List<Integer> values = new ArrayList<>();
    for (byte value : bytes) {
      values.add(value & 0xFF);
    }
    return new TokenLogProbability(
        0, new String(bytes, StandardCharsets.UTF_8), "", values, -1, List.of());
  }

  /** Wherever tokens cut a text: one that begins at a character has that character's index. */
  @Property
  void offsetsAreCharactersWhereverTokensCut(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(max = 4) Integer> characters,
      @ForAll @IntRange(min = 1, max = 7) int width) {
    List<String> known = List.of("a", " ", "\u00e9", "\u4e16", "\ud83e\udda9");
    byte[] text =
        String.join("", characters.stream().map(known::get).toList())
            .getBytes(StandardCharsets.UTF_8);
    TextOffsets offsets = new TextOffsets();
    for (int from = 0; from < text.length; from += width) {
      byte[] token = Arrays.copyOfRange(text, from, Math.min(text.length, from + width));
      int begun = 0;
      for (int i = 0; i <= from; i++) {
        begun += (text[i] & 0xC0) == 0x80 ? 0 : 1;
      }
      assertEquals(begun - 1, offsets.next(token(token)));
    }
  }

  @Test
  void tokensWithoutKnownBytesCountByTheirText() {
    TextOffsets offsets = new TextOffsets();
    List<String> texts = List.of("", "ab", "\uFFFD", "c");
    assertEquals(
        List.of(0, 0, 2, 3),
        texts.stream()
            .map(
                text ->
                    offsets.next(new TokenLogProbability(0, text, "", List.of(), -1, List.of())))
            .toList());
  }
}
