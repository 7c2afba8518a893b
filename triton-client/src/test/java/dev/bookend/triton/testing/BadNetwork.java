package dev.bookend.triton.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bookend.triton.Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;

/**
 * A network between a test and a server on this machine, on which packets are lost, late or held up
 * in a queue. The kernel's own TCP runs over it. Where there can be none (it needs Linux, root,
 * {@code ip} and Python) the test is skipped with the reason.
 */
public final class BadNetwork implements AutoCloseable {
  private final Process process;
  private final Path script;
  private final Writer commands;
  private final BufferedReader answers;
  private final Endpoint endpoint;

  private BadNetwork(Process process, Path script) throws IOException {
    this.process = process;
    this.script = script;
    this.commands = process.outputWriter(UTF_8);
    this.answers = process.inputReader(UTF_8);
    String line = String.valueOf(answers.readLine());
    String[] words = line.split(" ", -1);
    if (!words[0].equals("ready")) {
      close();
      Assumptions.abort(line);
    }
    this.endpoint = new Endpoint(words[1], Integer.parseInt(words[2]), false);
  }

  /** A network without faults so far. */
  public static BadNetwork to(Endpoint server) {
    try (InputStream program = BadNetwork.class.getResourceAsStream("bad_network.py")) {
      Path script = Files.createTempFile("bad_network", ".py");
      Files.copy(program, script, StandardCopyOption.REPLACE_EXISTING);
      Process process;
      try {
        process =
            new ProcessBuilder("python3", script.toString(), Integer.toString(server.port()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
      } catch (IOException e) {
        Files.delete(script);
        return Assumptions.abort("there is no python3: " + e.getMessage());
      }
      return new BadNetwork(process, script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The server, through the network. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /**
   * Loses packets.
   *
   * @param probability of each to be lost
   */
  public void lose(double probability) {
    command("loss " + probability);
  }

  /** Delays each packet, one way, by a time between these; later ones may overtake it. */
  public void delay(double leastSeconds, double mostSeconds) {
    command(String.format(Locale.ROOT, "delay %f %f", leastSeconds, mostSeconds));
  }

  /** Carries so much in each direction, behind a queue of a second. */
  public void limit(long bitsPerSecond) {
    command("rate " + bitsPerSecond / 8.0);
  }

  /** Loses everything for a while, or no longer. */
  public void silence(boolean silent) {
    command(silent ? "silence on" : "silence off");
  }

  /** Loses, for good, everything on the connections that there are; new ones work. */
  public void halfOpen() {
    command("half-open");
  }

  /** Resets (RST) the connections that there are; new ones work. */
  public void reset() {
    command("reset");
  }

  private void command(String line) {
    try {
      commands.write(line + "\n");
      commands.flush();
      String answer = answers.readLine();
      if (!"done".equals(answer)) {
        throw new IllegalStateException(line + ": " + answer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
    try {
      Files.deleteIfExists(script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
