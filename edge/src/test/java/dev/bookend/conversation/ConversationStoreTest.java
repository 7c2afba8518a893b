package dev.bookend.conversation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConversationStoreTest {
  private static final SavedConversation TALK =
      new SavedConversation(
          new ModelIdentity("a/model", "abc", "def"),
          Instant.parse("2026-11-29T10:00:00Z"),
          List.of(
              new Message(Role.SYSTEM, "Be brief."),
              new Message(Role.USER, "Grüße <b> & \"東京\" \u001b[31m\u2028"),
              new Message(
                  Role.ASSISTANT,
                  "",
                  Map.of("tool_calls", List.of(Map.of("id", "1", "count", 7L, "share", 0.5)))),
              new Message(Role.TOOL, "12", Map.of("tool_call_id", "1"))));

  @TempDir private Path temporary;
  private ConversationStore store;

  @BeforeEach
  void open() {
    store = new ConversationStore(temporary.resolve("conversations"));
  }

  @Test
  void whatIsSavedComesBackWhole() {
    store.save("Grüße 1", TALK);
    assertEquals(TALK, store.load("Grüße 1"));
    assertEquals(TALK, ConversationStore.read(store.directory().resolve("Grüße 1.json")));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void onlyTheUserCanReadItAndNothingElseIsLeftThere() throws Exception {
    Path file = store.save("talk", TALK);
    store.save("talk", TALK);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(store.directory())));
    try (var files = Files.list(store.directory())) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void theOneSavedLastIsListedFirst() throws Exception {
    assertEquals(List.of(), store.names());
    Path old = store.save("old", TALK);
    store.save("new", TALK);
    Files.setLastModifiedTime(old, FileTime.fromMillis(0));
    Files.writeString(store.directory().resolve("notes.txt"), "");
    assertEquals(List.of("new", "old"), store.names());
  }

  @Test
  void whatIsDeletedIsGoneAndNothingElse() {
    store.save("old", TALK);
    store.save("new", TALK);
    store.delete("old");
    assertEquals(List.of("new"), store.names());
    BookendException gone = assertThrows(BookendException.class, () -> store.delete("old"));
    assertEquals("no conversation is saved as 'old'", gone.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../x", "a/b", ".hidden", "a\u001bb", "-x"})
  void aNameCannotLeadElsewhere(String name) {
    assertThrows(IllegalArgumentException.class, () -> store.save(name, TALK));
    assertThrows(IllegalArgumentException.class, () -> store.load(name));
    assertThrows(IllegalArgumentException.class, () -> store.delete(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"bookend_conversation\": 2}",
        "{\"bookend_conversation\": {}}",
        "{\"bookend_conversation\": 1, \"saved\": \"today\"}",
        "{\"bookend_conversation\": 1, \"saved\": \"2026-11-29T10:00:00Z\", \"model\": {\"name\":"
            + " \"a\", \"fingerprint\": \"b\", \"tokenizer\": \"c\"}, \"messages\": [{\"role\":"
            + " \"nobody\", \"content\": \"\"}]}",
        "{\"bookend_conversation\": 1, \"saved\": \"2026-11-29T10:00:00Z\", \"model\": {\"name\":"
            + " \"a\", \"fingerprint\": \"b\", \"tokenizer\": \"c\"}, \"messages\": [{\"role\":"
            + " \"user\", \"content\": 5}]}"
      })
  void whatIsNoConversationIsRefused(String json) throws Exception {
    Path file = temporary.resolve("x.json");
    Files.writeString(file, json);
    BookendException refused =
        assertThrows(BookendException.class, () -> ConversationStore.read(file));
    assertEquals(ErrorCode.IO_FAILED, refused.code());
    assertTrue(refused.getMessage().contains("not a saved conversation"), refused.getMessage());
  }

  @Test
  void aDeepFileDoesNotExhaustTheStack() throws Exception {
    Path file = temporary.resolve("x.json");
    Files.writeString(file, "[".repeat(200_000));
    assertThrows(BookendException.class, () -> ConversationStore.read(file));
  }

  @Test
  void whatALaterVersionAddsIsPassedOver() {
    String json = ConversationFormat.write(TALK).replaceFirst("\\{", "{\"later\": [1],");
    assertEquals(TALK, ConversationFormat.read(json));
  }

  @Test
  void aConversationThatIsNotThereIsNamed() {
    BookendException missing = assertThrows(BookendException.class, () -> store.load("none"));
    assertTrue(missing.getMessage().contains("'none'"), missing.getMessage());
  }
}
