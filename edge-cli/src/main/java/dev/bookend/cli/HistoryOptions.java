package dev.bookend.cli;

import dev.bookend.TextModel;
import picocli.CommandLine.Option;

/** The flag that keeps a user's sessions for the drafter {@code retrieval}. */
class HistoryOptions {
  @Option(
      names = "--history",
      fallbackValue = "true",
      description =
          "Keep this session's text, and let the drafter 'retrieval' draft from it and from those"
              + " kept before; 'bookend history' says where they are and deletes them.")
  private boolean history;

  /** Whether the user wants it. */
  boolean isKept() {
    return history;
  }

  /** Applies the flag; to be called before drafters are made. */
  void apply(TextModel model) {
    if (history) {
      model.keepHistory();
    }
  }
}
