package dev.bookend.cli;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Settings of the libraries beneath, which they read when they are first used. */
final class Logging {
  /**
   * Those that print all that travels, with the headers that hold tokens, where a user turns them
   * on with Java's own settings. They are kept here because Java forgets a logger that nobody has.
   */
  private static final List<Logger> WIRES =
      List.of(
          Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyClientHandler"),
          Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler"),
          Logger.getLogger("jdk.httpclient.HttpClient"));

  private Logging() {}

  /**
   * Configures logging, before any library is used.
   *
   * @param verbose whether libraries may say more than errors
   */
  static void configure(boolean verbose) {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", verbose ? "info" : "error");
    System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
    // Two threads that log first at the same time are no matter for the user.
    System.setProperty("slf4j.internal.verbosity", "ERROR");
    System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
    // Netty logs through java.util.logging, which prints to stderr.
    Logger.getLogger("").setLevel(verbose ? Level.INFO : Level.SEVERE);
    WIRES.forEach(logger -> logger.setLevel(Level.OFF));
  }
}
