package dev.bookend.evaluation.report;

import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;

/** JSON has no word for infinity and what is no number: both are null, and null is read as NaN. */
final class FiniteNumbers extends TypeAdapter<Double> {
  @Override
  public void write(JsonWriter out, Double number) throws IOException {
    if (number != null && Double.isFinite(number)) {
      out.value(number);
      return;
    }
    boolean nulls = out.getSerializeNulls();
    out.setSerializeNulls(nulls || number != null);
    out.nullValue();
    out.setSerializeNulls(nulls);
  }

  @Override
  public Double read(JsonReader in) throws IOException {
    if (in.peek() == JsonToken.NULL) {
      in.nextNull();
      return Double.NaN;
    }
    return in.nextDouble();
  }
}
