package dev.bookend.cli.markdown;

import java.util.ArrayList;
import java.util.List;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.node.BlockQuote;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.LinkReferenceDefinition;
import org.commonmark.node.ListBlock;
import org.commonmark.node.Node;
import org.commonmark.node.OrderedList;
import org.commonmark.node.ThematicBreak;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * Turns the source of Markdown blocks into rows of a terminal. What is in the source is text and
 * nothing else: the caller has made control characters visible before. Immutable.
 */
public final class MarkdownRows {
  private static final int NARROWEST = 8;
  private static final int CODE_INDENT = 2;

  private final Look look;
  private final InlineText inline;
  private final CodeRows code;
  private final TableRows tables;

  public MarkdownRows(Look look) {
    this.look = look;
    this.inline = new InlineText(look);
    this.code = new CodeRows(look);
    this.tables = new TableRows(look, inline);
  }

  /**
   * The rows of some blocks, with an empty row between two.
   *
   * @param source as {@link MarkdownStream} gives it
   * @param width columns of a row; no row is wider
   */
  public List<AttributedString> of(String source, int width) {
    List<AttributedString> rows = new ArrayList<>();
    for (AttributedString row : blocks(MarkdownSyntax.parse(source), width, true)) {
      if (row.columnLength() <= width) {
        rows.add(row);
      } else {
        rows.addAll(RowWrap.wrap(row, width));
      }
    }
    return rows;
  }

  private List<AttributedString> blocks(Node parent, int width, boolean spaced) {
    List<AttributedString> rows = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNext()) {
      if (spaced
          && node != parent.getFirstChild()
          && !(node.getPrevious() instanceof LinkReferenceDefinition)) {
        rows.add(AttributedString.EMPTY);
      }
      rows.addAll(block(node, Math.max(NARROWEST, width)));
    }
    return rows;
  }

  private List<AttributedString> block(Node node, int width) {
    if (node instanceof Heading heading) {
      String mark = look.styled() ? "" : "#".repeat(heading.getLevel()) + " ";
      return prefixed(
          mark,
          " ".repeat(mark.length()),
          AttributedStyle.DEFAULT,
          RowWrap.wrap(inline.of(node, headingStyle(heading)), width - mark.length()));
    }
    if (node instanceof FencedCodeBlock block) {
      return code.of(block.getLiteral(), block.getInfo(), width - CODE_INDENT);
    }
    if (node instanceof IndentedCodeBlock block) {
      return code.of(block.getLiteral(), "", width - CODE_INDENT);
    }
    if (node instanceof BlockQuote) {
      String bar = look.styled() ? look.bar() + " " : "> ";
      return prefixed(bar, bar, look.dim(), blocks(node, width - bar.length(), true));
    }
    if (node instanceof ListBlock list) {
      return list(list, width);
    }
    if (node instanceof TableBlock table) {
      return tables.of(table, width);
    }
    if (node instanceof ThematicBreak) {
      return List.of(new AttributedString(look.rule().repeat(Math.min(width, 40)), look.dim()));
    }
    if (node instanceof HtmlBlock html) {
      return RowWrap.wrap(new AttributedString(html.getLiteral().replace("\t", "  ")), width);
    }
    if (node instanceof LinkReferenceDefinition definition) {
      return RowWrap.wrap(
          new AttributedString(
              "[" + definition.getLabel() + "]: " + definition.getDestination(), look.dim()),
          width);
    }
    return RowWrap.wrap(inline.of(node, AttributedStyle.DEFAULT), width); // a paragraph
  }

  private AttributedStyle headingStyle(Heading heading) {
    return look.styled() && heading.getLevel() <= 2 ? look.strong().underline() : look.strong();
  }

  private List<AttributedString> list(ListBlock list, int width) {
    List<AttributedString> rows = new ArrayList<>();
    int number = list instanceof OrderedList ordered ? start(ordered) : 0;
    String delimiter =
        list instanceof OrderedList ordered && ordered.getMarkerDelimiter() != null
            ? ordered.getMarkerDelimiter()
            : ".";
    for (Node item = list.getFirstChild(); item != null; item = item.getNext()) {
      String mark = list instanceof OrderedList ? number++ + delimiter + " " : look.bullet() + " ";
      List<AttributedString> content = blocks(item, width - mark.length(), !list.isTight());
      if (content.isEmpty()) {
        content = List.of(AttributedString.EMPTY);
      }
      if (!list.isTight() && item != list.getFirstChild()) {
        rows.add(AttributedString.EMPTY);
      }
      rows.addAll(prefixed(mark, " ".repeat(mark.length()), AttributedStyle.DEFAULT, content));
    }
    return rows;
  }

  private static int start(OrderedList list) {
    return list.getMarkerStartNumber() == null ? 1 : list.getMarkerStartNumber();
  }

  private static List<AttributedString> prefixed(
      String first, String others, AttributedStyle style, List<AttributedString> rows) {
    List<AttributedString> all = new ArrayList<>();
    for (AttributedString row : rows) {
      String prefix = all.isEmpty() ? first : others;
      all.add(new AttributedStringBuilder().styled(style, prefix).append(row).toAttributedString());
    }
    return all;
  }
}
