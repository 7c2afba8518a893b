package dev.bookend.error;

/**
 * The root of all failures that Bookend's libraries report: what a program that embeds them
 * catches. The {@link #code} says what went wrong and so what to do. The message is one line for
 * people: it names the file, tensor or server, and never a command-line flag or command, for a
 * library does not know what it is used by.
 *
 * <p>What a program does wrong itself, such as an argument out of range, stays an {@link
 * IllegalArgumentException} or {@link IllegalStateException}. Memory that runs out inside Java or
 * PyTorch is reported by these, as an {@link OutOfMemoryError} or an exception of the engine.
 */
public class BookendException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;

  public BookendException(ErrorCode code, String message) {
    this(code, message, null);
  }

  /**
   * @param message made one line of at most 1,000 characters, for names that come out of a corrupt
   *     file or from a server may hold anything
   * @param cause null where there is none
   */
  public BookendException(ErrorCode code, String message, Throwable cause) {
    super(VisibleText.line(message), cause);
    this.code = code;
  }

  /** What went wrong, for programs. */
  public final ErrorCode code() {
    return code;
  }
}
