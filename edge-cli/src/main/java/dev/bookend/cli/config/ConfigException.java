package dev.bookend.cli.config;

import java.util.List;

/** A configuration that cannot be used. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigProblem> problems;

  ConfigException(ConfigProblem problem) {
    this(List.of(problem));
  }

  /** Of several problems the message tells the first. */
  ConfigException(List<ConfigProblem> problems) {
    super(problems.get(0).toString());
    this.problems = List.copyOf(problems);
  }

  static void throwIfAny(List<ConfigProblem> problems) {
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  List<ConfigProblem> problems() {
    return problems;
  }
}
