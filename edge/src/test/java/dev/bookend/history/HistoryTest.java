package dev.bookend.history;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of a user's sessions. */
class HistoryTest {
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void place() {
    file = directory.resolve("history").resolve("0123.tokens");
  }

  private void assertTexts(int[]... texts) {
    List<int[]> read = new History(file).read();
    assertEquals(texts.length, read.size());
    for (int i = 0; i < texts.length; i++) {
      assertArrayEquals(texts[i], read.get(i));
    }
  }

  @Test
  void textsAreKeptInOrderAndForgotten() {
    History history = new History(file);
    assertEquals(List.of(), history.read());
    history.add(new int[] {1, 2, 3});
    new History(file).add(new int[] {1_000_000, 0});
    assertTexts(new int[] {1, 2, 3}, new int[] {1_000_000, 0});
    assertEquals(List.of(file), History.all(file.getParent()).stream().map(History::file).toList());
    history.clear();
    assertEquals(List.of(), History.all(file.getParent()));
  }

  @Test
  void aConversationThatGrowsIsKeptOnce() {
    History history = new History(file);
    history.add(new int[] {1, 2});
    history.add(new int[] {1, 2});
    history.add(new int[] {1, 2, 3, 4});
    history.add(new int[] {1, 9});
    assertTexts(new int[] {1, 2}, new int[] {3, 4}, new int[] {9});
  }

  @Test
  void onlyTheUserMayReadIt() throws Exception {
    new History(file).add(new int[] {1});
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
  }

  @Test
  void whatACrashHasLeftIsWrittenOver() throws Exception {
    new History(file).add(new int[] {1, 2, 3});
    Files.write(file, new byte[] {0, 0, 0, 9, 0, 0}, StandardOpenOption.APPEND);
    assertTexts(new int[] {1, 2, 3});
    new History(file).add(new int[] {4});
    assertTexts(new int[] {1, 2, 3}, new int[] {4});
  }

  @Test
  void theOlderHalfGoesWhenThereIsTooMuch() throws Exception {
    int[] large = new int[400_000];
    for (int number = 0; number < 7; number++) {
      Arrays.fill(large, number);
      new History(file).add(large);
    }
    List<int[]> kept = new History(file).read();
    assertEquals(6, kept.get(kept.size() - 1)[0]);
    assertTrue(kept.get(0)[0] > 1, "starts with " + kept.get(0)[0]);
    assertTrue(Files.size(file) <= 8 << 20);
  }
}
