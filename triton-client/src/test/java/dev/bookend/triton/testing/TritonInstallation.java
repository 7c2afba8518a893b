package dev.bookend.triton.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * A real Triton server with the python backend, out of the PyPI wheel nvidia-pytriton, in a cached
 * virtual environment that also has onnxruntime. This release needs numpy 1: with numpy 2 it
 * answers with empty tensors.
 */
record TritonInstallation(PythonEnvironment environment) {
  private static final List<String> PACKAGES =
      List.of(
          "nvidia-pytriton==0.7.0",
          "numpy==1.26.4",
          "onnxruntime==1.22.1",
          "protobuf",
          "flatbuffers",
          "packaging");

  /**
   * Installs at first use; two processes may do so at once.
   *
   * @throws IOException with the reason why there can be none on this machine
   */
  static TritonInstallation get() throws IOException {
    String name = String.join("-", PACKAGES.subList(0, 3)).replace("==", "-");
    return new TritonInstallation(
        PythonEnvironment.get(
            name, PACKAGES, made -> new TritonInstallation(made).addPythonBackend()));
  }

  private void addPythonBackend() throws IOException {
    // The backend looks for the stub beside itself. A copy leaves the wheel's own files as they
    // are.
    Path triton = environment.sitePackages().resolve("pytriton/tritonserver");
    Path backend = Files.createDirectories(backends().resolve("python"));
    for (String file : List.of("libtriton_python.so", "triton_python_backend_utils.py")) {
      Files.copy(triton.resolve("backends/python").resolve(file), backend.resolve(file));
    }
    String stub = "triton_python_backend_stub";
    Files.copy(
        triton.resolve("python_backend_stubs").resolve(environment.version()).resolve(stub),
        backend.resolve(stub),
        StandardCopyOption.COPY_ATTRIBUTES);
    // The stub runs Python isolated: it finds what is beside it, but ignores PYTHONPATH.
    try (Stream<Path> packages = Files.list(environment.sitePackages())) {
      for (Path installed : packages.toList()) {
        Files.createSymbolicLink(backend.resolve(installed.getFileName()), installed);
      }
    }
  }

  Path executable() {
    return environment.sitePackages().resolve("pytriton/tritonserver/bin/tritonserver");
  }

  Path libraries() {
    return environment.sitePackages().resolve("nvidia_pytriton.libs");
  }

  Path backends() {
    return environment.home().resolve("backends");
  }
}
