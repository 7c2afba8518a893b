package dev.bookend.model.template;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.VisibleText;
import dev.bookend.model.jinja.Template;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.model.tokenizer.TokenizerSource;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A model's chat template: turns a conversation into the text that the model was trained on.
 * Renders as Hugging Face's {@code apply_chat_template} does, without documents. A template is code
 * from elsewhere: it can read the conversation and the date, but nothing else, and its time, memory
 * and output are bounded.
 *
 * <p>Safe for use by several threads.
 */
public final class ChatTemplate {
  private static final String CALLS = "tool_calls";

  private final Parsed plain;
  private final Parsed withTools;
  private final Map<String, Object> globals;
  private final Clock clock;

  private ChatTemplate(
      TokenizerSource.TemplateSource plain,
      Optional<TokenizerSource.TemplateSource> withTools,
      Map<String, String> specialTokens,
      Clock clock) {
    this.plain = new Parsed(plain);
    this.withTools = withTools.map(Parsed::new).orElse(this.plain);
    this.clock = clock;
    globals = new HashMap<>();
    globals.put("tools", null);
    globals.put("documents", null);
    globals.put("add_generation_prompt", true);
    globals.putAll(specialTokens);
  }

  /** The template of a model, or empty where it has none. It is not read before it is needed. */
  public static Optional<ChatTemplate> of(TokenizerSource source) {
    return of(source, Clock.system(ZoneId.systemDefault()));
  }

  /**
   * @param clock the clock that {@code strftime_now} reads
   */
  static Optional<ChatTemplate> of(TokenizerSource source, Clock clock) {
    return source
        .chatTemplate()
        .map(
            template ->
                new ChatTemplate(template, source.toolTemplate(), source.specialTokens(), clock));
  }

  /** A template that is parsed when it is first needed. */
  private static final class Parsed {
    private final TokenizerSource.TemplateSource source;
    private Template template;

    Parsed(TokenizerSource.TemplateSource source) {
      this.source = source;
    }

    synchronized Template template() {
      if (template == null) {
        template = Template.parse(source.origin(), source.text());
      }
      return template;
    }
  }

  /**
   * Renders the conversation, up to where the assistant's next turn begins. Special tokens are part
   * of the text, so it is to be encoded with {@link Tokenizer#encode}.
   *
   * @throws BookendException of code {@link ErrorCode#TEMPLATE_REFUSED} if the template refuses the
   *     conversation, {@link ErrorCode#TEMPLATE_UNSUPPORTED} if it is not one that {@code
   *     transformers} could render, or takes too much time or memory
   */
  public String render(List<Message> messages) {
    return render(messages, List.of(), Map.of());
  }

  /**
   * As {@link #render(List)}, for an assistant that may call tools.
   *
   * @param tools as JSON schemas, in the form of OpenAI's API; where there are none, the template
   *     does not see an empty list, but none
   * @param arguments further variables that the template reads, as {@code enable_thinking}; they
   *     cannot replace those that every template has
   * @throws BookendException as above, and of code {@link ErrorCode#TEMPLATE_REFUSED} if they would
   */
  public String render(
      List<Message> messages, List<Map<String, Object>> tools, Map<String, Object> arguments) {
    return render(tools.isEmpty() ? plain : withTools, messages, tools, arguments);
  }

  private String render(
      Parsed parsed,
      List<Message> messages,
      List<Map<String, Object>> tools,
      Map<String, Object> arguments) {
    arguments.forEach(this::requireNew);
    Map<String, Object> values = new HashMap<>(arguments);
    values.putAll(globals);
    if (!tools.isEmpty()) {
      values.put("tools", tools);
    }
    values.put("messages", messages.stream().map(ChatTemplate::message).toList());
    return parsed.template().render(values, clock);
  }

  private void requireNew(String name, Object value) {
    boolean own = name.equals("messages") || globals.containsKey(name);
    if (own && !Objects.equals(value, globals.get(name))) {
      throw new BookendException(
          ErrorCode.TEMPLATE_REFUSED,
          "the chat template's variable '%s' cannot be replaced".formatted(VisibleText.of(name)));
    }
  }

  /**
   * Whether the model is told of tools at all: many templates know nothing of them.
   *
   * @param rendered what {@link #render(List, List, Map)} gives with them
   */
  public boolean showsTools(
      List<Message> messages, Map<String, Object> arguments, String rendered) {
    try {
      return !render(withTools, messages, List.of(), arguments).equals(rendered);
    } catch (BookendException e) {
      return true; // it insists on tools
    }
  }

  /**
   * Whether the model is told of calls of tools in the past.
   *
   * @param rendered what {@link #render(List, List, Map)} gives with them
   */
  public boolean showsCalls(
      List<Message> messages,
      List<Map<String, Object>> tools,
      Map<String, Object> arguments,
      String rendered) {
    List<Message> without = new ArrayList<>(messages);
    for (int i = 0; i < without.size(); i++) {
      Map<String, Object> fields = new LinkedHashMap<>(without.get(i).fields());
      if (fields.remove(CALLS) != null) { // the others are shown or not alike
        without.set(i, new Message(without.get(i).role(), without.get(i).content(), fields));
        break;
      }
    }
    try {
      return without.equals(messages) || !render(without, tools, arguments).equals(rendered);
    } catch (BookendException e) {
      return true; // it insists on them
    }
  }

  /** Whether a conversation has calls of tools in its past. */
  public static boolean hasCalls(List<Message> messages) {
    return messages.stream().anyMatch(message -> message.fields().containsKey(CALLS));
  }

  /**
   * The template itself, from which follows how the model writes what is no plain text.
   *
   * @param tools whether it is that of conversations with tools
   */
  public String text(boolean tools) {
    return (tools ? withTools : plain).source.text();
  }

  /** In the order in which such are usually written. */
  private static Map<String, Object> message(Message message) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", message.role().templateName());
    fields.put("content", message.content());
    fields.putAll(message.fields());
    return fields;
  }
}
