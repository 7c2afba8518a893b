package dev.bookend.cli.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Paths as users write them: {@code ~} is the home directory, and what is relative begins at a
 * directory.
 *
 * @param home asked for only where it is needed
 */
record UserPaths(Path base, Supplier<Path> home) {
  private static final String DRAFT_MODEL = "model:";

  Path path(String text) {
    if (text.equals("~")) {
      return home.get();
    }
    return text.startsWith("~/") ? home.get().resolve(text.substring(2)) : base.resolve(text);
  }

  /** The value of a flag, in which paths no longer depend on where the program was started. */
  String resolve(OptionSpec flag, String text) {
    if (text.isEmpty()) {
      return text;
    }
    if (flag.type() == Path.class || flag.auxiliaryTypes()[0] == Path.class) {
      return path(text).toString();
    }
    if (Flags.isPairs(flag)) {
      int at = text.indexOf("=@");
      return at > 0 && text.indexOf('=') == at
          ? text.substring(0, at + 2) + path(text.substring(at + 2))
          : text;
    }
    if (flag.paramLabel().contains("FILE") || flag.paramLabel().contains("DIR")) {
      return resolveIfPath(text);
    }
    return Flags.key(flag).equals("draft")
        ? Arrays.stream(text.split(",", -1))
            .map(
                part ->
                    part.startsWith(DRAFT_MODEL)
                        ? DRAFT_MODEL + resolveIfPath(part.substring(DRAFT_MODEL.length()))
                        : part)
            .collect(Collectors.joining(","))
        : text;
  }

  /** What may be a name as well is a path where it is written as one, or is there. */
  private String resolveIfPath(String text) {
    return looksLikePath(text) || (!text.isEmpty() && Files.exists(base.resolve(text)))
        ? path(text).toString()
        : text;
  }

  static boolean looksLikePath(String text) {
    return text.matches("~|[~.]/.*|\\.\\./.*|/.*");
  }
}
