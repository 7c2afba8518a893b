package dev.bookend.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Java's engine finds the same strings, and no others. */
class RegexTest {
  private static String pattern(Random random, int depth) {
    StringBuilder pattern = new StringBuilder();
    for (int i = 0, parts = 1 + random.nextInt(3); i < parts; i++) {
      pattern.append(
          switch (random.nextInt(depth == 0 ? 6 : 8)) {
            case 0 -> "a";
            case 1 -> "b";
            case 2 -> "[ab]";
            case 3 -> "[^a]";
            case 4 -> "\\d";
            case 5 -> ".";
            case 6 -> "(" + pattern(random, depth - 1) + ")";
            default -> "(?:" + pattern(random, depth - 1) + "|" + pattern(random, depth - 1) + ")";
          });
      pattern.append(
          switch (random.nextInt(9)) {
            case 0 -> "*";
            case 1 -> "+";
            case 2 -> "?";
            case 3 -> "{2}";
            case 4 -> "{1,3}";
            case 5 -> "{2,}?";
            default -> "";
          });
    }
    return pattern.toString();
  }

  private static boolean finds(Nfa nfa, int min, int max, String text) {
    Text now = PatternText.of(nfa, min, max, new Costs()).orElse(null);
    for (int c : text.codePoints().toArray()) {
      now = now == null ? null : now.next(c);
    }
    return now != null && now.mayEnd();
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(7); i > 0; i--) {
      text.append("aab1x".charAt(random.nextInt(5)));
    }
    return text.toString();
  }

  @Property(tries = 300)
  void findsWhatJavaFinds(@ForAll long seed) {
    Random random = new Random(seed);
    String whole = pattern(random, 2);
    String pattern = (random.nextBoolean() ? "^" : "") + whole + (random.nextBoolean() ? "$" : "");
    String other = "^" + pattern(random, 1) + "$";
    Nfa nfa = Nfa.of(RegexParser.parse(pattern), new Costs());
    int min = random.nextInt(4);
    int max = min + random.nextInt(4);
    Nfa otherNfa = Nfa.of(RegexParser.parse(other), new Costs());
    boolean small = nfa.end() * otherNfa.end() < 2000;
    Nfa both = small ? nfa.and(otherNfa, new Costs()) : nfa;
    for (int i = 0; i < 50; i++) {
      String text = text(random);
      boolean found = Pattern.compile(pattern).matcher(text).find();
      assertEquals(found, finds(nfa, 0, LengthText.UNBOUNDED, text), pattern + " in " + text);
      boolean fits = text.length() >= min && text.length() <= max;
      assertEquals(found && fits, finds(nfa, min, max, text), pattern + " in " + text);
      assertEquals(
          found && text.length() >= min,
          finds(nfa, min, LengthText.UNBOUNDED, text),
          pattern + " in " + text);
      boolean alsoFound = !small || Pattern.compile(other).matcher(text).find();
      assertEquals(
          found && alsoFound,
          finds(both, 0, LengthText.UNBOUNDED, text),
          pattern + " and " + other + " in " + text);
    }
  }

  @Property(tries = 100)
  void whatGoesOnCanBeEnded(@ForAll long seed) {
    Random random = new Random(seed);
    Nfa nfa = Nfa.of(RegexParser.parse("^" + pattern(random, 2) + "$"), new Costs());
    int max = 3 + random.nextInt(8);
    Text text = PatternText.of(nfa, 0, max, new Costs()).orElse(null);
    BitSet characters = new BitSet();
    "ab1x".chars().forEach(characters::set);
    for (int i = 0; text != null && i <= max; i++) {
      Text now = text;
      int[] next = characters.stream().filter(c -> now.takes(c, c)).toArray();
      assertEquals(next.length == 0 && !now.mayEnd(), false, "a dead end");
      text = next.length == 0 ? null : text.next(next[random.nextInt(next.length)]);
      assertEquals(next.length > 0, text != null);
    }
  }
}
