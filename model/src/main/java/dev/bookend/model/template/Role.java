package dev.bookend.model.template;

import java.util.Locale;

/** Who a message is from. */
public enum Role {
  SYSTEM,
  USER,
  ASSISTANT,
  /** What a tool has answered. */
  TOOL;

  /** The role's name in chat templates. */
  String templateName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
