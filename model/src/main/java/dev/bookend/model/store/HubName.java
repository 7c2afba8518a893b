package dev.bookend.model.store;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the Hugging Face hub: {@code owner/name[@revision][:file.gguf]}. In the file's place
 * may stand a part of its name, such as {@code Q4_K_M}, as llama.cpp and Ollama take it.
 *
 * @param repository {@code owner/name}
 * @param revision a branch, tag or commit, or a reference such as {@code refs/pr/1}
 * @param file the path of a GGUF file, or a part of its name, where one is named
 */
record HubName(String repository, String revision, Optional<String> file) {
  static final String MAIN = "main";

  private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
  private static final Pattern NAME =
      Pattern.compile(
          "(%1$s)/(%1$s)(?:@(%1$s(?:/%1$s){0,3}))?(?::([^\\p{Cntrl}\\\\:]{1,200}))?"
              .formatted(PART));
  private static final Pattern DIRECTORY =
      Pattern.compile(
          "([A-Za-z0-9][A-Za-z0-9._-]{0,95}?)--(%1$s)(?:@([^@+]{1,400}))?(?:\\+([^@+]{1,600}))?"
              .formatted(PART));

  static Optional<HubName> parse(String text) {
    Matcher match = NAME.matcher(text);
    return match.matches() && isPath(match.group(4))
        ? Optional.of(of(match, match.group(3), match.group(4)))
        : Optional.empty();
  }

  /** The name whose {@link #directory} this is. */
  static Optional<HubName> ofDirectory(String directory) {
    Matcher match = DIRECTORY.matcher(directory);
    return match.matches()
        ? Optional.of(of(match, decoded(match.group(3)), decoded(match.group(4))))
        : Optional.empty();
  }

  private static HubName of(Matcher match, String revision, String file) {
    return new HubName(
        match.group(1) + "/" + match.group(2),
        revision == null ? MAIN : revision,
        Optional.ofNullable(file));
  }

  private static boolean isPath(String file) {
    if (file == null) {
      return true;
    }
    List<String> parts = List.of(file.split("/", -1));
    return !file.isBlank() && parts.stream().noneMatch(List.of("", ".", "..")::contains);
  }

  private static String decoded(String part) {
    try {
      return part == null ? null : URLDecoder.decode(part, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return part; // not a name that was made here
    }
  }

  /** The GGUF file's whole path; empty: none is named, or a part of its name. */
  Optional<String> wholeFile() {
    return file.filter(path -> path.toLowerCase(Locale.ROOT).endsWith(".gguf"));
  }

  /** Its directory in the store. */
  String directory() {
    return repository.replace("/", "--")
        + (revision.equals(MAIN) ? "" : "@" + Hub.encoded(revision))
        + file.map(name -> "+" + Hub.encoded(name)).orElse("");
  }

  @Override
  public String toString() {
    return repository
        + (revision.equals(MAIN) ? "" : "@" + revision)
        + file.map(name -> ":" + name).orElse("");
  }
}
