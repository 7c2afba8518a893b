package dev.bookend;

import dev.bookend.background.Background;
import dev.bookend.decoding.Decoding;
import dev.bookend.decoding.DecodingListener;
import dev.bookend.decoding.DecodingMetrics.Bytes;
import dev.bookend.decoding.DecodingRequest;
import dev.bookend.decoding.Generation;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.grammar.TokenVocabulary;
import dev.bookend.history.BuiltInTexts;
import dev.bookend.history.History;
import dev.bookend.history.TokenizerFingerprint;
import dev.bookend.learning.OnlineLearning;
import dev.bookend.model.checkpoint.Checkpoint;
import dev.bookend.model.template.ChatTemplate;
import dev.bookend.model.template.Message;
import dev.bookend.model.tokenizer.TextStream;
import dev.bookend.model.tokenizer.TokenBytes;
import dev.bookend.model.tokenizer.Tokenizer;
import dev.bookend.model.tokenizer.TokenizerSource;
import dev.bookend.remote.CloudException;
import dev.bookend.session.ContextFullException;
import dev.bookend.session.Session;
import dev.bookend.speculation.DraftModels;
import dev.bookend.speculation.DraftSpec;
import dev.bookend.speculation.Drafter;
import dev.bookend.speculation.DrafterContext;
import dev.bookend.speculation.drafthead.EagleDraftHeads;
import dev.bookend.speculation.drafthead.StandInSource;
import dev.bookend.speculation.retrieval.RetrievalDatastore;
import dev.bookend.split.SplitModel;
import dev.bookend.split.SplitOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** A split model that takes and gives text: the model, its tokenizer and its chat template. */
public final class TextModel implements AutoCloseable {
  private static final int MOST_CHARACTERS_OF_A_TOKEN = 8; // on average

  private final Checkpoint checkpoint;
  private final SplitModel model;
  private final Text text;
  private Optional<History> history = Optional.empty();
  private RetrievalDatastore retrievalDatastore;
  private volatile Optional<OnlineLearning> learning = Optional.empty();
  private TokenVocabulary vocabulary;
  private TokenBytes tokenBytes;
  private TokenTexts tokenTexts;

  private TextModel(Checkpoint checkpoint, SplitModel model, Text text) {
    this.checkpoint = checkpoint;
    this.model = model;
    this.text = text;
  }

  private record Text(
      Tokenizer tokenizer, Optional<ChatTemplate> template, Map<String, String> specialTokens) {
    static Text of(TokenizerSource source) {
      return new Text(Tokenizer.of(source), ChatTemplate.of(source), source.specialTokens());
    }
  }

  /**
   * Opens a model.
   *
   * @param checkpoint closed with this, or if this fails
   * @throws BookendException if the model cannot be used, or the split does not fit it
   * @throws CloudException if the cloud cannot be reached, or holds no middle for this model and
   *     split
   */
  public static TextModel open(Checkpoint checkpoint, SplitOptions options) {
    // Takes about as long as the weights, and waits for nothing of them.
    Background<Text> text = Background.begin("bookend-text", () -> Text.of(checkpoint.tokenizer()));
    SplitModel model = null;
    try {
      model = SplitModel.open(checkpoint, options);
      return new TextModel(checkpoint, model, text.result());
    } catch (RuntimeException e) {
      if (model != null) {
        model.close();
      }
      text.end(opened -> opened.tokenizer().close());
      checkpoint.close();
      throw e;
    }
  }

  /** The model without the text. */
  public SplitModel model() {
    return model;
  }

  public Tokenizer tokenizer() {
    return text.tokenizer();
  }

  /**
   * The model's tokens as grammars see them. The first call takes a moment.
   *
   * @throws BookendException if the model's answers cannot be held to a grammar
   */
  public synchronized TokenVocabulary vocabulary() {
    if (vocabulary == null) {
      vocabulary =
          TokenVocabulary.of(
              tokenBytes(), model.config().vocabularySize(), model.config().endTokens());
    }
    return vocabulary;
  }

  private synchronized TokenBytes tokenBytes() {
    if (tokenBytes == null) {
      tokenBytes = TokenBytes.of(checkpoint.tokenizer());
    }
    return tokenBytes;
  }

