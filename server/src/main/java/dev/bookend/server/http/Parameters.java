package dev.bookend.server.http;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.bookend.error.VisibleText;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The parameters of a request, or of an object within one. Remembers which were read, so that one
 * that nobody reads can be refused: it would be ignored otherwise. A parameter that is null counts
 * as not given. Not thread-safe.
 */
public final class Parameters {
  private static final int LONGEST_NAME = 64;
  private static final Gson GSON = new Gson();

  private final JsonObject json;
  private final String path;
  private final Set<String> known = new HashSet<>();

  private Parameters(JsonObject json, String path) {
    this.json = json;
    this.path = path;
  }

  /**
   * Reads the body of a request, and vLLM's {@code cache_salt}, which any of them may have.
   *
   * @throws ApiException if it is no JSON object, or has characters that are none
   */
  public static Parameters read(RoutingContext request) {
    Buffer body = request.body().buffer();
    try {
      ByteBuffer bytes = ByteBuffer.wrap(body == null ? new byte[0] : body.getBytes());
      Parameters all = parse(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
      all.text("cache_salt").ifPresent(salt -> Gate.setCacheSalt(request, salt));
      return all;
    } catch (CharacterCodingException e) {
      throw ApiException.malformed("the body is not UTF-8");
    }
  }

  /**
   * Reads JSON.
   *
   * @throws ApiException as above
   */
  public static Parameters parse(String body) {
    if (body.isBlank()) {
      throw ApiException.malformed("the body is empty; a JSON object is needed");
    }
    try (JsonReader reader = new JsonReader(new StringReader(body))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = GSON.getAdapter(JsonElement.class).read(reader);
      if (!element.isJsonObject() || reader.peek() != JsonToken.END_DOCUMENT) {
        throw ApiException.malformed("the body is not one JSON object");
      }
      return new Parameters(element.getAsJsonObject(), "");
    } catch (MalformedJsonException e) {
      String what = e.getMessage().lines().findFirst().orElse("");
      throw ApiException.malformed("the body is not JSON: " + VisibleText.line(what));
    } catch (IOException | JsonParseException | StackOverflowError e) {
      throw ApiException.malformed("the body is not JSON");
    }
  }

  /** The name of a parameter as errors give it, with that of the object around it. */
  public String name(String name) {
    return path + (name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name);
  }

  /** A parameter of any kind. */
  public Optional<JsonElement> element(String name) {
    known.add(name);
    JsonElement element = json.get(name);
    return element == null || element.isJsonNull() ? Optional.empty() : Optional.of(element);
  }

  private Optional<JsonPrimitive> primitive(String name, String kind) {
    return element(name)
        .map(
            element -> {
              if (!element.isJsonPrimitive()) {
                throw wrongKind(name, kind);
              }
              return element.getAsJsonPrimitive();
            });
  }

  private ApiException wrongKind(String name, String kind) {
    return ApiException.parameter(name(name), "must be " + kind);
  }

  /** A string. */
  public Optional<String> text(String name) {
    return primitive(name, "a string")
        .map(
            value -> {
              if (!value.isString()) {
                throw wrongKind(name, "a string");
              }
              return value.getAsString();
            });
  }

  /** A string that must be given. */
  public String requiredText(String name) {
    return text(name).orElseThrow(() -> missing(name));
  }

  /** The error that a parameter is missing. */
  public ApiException missing(String name) {
    return ApiException.parameter(name(name), "is missing");
  }

  /** True or false. */
  public boolean flag(String name, boolean otherwise) {
    return primitive(name, "true or false")
        .map(
            value -> {
              if (!value.isBoolean()) {
                throw wrongKind(name, "true or false");
              }
              return value.getAsBoolean();
            })
        .orElse(otherwise);
  }

  /** A whole number within limits. */
  public OptionalInt integer(String name, int least, int most) {
    OptionalLong number = whole(name, least, most);
    return number.isPresent() ? OptionalInt.of((int) number.getAsLong()) : OptionalInt.empty();
  }

  /** A whole number within limits. */
  public OptionalLong whole(String name, long least, long most) {
    String kind = "a whole number from " + least + " to " + most;
    Optional<BigDecimal> number = decimal(name, kind);
    if (number.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long value = number.get().longValueExact();
      if (value >= least && value <= most) {
        return OptionalLong.of(value);
      }
    } catch (ArithmeticException e) {
      // Reported below, as one outside of the limits.
    }
    throw wrongKind(name, kind);
  }

  /** A number within limits. */
  public OptionalDouble number(String name, double least, double most) {
    String kind = "a number from " + least + " to " + most;
    Optional<BigDecimal> number = decimal(name, kind);
    if (number.isEmpty()) {
      return OptionalDouble.empty();
    }
    double value = number.get().doubleValue();
    if (!(value >= least && value <= most)) {
      throw wrongKind(name, kind);
    }
    return OptionalDouble.of(value);
  }

  private Optional<BigDecimal> decimal(String name, String kind) {
    return primitive(name, kind)
        .map(
            value -> {
              if (!value.isNumber() || value.getAsString().length() > 40) {
                throw wrongKind(name, kind);
              }
              BigDecimal number = parsed(value.getAsString(), name, kind);
              if (Math.abs((long) number.scale()) > 400) { // would take long to write out
                throw wrongKind(name, kind);
              }
              return number;
            });
  }

  private BigDecimal parsed(String text, String name, String kind) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) { // an exponent that no number has
      throw wrongKind(name, kind);
    }
  }

  /** An object. */
  public Optional<Parameters> object(String name) {
    return element(name).map(element -> object(name, element));
  }

  private Parameters object(String name, JsonElement element) {
    if (!element.isJsonObject()) {
      throw wrongKind(name, "an object");
    }
    return new Parameters(element.getAsJsonObject(), name(name) + ".");
  }

  /** A list. */
  public Optional<JsonArray> list(String name) {
    return element(name)
        .map(
            element -> {
              if (!element.isJsonArray()) {
                throw wrongKind(name, "a list");
              }
              return element.getAsJsonArray();
            });
  }

  /** A list of objects; empty where it is not given. */
  public List<Parameters> objects(String name) {
    JsonArray list = list(name).orElseGet(JsonArray::new);
    return IntStream.range(0, list.size())
        .mapToObj(index -> object(name + "[" + index + "]", list.get(index)))
        .toList();
  }

  /** A string or a list of strings; empty where it is not given. */
  public List<String> texts(String name) {
    Optional<JsonElement> element = element(name);
    if (element.isEmpty()) {
      return List.of();
    }
    if (!element.get().isJsonArray()) {
      return List.of(requiredText(name));
    }
    return element.get().getAsJsonArray().asList().stream()
        .map(
            item -> {
              if (!item.isJsonPrimitive() || !item.getAsJsonPrimitive().isString()) {
                throw wrongKind(name, "a string or a list of strings");
              }
              return item.getAsString();
            })
        .toList();
  }

  /** The names of all that is given. */
  public Set<String> names() {
    return json.keySet();
  }

  /** All of it, as it was given; all counts as read. */
  public JsonObject json() {
    known.addAll(json.keySet());
    return json;
  }

  /** Parameters that change nothing of an answer's text, so that nothing is lost by them. */
  public void withoutEffect(String... names) {
    known.addAll(List.of(names));
  }

  /**
   * A parameter that is honoured with one value only, which is what happens without it.
   *
   * @throws ApiException if it has another
   */
  public void only(String name, JsonElement value) {
    Optional<JsonElement> given = element(name);
    if (given.isPresent() && !given.get().equals(value)) {
      throw ApiException.unsupported(name(name), "this server knows " + value + " only");
    }
  }

  /**
   * Refuses parameters that nobody has read.
   *
   * @throws ApiException if there is one
   */
  public void requireKnown() {
    for (String name : json.keySet()) {
      if (!known.contains(name) && !json.get(name).isJsonNull()) {
        throw ApiException.unsupported(name(name), "this server does not know it");
      }
    }
  }
}
