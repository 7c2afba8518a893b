package dev.bookend.speculation;

import java.util.List;
import java.util.Optional;

/**
 * Makes drafters of one kind, and gives the kind its name: the interface to implement so that a
 * drafter can be chosen by name ({@code --draft NAME}).
 *
 * <p>Factories are found by {@link java.util.ServiceLoader}: a jar on the class path offers one by
 * naming it in {@code META-INF/services/dev.bookend.speculation.DrafterFactory}. The class needs a
 * public constructor without parameters. Bookend's own drafters are found in the same way.
 *
 * <p>A drafter's full name is the factory's name, or one of its aliases, and may carry an argument
 * behind a colon: {@code ngram:5}. One factory serves all models and sessions and must be safe for
 * use by several threads.
 */
public interface DrafterFactory {
  /**
   * The drafter's name: a lower-case letter, then lower-case letters, digits, {@code -} and {@code
   * _}. No two factories may share a name or an alias.
   */
  String name();

  /** Other names by which the drafter may be chosen; they have the form of names. */
  default List<String> aliases() {
    return List.of();
  }

  /** How the full name is written, for help texts: {@code ngram[:N]}. */
  default String syntax() {
    return name();
  }

  /**
   * Checks the argument in the full name, before a model is opened. By default a drafter takes no
   * argument.
   *
   * @param argument what stands behind the colon; empty if there is no colon
   * @throws IllegalArgumentException if the argument is wrong, with a message for the user
   */
  default void check(Optional<String> argument) {
    if (argument.isPresent()) {
      throw new IllegalArgumentException("the drafter '" + name() + "' takes no argument");
    }
  }

  /**
   * Makes a drafter for one session.
   *
   * @param context the model that the drafter works for
   * @param argument has passed {@link #check}
   * @return a new drafter, which the caller closes
   * @throws dev.bookend.error.BookendException if the drafter cannot work for this model
   */
  Drafter open(DrafterContext context, Optional<String> argument);

  /**
   * A hash of everything that such a drafter knows before its session begins, such as a file of
   * weights. A benchmark measures again what it measured under another hash. Empty, the default: it
   * knows nothing.
   */
  default Optional<String> knowledge(DrafterContext context, Optional<String> argument) {
    return Optional.empty();
  }
}
