package dev.bookend.model.store;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.gguf.PartName;
import dev.bookend.model.store.StoredModel.Keeper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  private static final Pattern REPOSITORY =
      Pattern.compile("models--([A-Za-z0-9._-]+?)--([A-Za-z0-9._-]+)");
  private static final String SETTINGS = "tokenizer_config.json";

  /** The snapshot's directory, or its GGUF file, if all of the model is there. */
  Optional<Path> find(HubName name) {
    try {
      Optional<Path> snapshot = snapshot(name);
      if (snapshot.isEmpty()) {
        return Optional.empty();
      }
      Path commit = snapshot.get().getFileName();
      Path absent = repository(name).resolve(".no_exist").resolve(commit);
      return complete(name, snapshot.get(), absent);
    } catch (IOException | BookendException e) {
      return Optional.empty(); // the cache is not repaired; the model is fetched instead
    }
  }

  /** The snapshot's directory if a draft head is there. */
  Optional<Path> findHead(HubName name) {
    try {
      Optional<Path> snapshot = snapshot(name);
      if (snapshot.isPresent()) {
        HeadFiles.choose(name, files(snapshot.get()));
      }
      return snapshot;
    } catch (IOException | BookendException e) {
      return Optional.empty(); // the cache is not repaired; the head is fetched instead
    }
  }

  private Path repository(HubName name) {
    return directory.resolve("models--" + name.repository().replace("/", "--"));
  }

  /** The directory of the commit that a name's revision stands for. */
  private Optional<Path> snapshot(HubName name) throws IOException {
    Path reference = repository(name).resolve("refs").resolve(name.revision());
    String commit = name.revision();
    if (Files.isRegularFile(reference) && Files.size(reference) <= 2 * COMMIT_LENGTH) {
      commit = Files.readString(reference).strip();
    }
    return commit.matches("[0-9a-f]{" + COMMIT_LENGTH + "}")
        ? Optional.of(repository(name).resolve("snapshots").resolve(commit))
            .filter(Files::isDirectory)
        : Optional.empty();
  }

  /** All models that are whole, by the revisions that were asked for. */
  List<StoredModel> list() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<StoredModel> models = new ArrayList<>();
    try (Stream<Path> repositories = Files.list(directory)) {
      for (Path repository : repositories.sorted().toList()) {
        Matcher name = REPOSITORY.matcher(repository.getFileName().toString());
        if (name.matches() && Files.isDirectory(repository.resolve("refs"))) {
          list(name.group(1) + "/" + name.group(2), repository.resolve("refs"), models);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      return models;
    }
    return models;
  }

  private void list(String repository, Path references, List<StoredModel> models)
      throws IOException {
    try (Stream<Path> files = Files.walk(references, DEEPEST)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String revision = references.relativize(file).toString().replace('\\', '/');
        HubName name = new HubName(repository, revision, Optional.empty());
        Optional<Path> snapshot = snapshot(name);
        if (snapshot.isEmpty()) {
          continue;
        }
        List<String> ggufs = ggufs(files(snapshot.get()));
        for (HubName model :
            ggufs.isEmpty()
                ? List.of(name)
                : ggufs.stream()
                    .map(gguf -> new HubName(repository, revision, Optional.of(gguf)))
                    .toList()) {
          Optional<Path> path = find(model);
          if (path.isPresent()) {
            models.add(
                new StoredModel(
                    model.toString(), path.get(), bytes(path.get()), Keeper.HUGGING_FACE, false));
          }
        }
      }
    }
  }

  /** Deletes a repository from the cache, in all its revisions. */
  void remove(HubName name) throws IOException {
    Trees.delete(repository(name));
  }

  private static List<String> ggufs(List<String> files) {
    return files.stream()
        .filter(file -> ModelFiles.isWeights(file) && !file.endsWith(".safetensors"))
        .filter(file -> PartName.parse(file).map(part -> part.number() == 1).orElse(true))
        .sorted()
        .toList();
  }

  private static long bytes(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return GgufFiles.bytes(path);
    }
    long bytes = 0;
    for (String file : files(path)) {
      bytes += file.indexOf('/') < 0 ? Files.size(path.resolve(file)) : 0;
    }
    return bytes;
  }

  /** The files of a snapshot. Follows links: it links to blobs, of which some may be gone. */
  private static List<String> files(Path snapshot) throws IOException {
    try (Stream<Path> entries = Files.walk(snapshot, DEEPEST)) {
      return entries
          .filter(Files::isRegularFile)
          .map(path -> snapshot.relativize(path).toString().replace('\\', '/'))
          .toList();
    }
  }

  /**
   * @param absent where the hub's tools note which files the repository does not have
   */
  private static Optional<Path> complete(HubName name, Path snapshot, Path absent)
      throws IOException {
    List<String> files = files(snapshot);
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
