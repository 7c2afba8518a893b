package dev.bookend.cli.markdown;

import java.util.List;
import org.commonmark.ext.gfm.strikethrough.Strikethrough;
import org.commonmark.node.Code;
import org.commonmark.node.Document;
import org.commonmark.node.Emphasis;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.StrongEmphasis;
import org.commonmark.node.Text;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * The text of a paragraph, heading or cell. A line break of the source stays one, with the
 * indentation behind it: models write verse and code without marks.
 */
final class InlineText {
  private final Look look;

  InlineText(Look look) {
    this.look = look;
  }

  /** The text of a node's children. */
  AttributedString of(Node parent, AttributedStyle style) {
    AttributedStringBuilder text = new AttributedStringBuilder();
    children(parent, style, text);
    return text.toAttributedString();
  }

  private void children(Node parent, AttributedStyle style, AttributedStringBuilder text) {
    for (Node node = parent.getFirstChild(); node != null; node = node.getNext()) {
      add(node, style, text);
    }
  }

  private void add(Node node, AttributedStyle style, AttributedStringBuilder text) {
    if (node instanceof Text literal) {
      text.styled(style, literal.getLiteral().replace("\t", "  "));
    } else if (node instanceof Code code) {
      marked("`", text, () -> text.styled(codeStyle(style), code.getLiteral().replace("\t", "  ")));
    } else if (node instanceof Emphasis) {
      marked("*", text, () -> children(node, look.styled() ? style.italic() : style, text));
    } else if (node instanceof StrongEmphasis) {
      marked("**", text, () -> children(node, look.styled() ? style.bold() : style, text));
    } else if (node instanceof Strikethrough) {
      marked("~~", text, () -> children(node, look.styled() ? style.crossedOut() : style, text));
    } else if (node instanceof Link link) {
      link(link, style, text);
    } else if (node instanceof Image image) {
      text.styled(style, "[");
      children(node, style, text);
      text.styled(style, "]").styled(look.dim(), " (" + image.getDestination() + ")");
    } else if (node instanceof SoftLineBreak || node instanceof HardLineBreak) {
      text.append("\n").append(" ".repeat(indentBehind(node)));
    } else if (node instanceof HtmlInline html) {
      text.styled(style, html.getLiteral().replace("\t", "  "));
    } else {
      children(node, style, text);
    }
  }

  private AttributedStyle codeStyle(AttributedStyle style) {
    return look.styled() ? style.foreground(AttributedStyle.CYAN) : style;
  }

  private void marked(String mark, AttributedStringBuilder text, Runnable content) {
    String shown = look.styled() ? "" : mark;
    text.append(shown);
    content.run();
    text.append(shown);
  }

  private void link(Link link, AttributedStyle style, AttributedStringBuilder text) {
    AttributedString label = of(link, look.styled() ? style.underline() : style);
    text.append(label);
    String target = link.getDestination();
    if (!label.toString().equals(target) && !("mailto:" + label).equals(target)) {
      text.styled(look.dim(), " (" + target + ")");
    }
  }

  /** By how much the line behind a break is indented, in a paragraph that stands by itself. */
  private static int indentBehind(Node lineBreak) {
    Node next = lineBreak.getNext();
    if (next == null || !(lineBreak.getParent().getParent() instanceof Document)) {
      return 0;
    }
    List<SourceSpan> spans = next.getSourceSpans();
    return spans.isEmpty() ? 0 : spans.get(0).getColumnIndex();
  }
}
