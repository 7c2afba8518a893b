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
      at = child(at, part);
    }
    found.put(pointer, at);
    return at;
  }

  /** What is in an object or array by a part of a pointer; null: nothing. */
  private static JsonElement child(JsonElement at, String part) {
    String name = part.replace("~1", "/").replace("~0", "~");
    if (at instanceof JsonObject object) {
      return object.get(name);
    }
    if (at instanceof JsonArray array && name.matches("0|[1-9][0-9]{0,5}")) {
      int index = Integer.parseInt(name);
      return index < array.size() ? array.get(index) : null;
    }
    return null;
  }

  /**
   * A schema that references are resolved from.
   *
   * @param id what it is called; empty: nothing
   */
  private record Base(String pointer, String id) {}

  /** The innermost schema around another one, or that itself, that has an {@code $id}. */
  private Base base(String from) {
    Base base = new Base("#", "");
    StringBuilder pointer = new StringBuilder("#");
    JsonElement at = root;
    for (String part : (from + "/").substring(2).split("/", -1)) {
      if (at instanceof JsonObject object
          && JsonValues.isString(object.get("$id"))
          && !object.get("$id").getAsString().startsWith("#")) {
        String id = object.get("$id").getAsString();
        base =
            new Base(pointer.toString(), id.endsWith("#") ? id.substring(0, id.length() - 1) : id);
      }
      pointer.append('/').append(part);
      at = child(at, part);
    }
    return base;
  }

  /**
   * The pointer that a reference means.
   *
   * @param from the schema that has it
   * @throws SchemaException if it is to something outside of the document, or nothing
   */
  String resolve(String reference, String from) {
    Base base = base(from);
    int hash = reference.indexOf('#');
    String document = hash < 0 ? reference : reference.substring(0, hash);
    String fragment = hash < 0 ? "" : reference.substring(hash + 1);
    // What a relative name with a slash means depends on where it stands.
    boolean isItself =
        document.isEmpty()
            || (document.equals(base.id) && (document.contains(":") || !document.contains("/")));
    if (!isItself || !(fragment.isEmpty() || fragment.startsWith("/"))) {
      throw new SchemaException(
          child(from, "$ref"),
          "only references into the same schema, as #/$defs/name, are followed");
    }
    String pointer;
    try {
      pointer =
          base.pointer + URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new SchemaException(child(from, "$ref"), "is no reference");
    }
    if (at(pointer) == null) {
      throw new SchemaException(child(from, "$ref"), "there is nothing at " + reference);
    }
    return pointer;
  }
}
