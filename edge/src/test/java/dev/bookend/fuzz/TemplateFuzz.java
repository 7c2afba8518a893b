package dev.bookend.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.bookend.model.template.ChatTemplate;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.model.tokenizer.TokenizerSource.TemplateSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A chat template. */
public final class TemplateFuzz {
  private static final List<Message> MESSAGES =
      List.of(
          new Message(Role.SYSTEM, "Be brief."),
          new Message(Role.USER, "What is 2 + 2?\n"),
          new Message(Role.ASSISTANT, "<think>two \u00e9</think>4"),
          new Message(Role.USER, "And {{ 3 }}?"));

  private TemplateFuzz() {}

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Bounded.run(input, TemplateFuzz::read);
  }

  private static void read(byte[] input) {
    TemplateSource template = new TemplateSource("the template", new String(input, UTF_8));
    TokenizerSource source =
        new TokenizerSource("{}", Optional.of(template), Map.of("bos_token", "<s>"));
    ChatTemplate.of(source).orElseThrow().render(MESSAGES);
  }
}
