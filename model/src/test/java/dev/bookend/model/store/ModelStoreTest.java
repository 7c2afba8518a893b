package dev.bookend.model.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fetches from a hub that listens on a socket of this machine. */
class ModelStoreTest {
  private static final Progress SILENT = (what, done, total) -> {};

  @TempDir Path home;
  private final FakeHub hub = new FakeHub();
  private final Map<String, String> variables = new HashMap<>();
  private final byte[] weights = new byte[300_000];

  @BeforeEach
  void fill() {
    variables.put("HF_ENDPOINT", hub.endpoint());
    variables.put("HF_TOKEN", "token");
    new Random(1).nextBytes(weights);
    put("config.json", "{}");
    put("tokenizer.json", "{\"a\": 1}");
    put("README.md", "no part of the model");
    put("consolidated.safetensors", "the same again");
    hub.files.put("model.safetensors", weights);
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private void put(String file, String content) {
    hub.files.put(file, content.getBytes(StandardCharsets.UTF_8));
  }

  private ModelStore store() {
    return new ModelStore(variables, home);
  }

  private Path models() {
    return home.resolve(".cache/bookend/models");
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private String failure(ErrorCode code, String model) {
    BookendException failure =
        assertThrows(BookendException.class, () -> store().resolve(model, SILENT));
    String message = failure.getMessage();
    assertEquals(code, failure.code(), message);
    assertEquals(1, message.lines().count(), message);
    assertFalse(message.contains("token"), message);
    return message;
  }

  @Test
  void fetchesWhatMakesAModelOnce() throws IOException {
    Path directory = store().resolve("owner/name", SILENT);
    assertEquals(List.of("config.json", "model.safetensors", "tokenizer.json"), names(directory));
    assertArrayEquals(weights, Files.readAllBytes(directory.resolve("model.safetensors")));
    int requests = hub.requests.size();
    assertEquals(directory, store().resolve("owner/name", SILENT));
    assertEquals(requests, hub.requests.size());
  }

  @Test
  void tokenGoesToTheHubOnly() {
    store().resolve("owner/name", SILENT);
    assertTrue(hub.requested("/resolve/") > 0);
    assertEquals(hub.requests.size() - hub.requested("/blob/"), hub.requested("Bearer token"));
    assertEquals(1, hub.requested("/blob/model.safetensors - -"));
  }

  @Test
  void tokenFileOfTheHubsOwnToolsIsRead() throws IOException {
    variables.remove("HF_TOKEN");
    Path file = home.resolve(".cache/huggingface/token");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "filed\n");
    store().resolve("owner/name", SILENT);
    assertTrue(hub.requested("Bearer filed") > 0);
  }

  @Test
  void progressEndsAtTheSizeOfEachFile() {
    Map<String, Long> seen = new HashMap<>();
    store().resolve("owner/name", (what, done, total) -> seen.put(what, total - done));
    assertEquals(Map.of("config.json", 0L, "tokenizer.json", 0L, "model.safetensors", 0L), seen);
  }

  @Test
  void goesOnWhereAConnectionBroke() throws IOException {
    hub.cuts.set(2);
    Path directory = store().resolve("owner/name", SILENT);
    assertArrayEquals(weights, Files.readAllBytes(directory.resolve("model.safetensors")));
    assertEquals(3, hub.requested("/blob/"));
    assertEquals(2, hub.requested("/blob/model.safetensors bytes="));
  }

  @Test
  void goesOnWhereAnEarlierProcessStopped() throws IOException {
    Path partial = models().resolve("owner--name.part").resolve(FakeHub.COMMIT);
    Files.createDirectories(partial);
    byte[] half = Arrays.copyOf(weights, 100_000);
    Files.write(partial.resolve("model.safetensors.part"), half);
    Path directory = store().resolve("owner/name", SILENT);
    assertArrayEquals(weights, Files.readAllBytes(directory.resolve("model.safetensors")));
    assertEquals(1, hub.requested("/blob/model.safetensors bytes=100000-"));
    assertFalse(Files.exists(partial));
  }

  @Test
  void beginsAnewWhereTheServerKnowsNoRanges() throws IOException {
    hub.cuts.set(1);
    hub.ignoresRanges = true;
    Path directory = store().resolve("owner/name", SILENT);
    assertArrayEquals(weights, Files.readAllBytes(directory.resolve("model.safetensors")));
  }

  @Test
  void outlastsABusyServer() {
    hub.busy.set(2);
    assertTrue(Files.isDirectory(store().resolve("owner/name", SILENT)));
  }

  @Test
  void givesUpOnADeadServerAndKeepsWhatIsHere() throws IOException {
    Path partial = models().resolve("owner--name.part").resolve(FakeHub.COMMIT);
    Files.createDirectories(partial);
    Path part = Files.write(partial.resolve("model.safetensors.part"), new byte[1000]);
    hub.dead = true;
    assertTrue(failure(ErrorCode.HUB_UNREACHABLE, "owner/name").contains("try again"));
    assertEquals(1000, Files.size(part));
    assertEquals(List.of(), store().list());
  }

  @Test
  void wrongChecksumIsRefusedAndForgotten() {
    hub.wrongChecksum = true;
    assertTrue(failure(ErrorCode.HUB_FAILED, "owner/name").contains("checksum"));
    Path partial = models().resolve("owner--name.part").resolve(FakeHub.COMMIT);
    assertFalse(Files.exists(partial.resolve("model.safetensors.part")));
    hub.wrongChecksum = false;
    assertTrue(Files.isDirectory(store().resolve("owner/name", SILENT)));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void gatedModelSaysHowToGetAccess(int status) {
    hub.status = status;
    String message = failure(ErrorCode.HUB_REFUSED, "owner/name");
    assertTrue(message.contains("accept its licence on " + hub.endpoint() + "/owner/name"));
    assertTrue(message.contains("HF_TOKEN"));
  }

  @Test
  void missingRepositoryAndRevisionAreNamed() {
    assertTrue(
        failure(ErrorCode.MODEL_NOT_FOUND, "owner/other").startsWith("owner/other is not on"));
    assertTrue(
        failure(ErrorCode.MODEL_NOT_FOUND, "owner/name@v2").startsWith("owner/name@v2 is not on"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../../evil.safetensors", "/etc/evil.safetensors", "a\\..\\evil.safetensors"})
  void pathsOutOfTheRepositoryAreRefused(String path) throws IOException {
    put(path, "evil");
    assertTrue(failure(ErrorCode.HUB_FAILED, "owner/name").contains("refused"));
    assertEquals(List.of(), store().list());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://127.0.0.1:1", "http://no-such-host.invalid", "no url at all", "ftp://x"})
  void unreachableHubIsSaidAtOnce(String endpoint) {
    variables.put("HF_ENDPOINT", endpoint);
    long start = System.nanoTime();
    failure(
        endpoint.startsWith("http:") ? ErrorCode.HUB_UNREACHABLE : ErrorCode.SETTING_INVALID,
        "owner/name");
    assertTrue(System.nanoTime() - start < 60_000_000_000L);
  }

  @Test
  void whatIsNotTheHubIsSaidSo() {
    hub.speaksHtml = true;
    assertTrue(
        failure(ErrorCode.HUB_FAILED, "owner/name")
            .contains("does not answer as the Hugging Face hub"));
  }

  @Test
  void offlineFetchesNothing() {
    variables.put("HF_HUB_OFFLINE", "1");
    assertTrue(failure(ErrorCode.HUB_UNREACHABLE, "owner/name").contains("HF_HUB_OFFLINE"));
    assertTrue(failure(ErrorCode.HUB_UNREACHABLE, ModelStore.SMOLLM2).contains("HF_HUB_OFFLINE"));
    assertEquals(List.of(), hub.requests);
  }

  @Test
  void ggufRepositoryGivesTheNamedTheOnlyOrTheUsualFile() throws IOException {
    hub.files.clear();
    put("model-Q4_K_M.gguf", "usual");
    put("model-Q8_0.gguf", "large");
    assertEquals("usual", Files.readString(store().resolve("owner/name", SILENT)));
    assertEquals("large", Files.readString(store().resolve("owner/name:model-Q8_0.gguf", SILENT)));
    assertTrue(
        failure(ErrorCode.MODEL_NOT_FOUND, "owner/name:other.gguf").contains("model-Q8_0.gguf"));
    store().remove("owner/name");
    put("again-Q4_K_M.gguf", "unclear");
    assertTrue(failure(ErrorCode.MODEL_NOT_FOUND, "owner/name").contains("owner/name:FILE.gguf"));
  }

  @Test
  void twoFetchesAtOnceMakeOne() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Callable<Path> fetch = () -> store().resolve("owner/name", SILENT);
      List<Future<Path>> paths = threads.invokeAll(List.of(fetch, fetch));
      assertEquals(paths.get(0).get(), paths.get(1).get());
      assertEquals(1, hub.requested("/blob/model.safetensors"));
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void listsAndRemoves() throws IOException {
    Path directory = store().resolve("owner/name", SILENT);
    long bytes = weights.length + 10L;
    assertEquals(List.of(new StoredModel("owner/name", directory, bytes)), store().list());
    store().remove("owner/name");
    assertEquals(List.of(), store().list());
    assertFalse(Files.exists(directory));
    assertThrows(BookendException.class, () -> store().remove("owner/name"));
    assertThrows(BookendException.class, () -> store().remove("../.."));
  }

  @Test
  void huggingFaceCacheIsReadWhereItHoldsTheWholeModel() throws IOException {
    Path repository = home.resolve(".cache/huggingface/hub/models--owner--name");
    Path snapshot = repository.resolve("snapshots").resolve(FakeHub.COMMIT);
    Files.createDirectories(snapshot);
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), FakeHub.COMMIT);
    Files.writeString(snapshot.resolve("config.json"), "{}");
    Files.writeString(snapshot.resolve("tokenizer.json"), "{}");
    Files.writeString(
        snapshot.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"model-1.safetensors\", \"b\": \"model-2.safetensors\"}}");
    Files.writeString(snapshot.resolve("model-1.safetensors"), "one");
    variables.put("HF_HUB_OFFLINE", "1");
    failure(ErrorCode.HUB_UNREACHABLE, "owner/name");
    Files.writeString(snapshot.resolve("model-2.safetensors"), "two");
    assertEquals(snapshot, store().resolve("owner/name", SILENT));
    assertEquals(snapshot, store().resolve("owner/name@" + FakeHub.COMMIT, SILENT));
    variables.put("HF_HUB_CACHE", home.resolve("elsewhere").toString());
    failure(ErrorCode.HUB_UNREACHABLE, "owner/name");
  }

  @Test
  void existingPathIsGivenBackAsItIs() throws IOException {
    Path file = Files.writeString(home.resolve("model.gguf"), "x");
    assertEquals(file, store().resolve(file.toString(), SILENT));
    assertEquals(home, store().resolve(home.toString(), SILENT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "llama", "a/b/c", "smolm2", "/no/such/file.gguf", "a/b@", "a/\0"})
  void unknownNameListsTheWays(String name) {
    assertTrue(failure(ErrorCode.MODEL_NOT_FOUND, name).contains("the alias smollm2"));
  }

  @Test
  void cacheFollowsXdg() {
    variables.put("XDG_CACHE_HOME", home.resolve("xdg").toString());
    Path directory = store().resolve("owner/name", SILENT);
    assertEquals(home.resolve("xdg/bookend/models/owner--name"), directory);
  }
}
