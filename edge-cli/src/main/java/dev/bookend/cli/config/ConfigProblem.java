package dev.bookend.cli.config;

import java.nio.file.Path;

/**
 * Something wrong with the configuration, with the way out.
 *
 * @param where {@code FILE:LINE}, a file or a variable
 */
public record ConfigProblem(String where, String what) {
  static ConfigProblem at(Path file, int line, String what) {
    return new ConfigProblem(file + ":" + line, what);
  }

  @Override
  public String toString() {
    return where + ": " + what;
  }
}
