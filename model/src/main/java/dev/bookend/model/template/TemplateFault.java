package dev.bookend.model.template;

/**
 * Ends a rendering from inside the template engine, which wraps it; {@link ChatTemplate} turns it
 * into the error that the user sees. The message never holds text of the conversation.
 */
final class TemplateFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  private TemplateFault(String message) {
    super(message);
  }

  /** The template itself called {@code raise_exception}. */
  static TemplateFault raised(String message) {
    return new TemplateFault("the chat template refuses this conversation: " + message);
  }

  /** The template uses something that is not supported here. */
  static TemplateFault unsupported(String construct) {
    return new TemplateFault(
        "the chat template needs "
            + construct
            + ", which is not supported; --raw works without the template");
  }
}
