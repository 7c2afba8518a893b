package dev.bookend.evaluation.report;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;

/** Makes adapters for records with components that are marked {@link Inline}. */
final class InlineFactory implements TypeAdapterFactory {
  @Override
  public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
    Map<String, Inline> inlined = new HashMap<>();
    for (Field field : type.getRawType().getDeclaredFields()) {
      if (field.isAnnotationPresent(Inline.class)) {
        inlined.put(
            FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES.translateName(field),
            field.getAnnotation(Inline.class));
      }
    }
    return inlined.isEmpty()
        ? null
        : new InlineAdapter<>(inlined, gson, gson.getDelegateAdapter(this, type)).nullSafe();
  }

  /** Moves the members of the marked components to the whole object and back. */
  private static final class InlineAdapter<T> extends TypeAdapter<T> {
    private final Map<String, Inline> inlined;
    private final Gson gson;
    private final TypeAdapter<T> nested;

    InlineAdapter(Map<String, Inline> inlined, Gson gson, TypeAdapter<T> nested) {
      this.inlined = inlined;
      this.gson = gson;
      this.nested = nested;
    }

    @Override
    public void write(JsonWriter out, T value) throws IOException {
      JsonObject flat = new JsonObject();
      for (Map.Entry<String, JsonElement> member :
          nested.toJsonTree(value).getAsJsonObject().entrySet()) {
        if (!inlined.containsKey(member.getKey())) {
          flat.add(member.getKey(), member.getValue());
        } else if (member.getValue().isJsonObject()) { // not null
          member.getValue().getAsJsonObject().asMap().forEach(flat::add);
        }
      }
      gson.toJson(flat, out);
    }

    @Override
    public T read(JsonReader in) {
      JsonObject flat = JsonParser.parseReader(in).getAsJsonObject();
      JsonObject whole = flat.deepCopy();
      inlined.forEach(
          (name, inline) -> {
            if (flat.has(inline.value())) {
              whole.add(name, flat);
            }
          });
      return nested.fromJsonTree(whole);
    }
  }
}
