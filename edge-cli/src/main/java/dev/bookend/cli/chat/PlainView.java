package dev.bookend.cli.chat;

import dev.bookend.CompletionListener.Piece;
import java.util.List;
import java.util.function.Consumer;
import org.jline.utils.AttributedString;

/** An answer as the model says it, for pipes and terminals that can do nothing. */
final class PlainView implements AnswerView {
  private final StringBuilder untold = new StringBuilder();
  private final Consumer<String> before;

  /**
   * @param before hears of each piece before it is shown
   */
  PlainView(Consumer<String> before) {
    this.before = before;
  }

  @Override
  public void add(Piece piece) {
    untold.append(piece.text());
  }

  @Override
  public void finish() {}

  @Override
  public void draw(Screen screen, List<AttributedString> below) {
    if (untold.length() > 0) {
      before.accept(untold.toString());
    }
    screen.raw(untold.toString());
    untold.setLength(0);
  }
}
