package dev.bookend.speculation;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** Drafter factories by their names and aliases. Immutable. */
final class DrafterFactories {
  private static final String NAME = "[a-z][a-z0-9_-]*";

  private static DrafterFactories found;

  private final Map<String, DrafterFactory> byName = new TreeMap<>();

  /**
   * Names factories.
   *
   * @throws BookendException if two have the same name, or one has a name that cannot be written
   */
  DrafterFactories(Iterable<DrafterFactory> factories) {
    for (DrafterFactory factory : factories) {
      List<String> names = new ArrayList<>(factory.aliases());
      names.add(factory.name());
      for (String name : names) {
        add(name, factory);
      }
    }
  }

  private void add(String name, DrafterFactory factory) {
    if (!name.matches(NAME) || name.equals(DraftSpec.NONE)) {
      throw new BookendException(
          ErrorCode.DRAFTER_UNUSABLE,
          "'" + name + "' cannot be the name of a drafter, as " + origin(factory) + " has it");
    }
    DrafterFactory other = byName.put(name, factory);
    if (other != null) {
      throw new BookendException(
          ErrorCode.DRAFTER_UNUSABLE,
          "two drafters have the name '"
              + name
              + "': "
              + origin(other)
              + " and "
              + origin(factory)
              + "; take one of them off the class path");
    }
  }

  private static String origin(DrafterFactory factory) {
    return factory.getClass().getName();
  }

  /**
   * Those on the class path; they are looked for once.
   *
   * @throws BookendException if one of them cannot be loaded, or two have the same name
   */
  static synchronized DrafterFactories found() {
    if (found == null) {
      try {
        found =
            new DrafterFactories(
                ServiceLoader.load(DrafterFactory.class, DrafterFactory.class.getClassLoader()));
      } catch (ServiceConfigurationError | LinkageError e) { // a jar for a newer Java, say
        throw new BookendException(
            ErrorCode.DRAFTER_UNUSABLE,
            "a drafter on the class path cannot be loaded: " + e.getMessage(),
            e);
      }
    }
    return found;
  }

  /** How each drafter's full name is written, in alphabetical order. */
  List<String> syntaxes() {
    return byName.values().stream().distinct().map(DrafterFactory::syntax).sorted().toList();
  }

  /**
   * A drafter that was asked for.
   *
   * @param argument has been checked
   */
  record Choice(DrafterFactory factory, Optional<String> argument) {
    /** The full name, with the factory's own name where an alias was given. */
    String name() {
      return factory.name() + argument.map(text -> ":" + text).orElse("");
    }
  }

  /**
   * Reads a full name.
   *
   * @throws IllegalArgumentException if there is no such drafter or its argument is wrong, with a
   *     message for the user
   */
  Choice choose(String fullName) {
    int colon = fullName.indexOf(':');
    String name = colon < 0 ? fullName : fullName.substring(0, colon);
    DrafterFactory factory = byName.get(name);
    if (factory == null) {
      throw new IllegalArgumentException(
          "'"
              + fullName
              + (name.equals(DraftSpec.NONE)
                  ? "' cannot stand beside other drafters"
                  : "' is no drafter; the drafters are "
                      + String.join(", ", syntaxes())
                      + "; write several with commas between them"));
    }
    Optional<String> argument =
        colon < 0 ? Optional.empty() : Optional.of(fullName.substring(colon + 1));
    factory.check(argument);
    return new Choice(factory, argument);
  }
}
