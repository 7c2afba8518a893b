package dev.bookend.speculation.drafthead;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.contract.Contract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stand-in head's file gives back what was written, or says why it cannot be used. */
class StandInFileTest {
  private static final Contract CONTRACT = new Contract("0123456789abcdef0123", 30, 4, 26, 8);

  @TempDir private Path directory;
  private final byte[] weights = new byte[17 * 8 * 2];
  private StandInFile file;

  @BeforeEach
  void write() {
    new Random(4).nextBytes(weights);
    file = new StandInFile(directory.resolve("below").resolve("a.standin"), CONTRACT);
    assertFalse(file.exists());
    file.write(weights);
  }

  @Test
  void givesBackWhatWasWrittenAndLeavesNothingBeside() throws Exception {
    assertTrue(file.exists());
    assertArrayEquals(weights, file.read());
    try (Stream<Path> files = Files.list(file.path().getParent())) {
      assertEquals(List.of(file.path()), files.toList());
    }
  }

  @Test
  void isLookedForByModelAndSplit() {
    String name = StandInFile.of(CONTRACT).path().getFileName().toString();
    assertEquals("0123456789abcdef-4-26.standin", name);
  }

  /** Whatever is cut off or changed, and wherever. */
  @Test
  void aDamagedFileIsRefused() throws Exception {
    byte[] whole = Files.readAllBytes(file.path());
    for (int length = 0; length < whole.length; length++) {
      Files.write(file.path(), Arrays.copyOf(whole, length));
      assertNamesTheFile(file);
    }
    for (int at = 0; at < whole.length; at++) {
      byte[] changed = whole.clone();
      changed[at] ^= 0x10;
      Files.write(file.path(), changed);
      assertNamesTheFile(file);
    }
  }

  @Test
  void oneForAnotherMiddleIsRefused() {
    for (Contract other :
        List.of(
            new Contract("1123456789abcdef0123", 30, 4, 26, 8),
            new Contract("0123456789abcdef0123", 30, 3, 26, 8),
            new Contract("0123456789abcdef0123", 30, 4, 26, 4))) {
      String message = assertNamesTheFile(new StandInFile(file.path(), other));
      assertTrue(message.contains("another model or split"), message);
    }
  }

  private static String assertNamesTheFile(StandInFile file) {
    BookendException failure = assertThrows(BookendException.class, file::read);
    assertEquals(ErrorCode.DRAFT_HEAD_DAMAGED, failure.code());
    assertTrue(failure.getMessage().startsWith(file.path().toString()), failure.getMessage());
    return failure.getMessage();
  }
}