  /** What the model's tokens add to a text. The first call takes a moment. */
  public synchronized TokenTexts tokenTexts() {
    if (tokenTexts == null) {
      Optional<TokenBytes> bytes;
      try {
        bytes = Optional.of(tokenBytes());
      } catch (BookendException e) { // it writes bytes in a way that is not known
        bytes = Optional.empty();
      }
      tokenTexts = new TokenTexts(text.tokenizer(), bytes);
    }
    return tokenTexts;
  }

  /**
   * The texts of the special tokens that have names, by those, as {@code eos_token}; see {@link
   * TokenizerSource}.
   */
  public Map<String, String> specialTokens() {
    return text.specialTokens();
  }

  /** How the model is asked in a conversation, if it can be. */
  public Optional<ChatTemplate> chatTemplate() {
    return text.template();
  }

  /** Whether {@link #chatPrompt} works. */
  public boolean hasChatTemplate() {
    return text.template().isPresent();
  }

  /**
   * The tokens of a conversation, up to where the model is to answer.
   *
   * @throws BookendException if the model has no chat template, or its template refuses these
   *     messages
   */
  public int[] chatPrompt(List<Message> messages) {
    return chatPrompt(new Prompt.Chat(messages));
  }

  /** As {@link #chatPrompt(List)}, with tools and variables for the template. */
  public int[] chatPrompt(Prompt.Chat prompt) {
    ChatTemplate chat =
        text.template()
            .orElseThrow(
                () ->
                    new BookendException(
                        ErrorCode.NO_CHAT_TEMPLATE, "the model has no chat template"));
    String rendered = chat.render(prompt.messages(), prompt.tools(), prompt.arguments());
    requireNotFarTooLong(rendered);
    return known(text.tokenizer().encode(rendered));
  }

  /** The tokens of a text that the model is to continue. */
  public int[] rawPrompt(String prompt) {
    requireNotFarTooLong(prompt);
    return known(text.tokenizer().encodePrompt(prompt));
  }

  /** Megabytes take the tokenizer long; that they are too many shows at their beginning. */
  private void requireNotFarTooLong(String prompt) {
    int context = model.config().contextLength();
    long beginning = (long) MOST_CHARACTERS_OF_A_TOKEN * context;
    if (prompt.length() > 2 * beginning) {
      int tokens = text.tokenizer().encode(prompt.substring(0, (int) beginning)).length;
      if (tokens > context + 1) { // the beginning may be cut within a token
        throw new BookendException(
            ErrorCode.CONTEXT_FULL,
            "the text needs more than %d tokens, but the model's context holds %d"
                .formatted(tokens - 1, context));
      }
    }
  }

