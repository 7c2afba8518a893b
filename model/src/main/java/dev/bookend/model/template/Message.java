package dev.bookend.model.template;

import java.util.Map;
import java.util.Objects;

/**
 * One turn of a conversation.
 *
 * @param content its text; empty where an assistant only calls tools
 * @param fields what else templates read, by the names that {@code transformers} gives it: {@code
 *     tool_calls}, {@code tool_call_id}, {@code name}, {@code reasoning_content}; strings,
 *     booleans, numbers, null, and lists and maps of such
 */
public record Message(Role role, String content, Map<String, Object> fields) {

  /** Requires all. */
  public Message {
    Objects.requireNonNull(role);
    Objects.requireNonNull(content);
    Objects.requireNonNull(fields);
  }

  /** A turn that is text alone. */
  public Message(Role role, String content) {
    this(role, content, Map.of());
  }

  /** Keeps the content out of logs and error messages. */
  @Override
  public String toString() {
    return role.templateName() + " (" + content.length() + " characters)";
  }
}
