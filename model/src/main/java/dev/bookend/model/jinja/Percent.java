package dev.bookend.model.jinja;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The percent-encoding of addresses. */
final class Percent {
  private static final String KEPT = "_.-~/";

  private Percent() {}

  static String encode(String text, Budget budget) {
    budget.text(3L * text.length());
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      boolean letter = b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z';
      if (letter || KEPT.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append(String.format(Locale.ROOT, "%%%02X", b));
      }
    }
    return out.toString();
  }
}
