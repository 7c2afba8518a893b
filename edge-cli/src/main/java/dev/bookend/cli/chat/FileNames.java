package dev.bookend.cli.chat;

import dev.bookend.cli.chat.SlashCommand.Proposal;
import dev.bookend.error.VisibleText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Paths as users write them: with {@code ~}, and in quotation marks where they have spaces. */
public final class FileNames {
  private static final int MOST = 200;

  private FileNames() {}

  /** A path and what stands behind it. */
  public record Split(String path, String rest) {}

  /** Takes a path from the beginning of an argument: all of it, if there is such a file. */
  public static Split split(String argument) {
    int end = beginsQuoted(argument) ? argument.indexOf(argument.charAt(0), 1) : -1;
    if (end > 0) {
      return new Split(argument.substring(1, end), argument.substring(end + 1).strip());
    }
    int space = argument.indexOf(' ');
    if (space < 0 || exists(argument)) {
      return new Split(argument, "");
    }
    return new Split(argument.substring(0, space), argument.substring(space + 1).strip());
  }

  private static boolean exists(String text) {
    try {
      return Files.exists(path(text));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * A path as it was written.
   *
   * @throws IllegalArgumentException if it cannot be a path; the message is for the user
   */
  public static Path path(String text) {
    try {
      return Path.of(withHome(unquoted(text)));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("'" + VisibleText.line(text) + "' is not a path", e);
    }
  }

  /** A text without quotation marks around it. */
  public static String unquoted(String text) {
    boolean isQuoted =
        text.length() > 1 && beginsQuoted(text) && text.charAt(0) == text.charAt(text.length() - 1);
    return isQuoted ? text.substring(1, text.length() - 1) : text;
  }

  private static boolean beginsQuoted(String text) {
    return text.startsWith("\"") || text.startsWith("'");
  }

  private static String withHome(String text) {
    return text.equals("~") || text.startsWith("~/")
        ? System.getProperty("user.home") + text.substring(1)
        : text;
  }

  /** The files and directories whose path begins so. */
  public static List<Proposal> complete(String begun) {
    return complete(begun, file -> true);
  }

  /** The directories whose path begins so, and those of the files that can be used. */
  public static List<Proposal> complete(String begun, Predicate<Path> usable) {
    boolean quoted = beginsQuoted(begun);
    String plain = quoted ? begun.substring(1) : begun;
    int slash = plain.lastIndexOf('/');
    String typed = plain.substring(0, slash + 1);
    Path directory = typed.isEmpty() ? Path.of("") : path(typed);
    try (Stream<Path> files = Files.list(directory.toAbsolutePath())) {
      return files
          .filter(file -> isShown(file.getFileName().toString(), plain.substring(slash + 1)))
          .filter(file -> Files.isDirectory(file) || usable.test(file))
          .sorted()
          .limit(MOST)
          .map(file -> proposal(file, typed, quoted ? begun.substring(0, 1) : ""))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** A name that would do something to the terminal is not put into a line. */
  private static boolean isShown(String name, String begun) {
    return name.startsWith(begun)
        && (!name.startsWith(".") || begun.startsWith("."))
        && VisibleText.line(name).equals(name);
  }

  private static Proposal proposal(Path file, String typed, String begun) {
    boolean directory = Files.isDirectory(file);
    String path = typed + file.getFileName() + (directory ? "/" : "");
    String mark = begun.isEmpty() ? mark(path) : begun;
    return new Proposal(mark + path + (directory ? "" : mark), "", !directory);
  }

  /** What goes around a path, if anything: a file whose name has both is found without, too. */
  private static String mark(String path) {
    boolean isPlain = path.indexOf(' ') < 0 && !beginsQuoted(path);
    if (isPlain || (path.contains("\"") && path.contains("'"))) {
      return "";
    }
    return path.contains("\"") ? "'" : "\"";
  }
}
