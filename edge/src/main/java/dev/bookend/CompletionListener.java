package dev.bookend;

import dev.bookend.decoding.RoundTrip;
import java.util.List;

/** Is told a completion as it is generated, on the thread that generates it. */
@FunctionalInterface
public interface CompletionListener {
  /** Listens to nothing. */
  CompletionListener NONE = piece -> {};

  /**
   * Takes the next piece of text, as soon as no later token can change it.
   *
   * <p>What it throws ends the completion, and is thrown to the caller.
   */
  void onPiece(Piece piece);

  /**
   * A round trip to the cloud is over; its tokens may wait for later ones until their text is
   * certain.
   */
  default void onRoundTrip(RoundTrip roundTrip) {}

  /**
   * Some text and the tokens that it came with.
   *
   * @param text never empty, but for the tokens at the end that add no text
   * @param logProbabilities of the tokens since the last piece; empty where the request did not ask
   */
  record Piece(String text, List<TokenLogProbability> logProbabilities) {
    /** Copies the list. */
    public Piece {
      logProbabilities = List.copyOf(logProbabilities);
    }

    /** The text, to be printed by {@code System.out::print}. */
    @Override
    public String toString() {
      return text;
    }
  }
}
