package dev.bookend.model.jinja;

/** An expression of a template; immutable. */
interface Expression {

  /** Its value; to be asked for by {@link Frame#evaluate}, which keeps to the budget. */
  Object value(Frame frame);
}
