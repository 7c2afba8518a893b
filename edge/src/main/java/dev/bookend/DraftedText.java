package dev.bookend;

import dev.bookend.CompletionListener.Piece;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.model.tokenizer.TextStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out which drafter had proposed which part of an answer's text, as the answer comes. To be
 * told what a {@link CompletionListener} hears, in the same order; all parts that it returns,
 * joined, are the answer's text. For one answer and one thread.
 */
public final class DraftedText {
  private final TextStream tokenTexts;
  private final StringBuilder untold = new StringBuilder();
  private boolean begun;

  /** For the next answer of a model. */
  public DraftedText(TextModel model) {
    this(model.tokenizer().stream());
  }

  DraftedText(TextStream tokenTexts) {
    this.tokenTexts = tokenTexts;
  }

  /**
   * A part of an answer: a token's text. A character that takes several tokens is the last one's.
   *
   * @param drafters who had proposed it; empty: nobody, so that it is the model's own choice
   */
  public record Part(String text, List<String> drafters) {
    /** Copies the list. */
    public Part {
      drafters = List.copyOf(drafters);
    }
  }

  /** Takes a piece; the first token's, which no round trip brings, comes back at once. */
  public List<Part> add(Piece piece) {
    untold.append(piece.text());
    if (begun) {
      return List.of(); // with its round trip, which is over in a moment
    }
    begun = true;
    return finish();
  }

  /** Takes a round trip, and returns its tokens' text as far as that is certain. */
  public List<Part> add(RoundTrip roundTrip) {
    begun = true;
    String text = untold.toString();
    untold.setLength(0);
    List<Part> parts = new ArrayList<>();
    roundTrip
        .tokens()
        .forEach(token -> parts.add(new Part(tokenTexts.add(token.id()), token.drafters())));
    String joined = String.join("", parts.stream().map(Part::text).toList());
    if (!text.endsWith(joined)) { // a stop string has taken a part of it
      return some(new Part(text, List.of()));
    }
    List<Part> all =
        new ArrayList<>(
            some(new Part(text.substring(0, text.length() - joined.length()), List.of())));
    parts.forEach(part -> all.addAll(some(part)));
    return all;
  }

  /** The text that no round trip has brought. */
  public List<Part> finish() {
    List<Part> rest = some(new Part(untold.toString(), List.of()));
    untold.setLength(0);
    return rest;
  }

  private static List<Part> some(Part part) {
    return part.text().isEmpty() ? List.of() : List.of(part);
  }
}
