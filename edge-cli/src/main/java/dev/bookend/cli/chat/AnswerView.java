package dev.bookend.cli.chat;

import dev.bookend.CompletionListener.Piece;
import dev.bookend.decoding.RoundTrip;
import java.util.List;
import org.jline.utils.AttributedString;

/** A way to show one answer as it comes. For one thread. */
interface AnswerView {
  /** Takes a piece of text. */
  void add(Piece piece);

  /** Takes a round trip. */
  default void add(RoundTrip roundTrip) {}

  /** The answer is whole, or nothing more comes. */
  void finish();

  /** Shows what has come since; what is below it still changes. */
  void draw(Screen screen, List<AttributedString> below);
}
