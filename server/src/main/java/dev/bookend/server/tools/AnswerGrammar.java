package dev.bookend.server.tools;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.bookend.Bookend;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.VisibleText;
import dev.bookend.grammar.Grammar;
import dev.bookend.grammar.GrammarCache;
import dev.bookend.grammar.SchemaException;
import dev.bookend.model.runtime.TokenRules;
import dev.bookend.server.http.ApiException;
import dev.bookend.server.http.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The JSON that an answer must be. A schema is not looked into before the first answer is made, on
 * a thread that may take its time. Safe for use by several threads.
 */
public final class AnswerGrammar {
  /** Most clients send the same few schemas with every request. */
  private static final GrammarCache GRAMMARS = new GrammarCache();

  private final String parameter;
  private final JsonElement schema;
  private final List<AnswerGrammar> parts;
  private Grammar grammar;

  /**
   * @param parts other ones that this is made of, whose faults have places of their own
   */
  private AnswerGrammar(String parameter, JsonElement schema, List<AnswerGrammar> parts) {
    this.parameter = parameter;
    this.schema = schema;
    this.parts = parts;
  }

  /**
   * JSON that fits a schema.
   *
   * @param parameter which the schema was given as
   */
  public static AnswerGrammar ofSchema(String parameter, JsonElement schema) {
    return new AnswerGrammar(parameter, schema, List.of());
  }

  /** Any JSON object. */
  public static AnswerGrammar anyObject() {
    JsonObject object = new JsonObject();
    object.addProperty("type", "object");
    return ofSchema("type", object);
  }

  /**
   * What a format of OpenAI's APIs says: {@code text}, {@code json_object}, {@code json_schema}.
   */
  public static Optional<AnswerGrammar> ofFormat(Parameters format) {
    String type = format.requiredText("type");
    Optional<AnswerGrammar> grammar =
        switch (type) {
          case "text" -> Optional.empty();
          case "json_object" -> Optional.of(anyObject());
          case "json_schema" -> Optional.of(ofNamedSchema(format));
          default ->
              throw ApiException.unsupported(
                  format.name("type"), "this server knows text, json_object and json_schema");
        };
    format.requireKnown();
    return grammar;
  }

  /** In one of the APIs the schema's name stands around it, in the other beside. */
  private static AnswerGrammar ofNamedSchema(Parameters format) {
    boolean beside = format.element("schema").isPresent() || format.element("name").isPresent();
    Parameters named =
        format
            .object("json_schema")
            .or(() -> beside ? Optional.of(format) : Optional.empty())
            .orElseThrow(() -> format.missing("json_schema"));
    JsonElement schema = named.element("schema").orElseThrow(() -> named.missing("schema"));
    named.withoutEffect("name", "description", "strict");
    named.requireKnown();
    return ofSchema(named.name("schema"), schema);
  }

  /**
   * A call of one of some tools, as the name and the arguments. References in a tool's schema are
   * into that schema: an {@code $id} makes it a document of its own.
   */
  static AnswerGrammar ofCall(List<Tool> tools) {
    JsonArray calls = new JsonArray();
    for (Tool tool : tools) {
      JsonObject name = new JsonObject();
      name.add("const", new JsonPrimitive(tool.name()));
      JsonObject properties = new JsonObject();
      properties.add("name", name);
      properties.add("arguments", document(tool.parameters(), "tool:" + calls.size()));
      JsonArray required = new JsonArray();
      properties.keySet().forEach(required::add);
      JsonObject call = new JsonObject();
      call.addProperty("type", "object");
      call.add("properties", properties);
      call.add("required", required);
      call.addProperty("additionalProperties", false);
      calls.add(call);
    }
    JsonObject any = new JsonObject();
    any.add("anyOf", calls);
    List<AnswerGrammar> parts =
        tools.stream().map(tool -> ofSchema(tool.place(), tool.parameters())).toList();
    return new AnswerGrammar("tools", any, parts);
  }

  /** A call of one of some tools, or what a format asks for. */
  static AnswerGrammar ofCallOr(List<Tool> tools, AnswerGrammar format) {
    AnswerGrammar call = ofCall(tools);
    JsonArray both = new JsonArray();
    both.add(document(format.schema, "format:"));
    both.add(call.schema);
    JsonObject any = new JsonObject();
    any.add("anyOf", both);
    List<AnswerGrammar> parts = new ArrayList<>(call.parts);
    parts.add(format);
    return new AnswerGrammar("tools", any, parts);
  }

  private static JsonElement document(JsonElement schema, String address) {
    if (!(schema instanceof JsonObject object)
        || (object.get("$id") instanceof JsonPrimitive id && !id.getAsString().startsWith("#"))) {
      return schema;
    }
    JsonObject document = object.deepCopy();
    document.addProperty("$id", address);
    return document;
  }

  /**
   * A tool.
   *
   * @param parameters the schema of its arguments
   * @param place where in the request that schema is
   */
  record Tool(String name, JsonElement parameters, String place) {}

  /**
   * The rules for an answer of a model.
   *
   * @throws ApiException if answers cannot be held to the schema
   */
  public TokenRules rules(Bookend bookend) {
    try {
      return grammar().rules(bookend.model().vocabulary());
    } catch (BookendException e) {
      if (e.code() == ErrorCode.MODEL_UNSUPPORTED) {
        throw ApiException.unsupported(parameter, e.getMessage());
      }
      throw e;
    }
  }

  synchronized Grammar grammar() {
    if (grammar == null) {
      try {
        grammar = GRAMMARS.ofJsonSchema(schema.toString());
      } catch (SchemaException e) {
        parts.forEach(AnswerGrammar::grammar); // one of them most likely fails by itself
        throw ApiException.parameter(parameter, VisibleText.line(e.getMessage()));
      }
    }
    return grammar;
  }
}
