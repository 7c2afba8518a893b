package dev.bookend;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Watches text that comes in pieces for strings that end it. What may be the beginning of such a
 * string is held back until it is certain. Not thread-safe.
 */
final class StopStrings {
  private final List<String> strings;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  /**
   * @param strings none of them empty
   */
  StopStrings(List<String> strings) {
    this.strings = List.copyOf(strings);
  }

  /** Takes the next piece; gives the text that is certain not to belong to a stop string. */
  String add(String piece) {
    if (found) {
      return "";
    }
    held.append(piece);
    OptionalInt end = end();
    if (end.isPresent()) {
      found = true;
      return held.substring(0, end.getAsInt());
    }
    return release(held.length() - heldBack());
  }

  /**
   * Where the text ends: before the string that was complete first, so that it does not matter how
   * the text is cut into pieces; of several, before the one that began first.
   */
  private OptionalInt end() {
    return strings.stream()
        .filter(string -> held.indexOf(string) >= 0)
        .min(
            Comparator.<String>comparingInt(string -> held.indexOf(string) + string.length())
                .thenComparingInt(held::indexOf))
        .stream()
        .mapToInt(held::indexOf)
        .findFirst();
  }

  /** Whether a stop string has occurred. */
  boolean isFound() {
    return found;
  }

  /** The text that was held back and, as it turned out, belongs to no stop string. */
  String finish() {
    return found ? "" : release(held.length());
  }

  private String release(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  /** Length of the longest end of the text that some stop string begins with. */
  private int heldBack() {
    return strings.stream().mapToInt(this::overlap).max().orElse(0);
  }

  private int overlap(String string) {
    int most = Math.min(held.length(), string.length() - 1);
    return IntStream.iterate(most, length -> length > 0, length -> length - 1)
        .filter(length -> string.startsWith(held.substring(held.length() - length)))
        .findFirst()
        .orElse(0);
  }
}
