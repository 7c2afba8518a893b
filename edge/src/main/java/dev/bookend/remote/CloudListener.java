package dev.bookend.remote;

/**
 * Hears what happens on the way to the cloud. Called by several threads, also by those that wait
 * for answers, so it must return soon.
 */
@FunctionalInterface
public interface CloudListener {
  /** Does not listen. */
  CloudListener NONE = event -> {};

  void onEvent(CloudEvent event);
}
