package dev.bookend.speculation;

import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.speculation.drafthead.StandInDrafter;
import dev.bookend.speculation.drafthead.StandInHead;
import dev.bookend.speculation.draftmodel.ModelDrafter;
import dev.bookend.speculation.lookahead.LookaheadDrafter;
import dev.bookend.speculation.lookup.NgramDrafter;
import dev.bookend.speculation.lookup.SuffixDrafter;
import dev.bookend.speculation.retrieval.RetrievalDatastore;
import dev.bookend.speculation.retrieval.RetrievalDrafter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The drafters that a user asked for by name.
 *
 * @param names as {@code --draft} takes them
 */
public record DraftSpec(List<String> names) {
  private static final String MODEL = "model:";
  private static final String NGRAM = "ngram";
  private static final int NGRAM_TOKENS = 3;

  // The window and n-gram size with which the lookahead paper runs a 7B model.
  private static final int LOOKAHEAD_COLUMNS = 15;
  private static final int LOOKAHEAD_TOKENS = 5;

  public DraftSpec {
    names = List.copyOf(names);
    for (String name : names) {
      boolean isModel = model(name).filter(model -> !model.isEmpty()).isPresent();
      if (!isModel && !name.matches("suffix|phrases|lookahead|standin|ngram(:[3-7])?")) {
        throw new IllegalArgumentException(
            "'"
                + name
                + (name.equals("none")
                    ? "' cannot be combined with other drafters"
                    : "' is no drafter; write suffix, phrases, lookahead, standin, ngram, ngram:3 to"
                        + " ngram:7 or model:NAME, several with commas between them, or none"));
      }
    }
  }

  /**
   * Reads names with commas between them, or {@code none}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public static DraftSpec parse(String text) {
    return new DraftSpec(text.equals("none") ? List.of() : List.of(text.split(",", -1)));
  }

  /** The model that a drafter of this name runs. */
  public static Optional<String> model(String drafter) {
    return drafter.startsWith(MODEL)
        ? Optional.of(drafter.substring(MODEL.length()))
        : Optional.empty();
  }

  /**
   * New drafters for one session.
   *
   * @param models opens the model of a name, for {@code model:NAME}
   * @param standin gives the model's stand-in, for {@code standin}; not closed with the drafters
   * @param phrases gives texts of the past, for {@code phrases}
   */
  public List<Drafter> open(
      Function<String, Checkpoint> models,
      Supplier<StandInHead> standin,
      Supplier<RetrievalDatastore> phrases) {
    List<Drafter> drafters = new ArrayList<>();
    try {
      for (String name : names) {
        drafters.add(open(name, models, standin, phrases));
      }
      return drafters;
    } catch (RuntimeException e) {
      drafters.forEach(Drafter::close);
      throw e;
    }
  }

  private static Drafter open(
      String name,
      Function<String, Checkpoint> models,
      Supplier<StandInHead> standin,
      Supplier<RetrievalDatastore> phrases) {
    if (name.equals("standin")) {
      return new StandInDrafter(standin.get());
    }
    if (name.equals("phrases")) {
      return new RetrievalDrafter(phrases.get());
    }
    Optional<String> model = model(name);
    if (model.isPresent()) {
      return new ModelDrafter(name, models.apply(model.get()));
    }
    if (name.startsWith(NGRAM)) {
      int n = name.equals(NGRAM) ? NGRAM_TOKENS : name.charAt(name.length() - 1) - '0';
      return new NgramDrafter(n);
    }
    return name.equals("suffix")
        ? new SuffixDrafter()
        : new LookaheadDrafter(LOOKAHEAD_COLUMNS, LOOKAHEAD_TOKENS, LOOKAHEAD_COLUMNS);
  }
}
