package dev.bookend.model;

/**
 * A model that cannot be used: missing, corrupt, truncated or of an unsupported kind. The message
 * is one line for the user; it names the file and, where there is one, the tensor, and says the way
 * out.
 */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final int MAX_LENGTH = 1000;

  public ModelException(String message) {
    super(oneLine(message));
  }

  public ModelException(String message, Throwable cause) {
    super(oneLine(message), cause);
  }

  /** Names that come out of a corrupt file may hold anything. */
  private static String oneLine(String message) {
    String start = message.substring(0, Math.min(message.length(), MAX_LENGTH));
    return start.replaceAll("\\p{Cntrl}", "?");
  }
}
