package dev.bookend.speculation;

import dev.bookend.speculation.DrafterFactories.Choice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The drafters that a user asked for by name. What names there are, the {@link DrafterFactory
 * factories} on the class path say.
 *
 * @param names full names, with the drafters' own names where aliases were given; the list is empty
 *     for no drafter
 */
public record DraftSpec(List<String> names) {
  static final String NONE = "none";

  /**
   * @throws IllegalArgumentException if there is no such drafter or an argument is wrong, with a
   *     message for the user
   * @throws dev.bookend.error.BookendException if a factory on the class path cannot be used
   */
  public DraftSpec {
    names = names.stream().map(name -> choose(name).name()).toList();
  }

  private static Choice choose(String name) {
    return DrafterFactories.found().choose(name);
  }

  /**
   * Reads names with commas between them, or {@code none}.
   *
   * @throws IllegalArgumentException as the constructor
   */
  public static DraftSpec parse(String text) {
    return new DraftSpec(text.equals(NONE) ? List.of() : List.of(text.split(",", -1)));
  }

  /**
   * How the full name of each drafter on the class path is written, in alphabetical order.
   *
   * @throws dev.bookend.error.BookendException if a factory on the class path cannot be used
   */
  public static List<String> known() {
    return DrafterFactories.found().syntaxes();
  }

  /**
   * Makes the drafters for one session, in the order of the names. The caller closes them.
   *
   * @throws dev.bookend.error.BookendException if one of them cannot work for the model
   */
  public List<Drafter> open(DrafterContext context) {
    List<Drafter> drafters = new ArrayList<>();
    try {
      for (String name : names) {
        Choice choice = choose(name);
        drafters.add(choice.factory().open(context, choice.argument()));
      }
      return drafters;
    } catch (RuntimeException e) {
      drafters.forEach(Drafter::close);
      throw e;
    }
  }

  /** As {@link DrafterFactory#knowledge}, of the drafter with a full name. */
  public static Optional<String> knowledge(String name, DrafterContext context) {
    Choice choice = choose(name);
    return choice.factory().knowledge(context, choice.argument());
  }
}
