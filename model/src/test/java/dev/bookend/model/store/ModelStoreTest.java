package dev.bookend.model.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.store.StoredModel.Keeper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  void progressEndsAtTheSizeOfAllFiles() {
    List<Long> seen = new ArrayList<>();
    store()
        .resolve(
            "owner/name",
            (what, done, total) -> {
              assertEquals("owner/name", what);
              assertEquals(hub.sent.get() == 0 ? total : 300_010, total);
              seen.add(done);
            });
    assertEquals(300_010, seen.get(seen.size() - 1));
    assertEquals(seen.stream().sorted().toList(), seen);
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
    byte[] some = Arrays.copyOf(weights, weights.length);
    Arrays.fill(some, 100_000, 150_000, (byte) 0);
    Arrays.fill(some, 200_000, 300_000, (byte) 0);
    Files.write(partial.resolve("model.safetensors.part"), some);
    Files.writeString(
        partial.resolve("model.safetensors.part.done"), "150000 200000\n0 100000\n200000 2500");
    Path directory = store().resolve("owner/name", SILENT);
    assertArrayEquals(weights, Files.readAllBytes(directory.resolve("model.safetensors")));
    assertEquals(1, hub.requested("/blob/model.safetensors bytes=100000-149999"));
    assertEquals(1, hub.requested("/blob/model.safetensors bytes=200000-299999"));
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
  void largeFilesComeInPieces() throws IOException {
    hub.sizes.put("model.safetensors", 60_000_000L);
    Path directory = store().resolve("owner/name", SILENT);
    Path file = directory.resolve("model.safetensors");
    assertEquals(60_000_000, Files.size(file));
    assertEquals(-1, Files.mismatch(Files.write(home.resolve("w"), weights), head(file)));
    for (String range : List.of("0-33554431", "33554432-59999999")) {
      assertEquals(1, hub.requested("/blob/model.safetensors bytes=" + range), range);
    }
  }

  private Path head(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Files.write(home.resolve("head"), in.readNBytes(weights.length));
    }
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
    Files.write(partial.resolve("model.safetensors.part"), weights);
    Path done = partial.resolve("model.safetensors.part.done");
    Files.writeString(done, "0 1000\n");
    hub.dead = true;
    assertTrue(failure(ErrorCode.HUB_UNREACHABLE, "owner/name").contains("try again"));
    assertEquals("0 1000\n", Files.readString(done));
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
    assertEquals(
        List.of(new StoredModel("owner/name", directory, bytes, Keeper.BOOKEND, false)),
        store().list());
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
    failure(ErrorCode.HUB_UNREACHABLE, "owner/name");
    Path absent = repository.resolve(".no_exist").resolve(FakeHub.COMMIT);
    Files.createDirectories(absent);
    Files.createFile(absent.resolve("tokenizer_config.json"));
    assertEquals(snapshot, store().resolve("owner/name", SILENT));
    Files.delete(absent.resolve("tokenizer_config.json"));
    Files.writeString(snapshot.resolve("tokenizer_config.json"), "{}");
    assertEquals(snapshot, store().resolve("owner/name", SILENT));
    assertEquals(snapshot, store().resolve("owner/name@" + FakeHub.COMMIT, SILENT));
    variables.put("HF_HUB_CACHE", home.resolve("elsewhere").toString());
    failure(ErrorCode.HUB_UNREACHABLE, "owner/name");
  }

  private String message(ErrorCode code) {
    BookendException failure =
        assertThrows(BookendException.class, () -> store().resolve("owner/name", SILENT));
    assertEquals(code, failure.code(), failure.getMessage());
    return failure.getMessage();
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret\n", "secret\r\n", " secret\r", "\nsec\nret"})
  void lineBreaksInATokenAreDropped(String token) {
    variables.put("HF_TOKEN", token);
    store().resolve("owner/name", SILENT);
    assertTrue(hub.requested("Bearer secret") > 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sec ret", "s\u00e9cret", "secret\u0001"})
  void aTokenThatIsNoneIsNotShown(String token) {
    variables.put("HF_TOKEN", token);
    String message = message(ErrorCode.SETTING_INVALID);
    assertFalse(message.contains("ret"), message);
  }

  @Test
  void aPasswordInTheEndpointIsNotShown() {
    variables.put("HF_ENDPOINT", hub.endpoint().replace("http://", "http://user:secret@"));
    hub.status = 404;
    BookendException failure =
        assertThrows(BookendException.class, () -> store().resolve("owner/name", SILENT));
    assertFalse(failure.getMessage().contains("secret"), failure.getMessage());
  }

  @Test
  void waitsAsLongAsABusyHubAsks() {
    hub.busy.set(1);
    hub.retryAfter = Optional.of("1");
    List<String> said = new ArrayList<>();
    long start = System.nanoTime();
    store().resolve("owner/name", (what, done, total) -> said.add(what));
    assertTrue(System.nanoTime() - start >= 1_000_000_000L);
    assertTrue(said.contains("waiting 1 s, as the hub asks"), said.toString());
  }

  @Test
  void doesNotWaitForHours() {
    hub.status = 429;
    hub.retryAfter = Optional.of("86400");
    String message = message(ErrorCode.HUB_UNREACHABLE);
    assertTrue(message.contains("asks to wait for 86400 s"), message);
    assertEquals(1, hub.requests.size());
  }

  private void assertEnds(String reason) {
    String message = message(ErrorCode.HUB_UNREACHABLE);
    assertTrue(message.contains(": " + reason), message);
  }

  @Test
  void whyTheHubIsOutOfReachIsSaid() {
    variables.put("HF_ENDPOINT", "http://no-such-host.invalid");
    assertEnds("the host's name cannot be resolved; is there a network");
    variables.put("HF_ENDPOINT", "http://127.0.0.1:1");
    assertEnds("it refuses connections");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP_PROXY", "http_proxy", "ALL_PROXY"})
  void goesThroughAProxy(String variable) {
    variables.put("HF_ENDPOINT", "http://hub.invalid");
    variables.put(variable, hub.endpoint().replace("http://", "http://user:pass@"));
    variables.put("NO_PROXY", "localhost,127.0.0.1");
    store().resolve("owner/name", SILENT);
    assertTrue(hub.requested("http://hub.invalid/api/models/owner/name") > 0);
    assertTrue(hub.requested("/blob/") > 0);
    assertEquals(0, hub.requested("http://127.0.0.1"));
  }

  @Test
  void aProxyIsNotAskedForExceptions() {
    variables.put("HTTP_PROXY", "127.0.0.1:1");
    for (String exceptions :
        List.of("*", "127.0.0.1", "x, 127.0.0.1:" + hub.port(), "127.0.0.0/8")) {
      variables.put("NO_PROXY", exceptions);
      assertTrue(new Proxies(environment()).via(URI.create(hub.endpoint())).isEmpty(), exceptions);
    }
    for (String others : List.of("", "27.0.0.1", "127.0.0.1:1", "10.0.0.0/8", "0.1")) {
      variables.put("NO_PROXY", others);
      assertFalse(new Proxies(environment()).via(URI.create(hub.endpoint())).isEmpty(), others);
    }
    variables.put("NO_PROXY", ".example.org");
    Proxies proxies = new Proxies(environment());
    assertTrue(proxies.via(URI.create("http://a.example.org")).isEmpty());
    assertFalse(proxies.via(URI.create("http://anexample.org")).isEmpty());
    String message = message(ErrorCode.HUB_UNREACHABLE);
    assertTrue(message.contains("through the proxy 127.0.0.1:1"), message);
  }

  private Environment environment() {
    return new Environment(variables, home);
  }

  @ParameterizedTest
  @ValueSource(strings = {"socks5://user:secret@x:1080", "http://", "http://se cret"})
  void aProxyThatIsNoneIsNamedByItsVariable(String value) {
    variables.put("ALL_PROXY", value);
    String message = message(ErrorCode.SETTING_INVALID);
    assertTrue(message.startsWith("ALL_PROXY"), message);
    assertFalse(message.contains("cret"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model[q4].gguf",
        "100%.gguf",
        "model#1.gguf",
        "a b+c?d&e.gguf",
        "\u00e4\u65e5.gguf",
        "Q8_0/x.gguf"
      })
  void filesOfAnyNameAreFetched(String file) throws IOException {
    hub.files.clear();
    put(file, "weights");
    put("other/y-Q4_K_M.gguf", "others");
    Path path = store().resolve("owner/name:" + file, SILENT);
    assertEquals("weights", Files.readString(path));
    assertEquals(path, store().resolve("owner/name:" + file, SILENT));
    assertEquals("owner/name:" + file, store().list().get(0).name());
    assertEquals("others", Files.readString(store().resolve("owner/name:Q4_K_M", SILENT)));
    store().remove("owner/name:" + file);
    assertEquals(1, store().list().size());
  }

  @Test
  void aPartOfAFilesNameIsEnough() throws IOException {
    hub.files.clear();
    put("m-Q4_K_M.gguf", "usual");
    put("m-q8_0.gguf", "large");
    put("m-Q4_K_S.gguf", "small");
    assertEquals("large", Files.readString(store().resolve("owner/name:Q8_0", SILENT)));
    assertEquals("small", Files.readString(store().resolve("owner/name:q4_k_s", SILENT)));
    assertTrue(failure(ErrorCode.MODEL_NOT_FOUND, "owner/name:Q4").contains("m-Q4_K_M.gguf"));
  }

  @Test
  void aPullRequestsRevisionIsAName() {
    Path path = store().resolve("owner/name@refs/pr/1", SILENT);
    assertEquals("owner--name@refs%2Fpr%2F1", path.getFileName().toString());
    assertEquals(1, hub.requested("/revision/refs%2Fpr%2F1"));
    assertEquals("owner/name@refs/pr/1", store().list().get(0).name());
  }

  @Test
  void whatCannotBeOpenedIsNotFetched() {
    hub.files.remove("model.safetensors");
    assertTrue(
        failure(ErrorCode.MODEL_UNSUPPORTED, "owner/name").contains("consolidated.safetensors"));
    hub.files.remove("consolidated.safetensors");
    put("adapter_model.safetensors", "a");
    put("adapter_config.json", "{}");
    assertTrue(failure(ErrorCode.MODEL_UNSUPPORTED, "owner/name").contains("is an adapter"));
    put("model-00001-of-00002.safetensors", "no index");
    failure(ErrorCode.MODEL_UNSUPPORTED, "owner/name");
    hub.files.put("model.safetensors", weights);
    put("config.json", "{\"model_type\": \"gemma2\"}");
    assertTrue(failure(ErrorCode.MODEL_UNSUPPORTED, "owner/name").contains("gemma2"));
    assertEquals(0, hub.requested("/blob/"));
  }

  @Test
  void theHomeIsPutIntoPaths() {
    variables.put("OTHER", "x");
    variables.put("HF_HOME", "~/hf");
    assertEquals(home.resolve("hf/hub"), environment().hubCache());
    variables.put("HF_HOME", "$OTHER/${OTHER}y/$NONE");
    assertEquals(Path.of("x/xy/$NONE/token"), environment().tokenFile());
    assertEquals(Path.of("/u"), UserHome.directory(Map.of("HOME", "/u"), "/passwd"));
    assertEquals(Path.of("/passwd"), UserHome.directory(Map.of("HOME", ""), "/passwd"));
    assertThrows(BookendException.class, () -> UserHome.directory(Map.of(), "?"));
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
