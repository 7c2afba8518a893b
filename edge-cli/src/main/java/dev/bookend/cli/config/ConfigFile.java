package dev.bookend.cli.config;

import dev.bookend.model.store.UserHome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/** The configuration file, as TOML. */
final class ConfigFile {
  static final String VARIABLE = "BOOKEND_CONFIG";

  private static final int LARGEST = 1 << 20;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /** A text without quotes may be a secret. */
  private static final Pattern QUOTED = Pattern.compile("Unexpected '[^']{2,}'");

  private final Path path;
  private final boolean isThere;
  private final Optional<TomlTable> content;

  private ConfigFile(Path path, boolean isThere, Optional<TomlTable> content) {
    this.path = path;
    this.isThere = isThere;
    this.content = content;
  }

  /** Where it is: what the variable names, or XDG's directory for configuration. */
  static Path path(Map<String, String> variables) {
    Optional<Path> named =
        value(variables, VARIABLE)
            .map(
                text -> new UserPaths(Path.of(""), () -> UserHome.directory(variables)).path(text));
    return named.orElseGet(
        () ->
            value(variables, "XDG_CONFIG_HOME")
                .map(Path::of)
                .filter(Path::isAbsolute) // as XDG's specification has it
                .orElseGet(() -> UserHome.directory(variables).resolve(".config"))
                .resolve("bookend")
                .resolve("config.toml"));
  }

  private static Optional<String> value(Map<String, String> variables, String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
  }

  /**
   * Reads it.
   *
   * @throws ConfigException if it cannot be read or is not TOML
   */
  static ConfigFile read(Map<String, String> variables) {
    Path path = path(variables);
    boolean isNamed = value(variables, VARIABLE).isPresent();
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path)) {
      bytes = in.readNBytes(LARGEST + 1);
    } catch (NoSuchFileException e) {
      if (isNamed || Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        throw failure(
            path, "there is no such file" + (isNamed ? "; " + VARIABLE + " names it" : ""));
      }
      return new ConfigFile(path, false, Optional.empty());
    } catch (AccessDeniedException e) {
      throw failure(path, "cannot be read: permission denied");
    } catch (IOException e) {
      throw failure(path, "cannot be read: " + e.getMessage());
    }
    if (bytes.length > LARGEST) {
      throw failure(path, "is larger than 1 MiB, so it is no configuration");
    }
    String text = text(path, bytes);
    // The parser takes a while to start.
    return new ConfigFile(
        path, true, text.isBlank() ? Optional.empty() : Optional.of(parse(path, text)));
  }

  private static ConfigException failure(Path path, String what) {
    return new ConfigException(new ConfigProblem(path.toString(), what));
  }

  private static String text(Path path, byte[] bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(bytes.length + 1);
    CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), text, true);
    text.flip();
    if (result.isError() || text.toString().indexOf('\0') >= 0) {
      long line = 1 + text.chars().filter(character -> character == '\n').count();
      throw new ConfigException(
          ConfigProblem.at(path, (int) line, "the file is not UTF-8; save it as UTF-8"));
    }
    return text.length() > 0 && text.charAt(0) == BYTE_ORDER_MARK
        ? text.toString().substring(1)
        : text.toString();
  }

  private static TomlTable parse(Path path, String text) {
    TomlParseResult result = Toml.parse(text);
    if (result.hasErrors()) {
      throw new ConfigException(
          result.errors().stream().map(error -> problem(path, error)).toList(),
          ConfigException.CHECK);
    }
    return result;
  }

  private static ConfigProblem problem(Path path, TomlParseError error) {
    String what = QUOTED.matcher(String.valueOf(error.getMessage())).replaceAll("Unexpected text");
    return ConfigProblem.at(
        path,
        error.position().line(),
        "not TOML: "
            + what
            + (what.startsWith("Unexpected")
                ? "; text stands in quotes, as in model = \"smollm2\""
                : ""));
  }

  Path path() {
    return path;
  }

  boolean isThere() {
    return isThere;
  }

  /** Empty: there is no file, or nothing in it. */
  Optional<TomlTable> content() {
    return content;
  }

  /** Where relative paths in it begin. */
  Path directory() {
    Path parent = path.toAbsolutePath().getParent();
    return parent == null ? path.toAbsolutePath() : parent;
  }

  /** What stands under a key at the top. */
  Optional<Object> value(String key) {
    return content.map(table -> table.get(List.of(key)));
  }

  /** Where a key at the top stands. */
  String where(String key) {
    return path + content.map(table -> ":" + table.inputPositionOf(List.of(key)).line()).orElse("");
  }
}
