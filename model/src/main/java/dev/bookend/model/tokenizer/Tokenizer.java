package dev.bookend.model.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

/**
 * A model's tokenizer: Hugging Face's {@code tokenizers} library over the model's {@code
 * tokenizer.json}. Never truncates or pads, whatever that file says.
 *
 * <p>Safe for use by several threads until closed.
 */
public final class Tokenizer implements AutoCloseable {
  private static final Map<String, String> WHOLE_TEXT =
      Map.of("truncation", "false", "padding", "false");

  /** A little below the ten million steps after which the library's patterns end the process. */
  private static final int MOST_STEPS = 9_000_000;

  private final HuggingFaceTokenizer library;
  private final StreamTokens streamTokens;

  /** Encodes in the library's place where that cannot encode rightly. */
  private final Optional<SentencePieceEncoder> pieces;

  /** Finds added tokens in the library's place where they are very many. */
  private final Optional<ManyAddedTokens> added;

  /** Most characters of a text; more might be too much for the library's patterns. */
  private final int longest;

  private Tokenizer(
      HuggingFaceTokenizer library,
      StreamTokens streamTokens,
      Optional<SentencePieceEncoder> pieces,
      Optional<ManyAddedTokens> added,
      int longest) {
    this.library = library;
    this.streamTokens = streamTokens;
    this.pieces = pieces;
    this.added = added;
    this.longest = longest;
  }

  /**
   * Makes the tokenizer of a model.
   *
   * @throws BookendException if the library cannot read the tokenizer
   */
  public static Tokenizer of(TokenizerSource source) {
    JsonObject tokenizer = tree(source.tokenizer());
    StreamTokens streamTokens;
    int stepsPerCharacter;
    Optional<SentencePieceEncoder> pieces;
    Optional<ManyAddedTokens> added;
    try {
      streamTokens = StreamTokens.of(tokenizer);
      stepsPerCharacter = TokenizerFileCheck.check(tokenizer);
      pieces = SentencePieceEncoder.of(tokenizer);
      added = ManyAddedTokens.of(tokenizer);
    } catch (ClassCastException
        | IllegalStateException
        | IndexOutOfBoundsException
        | NoSuchElementException
        | NullPointerException
        | NumberFormatException
        | UnsupportedOperationException e) { // a field is missing or of another kind
      throw noTokenizer(e);
    }
    // Not the file's own text: of a field that comes twice the library might take the other one.
    byte[] json = tokenizer.toString().getBytes(StandardCharsets.UTF_8);
    try {
      HuggingFaceTokenizer library =
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), WHOLE_TEXT);
      return new Tokenizer(library, streamTokens, pieces, added, MOST_STEPS / stepsPerCharacter);
    } catch (IOException | RuntimeException e) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          "Hugging Face's tokenizers library cannot read the model's tokenizer.json: "
              + firstLine(e),
          e);
    }
  }

  private static JsonObject tree(TokenizerJson tokenizer) {
    try {
      return tokenizer.tree();
    } catch (JsonParseException | IllegalStateException e) {
      throw noTokenizer(e);
    }
  }

  private static BookendException noTokenizer(Exception cause) {
    return new BookendException(
        ErrorCode.MODEL_DAMAGED, "the model's tokenizer.json does not describe a tokenizer", cause);
  }

  /**
   * The tokens of exactly this text. Special tokens that the text spells out are recognised, and
   * none is added. For the text that a chat template makes, which has its special tokens in it
   * already.
   */
  public int[] encode(String text) {
    return encode(text, false);
  }

  /**
   * The tokens of a bare prompt, as the model's post-processor makes them: with a begin-of-sequence
   * token where the model wants one.
   */
  public int[] encodePrompt(String text) {
    return encode(text, true);
  }

  private int[] encode(String text, boolean addSpecialTokens) {
    if (text.length() > longest) {
      throw new BookendException(
          ErrorCode.CONTEXT_FULL,
          "the text has %,d characters, more than this model's tokenizer takes at a time (%,d)"
              .formatted(text.length(), longest));
    }
    if (pieces.isPresent()) {
      return pieces.get().encode(text, addSpecialTokens);
    }
    return added.isPresent()
        ? added.get().encode(text, addSpecialTokens, part -> encodeByLibrary(part, false))
        : encodeByLibrary(text, addSpecialTokens);
  }

  private int[] encodeByLibrary(String text, boolean addSpecialTokens) {
    try {
      return Arrays.stream(library.encode(text, addSpecialTokens, false).getIds())
          .mapToInt(Math::toIntExact)
          .toArray();
    } catch (RuntimeException e) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          "the model's tokenizer cannot encode a text: " + firstLine(e),
          e);
    }
  }

  /** The text of tokens, without the special ones; U+FFFD stands for bytes that are not UTF-8. */
  public String decode(int... tokens) {
    long[] ids =
        Arrays.stream(tokens)
            .filter(token -> added.isEmpty() || !added.get().isSpecial(token))
            .asLongStream()
            .toArray();
    try {
      return library.decode(ids, true);
    } catch (RuntimeException e) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED, "the model's tokenizer cannot decode: " + firstLine(e), e);
    }
  }

  /** The text of tokens, in which the special ones are spelled out. */
  public String decodeWithSpecial(int... tokens) {
    TextStream stream = stream(streamTokens.special().keySet());
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      text.append(stream.add(token));
    }
    return text.append(stream.finish()).toString();
  }

  private static String firstLine(Exception failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }

  /** A new decoder for tokens that come one by one; for one thread. */
  public TextStream stream() {
    return stream(Set.of());
  }

  /**
   * A decoder that shows some special tokens, as the marks that a model puts around calls of tools.
   *
   * @param shown their texts; those that are no special tokens of this model change nothing
   */
  public TextStream stream(Set<String> shown) {
    return new TextStream(
        this::decode, streamTokens::hasText, streamTokens::isByte, streamTokens.special(shown));
  }

  /**
   * A decoder of tokens that continue a text.
   *
   * @param before the tokens of that text
   * @param shown as in {@link #stream(Set)}
   */
  public TextStream streamAfter(int[] before, Set<String> shown) {
    TextStream stream = stream(shown);
    stream.continueAfter(before);
    return stream;
  }

  @Override
  public void close() {
    library.close();
  }
}
