package dev.bookend.cli.markdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.VisibleText;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;

class MarkdownStreamTest {
  private static final MarkdownRows ROWS = new MarkdownRows(new Look(true, true));

  private static List<AttributedString> rows(List<String> blocks, int width) {
    List<AttributedString> rows = new ArrayList<>();
    for (String block : blocks) {
      if (!rows.isEmpty()) {
        rows.add(AttributedString.EMPTY);
      }
      rows.addAll(ROWS.of(block, width));
    }
    return rows;
  }

  private static List<String> blocks(List<String> pieces) {
    MarkdownStream stream = new MarkdownStream();
    List<String> blocks = new ArrayList<>();
    pieces.forEach(piece -> blocks.addAll(stream.add(piece)));
    blocks.addAll(stream.finish());
    return blocks;
  }

  private static List<String> cut(String text, List<Integer> cuts) {
    List<String> pieces = new ArrayList<>();
    int from = 0;
    for (int to :
        cuts.stream().map(cut -> Math.floorMod(cut, text.length() + 1)).sorted().toList()) {
      pieces.add(text.substring(from, to));
      from = to;
    }
    pieces.add(text.substring(from));
    return pieces;
  }

  @Property(tries = 150)
  void howTheTextIsCutDoesNotChangeWhatIsShown(
      @ForAll("markdown") String text, @ForAll List<Integer> cuts, @ForAll("widths") int width) {
    List<AttributedString> whole = rows(blocks(List.of(text)), width);
    assertEquals(whole, rows(blocks(cut(text, cuts)), width));
    for (AttributedString row : whole) {
      assertTrue(row.columnLength() <= width, row + " is wider than " + width);
      assertEquals(VisibleText.line(row.toString()), row.toString());
    }
  }

  /** What is finished must not have been taken apart: the blocks are those of the whole text. */
  @Property(tries = 150)
  void theBlocksAreThoseOfTheWholeText(@ForAll("markdown") String text) {
    List<String> blocks = blocks(List.of(text));
    int together = 0;
    for (String block : blocks) {
      for (var node = MarkdownSyntax.parse(block).getFirstChild();
          node != null;
          node = node.getNext()) {
        together++;
      }
    }
    int whole = 0;
    for (var node = MarkdownSyntax.parse(text).getFirstChild();
        node != null;
        node = node.getNext()) {
      whole++;
    }
    assertEquals(whole, together, blocks.toString());
  }

  /** Without the definition before it, the heading's first line would begin a list. */
  @Test
  void aHeadingBehindADefinitionStaysWhole() {
    String text = "[name]: http://example.org\n2) second\nmore\n---";
    assertEquals(List.of(text), blocks(List.of(text)));
  }

  @Property(tries = 100)
  void nothingButMarksIsLost(@ForAll("words") List<String> words, @ForAll("widths") int width) {
    String text = String.join(" ", words);
    String shown =
        rows(blocks(List.of(text)), width).stream()
            .map(AttributedString::toString)
            .reduce("", String::concat);
    assertEquals(text.replace(" ", ""), shown.replace(" ", ""));
  }

  @Provide
  Arbitrary<String> markdown() {
    Arbitrary<String> line =
        Arbitraries.of(
            "# Heading",
            "Some text with **bold**, *slanted* and `code`.",
            "- item",
            "* other item",
            "  - nested item",
            "1. first",
            "2) second",
            "   continued",
            "> quoted",
            "```java",
            "```",
            "~~~",
            "int x = 1; // one",
            "    indented",
            "| a | b |",
            "|---|:-:|",
            "| 1 | two words |",
            "---",
            "===",
            "#",
            "[name]: http://example.org",
            "\"a title",
            "[name] and [other][name]",
            "![picture](x.png) <b>html</b>",
            "<div>",
            "東京は日本の首都です。",
            "a\tb\r",
            "**",
            "",
            "",
            "");
    return line.list().ofMaxSize(14).map(lines -> String.join("\n", lines));
  }

  @Provide
  Arbitrary<List<String>> words() {
    return Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(30).list().ofMaxSize(20);
  }

  @Provide
  Arbitrary<Integer> widths() {
    return Arbitraries.integers().between(12, 100);
  }

  @Test
  void aBlockIsFinishedOnceTheNextHasBegunAndNotBefore() {
    MarkdownStream stream = new MarkdownStream();
    assertEquals(List.of(), stream.add("Hello *wor"));
    assertEquals("Hello *wor", stream.open());
    assertEquals(List.of(), stream.add("ld*\n\n"));
    assertEquals(List.of(), stream.add("#"));
    assertEquals(List.of("Hello *world*\n"), stream.add(" Title\n"));
    assertEquals("# Title", stream.open());
  }

  @Test
  void aHeadingUnderAParagraphIsNotTakenForAnotherBlock() {
    assertEquals(List.of("Title\n---", "text"), blocks(List.of("Title\n-", "--\ntext")));
  }

  @Test
  void aFenceIsOnlyEndedByItsLike() {
    assertEquals(
        List.of("````\n```\n# no heading\n````", "text"),
        blocks(List.of("````\n```\n# no heading\n````\ntext")));
  }
}
