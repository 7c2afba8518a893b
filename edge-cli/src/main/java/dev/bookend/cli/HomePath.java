package dev.bookend.cli;

import dev.bookend.model.store.UserHome;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.TypeConversionException;

/** Paths in which {@code ~} is the home directory. Shells leave it alone behind a "=". */
final class HomePath extends FlagValue<String> {
  HomePath() {
    super(text -> text.startsWith("~/") ? path(text, System.getenv()).toString() : text);
  }

  static Path path(String text, Map<String, String> variables) {
    try {
      return text.startsWith("~/")
          ? UserHome.directory(variables).resolve(text.substring(2))
          : Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'" + text + "' is not a path");
    }
  }
}
