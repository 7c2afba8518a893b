package dev.bookend.cli.chat;

import dev.bookend.CompletionListener.Piece;
import java.util.List;
import org.jline.utils.AttributedString;

/** Shows nothing of an answer. */
final class SilentView implements AnswerView {
  @Override
  public void add(Piece piece) {}

  @Override
  public void finish() {}

  @Override
  public void draw(Screen screen, List<AttributedString> below) {}
}
