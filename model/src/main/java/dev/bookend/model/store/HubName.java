package dev.bookend.model.store;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the Hugging Face hub: {@code owner/name[@revision][:file.gguf]}.
 *
 * @param repository {@code owner/name}
 * @param revision a branch, tag or commit
 * @param file the GGUF file, where one is named
 */
record HubName(String repository, String revision, Optional<String> file) {
  static final String MAIN = "main";

  private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
  private static final Pattern NAME =
      Pattern.compile("(%1$s)/(%1$s)(?:@(%1$s))?(?::(%1$s\\.gguf))?".formatted(PART));
  private static final Pattern DIRECTORY =
      Pattern.compile(
          "([A-Za-z0-9][A-Za-z0-9._-]{0,95}?)--(%1$s)(?:@(%1$s))?(?:\\+(%1$s\\.gguf))?"
              .formatted(PART));

  static Optional<HubName> parse(String text) {
    return of(NAME.matcher(text));
  }

  /** The name whose {@link #directory} this is. */
  static Optional<HubName> ofDirectory(String directory) {
    return of(DIRECTORY.matcher(directory));
  }

  private static Optional<HubName> of(Matcher match) {
    if (!match.matches()) {
      return Optional.empty();
    }
    String revision = match.group(3) == null ? MAIN : match.group(3);
    Optional<String> file = Optional.ofNullable(match.group(4));
    return Optional.of(new HubName(match.group(1) + "/" + match.group(2), revision, file));
  }

  /** Its directory in the store. */
  String directory() {
    return repository.replace("/", "--")
        + (revision.equals(MAIN) ? "" : "@" + revision)
        + file.map(name -> "+" + name).orElse("");
  }

  @Override
  public String toString() {
    return repository
        + (revision.equals(MAIN) ? "" : "@" + revision)
        + file.map(name -> ":" + name).orElse("");
  }
}
