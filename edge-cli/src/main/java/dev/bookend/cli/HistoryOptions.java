package dev.bookend.cli;

import dev.bookend.TextModel;
import picocli.CommandLine.Option;

/** The flag that lets guesses come from a user's earlier sessions. */
final class HistoryOptions {
  @Option(
      names = "--history",
      description =
          "Keep this session's text, and let the drafter 'retrieval' draft from it and from those"
              + " kept before; 'bookend history' says where they lie and forgets them.")
  private boolean history;

  /** Whether the user wants it. */
  boolean isKept() {
    return history;
  }

  /** Before drafters are made. */
  void apply(TextModel model) {
    if (history) {
      model.keepHistory();
    }
  }
}
