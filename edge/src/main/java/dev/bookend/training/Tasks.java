package dev.bookend.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prompts that are put together from parts: what is to be done, and with what. A head that learns
 * from answers about many different things finds the likely tokens of other answers more often than
 * one that learns as much about a few. Not thread-safe.
 */
final class Tasks {
  private static final String FILE = "tasks.txt";
  private static final String TASK = "task";
  private static final Pattern PART = Pattern.compile("\\{([a-z0-9]+)}");

  private final Map<String, List<String>> sections = new TreeMap<>();
  private final Random random;

  /**
   * @param seed the same prompts follow for the same seed
   */
  Tasks(long seed) {
    random = new Random(seed);
    List<String> section = new ArrayList<>();
    for (String line : BundledLines.of(FILE)) {
      if (line.startsWith("[")) {
        section = new ArrayList<>();
        sections.put(line.substring(1, line.length() - 1), section);
      } else if (!line.startsWith("#")) {
        section.add(line);
      }
    }
  }

  /** Another prompt. */
  String next() {
    String prompt = one(TASK);
    return Character.toUpperCase(prompt.charAt(0)) + prompt.substring(1);
  }

  private String one(String name) {
    List<String> section = sections.get(name);
    String line = section.get(random.nextInt(section.size()));
    return PART.matcher(line).replaceAll(part -> Matcher.quoteReplacement(one(part.group(1))));
  }
}
