package dev.bookend.server.tools;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The forms in which models write calls of tools. A model's chat template shows which is its. */
public enum ToolForm {
  /** {@code <tool_call>{"name": ..., "arguments": {...}}</tool_call>}: Qwen, Hermes, SmolLM3. */
  HERMES(
      "<tool_call>",
      Set.of("<tool_call>", "</tool_call>"),
      template -> template.contains("<tool_call>") && !template.contains("<function=")),

  /**
   * {@code [TOOL_CALLS] [{"name": ..., "arguments": {...}}]}, or {@code
   * [TOOL_CALLS]name[ARGS]{...}}: Mistral.
   */
  MISTRAL(
      "[TOOL_CALLS]",
      Set.of("[TOOL_CALLS]", "[ARGS]", "[CALL_ID]"),
      template -> template.contains("[TOOL_CALLS]") || template.contains("[AVAILABLE_TOOLS]")),

  /**
   * {@code {"name": ..., "parameters": {...}}} as the whole answer, or behind {@code
   * <|python_tag|>}: Llama 3.
   */
  LLAMA(
      "<|python_tag|>",
      Set.of("<|python_tag|>"),
      template -> template.contains("<|python_tag|>") || template.contains("ipython"));

  private static final String LETTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String mark;
  private final Set<String> marks;
  private final Predicate<String> template;

  ToolForm(String mark, Set<String> marks, Predicate<String> template) {
    this.mark = mark;
    this.marks = marks;
    this.template = template;
  }

  /** The form that a chat template speaks of. */
  public static Optional<ToolForm> of(String template) {
    return List.of(values()).stream().filter(form -> form.template.test(template)).findFirst();
  }

  /** What a call begins with. */
  String mark() {
    return mark;
  }

  /** All marks, which may be special tokens. */
  Set<String> marks() {
    return marks;
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
