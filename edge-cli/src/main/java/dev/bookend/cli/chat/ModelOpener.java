package dev.bookend.cli.chat;

import dev.bookend.Bookend;
import dev.bookend.model.store.Progress;
import dev.bookend.remote.CloudListener;

/** Opens models with all that was said on the command line. */
@FunctionalInterface
public interface ModelOpener {
  /**
   * Opens a model; fetches it first if need be.
   *
   * @param listener hears what happens on the way to the cloud
   * @param progress hears how far a download has come
   * @throws RuntimeException as {@link Bookend#open}, or if the command line forbids the choice
   */
  Bookend open(ModelChoice choice, CloudListener listener, Progress progress);
}
