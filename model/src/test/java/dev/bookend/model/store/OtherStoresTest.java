package dev.bookend.model.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.checkpoint.gguf.GgufFixture;
import dev.bookend.model.store.StoredModel.Keeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stores of other programs, as they lie on disk. */
class OtherStoresTest {
  private static final Progress SILENT = (what, done, total) -> {};
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final byte[] MODEL = GgufFixture.llama(2).write();

  @TempDir Path home;
  private final Map<String, String> variables = new HashMap<>();

  @BeforeEach
  void keepOffline() {
    variables.put("HF_HUB_OFFLINE", "1");
  }

  private ModelStore store() {
    return new ModelStore(variables, home);
  }

  private static Path write(Path file, byte[] content) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private static Path write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private List<String> names() {
    return store().list().stream().map(StoredModel::name).toList();
  }

  private StoredModel only() {
    List<StoredModel> all = store().list();
    assertEquals(1, all.size(), all.toString());
    return all.get(0);
  }

  private static String digest(char digit) {
    return "sha256:" + String.valueOf(digit).repeat(64);
  }

  private void ollama(String name, char model, String... more) throws IOException {
    Path models = home.resolve(".ollama/models");
    String layers =
        """
        {"mediaType": "application/vnd.ollama.image.model", "digest": "%s", "size": 1},
        {"mediaType": "application/vnd.ollama.image.license", "digest": "%s"}%s
        """
            .formatted(digest(model), digest('f'), String.join("", more));
    write(
        models.resolve("manifests").resolve(name),
        "{\"config\": {\"digest\": \"" + digest('e') + "\"}, \"layers\": [" + layers + "]}");
    write(blob(model), MODEL);
    write(blob('f'), "licence");
  }

  private Path blob(char digit) {
    return home.resolve(".ollama/models/blobs").resolve(digest(digit).replace(':', '-'));
  }

  @Test
  void ollamasModelsAreReadInPlace() throws IOException {
    ollama("registry.ollama.ai/library/llama3.2/3b", 'a');
    ollama("registry.ollama.ai/library/llama3.2/latest", 'a');
    ollama("hf.co/owner/name/Q4_K_M", 'b');
    ollama(
        "registry.ollama.ai/someone/adapted/latest",
        'c',
        ", {\"mediaType\": \"application/vnd.ollama.image.adapter\", \"digest\": \"x\"}");
    write(home.resolve(".ollama/models/manifests/a/b/c/damaged"), "{\"layers\": 1}");
    write(home.resolve(".ollama/models/manifests/a/b/c/empty"), "");
    assertEquals(
        List.of("ollama:hf.co/owner/name:Q4_K_M", "ollama:llama3.2:3b", "ollama:llama3.2:latest"),
        names());
    assertEquals(blob('a'), store().resolve("ollama:llama3.2:3b", SILENT));
    assertEquals(blob('a'), store().resolve("ollama:llama3.2", SILENT));
    assertTrue(store().list().stream().anyMatch(one -> one.isCalled("ollama:llama3.2")));
    StoredModel model = store().list().get(1);
    assertEquals(Keeper.OLLAMA, model.keeper());
    assertEquals(MODEL.length, model.bytes());
    BookendException unknown =
        assertThrows(BookendException.class, () -> store().resolve("llama3.2:3b", SILENT));
    assertTrue(unknown.getMessage().contains("mean ollama:llama3.2:3b"), unknown.getMessage());
  }

  @Test
  void whatAnotherModelOfOllamasUsesStays() throws IOException {
    ollama("registry.ollama.ai/library/one/latest", 'a');
    ollama("registry.ollama.ai/library/two/latest", 'a');
    ollama("registry.ollama.ai/library/three/latest", 'b');
    assertEquals(
        ErrorCode.MODEL_NOT_FOUND,
        assertThrows(BookendException.class, () -> store().remove("ollama:one")).code());
    for (StoredModel model : store().list()) {
      if (!model.name().equals("ollama:two:latest")) {
        store().remove(model);
      }
    }
    assertEquals(List.of("ollama:two:latest"), names());
    assertTrue(Files.exists(blob('a')) && Files.exists(blob('f')));
    assertFalse(Files.exists(blob('b')));
  }

  @Test
  void aManifestLeadsNowhereElse() throws IOException {
    write(home.resolve("secret"), MODEL);
    Path manifest = home.resolve(".ollama/models/manifests/registry.ollama.ai/library/m/latest");
    write(
        manifest,
        "{\"layers\": [{\"mediaType\": \"application/vnd.ollama.image.model\", \"digest\":"
            + " \"sha256:../../../secret\"}]}");
    assertEquals(List.of(), names());
  }

