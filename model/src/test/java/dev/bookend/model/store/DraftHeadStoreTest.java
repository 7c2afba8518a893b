package dev.bookend.model.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Draft heads come from a directory, from Hugging Face's cache, or from a hub on this machine. */
class DraftHeadStoreTest {
  private static final Progress SILENT = (what, done, total) -> {};

  @TempDir Path home;
  private final FakeHub hub = new FakeHub();
  private final Map<String, String> variables = new HashMap<>();

  @BeforeEach
  void fill() {
    variables.put("HF_ENDPOINT", hub.endpoint());
    put("config.json");
    put("README.md");
    put("pytorch_model.bin");
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private void put(String file) {
    hub.files.put(file, file.getBytes(StandardCharsets.UTF_8));
  }

  private ModelStore store() {
    return new ModelStore(variables, home);
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private String failure(ErrorCode code, String head) {
    BookendException failure =
        assertThrows(BookendException.class, () -> store().resolveHead(head, SILENT));
    assertEquals(code, failure.code(), failure.getMessage());
    return failure.getMessage();
  }

  @Test
  void aHeadIsFetchedOnceAndListedAndRemovedAsModelsAre() throws Exception {
    Path directory = store().resolveHead("owner/name", SILENT);
    assertEquals(List.of("config.json", "pytorch_model.bin"), names(directory));
    assertArrayEquals(
        hub.files.get("pytorch_model.bin"),
        Files.readAllBytes(directory.resolve("pytorch_model.bin")));
    int requests = hub.requests.size();
    assertEquals(directory, store().resolveHead("owner/name", SILENT));
    assertEquals(requests, hub.requests.size());
    assertEquals("owner/name", store().list().get(0).name());
    store().remove("owner/name");
    assertEquals(List.of(), store().list());
  }

  @Test
  void ofBothFormsTheSafeOneIsFetched() throws Exception {
    put("model.safetensors");
    Path directory = store().resolveHead("owner/name", SILENT);
    assertEquals(List.of("config.json", "model.safetensors"), names(directory));
  }

  @Test
  void aDirectoryIsGivenBackAsItIs() {
    assertEquals(home, store().resolveHead(home.toString(), SILENT));
  }

  @Test
  void whatIsInHuggingFacesCacheIsNotFetched() throws Exception {
    Path repository = home.resolve(".cache/huggingface/hub/models--owner--name");
    Path snapshot = repository.resolve("snapshots").resolve(FakeHub.COMMIT);
    Files.createDirectories(snapshot);
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), FakeHub.COMMIT);
    Files.writeString(snapshot.resolve("config.json"), "{}");
    Files.writeString(snapshot.resolve("pytorch_model.bin"), "weights");
    assertEquals(snapshot, store().resolveHead("owner/name", SILENT));
    assertEquals(0, hub.requests.size());
    Files.delete(snapshot.resolve("pytorch_model.bin"));
    assertTrue(
        store().resolveHead("owner/name", SILENT).startsWith(home.resolve(".cache/bookend")));
  }

  @Test
  void whatIsNoHeadIsTold() {
    String message = failure(ErrorCode.MODEL_NOT_FOUND, "nowhere");
    assertTrue(message.startsWith("no draft head 'nowhere': give an existing directory"), message);
    failure(ErrorCode.MODEL_NOT_FOUND, "owner/name:file.gguf");
    hub.files.remove("pytorch_model.bin");
    message = failure(ErrorCode.MODEL_UNSUPPORTED, "owner/name");
    assertTrue(message.startsWith("owner/name is no draft head: it has no config.json"), message);
    variables.put("HF_HUB_OFFLINE", "1");
    failure(ErrorCode.HUB_UNREACHABLE, "owner/name");
  }
}
