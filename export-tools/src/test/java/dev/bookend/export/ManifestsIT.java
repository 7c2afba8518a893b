package dev.bookend.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files in {@code docker/}, validated with the schemas of Kubernetes, KServe and Compose. */
class ManifestsIT {
  private static final Path DOCKER = Path.of("../docker");
  private static final List<String> PACKAGES =
      List.of(
          "kubernetes-validate==1.37.0",
          "kubernetes==31.0.0",
          "kserve==0.21.0",
          "docker-compose==1.29.2",
          "jsonschema==4.26.0",
          "jsonschema-specifications==2025.9.1",
          "referencing==0.37.0",
          "rpds-py==2026.9.1",
          "attrs==26.1.0",
          "importlib_resources==7.1.0",
          "packaging==26.3",
          "PyYAML==6.0.4",
          "typing_extensions==4.16.0",
          "six==1.17.0",
          "urllib3==2.8.0",
          "python-dateutil==2.9.0.post0");

  @TempDir private Path copy;

  private static Python python;

  @BeforeAll
  static void install() {
    python = Python.with("manifests-1.37.0", PACKAGES);
  }

  private static Python.Result check(Path docker) throws Exception {
    return python.run("check_manifests.py", docker);
  }

  @Test
  void fitTheirSchemas() throws Exception {
    Python.Result result = check(DOCKER);
    assertEquals(0, result.code(), result.output());
    for (String kind :
        List.of("Deployment", "Service", "ServingRuntime", "InferenceService", "compose.yaml")) {
      assertTrue(result.output().contains(kind + "\n"), result.output());
    }
  }

  @Test
  void aFieldThatIsNotThereIsFound() throws Exception {
    for (String file :
        List.of("compose.yaml", "kubernetes/triton.yaml", "kserve/inference-service.yaml")) {
      Path target = copy.resolve(file);
      Files.createDirectories(target.getParent());
      Files.writeString(
          target,
          Files.readString(DOCKER.resolve(file))
              .replaceFirst("(healthcheck|readinessProbe):", "$1s:"));
      assertNotEquals(0, check(copy).code(), file);
      Files.delete(target);
    }
  }
}
