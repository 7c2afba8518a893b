package dev.bookend.cli.chat;

import dev.bookend.CompletionListener.Piece;
import dev.bookend.cli.markdown.MarkdownRows;
import dev.bookend.cli.markdown.MarkdownStream;
import dev.bookend.error.VisibleText;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;

/** An answer as Markdown: finished blocks stay as they are, the one that grows is drawn anew. */
final class MarkdownView implements AnswerView {
  private final MarkdownStream stream = new MarkdownStream();
  private final MarkdownRows markdown;
  private final List<String> finished = new ArrayList<>();
  private String carriage = ""; // a carriage return at a piece's end, which may be half a line end
  private boolean begun;

  MarkdownView(MarkdownRows markdown) {
    this.markdown = markdown;
  }

  @Override
  public void add(Piece piece) {
    String text = carriage + piece.text();
    carriage = text.endsWith("\r") ? "\r" : "";
    text = text.substring(0, text.length() - carriage.length());
    finished.addAll(stream.add(VisibleText.of(text)));
  }

  @Override
  public void finish() {
    finished.addAll(stream.add(VisibleText.of(carriage)));
    finished.addAll(stream.finish());
    carriage = "";
  }

  @Override
  public void draw(Screen screen, List<AttributedString> below) {
    List<AttributedString> settled = new ArrayList<>();
    for (String source : finished) {
      addBlock(source, screen, settled);
      begun = true;
    }
    finished.clear();
    List<AttributedString> changing = new ArrayList<>();
    if (!stream.open().isBlank()) {
      addBlock(stream.open(), screen, changing);
    }
    changing.addAll(below);
    screen.update(settled, changing);
  }

  private void addBlock(String source, Screen screen, List<AttributedString> rows) {
    if (begun) {
      rows.add(AttributedString.EMPTY);
    }
    rows.addAll(markdown.of(source, screen.width()));
  }
}
