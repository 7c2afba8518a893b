package dev.bookend.model.jinja;

/** A statement of a template, or text between such; immutable. */
interface Statement {
  /** How it goes on behind a statement. */
  enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  /** Runs it; to be called by {@link Body}, which keeps to the budget. */
  Flow execute(Frame frame, StringBuilder out);
}
