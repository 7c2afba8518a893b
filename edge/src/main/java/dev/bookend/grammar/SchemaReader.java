package dev.bookend.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** Reads a schema's text, and finds out before anything else whether it is too large. */
final class SchemaReader {
  private static final int MOST_CHARACTERS = 1 << 20;
  private static final int MOST_ELEMENTS = 100_000;
  private static final int DEEPEST = 100;

  private SchemaReader() {}

  static JsonElement parse(String text) {
    if (text.length() > MOST_CHARACTERS) {
      throw tooLarge();
    }
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement json = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw noJson();
      }
      return json;
    } catch (IOException | JsonParseException | IllegalStateException e) {
      throw noJson();
    }
  }

  /**
   * Looks through a schema, without recursion.
   *
   * @throws SchemaException if it is too large or nested too deeply
   */
  static void check(JsonElement schema) {
    Deque<Iterator<JsonElement>> open = new ArrayDeque<>();
    open.push(List.of(schema).iterator());
    int elements = 0;
    int characters = 0;
    while (!open.isEmpty()) {
      if (!open.peek().hasNext()) {
        open.pop();
        continue;
      }
      JsonElement element = open.peek().next();
      elements++;
      if (element instanceof JsonArray array) {
        open.push(array.iterator());
      } else if (element instanceof JsonObject object) {
        characters += object.keySet().stream().mapToInt(String::length).sum();
        open.push(object.asMap().values().iterator());
      } else if (element.isJsonPrimitive()) {
        characters += element.getAsString().length();
      }
      if (elements > MOST_ELEMENTS || characters > MOST_CHARACTERS || open.size() > DEEPEST) {
        throw tooLarge();
      }
    }
  }

  private static SchemaException noJson() {
    return new SchemaException("#", "the schema is not JSON");
  }

  private static SchemaException tooLarge() {
    return new SchemaException("#", "the schema is too large or nested too deeply");
  }
}
