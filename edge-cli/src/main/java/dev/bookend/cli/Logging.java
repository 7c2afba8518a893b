package dev.bookend.cli;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Settings of the libraries beneath, which they read when they are first used. */
final class Logging {
  private static final String SIMPLE = "org.slf4j.simpleLogger.";

  /**
   * Those that print all that travels, with the headers that hold tokens. They stay silent whatever
   * else a user turns on.
   */
  private static final List<String> WIRES =
      List.of(
          "io.grpc.netty.shaded.io.grpc.netty.NettyClientHandler",
          "io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler",
          "jdk.httpclient.HttpClient");

  /** Kept here because Java forgets the level of a logger that nobody has. */
  private static final List<Logger> SILENT = WIRES.stream().map(Logger::getLogger).toList();

  private Logging() {}

  /**
   * Configures logging, before any library is used.
   *
   * @param verbose whether libraries may say more than errors
   */
  static void configure(boolean verbose) {
    System.setProperty(SIMPLE + "defaultLogLevel", verbose ? "info" : "error");
    System.setProperty(
        SIMPLE + "log.ai.djl", verbose ? "warn" : "error"); // it tells of itself at length
    System.setProperty(SIMPLE + "showThreadName", "false");
    // Two threads that log first at the same time are no matter for the user.
    System.setProperty("slf4j.internal.verbosity", "ERROR");
    System.setProperty(SIMPLE + "showShortLogName", "true");
    // DJL and Netty log through SLF4J, gRPC and Java through java.util.logging; both print to
    // stderr.
    Logger.getLogger("").setLevel(verbose ? Level.INFO : Level.SEVERE);
    WIRES.forEach(wire -> System.setProperty(SIMPLE + "log." + wire, "off"));
    SILENT.forEach(logger -> logger.setLevel(Level.OFF));
  }
}
