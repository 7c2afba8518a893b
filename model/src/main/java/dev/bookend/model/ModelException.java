package dev.bookend.model;

/**
 * A model that cannot be used: missing, corrupt, truncated or of an unsupported kind. The message
 * is one line for the user; it names the file and, where there is one, the tensor, and says the way
 * out.
 */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
