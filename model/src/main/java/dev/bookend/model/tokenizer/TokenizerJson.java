package dev.bookend.model.tokenizer;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.function.Supplier;

/** The content of a Hugging Face {@code tokenizer.json}. */
public final class TokenizerJson {
  private final Supplier<String> text;
  private final Supplier<JsonObject> tree;

  private TokenizerJson(Supplier<String> text, Supplier<JsonObject> tree) {
    this.text = text;
    this.tree = tree;
  }

  /** The content of a file. */
  static TokenizerJson of(String text) {
    return new TokenizerJson(() -> text, () -> JsonParser.parseString(text).getAsJsonObject());
  }

  /**
   * Content that is made of something else.
   *
   * @param maker makes it anew each time
   */
  public static TokenizerJson made(Supplier<JsonObject> maker) {
    return new TokenizerJson(() -> maker.get().toString(), maker);
  }

  /** The file as it is, or would be. */
  public String text() {
    return text.get();
  }

  /** The same as a tree, which belongs to the caller. */
  JsonObject tree() {
    return tree.get();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenizerJson json && text().equals(json.text());
  }

  @Override
  public int hashCode() {
    return text().hashCode();
  }
}
