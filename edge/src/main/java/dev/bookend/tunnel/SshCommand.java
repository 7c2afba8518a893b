package dev.bookend.tunnel;

import dev.bookend.triton.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How {@code ssh} is started.
 *
 * @param program its name on the path, or its file
 */
record SshCommand(String program) {
  private static final String PROGRAM_VARIABLE = "BOOKEND_SSH";
  private static final Path SHELL = Path.of("/bin/sh");

  /** The system's own, or the one that the environment names. */
  static SshCommand ofSystem() {
    String program = System.getenv(PROGRAM_VARIABLE);
    return new SshCommand(program == null || program.isBlank() ? "ssh" : program);
  }

  /**
   * Starts a process whose input and output are a connection to the server.
   *
   * @throws IOException if there is no such program
   */
  Process start(SshHost host, Endpoint server) throws IOException {
    return new ProcessBuilder(arguments(host, server)).start();
  }

  List<String> arguments(SshHost host, Endpoint server) {
    List<String> arguments = new ArrayList<>();
    if (Files.isExecutable(SHELL)) {
      // Ctrl-C is for this program, which still has to end its sequence on the server. A program
      // inherits which signals are ignored, and ssh keeps to it.
      arguments.addAll(
          List.of(SHELL.toString(), "-c", "trap '' INT QUIT; exec \"$@\"", SHELL.toString()));
    }
    arguments.add(program);
    arguments.addAll(List.of("-o", "BatchMode=yes", "-o", "ConnectTimeout=10"));
    // So that a dead connection is noticed, and no router forgets an idle one.
    arguments.addAll(List.of("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=2"));
    arguments.addAll(List.of("-W", server.host() + ":" + server.port()));
    host.user().ifPresent(user -> arguments.addAll(List.of("-l", user)));
    host.port().ifPresent(port -> arguments.addAll(List.of("-p", Integer.toString(port))));
    arguments.addAll(List.of("--", host.host()));
    return arguments;
  }
}
