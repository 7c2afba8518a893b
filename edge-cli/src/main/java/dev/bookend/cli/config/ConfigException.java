package dev.bookend.cli.config;

import java.util.List;

/** A configuration that cannot be used. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  static final String CHECK = "check";

  private final transient List<ConfigProblem> problems;
  private final String wayOut;

  ConfigException(ConfigProblem problem) {
    this(List.of(problem), CHECK);
  }

  /** Of several problems the message tells the first. */
  ConfigException(List<ConfigProblem> problems, String wayOut) {
    super(problems.get(0).toString());
    this.problems = List.copyOf(problems);
    this.wayOut = wayOut;
  }

  /** The command of {@code bookend config} that helps. */
  public String wayOut() {
    return wayOut;
  }

  List<ConfigProblem> problems() {
    return problems;
  }
}
