package dev.bookend.cli.markdown;

import org.jline.utils.AttributedStyle;

/**
 * How text may look in a terminal. Without styles the marks of Markdown stay, for otherwise what is
 * emphasised or code could not be seen.
 *
 * @param styled whether there is colour, bold and the like
 * @param unicode whether lines and bullets may be drawn with characters beyond ASCII
 */
public record Look(boolean styled, boolean unicode) {
  /** Without any style, in ASCII. */
  public static final Look PLAIN = new Look(false, false);

  private static final AttributedStyle NONE = AttributedStyle.DEFAULT;

  /** Headings and whatever else stands out. */
  public AttributedStyle strong() {
    return styled ? NONE.bold() : NONE;
  }

  /** What is there to be passed over: rules, hints, figures at the side. */
  public AttributedStyle dim() {
    return styled ? NONE.foreground(AttributedStyle.BRIGHT) : NONE;
  }

  /** Code in a line of text. */
  public AttributedStyle code() {
    return colour(AttributedStyle.CYAN);
  }

  /** What went well. */
  public AttributedStyle good() {
    return colour(AttributedStyle.GREEN);
  }

  /** What went wrong. */
  public AttributedStyle bad() {
    return colour(AttributedStyle.RED);
  }

  /** What needs attention. */
  public AttributedStyle warning() {
    return colour(AttributedStyle.YELLOW);
  }

  /** One of the terminal's own colours, {@link AttributedStyle#RED} and so on. */
  public AttributedStyle colour(int colour) {
    return styled ? NONE.foreground(colour) : NONE;
  }

  String bullet() {
    return unicode ? "•" : "-";
  }

  String bar() {
    return unicode ? "│" : "|";
  }

  String rule() {
    return unicode ? "─" : "-";
  }

  String crossing() {
    return unicode ? "┼" : "+";
  }
}
