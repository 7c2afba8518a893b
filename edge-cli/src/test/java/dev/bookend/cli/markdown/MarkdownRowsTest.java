package dev.bookend.cli.markdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.junit.jupiter.api.Test;

class MarkdownRowsTest {
  private static final MarkdownRows STYLED = new MarkdownRows(new Look(true, true));
  private static final MarkdownRows PLAIN = new MarkdownRows(Look.PLAIN);

  private static String shown(MarkdownRows rows, String source, int width) {
    return rows.of(source, width).stream()
        .map(row -> row.toString().stripTrailing())
        .collect(Collectors.joining("\n"));
  }

  private static AttributedStyle styleOf(String word, String source) {
    for (AttributedString row : STYLED.of(source, 80)) {
      int at = row.toString().indexOf(word);
      if (at >= 0) {
        return row.styleAt(at);
      }
    }
    throw new AssertionError("no " + word);
  }

  @Test
  void wordsAreKeptTogetherAndLongOnesCut() {
    assertEquals(
        "one two\nthree\nfourteenle\ntters", shown(STYLED, "one two three fourteenletters", 10));
  }

  @Test
  void listsAreIndentedUnderTheirMarks() {
    assertEquals(
        """
        • one and
          two
          1. three
          2. four""",
        shown(STYLED, "- one and two\n  1. three\n  2. four", 10));
  }

  @Test
  void aTableHasColumnsAndItsCellsWrapWhereItIsTooWide() {
    String table = "| name | what |\n|---|--:|\n| a | one two three |\n| bb | x |";
    assertEquals(
        """
        name │          what
        ─────┼──────────────
        a    │ one two three
        bb   │             x"""
            .replace("┼──────────────", "┼──────────────"),
        shown(STYLED, table, 40));
    for (AttributedString row : STYLED.of(table, 16)) {
      assertTrue(row.columnLength() <= 16, row.toString());
    }
    assertEquals("name: a\nwhat: one\ntwo three\n\nname: bb\nwhat: x", shown(STYLED, table, 12));
  }

  @Test
  void withoutStylesTheMarksStay() {
    assertEquals(
        "## Title\n\n**bold** *slanted* `code` ~~no~~\n\n  ```java\n  int x;\n  ```\n\n> quoted\n\n- item",
        shown(
            PLAIN,
            "## Title\n\n**bold** *slanted* `code` ~~no~~\n\n```java\nint x;\n```\n\n> quoted\n\n- item",
            60));
    for (AttributedString row : PLAIN.of("# a **b** `c`\n\n```java\nint x = 1; // d\n```", 60)) {
      assertEquals(row.toString(), row.toAnsi());
    }
  }

  @Test
  void codeIsColouredWhereItsLanguageIsKnown() {
    String code = "```python\ndef f(x):  # why\n    return \"text\" + 1\n```";
    assertEquals(AttributedStyle.DEFAULT.foreground(AttributedStyle.MAGENTA), styleOf("def", code));
    assertEquals(AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN), styleOf("text", code));
    assertEquals(AttributedStyle.DEFAULT.foreground(AttributedStyle.BRIGHT), styleOf("why", code));
    assertEquals(AttributedStyle.DEFAULT, styleOf("f(x)", code));
    assertEquals(AttributedStyle.DEFAULT, styleOf("def", "```nosuch\ndef\n```"));
    assertEquals(
        AttributedStyle.DEFAULT.foreground(AttributedStyle.BRIGHT),
        styleOf("second", "```java\n/* first\nsecond */ int x;\n```"));
  }

  @Test
  void codeKeepsItsSpacesAndIsCutRatherThanWrapped() {
    assertEquals(
        "  sh\n  for  x  in\n   1 2; do\n      echo\n  done",
        shown(STYLED, "```sh\nfor  x  in 1 2; do\n\techo\ndone\n```", 12));
  }

  @Test
  void lineBreaksAndIndentsOfAParagraphStay() {
    assertEquals("def f(n):\n    return n", shown(STYLED, "def f(n):\n    return n", 40));
  }

  @Test
  void aLinkSaysWhereItLeads() {
    assertEquals(
        "see here (http://example.org)", shown(STYLED, "see [here](http://example.org)", 60));
    assertEquals("http://example.org", shown(STYLED, "<http://example.org>", 60));
  }

  @Test
  void whatIsNestedWithoutEndIsShownAllTheSame() {
    for (String mark : List.of("> ", "- ", "**a ", "[", "*_", "1. ")) {
      String text = mark.repeat(5_000) + "end";
      assertTrue(shown(STYLED, text, 40).replace("\n", "").contains("end"), mark);
    }
    assertFalse(shown(STYLED, "![".repeat(3_000) + "x", 40).isEmpty());
  }
}
