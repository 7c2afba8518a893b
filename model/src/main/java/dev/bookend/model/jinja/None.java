package dev.bookend.model.jinja;

/** Python's {@code None}. */
enum None {
  NONE
}
