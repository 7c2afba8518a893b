package dev.bookend.model.jinja;

import java.time.Clock;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** Python's {@code strftime} in the C locale. */
final class Dates {
  private static final Map<Character, String> PATTERNS =
      Map.ofEntries(
          Map.entry('a', "EEE"),
          Map.entry('A', "EEEE"),
          Map.entry('b', "MMM"),
          Map.entry('h', "MMM"),
          Map.entry('B', "MMMM"),
          Map.entry('d', "dd"),
          Map.entry('e', "ppd"),
          Map.entry('D', "MM/dd/yy"),
          Map.entry('F', "yyyy-MM-dd"),
          Map.entry('H', "HH"),
          Map.entry('I', "hh"),
          Map.entry('j', "DDD"),
          Map.entry('k', "ppH"),
          Map.entry('l', "pph"),
          Map.entry('m', "MM"),
          Map.entry('M', "mm"),
          Map.entry('p', "a"),
          Map.entry('r', "hh:mm:ss a"),
          Map.entry('R', "HH:mm"),
          Map.entry('S', "ss"),
          Map.entry('f', "SSSSSS"),
          Map.entry('T', "HH:mm:ss"),
          Map.entry('X', "HH:mm:ss"),
          Map.entry('x', "MM/dd/yy"),
          Map.entry('c', "EEE MMM ppd HH:mm:ss yyyy"),
          Map.entry('y', "yy"),
          Map.entry('Y', "yyyy"));

  private Dates() {}

  /** Now, as the format says; a directive that is not known stands for itself. */
  static String format(Clock clock, String format, Budget budget) {
    LocalDateTime now = LocalDateTime.now(clock);
    budget.text(16L * format.length());
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char character = format.charAt(i);
      if (character != '%' || i + 1 == format.length()) {
        out.append(character);
        continue;
      }
      char directive = format.charAt(++i);
      boolean bare = directive == '-' && i + 1 < format.length();
      if (bare) {
        directive = format.charAt(++i);
      }
      String text = directive(now, directive);
      out.append(bare ? text.replaceFirst("^[0 ]+(?=.)", "") : text);
    }
    return out.toString();
  }

  private static String directive(LocalDateTime now, char directive) {
    return switch (directive) {
      case '%' -> "%";
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'z', 'Z' -> "";
      case 'w' -> String.valueOf(now.getDayOfWeek().getValue() % 7);
      case 'u' -> String.valueOf(now.getDayOfWeek().getValue());
      case 'C' -> String.format(Locale.ROOT, "%02d", now.getYear() / 100);
      case 'U' -> week(now.getDayOfWeek().getValue() % 7, now);
      case 'W' -> week(now.getDayOfWeek().getValue() - 1, now);
      case 'G' -> now.format(DateTimeFormatter.ISO_WEEK_DATE).substring(0, 4);
      case 'V' -> now.format(DateTimeFormatter.ISO_WEEK_DATE).substring(6, 8);
      default -> {
        String pattern = PATTERNS.get(directive);
        yield pattern == null
            ? "%" + directive
            : now.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
      }
    };
  }

  /** The week of the year, whose first begins with the first day of that kind. */
  private static String week(int day, LocalDateTime now) {
    return String.format(Locale.ROOT, "%02d", (now.getDayOfYear() + 6 - day) / 7);
  }
}
