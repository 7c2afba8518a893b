package dev.bookend.evaluation.report;

import com.google.gson.JsonDeserializationContext;
import com.google.gson.JsonDeserializer;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonSerializationContext;
import com.google.gson.JsonSerializer;
import com.google.gson.reflect.TypeToken;
import dev.bookend.decoding.DecodingMetrics;
import dev.bookend.decoding.MetricsMap;
import java.lang.reflect.Type;
import java.util.Map;

/** Decoding metrics with the names that {@link MetricsMap} gives them. */
final class MetricsAdapter
    implements JsonSerializer<DecodingMetrics>, JsonDeserializer<DecodingMetrics> {
  private static final Type MAP = new TypeToken<Map<String, Object>>() {}.getType();

  @Override
  public JsonElement serialize(
      DecodingMetrics metrics, Type type, JsonSerializationContext context) {
    return context.serialize(MetricsMap.all(metrics));
  }

  @Override
  public DecodingMetrics deserialize(
      JsonElement json, Type type, JsonDeserializationContext context) {
    try {
      Map<String, Object> figures = context.deserialize(json, MAP);
      return MetricsMap.read(figures);
    } catch (ClassCastException e) {
      throw new JsonParseException("a metric is no number", e);
    }
  }
}