  @Test
  void lmStudiosModelsAreReadInPlace() throws IOException {
    Path models = home.resolve("studio/models");
    write(home.resolve(".lmstudio-home-pointer"), home.resolve("studio") + "\n");
    Path file = write(models.resolve("owner/name-GGUF/name-Q8_0.gguf"), MODEL);
    write(models.resolve("owner/name-GGUF/mmproj-name.gguf"), "pictures");
    write(models.resolve("owner/large/m-00001-of-00002.gguf"), MODEL);
    write(models.resolve("owner/large/m-00002-of-00002.gguf"), MODEL);
    assertEquals(
        List.of(
            "lmstudio:owner/large/m-00001-of-00002.gguf",
            "lmstudio:owner/name-GGUF/name-Q8_0.gguf"),
        names());
    assertEquals(2L * MODEL.length, store().list().get(0).bytes());
    assertEquals(file, store().resolve("lmstudio:owner/name-GGUF/name-Q8_0.gguf", SILENT));
    store().remove(store().list().get(0));
    assertEquals(List.of("lmstudio:owner/name-GGUF/name-Q8_0.gguf"), names());
  }

  private Path snapshot() throws IOException {
    Path repository = home.resolve(".cache/huggingface/hub/models--owner--name");
    write(repository.resolve("refs/main"), COMMIT);
    Path snapshot = repository.resolve("snapshots").resolve(COMMIT);
    Path blob = write(repository.resolve("blobs/abc"), MODEL);
    Files.createDirectories(snapshot);
    Files.createSymbolicLink(snapshot.resolve("m-Q4_0.gguf"), blob);
    write(snapshot.resolve("m-Q8_0.gguf"), MODEL);
    return snapshot;
  }

  @Test
  void huggingFacesCacheIsReadInPlace() throws IOException {
    Path snapshot = snapshot();
    assertEquals(List.of("owner/name:m-Q4_0.gguf", "owner/name:m-Q8_0.gguf"), names());
    assertEquals(
        snapshot.resolve("m-Q4_0.gguf"), store().resolve("owner/name:m-Q4_0.gguf", SILENT));
    assertEquals(snapshot.resolve("m-Q8_0.gguf"), store().resolve("owner/name:Q8_0", SILENT));
    assertEquals(MODEL.length, store().list().get(0).bytes());
    store().remove(store().list().get(0));
    assertEquals(List.of(), names());
  }

  @Test
  void aCopyHasANameOfItsOwnAndOutlivesWhatItIsOf() throws IOException {
    snapshot();
    ollama("registry.ollama.ai/library/llama3.2/3b", 'a');
    Path copy = store().copy("ollama:llama3.2:3b", "mine", SILENT);
    store().copy("owner/name:Q4_0", "other", SILENT);
    assertEquals("model.gguf", copy.getFileName().toString());
    assertEquals(copy, store().resolve("mine", SILENT));
    Trees.delete(home.resolve(".ollama"));
    Trees.delete(home.resolve(".cache/huggingface"));
    assertEquals(List.of("mine", "other"), names());
    assertEquals(2, CheckpointFiles.open(store().resolve("mine", SILENT)).config().layers());
    assertEquals(2, CheckpointFiles.open(store().resolve("other", SILENT)).config().layers());
    assertTrue(
        assertThrows(BookendException.class, () -> store().copy("mine", "smollm2", SILENT))
            .getMessage()
            .contains("is the name of the sample model already"));
    for (String name : List.of("smollm2", "a/b", "..", "a--b", "", "x=edge")) {
      assertThrows(BookendException.class, () -> store().copy("mine", name, SILENT), name);
    }
    assertEquals(
        ErrorCode.TARGET_EXISTS,
        assertThrows(BookendException.class, () -> store().copy("mine", "other", SILENT)).code());
    store().copyTo("mine", home.resolve("stick"), SILENT);
    assertTrue(Files.exists(home.resolve("stick/model.gguf")));
    long bytes = Files.size(copy);
    for (Path taken : List.of(home.resolve("stick"), copy.getParent())) {
      assertEquals(
          ErrorCode.TARGET_EXISTS,
          assertThrows(BookendException.class, () -> store().copyTo("mine", taken, SILENT)).code());
    }
    assertEquals(bytes, Files.size(copy), "a model that is copied onto itself");
    store().remove("mine");
    assertEquals("other", only().name());
  }
}
