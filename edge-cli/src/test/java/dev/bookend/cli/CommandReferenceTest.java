package dev.bookend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandReferenceTest {
  /** Written anew with {@code mvn -pl edge-cli -am test -Dbookend.reference=write}. */
  @Test
  void theDocumentationListsEveryCommandAndFlag() throws IOException {
    Path page = Path.of("../docs/commands.md");
    String reference = CommandReference.of(Main.commandLine(Map.of()));
    if (System.getProperty("bookend.reference", "").equals("write")) {
      Files.writeString(page, reference);
    }
    assertEquals(Files.readString(page), reference, "write it anew: -Dbookend.reference=write");
  }
}
