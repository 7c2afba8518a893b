package dev.bookend.examples.embedding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The README shows the program that is compiled here and run by {@link ConversationIT}. */
class ReadmeTest {
  private static final Path PROGRAM =
      Path.of("src/main/java/dev/bookend/examples/embedding/Conversation.java");
  private static final Path README = Path.of("../../README.md");

  private static String between(Path file, String begin, String end) throws IOException {
    String text = Files.readString(file);
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf(end, from);
    assertTrue(from >= begin.length() && to >= 0, file + " lacks " + begin + " or " + end);
    return text.substring(from, to);
  }

  @Test
  void theReadmeShowsThisProgram() throws Exception {
    String program = between(PROGRAM, "// README begins\n", "\n    // README ends").stripIndent();
    assertEquals(program, between(README, "```java\n", "\n```"));
  }

  @Test
  void thePomToCopyHasTheVersionsOfThisBuild() throws Exception {
    Path build = Path.of("../../pom.xml");
    String pytorch = between(build, "<pytorch.version>", "</");
    String djl = between(build, "<djl.version>", "</");
    String pom = between(Path.of("../README.md"), "```xml\n", "\n```");
    assertTrue(pom.contains("<version>" + between(build, "<version>", "</") + "</version>"), pom);
    assertTrue(pom.contains("<version>" + pytorch + "-" + djl + "</version>"), pom);
    assertTrue(pom.contains("<version>" + pytorch + "</version>"), pom);
  }
}
