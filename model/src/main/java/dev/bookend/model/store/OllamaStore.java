package dev.bookend.model.store;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.bookend.model.store.StoredModel.Keeper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Ollama's store, read in place: {@code manifests/HOST/OWNER/MODEL/TAG} is JSON that names {@code
 * blobs/sha256-HEX}, one of which is a GGUF file (ollama's server/modelpath.go, manifest.go).
 *
 * @param directory its directory, which need not exist
 */
record OllamaStore(Path directory) {
  private static final int DEPTH = 4;
  private static final long MAX_MANIFEST = 1 << 22;
  private static final String USUAL = "registry.ollama.ai/library/";
  private static final String DIGEST = "sha256:[0-9a-f]{64}";
  private static final String MODEL = "application/vnd.ollama.image.model";
  private static final String ADAPTER = "application/vnd.ollama.image.adapter";

  /** A model's manifest. */
  private record Manifest(Path file, String name, List<String> digests, Optional<String> model) {}

  private Path manifests() {
    return directory.resolve("manifests");
  }

  private Path blob(String digest) {
    return directory.resolve("blobs").resolve(digest.replace(':', '-'));
  }

  /** All models that are one GGUF file, without an adapter. */
  List<StoredModel> list() {
    List<StoredModel> models = new ArrayList<>();
    for (Manifest manifest : all()) {
      manifest
          .model()
          .map(this::blob)
          .filter(Files::isRegularFile)
          .ifPresent(
              path ->
                  models.add(
                      new StoredModel(manifest.name(), path, size(path), Keeper.OLLAMA, false)));
    }
    return models;
  }

  /** Deletes a model's manifest, and those of its blobs that no other model uses. */
  void remove(String name) throws IOException {
    List<Manifest> all = all();
    List<String> own = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (Manifest manifest : all) {
      (manifest.name().equals(name) ? own : others).addAll(manifest.digests());
    }
    for (Manifest manifest : all) {
      if (manifest.name().equals(name)) {
        Files.delete(manifest.file());
      }
    }
    for (String digest : new TreeSet<>(own)) {
      if (!others.contains(digest)) {
        Files.deleteIfExists(blob(digest));
      }
    }
  }

  private List<Manifest> all() {
    if (!Files.isDirectory(manifests())) {
      return List.of();
    }
    List<Manifest> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(manifests(), DEPTH)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        read(file).ifPresent(all::add);
      }
    } catch (IOException | UncheckedIOException e) {
      return all; // another user's, perhaps
    }
    return all;
  }

  private Optional<Manifest> read(Path file) {
    Path inside = manifests().relativize(file);
    if (inside.getNameCount() != DEPTH) {
      return Optional.empty();
    }
    String path = inside.getParent().toString().replace('\\', '/');
    String model = path.startsWith(USUAL) ? path.substring(USUAL.length()) : path;
    String name = Keeper.OLLAMA.prefix() + model + ":" + inside.getFileName();
    try {
      if (Files.size(file) > MAX_MANIFEST) {
        return Optional.empty();
      }
      JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      List<String> digests = new ArrayList<>();
      List<String> models = new ArrayList<>();
      boolean adapted = false;
      if (json.get("config") instanceof JsonObject config) {
        add(config, digests);
      }
      for (JsonElement element : json.getAsJsonArray("layers")) {
        JsonObject layer = element.getAsJsonObject();
        add(layer, digests);
        String type = layer.get("mediaType").getAsString();
        adapted |= type.equals(ADAPTER);
        if (type.equals(MODEL)) {
          add(layer, models);
        }
      }
      boolean isPlain = models.size() == 1 && !adapted;
      return Optional.of(
          new Manifest(
              file, name, digests, isPlain ? Optional.of(models.get(0)) : Optional.empty()));
    } catch (IOException
        | JsonParseException
        | IllegalStateException
        | UnsupportedOperationException
        | NullPointerException
        | ClassCastException e) {
      return Optional.empty(); // no manifest, or of a form that is not known
    }
  }

  private static void add(JsonObject layer, List<String> digests) {
    String digest = layer.get("digest").getAsString();
    if (digest.matches(DIGEST)) {
      digests.add(digest);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}
