package dev.bookend.model.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The store's settings, which are environment variables: XDG's and Hugging Face's own
 * (huggingface_hub documentation, "Environment variables"), and {@code BOOKEND_SMOLLM2}.
 *
 * @param variables as {@link System#getenv()}
 * @param home the user's home directory
 */
record Environment(Map<String, String> variables, Path home) {
  private static final long MAX_PATH = 4096;
  private static final Set<String> YES = Set.of("1", "true", "yes", "on");
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)\\}|(\\w+))");

  static Environment ofProcess() {
    return new Environment(System.getenv(), UserHome.directory());
  }

  Optional<String> get(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
  }

  /** A path, with the user's home and other variables put in as huggingface_hub does. */
  private Optional<Path> path(String name) {
    return get(name)
        .map(
            value ->
                VARIABLE
                    .matcher(value)
                    .replaceAll(
                        match -> {
                          String other = match.group(1) == null ? match.group(2) : match.group(1);
                          String known = variables.getOrDefault(other, match.group());
                          return Matcher.quoteReplacement(known);
                        }))
        .map(
            value ->
                value.equals("~") || value.startsWith("~/")
                    ? home.resolve(value.substring(Math.min(2, value.length())))
                    : Path.of(value));
  }

  private Path cache() {
    return path("XDG_CACHE_HOME").orElse(home.resolve(".cache"));
  }

  Path models() {
    return cache().resolve("bookend").resolve("models");
  }

  private Path hubHome() {
    return path("HF_HOME").orElse(cache().resolve("huggingface"));
  }

  Path hubCache() {
    return path("HF_HUB_CACHE").orElse(hubHome().resolve("hub"));
  }

  /** Where Ollama keeps models: the user's, and the service's that its Linux package starts. */
  List<Path> ollama() {
    return path("OLLAMA_MODELS")
        .map(List::of)
        .orElse(
            List.of(
                home.resolve(".ollama").resolve("models"),
                Path.of("/usr/share/ollama/.ollama/models")));
  }

  /** Where LM Studio keeps models, in its present and in earlier versions. */
  List<Path> lmStudio() {
    List<Path> places = new ArrayList<>();
    Path pointer = home.resolve(".lmstudio-home-pointer");
    try {
      if (Files.isRegularFile(pointer) && Files.size(pointer) < MAX_PATH) {
        places.add(Path.of(Files.readString(pointer).strip()).resolve("models"));
      }
    } catch (IOException | InvalidPathException e) {
      // the usual places remain
    }
    places.add(home.resolve(".lmstudio").resolve("models"));
    places.add(home.resolve(".cache").resolve("lm-studio").resolve("models"));
    return places.stream().distinct().toList();
  }

  Path tokenFile() {
    return path("HF_TOKEN_PATH").orElse(hubHome().resolve("token"));
  }

  /** Where the certificates are that the hub's may be signed by, and which variable says so. */
  Optional<Map.Entry<String, Path>> certificates() {
    for (String name : new String[] {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
      Optional<Path> path = path(name);
      if (path.isPresent()) {
        return Optional.of(Map.entry(name, path.get()));
      }
    }
    return Optional.empty();
  }

  String endpoint() {
    return get("HF_ENDPOINT").orElse("https://huggingface.co").strip().replaceAll("/+$", "");
  }

  boolean offline() {
    return get("HF_HUB_OFFLINE").map(v -> YES.contains(v.toLowerCase(Locale.ROOT))).orElse(false);
  }
}
