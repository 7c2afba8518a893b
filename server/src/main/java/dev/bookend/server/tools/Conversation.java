package dev.bookend.server.tools;

import dev.bookend.Bookend;
import dev.bookend.Cancellation;
import dev.bookend.Completion;
import dev.bookend.CompletionListener;
import dev.bookend.CompletionRequest;
import dev.bookend.Prompt;
import dev.bookend.decoding.RoundTrip;
import dev.bookend.model.template.ChatTemplate;
import dev.bookend.server.http.ApiException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A conversation that a model is to go on with, and what its answer may consist of, which the
 * model's chat template shows. The template is not run before the first answer is made, on a thread
 * that may take its time. Safe for use by several threads.
 */
public final class Conversation {
  private final Prompt.Chat prompt;
  private final boolean parallelCalls;
  private final Optional<AnswerGrammar> grammar;
  private AnswerShape shape;
  private Bookend answering;

  /**
   * A conversation.
   *
   * @param parallelCalls whether an answer may call more than one tool
   * @param call the call of a tool that an answer must be, if it must be one
   * @param format what an answer must be that calls no tool; empty: anything
   */
  public Conversation(
      Prompt.Chat prompt,
      boolean parallelCalls,
      Optional<AnswerGrammar> call,
      Optional<AnswerGrammar> format) {
    this.prompt = prompt;
    this.parallelCalls = parallelCalls;
    List<Map<String, Object>> tools = prompt.tools();
    this.grammar =
        call.isPresent() || tools.isEmpty()
            ? call.or(() -> format)
            : format.map(content -> ToolChoice.callOr(tools, content));
  }

  /** What the answers of {@link #complete} may consist of; plain text before that was called. */
  public synchronized AnswerShape shape() {
    return shape == null ? AnswerShape.TEXT : shape;
  }

  /** How many tokens of an answer that {@link #complete} gave are reasoning. */
  public synchronized int reasoningTokens(Completion completion) {
    return answering == null
        ? 0
        : answering.withTokenizer(
            tokenizer -> ReasoningTokens.count(shape(), tokenizer, completion.tokens()));
  }

  private synchronized AnswerShape shape(Bookend bookend) {
    if (shape == null) {
      // Without a template the request fails in the same way as any other.
      shape = bookend.model().chatTemplate().map(this::shape).orElse(AnswerShape.TEXT);
      answering = bookend;
    }
    return shape;
  }

  private AnswerShape shape(ChatTemplate template) {
    boolean tools = !prompt.tools().isEmpty();
    String text = template.text(tools);
    boolean reasons =
        grammar.isEmpty()
            && (text.contains(ReasoningParser.BEGIN) || text.contains(ReasoningParser.END));
    boolean calls = ChatTemplate.hasCalls(prompt.messages());
    // Most conversations have neither tools nor reasoning, and need not be rendered twice.
    String rendered =
        tools || reasons || calls
            ? template.render(prompt.messages(), prompt.tools(), prompt.arguments())
            : "";
    if (calls
        && !template.showsCalls(prompt.messages(), prompt.tools(), prompt.arguments(), rendered)) {
      throw ApiException.unsupported(
          "messages", "this model's chat template does not show calls of tools");
    }
    Optional<ToolForm> form = Optional.empty();
    if (tools) {
      if (!template.showsTools(prompt.messages(), prompt.arguments(), rendered)) {
        throw ApiException.unsupported("tools", "this model's chat template takes no tools");
      }
      // Where an answer is held to JSON, so is a call, whatever the model's own form is.
      form = grammar.isPresent() ? Optional.of(ToolForm.LLAMA) : ToolForm.of(text);
      if (form.isEmpty()) {
        throw ApiException.unsupported(
            "tools", "this server does not know the form in which this model calls tools");
      }
    }
    return new AnswerShape(
        form,
        prompt.tools().stream().map(ToolChoice::name).collect(Collectors.toSet()),
        !parallelCalls || grammar.isPresent(),
        reasons,
        reasons && rendered.stripTrailing().endsWith(ReasoningParser.BEGIN));
  }

  /**
   * Makes an answer.
   *
   * @param request with this conversation as its prompt
   * @throws ApiException if the model takes no tools, and there are some
   */
  public Completion complete(
      Bookend bookend,
      CompletionRequest request,
      CompletionListener listener,
      Cancellation cancellation) {
    AnswerShape known = shape(bookend);
    CompletionRequest held =
        grammar
            .map(one -> request.withRules(request.rules().and(one.rules(bookend))))
            .orElse(request);
    Set<String> marks = known.marks();
    CompletionRequest marked = marks.isEmpty() ? held : held.withShownTokens(marks);
    if (!known.single() || known.form().isEmpty()) {
      return bookend.complete(marked, listener, cancellation);
    }
    return bookend.complete(marked, endingBehindCall(known, listener, cancellation), cancellation);
  }

  private static CompletionListener endingBehindCall(
      AnswerShape shape, CompletionListener listener, Cancellation cancellation) {
    AnswerParser parser = new AnswerParser(shape);
    return new CompletionListener() {
      @Override
      public void onPiece(Piece piece) {
        parser.add(piece.text());
        listener.onPiece(piece);
        if (parser.isOver()) {
          cancellation.cancel();
        }
      }

      @Override
      public void onRoundTrip(RoundTrip roundTrip) {
        listener.onRoundTrip(roundTrip);
      }
    };
  }
}
