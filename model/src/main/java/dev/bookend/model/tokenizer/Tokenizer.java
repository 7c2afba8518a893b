package dev.bookend.model.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * A model's tokenizer: Hugging Face's {@code tokenizers} library over the model's {@code
 * tokenizer.json}. Never truncates or pads, whatever that file says.
 *
 * <p>Safe for use by several threads until closed.
 */
public final class Tokenizer implements AutoCloseable {
  private static final Map<String, String> WHOLE_TEXT =
      Map.of("truncation", "false", "padding", "false");

  private final HuggingFaceTokenizer library;
  private final StreamTokens streamTokens;

  /** Encodes in the library's place where that cannot encode rightly. */
  private final Optional<SentencePieceEncoder> pieces;

  private Tokenizer(
      HuggingFaceTokenizer library,
      StreamTokens streamTokens,
      Optional<SentencePieceEncoder> pieces) {
    this.library = library;
    this.streamTokens = streamTokens;
    this.pieces = pieces;
  }

  /**
   * Makes the tokenizer of a model.
   *
   * @throws BookendException if the library cannot read the tokenizer
   */
  public static Tokenizer of(TokenizerSource source) {
    StreamTokens streamTokens = StreamTokens.of(source.tokenizerJson());
    Optional<SentencePieceEncoder> pieces = Optional.empty();
    String text = source.tokenizerJson();
    if (text.contains(SentencePieceEncoder.SCORES)) {
      JsonObject tokenizer = JsonParser.parseString(text).getAsJsonObject();
      pieces = Optional.of(new SentencePieceEncoder(tokenizer));
      tokenizer.getAsJsonObject("model").remove(SentencePieceEncoder.SCORES);
      text = tokenizer.toString();
    }
    byte[] json = text.getBytes(StandardCharsets.UTF_8);
    try {
      HuggingFaceTokenizer library =
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), WHOLE_TEXT);
      return new Tokenizer(library, streamTokens, pieces);
    } catch (IOException | RuntimeException e) {
      throw new BookendException(
          ErrorCode.MODEL_UNSUPPORTED,
          "Hugging Face's tokenizers library cannot read the model's tokenizer.json: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          e);
    }
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
    if (pieces.isPresent()) {
      return pieces.get().encode(text, addSpecialTokens);
    }
    return Arrays.stream(library.encode(text, addSpecialTokens, false).getIds())
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  /** The text of tokens, without the special ones; U+FFFD stands for bytes that are not UTF-8. */
  public String decode(int... tokens) {
    return library.decode(Arrays.stream(tokens).asLongStream().toArray(), true);
  }

  /** A new decoder for tokens that come one by one; for one thread. */
  public TextStream stream() {
    return new TextStream(this::decode, streamTokens::hasText, streamTokens::isByte);
  }

  @Override
  public void close() {
    library.close();
  }
}
