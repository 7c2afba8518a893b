package dev.bookend;

import dev.bookend.model.runtime.Sampling;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A request for one completion. Immutable; the {@code with} methods give a copy with one thing
 * changed.
 *
 * @param prompt what to answer or continue
 * @param sampling how each token is chosen from the model's distribution, with the seed
 * @param maxTokens most tokens to generate; the context's length is a limit as well
 * @param stop strings that end the completion where they first occur, also across the border of two
 *     tokens; neither they nor what follows is part of its text
 * @param topLogProbabilities with each generated token, the log-probabilities of it and of this
 *     many of the most probable tokens in its place; empty: none at all, which saves a second LM
 *     head
 * @param rules what else decides on tokens, from the first of the completion on; a session keeps
 *     nothing of them
 * @param shownTokens special tokens that are part of the text here, as the marks that a model puts
 *     around calls of tools; all others have no text
 */
public record CompletionRequest(
    Prompt prompt,
    Sampling sampling,
    int maxTokens,
    List<String> stop,
    OptionalInt topLogProbabilities,
    TokenRules rules,
    Set<String> shownTokens) {
  private static final int DEFAULT_TOKENS = 256;
  private static final int MOST_TOP_TOKENS = 100;

  /**
   * Copies the strings and checks the values.
   *
   * @throws IllegalArgumentException if a value is outside of its range
   */
  public CompletionRequest {
    stop = List.copyOf(stop);
    shownTokens = Set.copyOf(shownTokens);
    if (maxTokens < 1) {
      throw new IllegalArgumentException("at most " + maxTokens + " tokens are none");
    }
    if (stop.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("an empty stop string would end every completion at once");
    }
    int top = topLogProbabilities.orElse(0);
    if (top < 0 || top > MOST_TOP_TOKENS) {
      throw new IllegalArgumentException(
          "the number of top tokens, " + top + ", is not in 0 to " + MOST_TOP_TOKENS);
    }
  }

  /** A request for plain text. */
  public CompletionRequest(
      Prompt prompt,
      Sampling sampling,
      int maxTokens,
      List<String> stop,
      OptionalInt topLogProbabilities,
      TokenRules rules) {
    this(prompt, sampling, maxTokens, stop, topLogProbabilities, rules, Set.of());
  }

  /** The next answer in a conversation: the most probable tokens, at most 256 of them. */
  public static CompletionRequest chat(List<Message> messages) {
    return of(new Prompt.Chat(messages));
  }

  /** As {@link #chat(List)}, to one question. */
  public static CompletionRequest chat(String question) {
    return chat(List.of(new Message(Role.USER, question)));
  }

  /** The continuation of any prompt: the most probable tokens, at most 256 of them. */
  public static CompletionRequest of(Prompt prompt) {
    return new CompletionRequest(
        prompt, Sampling.GREEDY, DEFAULT_TOKENS, List.of(), OptionalInt.empty(), TokenRules.NONE);
  }

  /**
   * The same request behind a system message.
   *
   * @throws IllegalStateException if the prompt is not a conversation
   */
  public CompletionRequest withSystem(String text) {
    List<Message> messages = new ArrayList<>(List.of(new Message(Role.SYSTEM, text)));
    messages.addAll(chat().messages());
    return withMessages(messages);
  }

  /**
   * The request for the next answer of the conversation: with this one's answer and another
   * question behind its messages.
   *
   * @throws IllegalStateException if the prompt is not a conversation
   */
  public CompletionRequest followedBy(Completion answer, String question) {
    List<Message> messages = new ArrayList<>(chat().messages());
    messages.add(new Message(Role.ASSISTANT, answer.text()));
    messages.add(new Message(Role.USER, question));
    return withMessages(messages);
  }

  private CompletionRequest withMessages(List<Message> messages) {
    return withPrompt(new Prompt.Chat(messages, chat().tools(), chat().arguments()));
  }

  private Prompt.Chat chat() {
    if (prompt instanceof Prompt.Chat chat) {
      return chat;
    }
    throw new IllegalStateException("the prompt is plain text, not a conversation");
  }

  /** The same request for another prompt. */
  public CompletionRequest withPrompt(Prompt other) {
    return new CompletionRequest(
        other, sampling, maxTokens, stop, topLogProbabilities, rules, shownTokens);
  }

  /** The same request with tokens chosen in another way. */
  public CompletionRequest withSampling(Sampling other) {
    return new CompletionRequest(
        prompt, other, maxTokens, stop, topLogProbabilities, rules, shownTokens);
  }

  /** The same request for at most so many tokens. */
  public CompletionRequest withMaxTokens(int most) {
    return new CompletionRequest(
        prompt, sampling, most, stop, topLogProbabilities, rules, shownTokens);
  }

  /** The same request with these stop strings. */
  public CompletionRequest withStop(List<String> strings) {
    return new CompletionRequest(
        prompt, sampling, maxTokens, strings, topLogProbabilities, rules, shownTokens);
  }

  /**
   * The same request with log-probabilities.
   *
   * @param top of how many of the most probable tokens, besides the chosen one
   */
  public CompletionRequest withLogProbabilities(int top) {
    return new CompletionRequest(
        prompt, sampling, maxTokens, stop, OptionalInt.of(top), rules, shownTokens);
  }

  /** The same request under rules. */
  public CompletionRequest withRules(TokenRules others) {
    return new CompletionRequest(
        prompt, sampling, maxTokens, stop, topLogProbabilities, others, shownTokens);
  }

  /** The same request with some special tokens as part of the text. */
  public CompletionRequest withShownTokens(Set<String> texts) {
    return new CompletionRequest(
        prompt, sampling, maxTokens, stop, topLogProbabilities, rules, texts);
  }
}
