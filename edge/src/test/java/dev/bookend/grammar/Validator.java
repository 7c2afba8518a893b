package dev.bookend.grammar;

import com.google.gson.JsonElement;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.StringReader;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Holds answers against a schema by a library that knows all of JSON Schema. */
final class Validator {
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaRegistryConfig(
                  SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

  private final Schema schema;

  Validator(JsonElement schema) {
    this.schema = REGISTRY.getSchema(schema.toString(), InputFormat.JSON);
  }

  /** What is wrong with a text; empty: nothing. */
  List<String> errors(String text) {
    try {
      parse(text);
    } catch (IOException | IllegalStateException e) {
      return List.of("no JSON: " + e.getMessage());
    }
    return schema.validate(text, InputFormat.JSON).stream().map(Error::toString).toList();
  }

  /** Reads JSON, and nothing that is not quite JSON; also refuses a key that comes twice. */
  static void parse(String text) throws IOException {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      value(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalStateException("more follows");
      }
    }
  }

  private static void value(JsonReader reader) throws IOException {
    switch (reader.peek()) {
      case BEGIN_ARRAY -> {
        reader.beginArray();
        while (reader.hasNext()) {
          value(reader);
        }
        reader.endArray();
      }
      case BEGIN_OBJECT -> {
        reader.beginObject();
        Set<String> names = new HashSet<>();
        while (reader.hasNext()) {
          String name = reader.nextName();
          if (!names.add(name)) {
            throw new IllegalStateException("twice: " + name);
          }
          value(reader);
        }
        reader.endObject();
      }
      default -> reader.skipValue();
    }
  }
}
