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
import java.util.Map;
import java.util.stream.IntStream;

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

  /** An array or object that is being looked through: its children with their names, or numbers. */
  private static final class Open {
    final Iterator<Map.Entry<String, JsonElement>> children;
    String name;

    Open(Iterator<Map.Entry<String, JsonElement>> children) {
      this.children = children;
    }

    static Open of(JsonArray array) {
      return new Open(
          IntStream.range(0, array.size())
              .mapToObj(i -> Map.entry(Integer.toString(i), array.get(i)))
              .iterator());
    }
  }

  /**
   * Looks through a schema, without recursion.
   *
   * @throws SchemaException if it is too large or nested too deeply, or has a number that is so
   */
  static void check(JsonElement schema) {
    Deque<Open> open = new ArrayDeque<>();
    open.push(new Open(Map.of("#", schema).entrySet().iterator()));
    int elements = 0;
    int characters = 0;
    while (!open.isEmpty()) {
      Open parent = open.peek();
      if (!parent.children.hasNext()) {
        open.pop();
        continue;
      }
      Map.Entry<String, JsonElement> child = parent.children.next();
      parent.name = child.getKey();
      JsonElement element = child.getValue();
      elements++;
      if (element instanceof JsonArray array) {
        open.push(Open.of(array));
      } else if (element instanceof JsonObject object) {
        characters += object.keySet().stream().mapToInt(String::length).sum();
        open.push(new Open(object.entrySet().iterator()));
      } else if (element.isJsonPrimitive()) {
        characters += element.getAsString().length();
      }
      if (elements > MOST_ELEMENTS || characters > MOST_CHARACTERS || open.size() > DEEPEST) {
        throw tooLarge();
      }
      if (JsonValues.isNumber(element) && !JsonValues.isUsable(element)) {
        throw new SchemaException(pointer(open), "the number is too large or too small");
      }
    }
  }

  private static String pointer(Deque<Open> open) {
    String pointer = "";
    for (Iterator<Open> each = open.descendingIterator(); each.hasNext(); ) {
      String name = each.next().name;
      pointer = pointer.isEmpty() ? name : SchemaDocument.child(pointer, name);
    }
    return pointer;
  }

  private static SchemaException noJson() {
    return SchemaException.ofAll("the schema is not JSON");
  }

  private static SchemaException tooLarge() {
    return SchemaException.ofAll("the schema is too large or nested too deeply");
  }
}
