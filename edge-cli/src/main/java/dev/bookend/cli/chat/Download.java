package dev.bookend.cli.chat;

import dev.bookend.error.VisibleText;
import dev.bookend.model.store.Progress;
import java.util.Optional;

/** How far a download has come, for whoever draws it. Safe for use by several threads. */
final class Download implements Progress {
  private volatile String row = "";

  @Override
  public void update(String what, long done, long total) {
    row =
        done >= total && total > 0
            ? ""
            : VisibleText.line(what)
                + " "
                + Figures.bytes(done)
                + (total > 0 ? " of " + Figures.bytes(total) : "");
  }

  /** What to show; empty: nothing is being fetched. */
  Optional<String> row() {
    return Optional.of(row).filter(text -> !text.isEmpty());
  }
}
