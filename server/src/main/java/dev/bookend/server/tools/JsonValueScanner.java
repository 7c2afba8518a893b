package dev.bookend.server.tools;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.Optional;

/** Finds the end of a JSON value that comes letter by letter. Not thread-safe. */
final class JsonValueScanner {
  private static final Gson GSON = new Gson();

  private final StringBuilder text = new StringBuilder();
  private int depth;
  private boolean string;
  private boolean escaped;

  /** Takes a letter; true if the value ends with it. A number or a word ends before a letter. */
  boolean add(char letter) {
    text.append(letter);
    if (string) {
      string = escaped || letter != '"';
      escaped = !escaped && letter == '\\';
      return !string && depth == 0;
    }
    switch (letter) {
      case '"' -> string = true;
      case '{', '[' -> depth++;
      case '}', ']' -> {
        depth--;
        return depth <= 0;
      }
      default -> {}
    }
    return false;
  }

  /** Whether a letter that follows ends the value without being part of it. */
  boolean endsBefore(char letter) {
    boolean bare = depth == 0 && !string && text.length() > 0;
    return bare && (letter == ',' || letter == '}' || letter == ']' || letter <= ' ');
  }

  boolean isEmpty() {
    return text.length() == 0;
  }

  boolean isObject() {
    return text.length() > 0 && text.charAt(0) == '{';
  }

  /** What has come so far. */
  String text() {
    return text.toString();
  }

  /** The value, if it is one. */
  static Optional<JsonElement> parse(String text) {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = GSON.getAdapter(JsonElement.class).read(reader);
      return reader.peek() == JsonToken.END_DOCUMENT ? Optional.of(element) : Optional.empty();
    } catch (IOException | JsonParseException | IllegalStateException | StackOverflowError e) {
      return Optional.empty();
    }
  }
}
