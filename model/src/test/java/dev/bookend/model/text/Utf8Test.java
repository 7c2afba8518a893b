package dev.bookend.model.text;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Utf8Test {
  @Test
  void aMarkAtTheBeginningIsNoPartOfAText(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("text"), "\uFEFFGrüße\uFEFF\r\n");
    assertEquals("Grüße\uFEFF\r\n", Utf8.read(file));
    assertEquals("", Utf8.decode("\uFEFF".getBytes(UTF_8)));
  }

  @Test
  void otherEncodingsAreRefused() {
    for (String text : List.of("Grüße", "ASCII")) {
      for (Charset other : List.of(UTF_16, UTF_16LE, UTF_16BE)) {
        assertThrows(CharacterCodingException.class, () -> Utf8.decode(text.getBytes(other)));
      }
    }
    assertThrows(CharacterCodingException.class, () -> Utf8.decode("ü".getBytes(ISO_8859_1)));
  }
}
