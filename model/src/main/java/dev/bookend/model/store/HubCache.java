package dev.bookend.model.store;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Hugging Face's own cache, read only: {@code models--owner--name/refs/REVISION} names a commit,
 * whose files are in {@code snapshots/COMMIT} (huggingface_hub documentation, "Understand
 * caching").
 *
 * @param directory the cache's directory, which need not exist
 */
record HubCache(Path directory) {
  private static final int COMMIT_LENGTH = 40;
  private static final int DEEPEST = 4;
  private static final String SETTINGS = "tokenizer_config.json";

  /** The snapshot's directory, or its GGUF file, if all of the model is there. */
  Optional<Path> find(HubName name) {
    Path repository = directory.resolve("models--" + name.repository().replace("/", "--"));
    try {
      Path reference = repository.resolve("refs").resolve(name.revision());
      String commit = name.revision();
      if (Files.isRegularFile(reference) && Files.size(reference) <= 2 * COMMIT_LENGTH) {
        commit = Files.readString(reference).strip();
      }
      if (!commit.matches("[0-9a-f]{" + COMMIT_LENGTH + "}")) {
        return Optional.empty();
      }
      Path snapshot = repository.resolve("snapshots").resolve(commit);
      Path absent = repository.resolve(".no_exist").resolve(commit);
      return Files.isDirectory(snapshot) ? complete(name, snapshot, absent) : Optional.empty();
    } catch (IOException | BookendException e) {
      return Optional.empty(); // the cache is not repaired; the model is fetched instead
    }
  }

  /**
   * @param absent where the hub's tools note which files the repository does not have
   */
  private static Optional<Path> complete(HubName name, Path snapshot, Path absent)
      throws IOException {
    List<String> files;
    try (Stream<Path> entries = Files.walk(snapshot, DEEPEST)) {
      // Follows links: a snapshot links to blobs, of which some may be gone.
      files =
          entries
              .filter(Files::isRegularFile)
              .map(path -> snapshot.relativize(path).toString().replace('\\', '/'))
              .toList();
    }
    List<String> chosen = ModelFiles.choose(name, files);
    if (chosen.get(0).toLowerCase(Locale.ROOT).endsWith(".gguf")) {
      return Optional.of(snapshot.resolve(chosen.get(0)));
    }
    // Without it, BOS and chat template are missing, and nothing says that they are.
    if (!files.contains(SETTINGS) && !Files.exists(absent.resolve(SETTINGS))) {
      return Optional.empty();
    }
    Path index = snapshot.resolve("model.safetensors.index.json");
    boolean whole =
        Files.exists(index)
            ? files.containsAll(shards(index))
            : chosen.contains("model.safetensors")
                || chosen.stream().noneMatch(file -> file.contains("-of-"));
    return whole ? Optional.of(snapshot) : Optional.empty();
  }

  private static List<String> shards(Path index) throws IOException {
    try {
      JsonObject json = JsonParser.parseString(Files.readString(index)).getAsJsonObject();
      return json.getAsJsonObject("weight_map").asMap().values().stream()
          .map(JsonElement::getAsString)
          .distinct()
          .toList();
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | ClassCastException e) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED, index + " is not an index of safetensors files", e);
    }
  }
}
