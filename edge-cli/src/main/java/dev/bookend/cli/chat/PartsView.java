package dev.bookend.cli.chat;

import dev.bookend.CompletionListener.Piece;
import dev.bookend.DraftedText;
import dev.bookend.DraftedText.Part;
import dev.bookend.cli.markdown.RowWrap;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.error.VisibleText;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/** An answer as its text, in which each part has the colour of the drafter that had guessed it. */
final class PartsView implements AnswerView {
  private final DraftedText text;
  private final DrafterColours colours;
  private final List<AttributedString> lines = new ArrayList<>(); // that are complete
  private final AttributedStringBuilder line = new AttributedStringBuilder();

  PartsView(DraftedText text, DrafterColours colours) {
    this.text = text;
    this.colours = colours;
  }

  @Override
  public void add(Piece piece) {
    add(text.add(piece));
  }

  @Override
  public void add(RoundTrip roundTrip) {
    add(text.add(roundTrip));
  }

  void add(List<Part> parts) {
    for (Part part : parts) {
      AttributedString shown = colours.of(new Part(VisibleText.of(part.text()), part.drafters()));
      for (int i = 0; i < shown.length(); i++) {
        if (shown.charAt(i) == '\n') {
          lines.add(line.toAttributedString());
          line.setLength(0);
        } else {
          line.append(shown.subSequence(i, i + 1));
        }
      }
    }
  }

  @Override
  public void finish() {
    add(text.finish());
    lines.add(line.toAttributedString());
    line.setLength(0);
  }

  @Override
  public void draw(Screen screen, List<AttributedString> below) {
    List<AttributedString> settled = new ArrayList<>();
    lines.forEach(done -> settled.addAll(RowWrap.wrap(done, screen.width())));
    lines.clear();
    List<AttributedString> changing = new ArrayList<>();
    if (line.length() > 0) {
      changing.addAll(RowWrap.wrap(line.toAttributedString(), screen.width()));
    }
    changing.addAll(below);
    screen.update(settled, changing);
  }
}
