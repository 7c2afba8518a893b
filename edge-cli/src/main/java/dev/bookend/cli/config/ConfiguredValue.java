package dev.bookend.cli.config;

import java.util.List;

/**
 * A flag's value that was not typed.
 *
 * @param texts as they would be typed: several for a flag that may be repeated, else one
 */
public record ConfiguredValue(List<String> texts, Origin origin) {
  public ConfiguredValue {
    texts = List.copyOf(texts);
  }
}
