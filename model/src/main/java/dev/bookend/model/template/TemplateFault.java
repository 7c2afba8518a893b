package dev.bookend.model.template;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;

/**
 * Ends a rendering from inside the template engine, which wraps it; {@link ChatTemplate} unwraps
 * it. The message never holds text of the conversation.
 */
final class TemplateFault extends BookendException {
  private static final long serialVersionUID = 1;

  private TemplateFault(ErrorCode code, String message) {
    super(code, message);
  }

  /** The template itself called {@code raise_exception}. */
  static TemplateFault raised(String message) {
    return new TemplateFault(
        ErrorCode.TEMPLATE_REFUSED, "the chat template refuses this conversation: " + message);
  }

  /** The template uses something that is not supported here. */
  static TemplateFault unsupported(String construct) {
    return new TemplateFault(
        ErrorCode.TEMPLATE_UNSUPPORTED,
        "the chat template needs " + construct + ", which is not supported");
  }
}
