package dev.bookend.triton.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bookend.triton.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Triton server on a free port of this machine. Where none can be installed the test is
 * skipped with the reason; with CI=true it fails.
 */
public final class TritonServer implements AutoCloseable {
  private static final long READY_SECONDS = 600;

  /** Starts in all, where the python backend aborts: on a starved machine it does now and then. */
  public static final int STARTS = 5;

  private static final int GRACE_SECONDS = 30; // as Kubernetes has it
  private static final String ABORTED = "boost::interprocess::lock_exception";
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private final int port;
  private final Path log;
  private final String sharedMemoryPrefix;
  private final List<String> started;
  private final Process process;
  private final Thread atExit = new Thread(this::kill);

  private TritonServer(TritonInstallation installation, int port, Path models, List<String> flags)
      throws IOException {
    this.port = port;
    this.log = Files.createTempFile("tritonserver", ".log");
    this.sharedMemoryPrefix = "bookend-" + UUID.randomUUID();
    this.started = started(flags);
    List<String> command =
        new ArrayList<>(
            List.of(
                installation.executable().toString(),
                "--model-repository=" + models,
                "--backend-directory=" + installation.backends(),
                "--backend-config=python,shm-region-prefix-name=" + sharedMemoryPrefix,
                "--backend-config=python,shm-default-byte-size=1048576",
                "--backend-config=python,stub-timeout-seconds=" + READY_SECONDS,
                "--grpc-address=127.0.0.1",
                "--grpc-port=" + port,
                "--allow-http=false",
                "--allow-metrics=false"));
    command.addAll(flags);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("LD_LIBRARY_PATH", installation.libraries().toString());
    // Spinning threads of several processes on few cores cost far more than they bring.
    environment.put("OMP_NUM_THREADS", "1");
    this.process = builder.start();
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * Starts a server and waits until it is ready.
   *
   * @param models the model repository
   * @param flags further flags of tritonserver
   */
  public static TritonServer start(Path models, String... flags) {
    return start(freePort(), models, flags);
  }

  /** As {@link #start(Path, String...)}, on a port that is known to be free. */
  public static TritonServer start(int port, Path models, String... flags) {
    TritonInstallation installation = installation();
    for (int left = STARTS - 1; ; left--) {
      try {
        TritonServer server = new TritonServer(installation, port, models, Arrays.asList(flags));
        String failure = server.awaitReady();
        if (failure.isEmpty()) {
          return server;
        }
        boolean aborted = server.hasAborted();
        server.close();
        if (left == 0 || !aborted) {
          throw new IllegalStateException("tritonserver did not become ready:\n" + failure);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static TritonInstallation installation() {
    try {
      return TritonInstallation.get();
    } catch (IOException e) {
      String reason = "no Triton server here: " + e.getMessage();
      if ("true".equals(System.getenv("CI"))) {
        return Assertions.fail(reason, e);
      }
      return Assumptions.abort(reason);
    }
  }

  /** What the log says once each port is open: gRPC first, then those that the flags allow. */
  private static List<String> started(List<String> flags) {
    List<String> lines = new ArrayList<>(List.of("Started GRPCInferenceService"));
    if (flags.contains("--allow-http=true")) {
      lines.add("Started HTTPService");
    }
    if (flags.contains("--allow-metrics=true")) {
      lines.add("Started Metrics Service");
    }
    return List.copyOf(lines);
  }

  /**
   * Triton opens its ports once the models are loaded, one after another.
   *
   * @return empty, or the log of a server that did not become ready
   */
  private String awaitReady() {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    try {
      String text = "";
      while (!started.stream().allMatch(text::contains)) {
        boolean ended = process.waitFor(50, TimeUnit.MILLISECONDS);
        text = log();
        if (ended || System.nanoTime() > giveUp || text.contains(ABORTED)) {
          return text + "(end of the log)";
        }
      }
      return "";
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public int port() {
    return port;
  }

  public Endpoint endpoint() {
    return new Endpoint("localhost", port, false);
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** What the server has printed so far. */
  public String log() {
    try {
      return Files.readString(log, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Whether the python backend has broken down by itself, as it does now and then on a starved
   * machine. What was asked of the server is not to blame, and may be tried on another.
   */
  public boolean hasAborted() {
    boolean bySignal = !process.isAlive() && process.exitValue() > 128; // 128 + signal
    return bySignal || log().contains(ABORTED);
  }

  /** Ends the python backend's processes, as the kernel does when memory runs short. */
  public void killBackends() {
    List<ProcessHandle> stubs =
        process
            .descendants()
            .filter(child -> child.info().command().orElse("").endsWith("python_backend_stub"))
            .toList();
    if (stubs.isEmpty()) {
      throw new IllegalStateException("no process of the python backend");
    }
    stubs.forEach(ProcessHandle::destroyForcibly); // the server never asks how they ended
  }

  /** Ends the server and its children at once, as a crash would. */
  public void kill() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    process.onExit().join();
    children.forEach(child -> child.onExit().join());
  }

  /**
   * Ends the server as Kubernetes does: it is told to (SIGTERM), answers what it is asked for as
   * long as its exit timeout allows, and goes. Where it does not, it is killed after a grace
   * period: Triton 2.51 has been seen to crash, and then hang, when its exit timeout had expired.
   */
  public void terminate() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    process.onExit().completeOnTimeout(process, GRACE_SECONDS, TimeUnit.SECONDS).join();
    process.destroyForcibly();
    process.onExit().join();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  /** Holds the server and its children where they are (SIGSTOP): it is there, and mute. */
  public void pause() {
    signal("STOP");
  }

  /** Lets a paused server go on (SIGCONT). */
  public void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name, "" + process.pid()));
    process.descendants().forEach(child -> command.add("" + child.pid()));
    try {
      new ProcessBuilder(command).start().onExit().join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
      Files.deleteIfExists(log);
      // A killed server leaves the python backend's shared memory behind.
      try (DirectoryStream<Path> left =
          Files.newDirectoryStream(SHARED_MEMORY, sharedMemoryPrefix + "*")) {
        for (Path region : left) {
          Files.deleteIfExists(region);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
