package dev.bookend.model.store;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The store's settings, which are environment variables: XDG's and Hugging Face's own
 * (huggingface_hub documentation, "Environment variables"), and {@code BOOKEND_SMOLLM2}.
 *
 * @param variables as {@link System#getenv()}
 * @param home the user's home directory
 */
record Environment(Map<String, String> variables, Path home) {
  private static final Set<String> YES = Set.of("1", "true", "yes", "on");

  static Environment ofProcess() {
    return new Environment(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  Optional<String> get(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
  }

  private Path cache() {
    return get("XDG_CACHE_HOME").map(Path::of).orElse(home.resolve(".cache"));
  }

  Path models() {
    return cache().resolve("bookend").resolve("models");
  }

  private Path hubHome() {
    return get("HF_HOME").map(Path::of).orElse(cache().resolve("huggingface"));
  }

  Path hubCache() {
    return get("HF_HUB_CACHE").map(Path::of).orElse(hubHome().resolve("hub"));
  }

  Path tokenFile() {
    return get("HF_TOKEN_PATH").map(Path::of).orElse(hubHome().resolve("token"));
  }

  String endpoint() {
    return get("HF_ENDPOINT").orElse("https://huggingface.co").replaceAll("/+$", "");
  }

  boolean offline() {
    return get("HF_HUB_OFFLINE").map(v -> YES.contains(v.toLowerCase(Locale.ROOT))).orElse(false);
  }
}
