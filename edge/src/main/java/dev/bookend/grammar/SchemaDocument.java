package dev.bookend.grammar;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A schema with all that is in it, by JSON pointers in URI fragments ({@code #/properties/a}). */
final class SchemaDocument {
  private final JsonElement root;
  private final Map<String, JsonElement> found = new HashMap<>();

  SchemaDocument(JsonElement root) {
    this.root = root;
    found.put("#", root);
  }

  /** The pointer to something in what another pointer is to. */
  static String child(String pointer, String name) {
    return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
  }

  /** Adds a schema that is not in the document. */
  void add(String pointer, JsonElement schema) {
    found.put(pointer, schema);
  }

  /**
   * What a pointer is to.
   *
   * @throws SchemaException if there is no schema
   */
  JsonElement schema(String pointer) {
    JsonElement schema = at(pointer);
    boolean flag = schema instanceof JsonPrimitive primitive && primitive.isBoolean();
    if (flag || schema instanceof JsonObject) {
      return schema;
    }
    throw new SchemaException(pointer, "there is no schema");
  }

  private JsonElement at(String pointer) {
    JsonElement known = found.get(pointer);
    if (known != null) {
      return known;
    }
    JsonElement at = root;
    for (String part : pointer.substring(2).split("/", -1)) {
      String name = part.replace("~1", "/").replace("~0", "~");
      if (at instanceof JsonObject object) {
        at = object.get(name);
      } else if (at instanceof JsonArray array && name.matches("[0-9]{1,6}")) {
        int index = Integer.parseInt(name);
        at = index < array.size() ? array.get(index) : null;
      } else {
        at = null;
      }
    }
    found.put(pointer, at);
    return at;
  }

  /**
   * The pointer that a reference means.
   *
   * @param from the schema that has it
   * @throws SchemaException if it is to something outside of the document, or nothing
   */
  String resolve(String reference, String from) {
    if (!reference.equals("#") && !reference.startsWith("#/")) {
      throw new SchemaException(
          child(from, "$ref"),
          "only references into the same schema, as #/$defs/name, are followed");
    }
    String pointer;
    try {
      pointer = URLDecoder.decode(reference.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new SchemaException(child(from, "$ref"), "is no reference");
    }
    if (at(pointer) == null) {
      throw new SchemaException(child(from, "$ref"), "there is nothing at " + reference);
    }
    return pointer;
  }
}
