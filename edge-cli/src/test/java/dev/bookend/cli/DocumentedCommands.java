package dev.bookend.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The commands that the README and the pages under docs/ show in blocks of code. */
final class DocumentedCommands {
  private static final Path ROOT = Path.of("..");
  private static final Pattern BLOCK =
      Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

  /** Behind the start of a line, a pipe, a prompt sign or variables for it alone. */
  private static final Pattern COMMAND =
      Pattern.compile("^(?:.*[|(;&$] )?(?:[A-Z_]+=\\S* )*(?:\\./|bin/)?bookend( .*)?$");

  private DocumentedCommands() {}

  /** A block of code, and the page that it is on. */
  record Block(String page, String language, String text) {}

  /** All blocks of the README and of the pages in docs/, decisions apart. */
  static List<Block> blocks() {
    try (Stream<Path> files = Files.list(ROOT.resolve("docs"))) {
      List<Path> pages =
          new ArrayList<>(files.filter(file -> file.toString().endsWith(".md")).sorted().toList());
      pages.add(ROOT.resolve("README.md"));
      List<Block> blocks = new ArrayList<>();
      for (Path page : pages) {
        Matcher matcher = BLOCK.matcher(Files.readString(page));
        while (matcher.find()) {
          blocks.add(new Block(page.getFileName().toString(), matcher.group(1), matcher.group(2)));
        }
      }
      return blocks;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The arguments of each call of {@code bookend} in a block. */
  static List<List<String>> calls(Block block) {
    List<List<String>> calls = new ArrayList<>();
    for (String line : block.text().replaceAll("\\\\\\n\\s*", "").lines().toList()) {
      Matcher matcher = COMMAND.matcher(line.strip());
      if (matcher.matches()) {
        calls.add(words(matcher.group(1) == null ? "" : matcher.group(1)));
      }
    }
    return calls;
  }

  /** As a shell takes a line apart, up to a comment, a pipe or a redirection. */
  static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = null;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char sign = line.charAt(i);
      if (quote != 0) {
        if (sign == quote) {
          quote = 0;
        } else {
          word.append(sign);
        }
      } else if (sign == '"' || sign == '\'') {
        quote = sign;
        word = word == null ? new StringBuilder() : word;
      } else if (sign == ' ') {
        if (word != null) {
          words.add(word.toString());
        }
        word = null;
      } else if ("|<>;&)".indexOf(sign) >= 0 || (sign == '#' && word == null)) {
        break;
      } else {
        word = word == null ? new StringBuilder() : word;
        word.append(sign);
      }
    }
    if (word != null) {
      words.add(word.toString());
    }
    return words;
  }
}
