package dev.bookend.server.tools;

import dev.bookend.SessionLimits;
import dev.bookend.model.SampleModel;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.model.tokenizer.TokenizerSource.TemplateSource;
import dev.bookend.server.ServedSample;
import java.lang.reflect.Proxy;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The sample model as one that calls tools: its chat template shows it, where there are tools, how
 * others have called one, which is enough for it to go on in the same way. Asked to think, it finds
 * that it has begun to.
 */
public final class CallingSample {
  private static final String EXAMPLES =
      example("Oslo") + example("Lima") + example("Cairo") + example("Delhi");

  private static final String TEMPLATE =
      "{% if tools %}"
          + EXAMPLES
          + "{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
          + "{% for c in m.tool_calls %}<tool_call>\n{\"name\": \"{{ c.function.name }}\","
          + " \"arguments\": {{ c.function.arguments | tojson }}}\n</tool_call>{% endfor %}"
          + "<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
          + "{% if enable_thinking %}<think>\n{% endif %}";

  private CallingSample() {}

  private static String example(String city) {
    return "<|im_start|>user\nWhat is the weather in "
        + city
        + "?<|im_end|>\n<|im_start|>assistant\n<tool_call>\n{\"name\": \"get_weather\","
        + " \"arguments\": {\"city\": \""
        + city
        + "\"}}\n</tool_call><|im_end|>\n";
  }

  /** One server of it, for all test classes of a run, as a parameter. */
  public static final class Shared implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == ServedSample.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(Namespace.GLOBAL)
          .computeIfAbsent(Shared.class, key -> serve(false), ServedSample.class);
    }
  }

  /**
   * Serves it.
   *
   * @param special whether the marks around calls are special tokens, which have no text
   */
  public static ServedSample serve(boolean special) {
    TokenizerSource source;
    try (Checkpoint sample = SampleModel.open()) {
      source = sample.tokenizer();
    }
    String json = source.tokenizer().text();
    return serve(
        new TokenizerSource(
            special
                ? json.replace("<issue_start>", "<tool_call>")
                    .replace("<issue_closed>", "</tool_call>")
                : json,
            Optional.of(new TemplateSource("test", TEMPLATE)),
            source.specialTokens()));
  }

  /** Serves the sample model as one that knows no conversations. */
  public static ServedSample serveWithoutTemplate() {
    try (Checkpoint sample = SampleModel.open()) {
      TokenizerSource source = sample.tokenizer();
      return serve(
          new TokenizerSource(source.tokenizer().text(), Optional.empty(), source.specialTokens()));
    }
  }

  private static ServedSample serve(TokenizerSource tokenizer) {
    Checkpoint sample = SampleModel.open();
    Checkpoint calling =
        (Checkpoint)
            Proxy.newProxyInstance(
                CallingSample.class.getClassLoader(),
                new Class<?>[] {Checkpoint.class},
                (proxy, method, arguments) ->
                    method.getName().equals("tokenizer")
                        ? tokenizer
                        : method.invoke(sample, arguments));
    return new ServedSample(calling, SessionLimits.DEFAULT, options -> options);
  }
}
