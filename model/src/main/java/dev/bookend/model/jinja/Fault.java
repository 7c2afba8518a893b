package dev.bookend.model.jinja;

import dev.bookend.error.ErrorCode;

/**
 * Ends the reading or rendering of a template. The message never holds a value that the template
 * was given, for that may be part of a conversation. {@link Template} adds where it happened.
 */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;
  private final int line;

  private Fault(ErrorCode code, String message, int line) {
    super(message, null, false, false);
    this.code = code;
    this.line = line;
  }

  /** What jinja2 refuses, or what is not supported here. */
  static Fault of(String message) {
    return new Fault(ErrorCode.TEMPLATE_UNSUPPORTED, message, 0);
  }

  static Fault at(int line, String message) {
    return new Fault(ErrorCode.TEMPLATE_UNSUPPORTED, message, line);
  }

  /** The template itself called {@code raise_exception}. */
  static Fault raised(String message) {
    return new Fault(
        ErrorCode.TEMPLATE_REFUSED, "the chat template refuses this conversation: " + message, 0);
  }

  ErrorCode code() {
    return code;
  }

  /** The line of the template, counted from 1, or 0 where it is not known. */
  int line() {
    return line;
  }

  /** The same with a line, unless it has one: the innermost statement is the one to name. */
  Fault in(int statement) {
    return line > 0 ? this : new Fault(code, getMessage(), statement);
  }
}
