package dev.bookend;

import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.DecodingMetrics.Bytes;
import dev.bookend.decoding.Generation;
import dev.bookend.history.BuiltInTexts;
import dev.bookend.history.History;
import dev.bookend.history.TokenizerFingerprint;
import dev.bookend.model.ModelException;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.template.ChatTemplate;
import dev.bookend.model.template.Message;
import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.remote.DisagreementException;
import dev.bookend.session.ContextFullException;
import dev.bookend.session.Session;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.retrieval.RetrievalDatastore;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import dev.bookend.triton.TritonException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** A split model that takes and gives text: the model, its tokenizer and its chat template. */
public final class TextModel implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final SplitModel model;
  private final Text text;
  private Optional<History> history = Optional.empty();
  private RetrievalDatastore phrases;

  private TextModel(Checkpoint checkpoint, SplitModel model, Text text) {
    this.checkpoint = checkpoint;
    this.model = model;
    this.text = text;
  }

  private record Text(Tokenizer tokenizer, Optional<ChatTemplate> template) {
    static Text of(TokenizerSource source) {
      return new Text(Tokenizer.of(source), ChatTemplate.of(source));
    }
  }

  /**
   * Opens a model.
   *
   * @param checkpoint closed with this, or if this fails
   * @throws ModelException if the model cannot be used
   * @throws TritonException if the cloud cannot be reached
   * @throws DisagreementException if the cloud holds no middle for this model and split
   * @throws IllegalArgumentException if the split does not fit the model
   */
  public static TextModel open(Checkpoint checkpoint, SplitOptions options) {
    // Takes about as long as the weights, and waits for nothing of them.
    CompletableFuture<Text> text =
        CompletableFuture.supplyAsync(
            () -> Text.of(checkpoint.tokenizer()),
            task -> new Thread(task, "bookend-text").start());
    SplitModel model = null;
    try {
      model = SplitModel.open(checkpoint, options);
      return new TextModel(checkpoint, model, join(text));
    } catch (RuntimeException e) {
      if (model != null) {
        model.close();
      }
      text.handle((opened, failure) -> opened).thenAccept(TextModel::close).join();
      checkpoint.close();
      throw e;
    }
  }

  private static Text join(CompletableFuture<Text> text) {
    try {
      return text.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static void close(Text text) {
    if (text != null) {
      text.tokenizer().close();
    }
  }

  /** The model without the text. */
  public SplitModel model() {
    return model;
  }

  public Tokenizer tokenizer() {
    return text.tokenizer();
  }

  /** Whether {@link #chatPrompt} works. */
  public boolean hasChatTemplate() {
    return text.template().isPresent();
  }

  /**
   * The tokens of a conversation, up to where the model is to answer.
   *
   * @throws ModelException if the model has no chat template, or its template refuses these
   *     messages
   */
  public int[] chatPrompt(List<Message> messages) {
    ChatTemplate chat =
        text.template()
            .orElseThrow(
                () ->
                    new ModelException(
                        "the model has no chat template; use --raw to let it continue plain text"));
    return text.tokenizer().encode(chat.render(messages));
  }

  /** The tokens of a text that the model is to continue. */
  public int[] rawPrompt(String prompt) {
    return text.tokenizer().encodePrompt(prompt);
  }

  /**
   * The drafters that suit this model: those that cost nothing, and the stand-in if one is ready.
   */
  public DraftSpec usualDrafters() {
    String cheap = "suffix,phrases";
    return DraftSpec.parse(model.hasReadyStandin() ? cheap + ",standin" : cheap);
  }

  /**
   * New drafters for one session of this model.
   *
   * @param models opens the model of a name
   * @throws ModelException if a draft model or stand-in cannot be used, or has another tokenizer
   */
  public List<Drafter> drafters(DraftSpec spec, Function<String, Checkpoint> models) {
    return spec.open(
        name -> {
          Checkpoint draft = models.apply(name);
          try (Tokenizer other = Tokenizer.of(draft.tokenizer())) {
            if (TokenizerFingerprint.of(other).equals(TokenizerFingerprint.of(text.tokenizer()))) {
              return draft;
            }
          }
          draft.close();
          throw new ModelException(
              "model '"
                  + name
                  + "' cannot draft: its tokenizer is another; take a smaller model of"
                  + " the same family");
        },
        model::standin,
        this::phrases);
  }

  /**
   * From now on prompts and their answers are kept in the user's {@link History}, and new drafters
   * take phrases from it.
   */
  public void keepHistory() {
    history = Optional.of(usersHistory());
    phrases = null;
  }

  /** Keeps a text in the user's history if {@link #keepHistory} was called. */
  public void remember(int[] prompt, List<Integer> answer) {
    IntStream all = IntStream.concat(IntStream.of(prompt), answer.stream().mapToInt(id -> id));
    history.ifPresent(kept -> kept.add(all.toArray()));
  }

  /** Texts to find phrases in: those that come with Bookend, and those that were kept. */
  private List<int[]> phraseTexts(Optional<History> kept) {
    List<int[]> texts = new ArrayList<>(BuiltInTexts.of(TokenizerFingerprint.of(text.tokenizer())));
    kept.map(History::read).ifPresent(texts::addAll);
    return texts;
  }

  private History usersHistory() {
    return History.of(TokenizerFingerprint.of(text.tokenizer()));
  }

  /** Those with the user's own, whether or not {@link #keepHistory} was called. */
  public List<int[]> allPhraseTexts() {
    return phraseTexts(Optional.of(usersHistory()));
  }

  /** Texts of the past, of Bookend's own and of the user's history if that is kept. */
  public RetrievalDatastore phrases() {
    if (phrases == null) {
      phrases = RetrievalDatastore.of(phraseTexts(history));
    }
    return phrases;
  }

  /** Bytes of the messages to and from the cloud so far, by all sessions. */
  private Bytes bytes() {
    return new Bytes(model.bytesSent(), model.bytesReceived());
  }

  /**
   * An answer.
   *
   * @param text what was told to the listener
   * @param generation the tokens, and what they have cost; its bytes are those of all sessions
   */
  public record Answer(String text, Generation generation) {}

  /**
   * Generates an answer.
   *
   * @param decoding how; one that keeps state must be this session's own
   * @param prompt the whole text so far; what the session holds of it already is not run again
   * @param onText told each piece of text as soon as it is certain; false ends the answer
   * @throws ContextFullException if the prompt does not fit the context
   * @throws TritonException if the cloud is lost for good; what was told before stands
   */
  public Answer generate(
      Decoding decoding, Session session, int[] prompt, int maxTokens, Predicate<String> onText) {
    TextStream stream = text.tokenizer().stream();
    StringBuilder told = new StringBuilder();
    Predicate<String> tell =
        piece -> {
          told.append(piece);
          return onText.test(piece);
        };
    Bytes before = bytes();
    Generation generation =
        decoding.decode(
            session,
            prompt,
            maxTokens,
            model.config().endTokens(),
            token -> tell.test(stream.add(token)));
    String rest = stream.finish();
    if (!rest.isEmpty()) {
      boolean unused = tell.test(rest); // the answer is over in any case
    }
    remember(prompt, generation.tokens());
    return new Answer(
        told.toString(), generation.with(generation.metrics().with(bytes().minus(before))));
  }

  @Override
  public void close() {
    model.close();
    close(text);
    checkpoint.close();
  }
}
