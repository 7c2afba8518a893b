package dev.bookend.cli.config;

import java.nio.file.Path;
import java.util.Optional;

/** Where a value comes from that was not typed. */
public sealed interface Origin {
  /** For a message: {@code FILE:LINE}, or the name of a variable. */
  String where();

  /** An environment variable. */
  record Variable(String name) implements Origin {
    @Override
    public String where() {
      return name;
    }
  }

  /**
   * A line of the configuration file.
   *
   * @param line from 1 on
   * @param profile empty: what holds for all profiles
   */
  record Line(Path file, int line, Optional<String> profile) implements Origin {
    @Override
    public String where() {
      return file + ":" + line;
    }
  }
}
