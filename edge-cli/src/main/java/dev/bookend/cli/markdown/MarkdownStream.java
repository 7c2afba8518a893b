package dev.bookend.cli.markdown;

import java.util.ArrayList;
import java.util.List;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.node.Block;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.LinkReferenceDefinition;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;

/**
 * Markdown that comes in pieces, cut into blocks. A block is given out as soon as no later line can
 * change it; the one that is still open can be looked at as it grows.
 *
 * <p>What the blocks are is decided line by line, so that it does not depend on where the text was
 * cut into pieces. A reference to a link definition in another block stays as it is written: it
 * could only be resolved by going back.
 *
 * <p>Not thread-safe.
 */
public final class MarkdownStream {
  private final List<String> lines = new ArrayList<>(); // of the open block, each complete
  private final StringBuilder line = new StringBuilder(); // the one that is not complete yet
  private String fence = ""; // what an open block of code can only end with; empty: it is none

  /**
   * Takes the next piece.
   *
   * @return the source of the blocks that are finished now, in order; usually none
   */
  public List<String> add(String piece) {
    List<String> finished = new ArrayList<>();
    int start = 0;
    for (int end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      line.append(piece, start, end);
      addLine(finished);
      start = end + 1;
    }
    line.append(piece, start, piece.length());
    return finished;
  }

  /** The source of the block that is still open; empty if there is none. */
  public String open() {
    String all = String.join("\n", lines);
    return line.length() == 0 ? all : lines.isEmpty() ? line.toString() : all + "\n" + line;
  }

  /**
   * Ends the text, and begins anew.
   *
   * @return the source of the blocks that were still open
   */
  public List<String> finish() {
    List<String> finished = new ArrayList<>();
    if (line.length() > 0) {
      addLine(finished);
    }
    take(lines.size(), finished);
    return finished;
  }

  private void addLine(List<String> finished) {
    if (line.length() > 0 && line.charAt(line.length() - 1) == '\r') {
      line.setLength(line.length() - 1);
    }
    String complete = line.toString();
    line.setLength(0);
    if (lines.isEmpty() && complete.isBlank()) {
      return;
    }
    lines.add(complete);
    if (fence.isEmpty() || complete.strip().startsWith(fence)) {
      Node document = MarkdownSyntax.parse(String.join("\n", lines));
      take(boundary(document), finished);
      Node last = document.getLastChild();
      fence =
          last instanceof FencedCodeBlock code && code.getClosingFenceLength() == null
              ? code.getFenceCharacter().repeat(code.getOpeningFenceLength())
              : "";
    }
  }

  /** Takes the first lines for finished. */
  private void take(int count, List<String> finished) {
    List<String> taken = lines.subList(0, count);
    String source = String.join("\n", taken);
    taken.clear();
    if (lines.isEmpty()) {
      fence = "";
    }
    if (!source.isBlank()) {
      finished.add(source);
    }
  }

  /** The line with which the last block begins that may still grow. */
  private int boundary(Node document) {
    Node last = document.getLastChild();
    while (last != null && last.getPrevious() != null && isOneWith(last.getPrevious(), last)) {
      last = last.getPrevious();
    }
    return last == null || last.getPrevious() == null ? 0 : firstLine(last);
  }

  /** Definitions of links are taken off a paragraph's beginning, and the rest may become one. */
  private boolean isOneWith(Node before, Node after) {
    return before instanceof LinkReferenceDefinition
        && (after instanceof Paragraph
            || after instanceof Heading // a paragraph that was underlined
            || after instanceof TableBlock
            || after instanceof LinkReferenceDefinition)
        && !lines.get(firstLine(after) - 1).isBlank();
  }

  private static int firstLine(Node node) {
    return ((Block) node).getSourceSpans().get(0).getLineIndex();
  }
}
