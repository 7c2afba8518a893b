package dev.bookend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  @Test
  void aStopStringThatIsCutBetweenPiecesIsFound() {
    StopStrings stop = new StopStrings(List.of("\n\nUser:"));
    assertEquals("Paris.", stop.add("Paris.\n"));
    assertEquals("", stop.add("\nUs"));
    assertEquals("", stop.add("er: and"));
    assertTrue(stop.isFound());
    assertEquals("", stop.finish());
  }

  @Test
  void whatOnlyBeganLikeAStopStringIsGivenOut() {
    StopStrings stop = new StopStrings(List.of("###"));
    assertEquals("a", stop.add("a##"));
    assertEquals("##b", stop.add("b"));
    assertEquals("", stop.add("#"));
    assertEquals("#", stop.finish());
  }

  @Property
  void theTextEndsWhereTheFirstStopStringBeginsHoweverItIsCut(
      @ForAll @Size(max = 12)
          List<@CharRange(from = 'a', to = 'b') @StringLength(max = 4) String> pieces,
      @ForAll @NotEmpty @Size(max = 3)
          List<@CharRange(from = 'a', to = 'b') @StringLength(min = 1, max = 5) String> strings) {
    StopStrings stop = new StopStrings(strings);
    StringBuilder given = new StringBuilder();
    for (String piece : pieces) {
      given.append(stop.add(piece));
    }
    given.append(stop.finish());
    String whole = String.join("", pieces);
    int end = whole.length();
    boolean occurs = false;
    for (int length = 1; length <= whole.length() && !occurs; length++) {
      String seen = whole.substring(0, length);
      occurs = strings.stream().anyMatch(seen::endsWith);
      if (occurs) {
        end =
            length
                - strings.stream()
                    .filter(seen::endsWith)
                    .mapToInt(String::length)
                    .max()
                    .orElseThrow();
      }
    }
    assertEquals(occurs, stop.isFound());
    assertEquals(whole.substring(0, end), given.toString());
  }
}
