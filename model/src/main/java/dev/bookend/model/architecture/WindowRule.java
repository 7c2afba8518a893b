package dev.bookend.model.architecture;

/** How {@code config.json} says that a token sees only so many of the last positions. */
public enum WindowRule {
  /** {@code sliding_window} holds for every layer; null: no window. */
  WHERE_STATED,

  /**
   * {@code sliding_window} holds only where {@code use_sliding_window} is true, and then not for
   * the first {@code max_window_layers} layers.
   */
  WHERE_SWITCHED_ON
}
