package dev.bookend.testing;

import java.util.List;

/** What drafters are measured with (docs/benchmarks.md), two prompts of each kind. */
public final class MeasuredPrompts {
  public static final List<String> ALL =
      List.of(
          "Write a Python function that merges two sorted lists into one.",
          "Show me a JavaScript function that counts the vowels in a string.",
          "Produce a JSON array of four cities, each with country and population.",
          "Draw up a Markdown table of the planets with their diameters and moons.",
          "Begin a novel about a cartographer who maps a city that moves at night.",
          "Compose a short ballad about two brothers and a broken bridge.",
          "I feel nervous about moving abroad. What would you tell me?",
          "Which sights in Lisbon can I see in one day without a car?");

  private MeasuredPrompts() {}
}
