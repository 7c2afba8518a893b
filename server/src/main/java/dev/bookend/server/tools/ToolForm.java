package dev.bookend.server.tools;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The forms in which models write calls of tools. A model's chat template shows which is its. */
public enum ToolForm {
  /** {@code <tool_call>{"name": ..., "arguments": {...}}</tool_call>}: Qwen, Hermes, SmolLM3. */
  HERMES("<tool_call>"),

  /**
   * {@code [TOOL_CALLS] [{"name": ..., "arguments": {...}}]}, or {@code
   * [TOOL_CALLS]name[ARGS]{...}}: Mistral.
   */
  MISTRAL("[TOOL_CALLS]"),

  /**
   * {@code {"name": ..., "parameters": {...}}} as the whole answer, or behind {@code
   * <|python_tag|>}: Llama 3.
   */
  LLAMA("<|python_tag|>");

  private static final String LETTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String mark;

  ToolForm(String mark) {
    this.mark = mark;
  }

  private boolean isIn(String template) {
    return switch (this) {
      case HERMES -> template.contains(mark) && !template.contains("<function=");
      case MISTRAL -> template.contains(mark) || template.contains("[AVAILABLE_TOOLS]");
      case LLAMA -> template.contains(mark) || template.contains("ipython");
    };
  }

  /** The form that a chat template speaks of. */
  public static Optional<ToolForm> of(String template) {
    return List.of(values()).stream().filter(form -> form.isIn(template)).findFirst();
  }

  /** What a call begins with. */
  String mark() {
    return mark;
  }

  /** All marks, which may be special tokens. */
  Set<String> marks() {
    return switch (this) {
      case HERMES -> Set.of(mark, "</tool_call>");
      case MISTRAL -> Set.of(mark, "[ARGS]", "[CALL_ID]");
      case LLAMA -> Set.of(mark);
    };
  }

  /** A new id of a call. Mistral's templates take none but those of nine letters and digits. */
  String newId() {
    return this == MISTRAL ? letters(9) : "call_" + letters(24);
  }

  private static String letters(int count) {
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < count; i++) {
      id.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
    }
    return id.toString();
  }
}