  /** Tokens that were added to a tokenizer, but not to the model's embedding, have no row there. */
  private int[] known(int[] tokens) {
    int vocabulary = model.config().vocabularySize();
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED,
            "the tokenizer gives token "
                + token
                + ", but the model has only "
                + vocabulary
                + ": its files do not belong together");
      }
    }
    return tokens;
  }

  /**
   * The drafters that suit this model: those that cost next to nothing, and the stand-in if one is
   * ready.
   */
  public DraftSpec usualDrafters() {
    String cheap = "suffix,retrieval,recycling";
    return DraftSpec.parse(model.draftHeads().hasTrainedStandIn() ? cheap + ",standin" : cheap);
  }

  /**
   * New drafters for one session of this model.
   *
   * @param models finds draft models and published draft heads
   * @throws BookendException if a draft model or a draft head cannot be used, or was made for
   *     another model
   */
  public List<Drafter> drafters(DraftSpec spec, DraftModels models) {
    return spec.open(drafterContext(models));
  }

  /**
   * What this model's drafters are made with.
   *
   * @param models finds draft models and published draft heads
   */
  public DrafterContext drafterContext(DraftModels models) {
    return new DrafterContext(
            model.contract(),
            model.config().vocabularySize(),
            TokenizerFingerprint.of(text.tokenizer()),
            models)
        .with(StandInSource.class, model.draftHeads()::standInSource)
        .with(EagleDraftHeads.class, model.draftHeads()::eagle)
        .with(RetrievalDatastore.class, this::retrievalDatastore);
  }

  /**
   * From now on prompts and their answers are kept in the user's {@link History}, and new drafters
   * retrieve from it.
   */
  public synchronized void keepHistory() {
    history = Optional.of(usersHistory());
    retrievalDatastore = null;
  }

  /**
   * From now on the model's stand-in head learns from answers in the background.
   *
   * @param listener is told each time it has become better, on a thread of its own
   * @throws BookendException if there is no trained head for this model and split, or its file is
   *     damaged
   */
  public synchronized void learn(Consumer<OnlineLearning.Improvement> listener) {
    if (learning.isEmpty()) {
      learning = Optional.of(OnlineLearning.of(model, listener));
    }
  }

  /** What learns from answers, if {@link #learn} was called. */
  Optional<OnlineLearning> learning() {
    return learning;
  }

  /** Keeps a text in the user's history if {@link #keepHistory} was called. */
  public synchronized void remember(int[] prompt, List<Integer> answer) {
    IntStream all = IntStream.concat(IntStream.of(prompt), answer.stream().mapToInt(id -> id));
    history.ifPresent(kept -> kept.add(all.toArray()));
  }

  /** Texts to retrieve from: those that come with Bookend, and those that were kept. */
  private List<int[]> retrievalTexts(Optional<History> kept) {
    List<int[]> texts = new ArrayList<>(BuiltInTexts.of(TokenizerFingerprint.of(text.tokenizer())));
    kept.map(History::read).ifPresent(texts::addAll);
    return texts;
  }

  private History usersHistory() {
    return History.of(TokenizerFingerprint.of(text.tokenizer()));
  }

  /** Those with the user's own, whether or not {@link #keepHistory} was called. */
  public List<int[]> allRetrievalTexts() {
    return retrievalTexts(Optional.of(usersHistory()));
  }

  /** Texts of the past, of Bookend's own and of the user's history if that is kept. */
  public synchronized RetrievalDatastore retrievalDatastore() {
    if (retrievalDatastore == null) {
      retrievalDatastore = RetrievalDatastore.of(retrievalTexts(history));
    }
    return retrievalDatastore;
  }

  /** Bytes of the messages to and from the cloud so far, by all sessions. */
  private Bytes bytes() {
    return new Bytes(model.statistics().bytesSent(), model.statistics().bytesReceived());
  }

  /** Answers a prompt, and counts the bytes that are sent and received meanwhile. */
  Generation decode(
      Decoding decoding,
      Session session,
      int[] prompt,
      DecodingRequest request,
      DecodingListener listener) {
    Bytes before = bytes();
    Generation generation = decoding.decode(session, prompt, request, listener);
    return generation.with(generation.metrics().with(bytes().minus(before)));
  }

  /**
   * An answer.
   *
   * @param text what the model said, up to the string that ended it
   * @param stopped whether a string ended it
   * @param generation the tokens, and what they have cost; its bytes are those of all sessions
   */
  public record Answer(String text, boolean stopped, Generation generation) {}

  /**
   * Generates an answer.
   *
   * @param decoding how; one that keeps state must be this session's own
   * @param prompt the whole text so far; what the session holds of it already is not run again
   * @param continues whether the answer is the prompt's text going on, and not a text of its own
   * @param stop strings that end it and are no part of it; none of them empty
   * @throws ContextFullException if the prompt does not fit the context
   * @throws CloudException if the cloud is lost for good
   */
  public Answer generate(
      Decoding decoding,
      Session session,
      int[] prompt,
      boolean continues,
      int maxTokens,
      List<String> stop) {
    TextStream stream =
        continues ? tokenizer().streamAfter(prompt, Set.of()) : tokenizer().stream();
    StopStrings strings = new StopStrings(stop);
    StringBuilder told = new StringBuilder();
    Generation generation =
        decode(
            decoding,
            session,
            prompt,
            new DecodingRequest(decoding.sampling(), maxTokens, model.config().endTokens()),
            choice -> {
              told.append(strings.add(stream.add(choice.token())));
              return !strings.isFound();
            });
    told.append(strings.add(stream.finish())).append(strings.finish());
    remember(prompt, generation.tokens());
    return new Answer(told.toString(), strings.isFound(), generation);
  }

  @Override
  public void close() {
    learning.ifPresent(OnlineLearning::close);
    model.close();
    text.tokenizer().close();
    checkpoint.close();
  }
}
