package dev.bookend.cli;

/** Settings of the libraries beneath, which they read when they are first used. */
final class Logging {
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
    java.util.logging.Logger.getLogger("")
        .setLevel(verbose ? java.util.logging.Level.INFO : java.util.logging.Level.SEVERE);
  }
}
