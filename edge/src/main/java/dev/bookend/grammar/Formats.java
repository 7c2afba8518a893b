package dev.bookend.grammar;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The formats of strings that are known, as regular expressions. What they match has the format;
 * where a format allows odd things, as quoted names in mail addresses, these are left out.
 */
final class Formats {
  private static final String DATE =
      "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)"
          + "|02-(0[1-9]|1\\d|2[0-8]))"
          + "|(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";
  private static final String TIME =
      "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-](0\\d|1[0-7]):[0-5]\\d)";
  private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final String IPV4 = BYTE + "(\\." + BYTE + "){3}";
  private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
  private static final String WORD = "[A-Za-z0-9_+-]{1,12}";
  private static final String PATH = "([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*";

  private static final Map<String, String> PATTERNS =
      Map.ofEntries(
          Map.entry("date", DATE),
          Map.entry("time", TIME),
          Map.entry("date-time", DATE + "T" + TIME),
          Map.entry("uuid", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
          Map.entry("ipv4", IPV4),
          Map.entry("ipv6", ipv6()),
          Map.entry(
              "email",
              WORD
                  + "(\\."
                  + WORD
                  + "){0,3}@[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?"
                  + "(\\.[A-Za-z]{2,12}){1,3}"),
          Map.entry(
              "uri",
              "[A-Za-z][A-Za-z0-9+.-]{0,15}://"
                  + LABEL
                  + "(\\."
                  + LABEL
                  + "){0,3}(:\\d{1,4})?"
                  + "(/"
                  + PATH
                  + ")?(\\?"
                  + PATH
                  + ")?(#"
                  + PATH
                  + ")?"));

  private static final Map<String, Nfa> KNOWN = new ConcurrentHashMap<>();

  private Formats() {}

  /** The strings of a format; null: it is not known. */
  static Nfa strings(String format) {
    String pattern = PATTERNS.get(format);
    return pattern == null
        ? null
        : KNOWN.computeIfAbsent(
            format, ignored -> Nfa.of(RegexParser.parse("^(" + pattern + ")$"), new Costs()));
  }

  /** All addresses of eight groups, of which some may be left out and two be an IPv4 address. */
  private static String ipv6() {
    String group = "[0-9a-fA-F]{1,4}";
    String end = "(" + group + ":" + group + "|" + IPV4 + ")";
    StringBuilder all = new StringBuilder("(" + group + ":){6}" + end);
    for (int before = 0; before <= 6; before++) {
      String head = before == 0 ? "::" : group + "(:" + group + "){" + (before - 1) + "}::";
      int left = 7 - before;
      all.append('|').append(head).append('(');
      all.append(group).append("(:").append(group).append("){0,").append(left - 1).append("}");
      if (left >= 2) {
        all.append("|(" + group + ":){0," + (left - 2) + "}" + IPV4);
      }
      all.append(")").append("?");
    }
    return all.toString();
  }
}
