package dev.bookend.model.template;

import java.util.Objects;

/** One turn of a conversation. */
public record Message(Role role, String content) {

  public Message {
    Objects.requireNonNull(role);
    Objects.requireNonNull(content);
  }

  /** Keeps the content out of logs and error messages. */
  @Override
  public String toString() {
    return role.templateName() + " (" + content.length() + " characters)";
  }
}
