package dev.bookend.cli.chat;

import dev.bookend.DraftedText.Part;
import dev.bookend.cli.markdown.Look;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * The colour of each drafter in one answer, and what the answer owes to it. Without colours the
 * drafter's name stands in brackets.
 */
public final class DrafterColours {
  private static final int[] COLOURS = {
    AttributedStyle.GREEN,
    AttributedStyle.CYAN,
    AttributedStyle.YELLOW,
    AttributedStyle.MAGENTA,
    AttributedStyle.BLUE,
    AttributedStyle.RED
  };

  private final Look look;
  private final Map<String, Integer> parts = new LinkedHashMap<>(); // by the first who had it
  private int own;

  /** For one answer. */
  public DrafterColours(Look look) {
    this.look = look;
  }

  /** A part in its colour; it counts for the first drafter that had proposed it. */
  AttributedString of(Part part) {
    if (part.drafters().isEmpty()) {
      own++;
      return new AttributedString(part.text());
    }
    String drafter = part.drafters().get(0);
    parts.merge(drafter, 1, Integer::sum);
    return look.styled()
        ? new AttributedString(part.text(), style(drafter))
        : new AttributedString("[" + drafter + ":" + part.text() + "]");
  }

  private AttributedStyle style(String drafter) {
    int index = List.copyOf(parts.keySet()).indexOf(drafter);
    AttributedStyle style = look.colour(COLOURS[index % COLOURS.length]);
    return index < COLOURS.length ? style : style.underline();
  }

  /** Which colour is whose, and how many tokens that were. */
  public AttributedString legend() {
    AttributedStringBuilder legend = new AttributedStringBuilder();
    parts.forEach(
        (drafter, count) ->
            legend
                .styled(style(drafter), look.styled() ? "■ " + drafter : drafter)
                .append(" " + count + "  "));
    return legend.append("the model itself " + own).toAttributedString();
  }
}
