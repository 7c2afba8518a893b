package dev.bookend.model.store;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import dev.bookend.model.checkpoint.part.PartialModel;
import dev.bookend.model.store.StoredModel.Keeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Bookend's own store: a directory for each model, named by {@link HubName#directory}, or by the
 * name that the user has given a copy. Whole models and parts of them have directories of their
 * own.
 *
 * @param directory the store's, which need not exist
 */
record OwnModels(Path directory) {
  /** After the name of a directory that is not complete yet. */
  static final String PARTIAL = ".part";

  /** After the name of a directory with parts of a model; no name of a model has this character. */
  private static final String PARTS = "=edge";

  /** A name that is no repository's and no other alias. */
  private static final String OWN_NAME = "(?!.*--)[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

  /** The directory with all of a model. */
  Path whole(HubName name) {
    return directory.resolve(name.directory());
  }

  /** The directory with parts of a model. */
  Path parts(HubName name) {
    return directory.resolve(name.directory() + PARTS);
  }

  /** Where a directory is made that is to become another. */
  Path unfinished(Path whole) {
    return whole.resolveSibling(whole.getFileName() + PARTIAL);
  }

  /** The sample model from PyPI. */
  Path wheelFile() {
    return directory.resolve(ModelStore.SMOLLM2).resolve(Wheel.FILE);
  }

  /** Whether a user may give a copy this name. */
  static boolean isOwnName(String name) {
    return name.matches(OWN_NAME)
        && !name.equals(ModelStore.SMOLLM2)
        && !name.toLowerCase(Locale.ROOT).endsWith(PARTIAL);
  }

  /** A copy that the user has named, if there is one. */
  Optional<Path> named(String name) {
    return Optional.of(name)
        .filter(OwnModels::isOwnName)
        .map(directory::resolve)
        .filter(Files::isDirectory)
        .map(OwnModels::model);
  }

  /** What is opened of a model's directory: itself, or the GGUF file that is all of it. */
  static Path model(Path directory) {
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
      throw unreadable(directory, e);
    }
  }

  private static BookendException unreadable(Path directory, IOException e) {
    return new BookendException(
        ErrorCode.IO_FAILED, "cannot read " + directory + ": " + e.getMessage(), e);
  }

  /** All complete models, by name. */
  List<StoredModel> list() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<StoredModel> stored = new ArrayList<>();
    try (Stream<Path> directories = Files.list(directory)) {
      for (Path path : directories.sorted().toList()) {
        Optional<String> name = name(path);
        if (name.isPresent() && Files.isDirectory(path)) {
          boolean isPart = PartialModel.isIn(path);
          stored.add(
              new StoredModel(name.get(), model(path), Trees.bytes(path), Keeper.BOOKEND, isPart));
        }
      }
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
    return stored;
  }

  private static Optional<String> name(Path path) {
    String file = path.getFileName().toString();
    if (file.equals(ModelStore.SMOLLM2)) {
      return Optional.of(file).filter(name -> Files.exists(path.resolve(Wheel.FILE)));
    }
    if (file.endsWith(PARTIAL)) {
      return Optional.empty();
    }
    String whole = file.endsWith(PARTS) ? file.substring(0, file.length() - PARTS.length()) : file;
    return HubName.ofDirectory(whole)
        .map(HubName::toString)
        .or(() -> Optional.of(file).filter(OwnModels::isOwnName));
  }

  /**
   * Deletes a model, together with what an unfinished fetch has left of it.
   *
   * @throws BookendException if there is none
   */
  void remove(String name) {
    String own =
        name.equals(ModelStore.SMOLLM2) || isOwnName(name)
            ? name
            : HubName.parse(name).map(HubName::directory).orElse("");
    List<Path> all =
        Stream.of("", PARTIAL, PARTS, PARTS + PARTIAL)
            .map(ending -> directory.resolve(own + ending))
            .filter(path -> !own.isEmpty() && Files.exists(path))
            .toList();
    if (all.isEmpty()) {
      throw new BookendException(ErrorCode.MODEL_NOT_FOUND, name + " is not in " + directory);
    }
    locked(
        own,
        () -> {
          for (Path path : all) {
            Trees.delete(path);
          }
          return null;
        });
  }

  private static String whyNoName(String name) {
    if (name.equals(ModelStore.SMOLLM2)) {
      return "' is the name of the sample model already; give the copy another";
    }
    return name.matches(OWN_NAME)
        ? "' is no name for a copy: what ends in " + PARTIAL + " is a fetch that goes on"
        : "' is no name for a copy: letters, digits, dots and single hyphens";
  }

  /**
   * Copies a model under a name of the user's.
   *
   * @param model the directory or file
   * @throws BookendException if the name is taken or is none
   */
  Path copy(Path model, String name, Progress progress) {
    if (!isOwnName(name)) {
      throw new BookendException(ErrorCode.MODEL_NOT_FOUND, "'" + name + whyNoName(name));
    }
    return locked(
        name,
        () -> {
          Path target = directory.resolve(name);
          Path unfinished = unfinished(target);
          Trees.delete(unfinished);
          if (Files.exists(target)) {
            throw new BookendException(ErrorCode.TARGET_EXISTS, name + " is there already");
          }
          new ModelCopy(model, true, progress).into(unfinished);
          Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
          return model(target);
        });
  }

  <T> T locked(String name, StoreLock.Action<T> action) {
    try {
      return StoreLock.locked(directory.resolve("." + name + ".lock"), action);
    } catch (RangesIgnoredException e) {
      throw EdgeFetch.withoutRanges(e);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, "cannot write to " + directory + ": " + FileProblem.of(e), e);
    }
  }
}
