package dev.bookend.model.template;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.time.Clock;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model's chat template: turns a conversation into the text that the model was trained on.
 * Renders as Hugging Face's {@code apply_chat_template} does with jinja2 ({@code trim_blocks},
 * {@code lstrip_blocks}, the globals {@code raise_exception} and {@code strftime_now}, no tools),
 * or refuses with an error where the template needs what Jinjava cannot do. A template is code from
 * elsewhere: it can read the conversation and the date, but no Java object, file or network, and
 * the size of what it makes is bounded.
 *
 * <p>Safe for use by several threads.
 */
public final class ChatTemplate {
  private static final int MAX_CHARACTERS = 1 << 22;
  private static final int MAX_ITEMS = 1 << 16;

  private final String template;
  private final Map<String, Object> globals;
  private final Jinjava engine;

  private ChatTemplate(String template, TokenizerSource source, Clock clock) {
    this.template = TemplateSyntax.rewrite(template);
    engine = engine(clock);
    Unsupported.register(template, engine.getGlobalContext());
    globals = new HashMap<>();
    globals.put("bos_token", source.bosToken().orElse(""));
    globals.put("eos_token", source.eosToken().orElse(""));
    globals.put("add_generation_prompt", true);
    // Templates ask whether this is defined, which a function alone is not.
    globals.put("strftime_now", true);
  }

  /**
   * The template of a model, or empty where it has none.
   *
   * @throws BookendException of code {@link ErrorCode#TEMPLATE_UNSUPPORTED} if its syntax needs
   *     what is not supported
   */
  public static Optional<ChatTemplate> of(TokenizerSource source) {
    return of(source, Clock.system(ZoneId.systemDefault()));
  }

  /**
   * @param clock the clock that {@code strftime_now} reads
   */
  static Optional<ChatTemplate> of(TokenizerSource source, Clock clock) {
    return source.chatTemplate().map(template -> new ChatTemplate(template, source, clock));
  }

  /**
   * Renders the conversation, up to where the assistant's next turn begins. Special tokens are part
   * of the text, so it is to be encoded with {@link Tokenizer#encode}.
   *
   * @throws BookendException of code {@link ErrorCode#TEMPLATE_REFUSED} if the template refuses the
   *     conversation, {@link ErrorCode#TEMPLATE_UNSUPPORTED} if it needs what is not supported
   */
  public String render(List<Message> messages) {
    Map<String, Object> values = new HashMap<>(globals);
    values.put(
        "messages",
        messages.stream()
            .map(m -> Map.of("role", m.role().templateName(), "content", m.content()))
            .toList());
    RenderResult result = engine.renderForResult(template, values);
    if (!result.getErrors().isEmpty()) {
      throw failure(result.getErrors().get(0));
    }
    return result.getOutput();
  }

  /**
   * The engine's own messages are not passed on, because they quote values and so may hold parts of
   * the conversation.
   */
  private static BookendException failure(TemplateError error) {
    for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
      if (cause instanceof TemplateFault fault) {
        return fault;
      }
    }
    String line = error.getLineno() > 0 ? " in line " + error.getLineno() : "";
    return new BookendException(
        ErrorCode.TEMPLATE_UNSUPPORTED,
        "the chat template cannot be rendered ("
            + error.getReason().name().toLowerCase(Locale.ROOT).replace('_', ' ')
            + line
            + ")");
  }

  private static Jinjava engine(Clock clock) {
    JinjavaConfig config =
        JinjavaConfig.newBuilder()
            .withKeepTrailingNewline(true) // otherwise the output loses one
            .withNestedInterpretationEnabled(false)
            .withElResolver(new TemplateValues())
            .withDateTimeProvider(clock::millis)
            .withTimeZone(clock.getZone())
            .withMaxOutputSize(MAX_CHARACTERS)
            .withMaxStringLength(MAX_CHARACTERS)
            .withMaxListSize(MAX_ITEMS)
            .withMaxMapSize(MAX_ITEMS)
            .withDisabled(Map.of(Library.TAG, Set.of("include", "import", "from", "extends")))
            .withLegacyOverrides(
                LegacyOverrides.newBuilder()
                    // All except the natural operator precedence, with which
                    // "not x is defined" would mean "(not x) is defined".
                    .withEvaluateMapKeys(true)
                    .withIterateOverMapKeys(true)
                    .withParseWhitespaceControlStrictly(true)
                    .withAllowAdjacentTextNodes(true)
                    .withUseTrimmingForNotesAndExpressions(true)
                    .withKeepNullableLoopValues(true)
                    .withHandleBackslashInQuotesOnly(true)
                    .build())
            .build();
    Jinjava engine = new Jinjava(config);
    Context context = engine.getGlobalContext();
    context.registerTag(new LoopTag());
    context.registerTag(new GenerationTag());
    context.registerExpTest(new IterableTest("iterable"));
    context.registerExpTest(new IterableTest("sequence"));
    context.registerFilter(new TrimFilter());
    TemplateFunctions.all().forEach(context::registerFunction);
    return engine;
  }
}
