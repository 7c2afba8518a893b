package dev.bookend.model.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import dev.bookend.error.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The fields of a JSON object, read with the type and range that they must have. A field that is
 * null counts as absent.
 */
public record JsonFields(Path file, JsonObject object) {

  /** No published file is nearly as large; bounds the memory that one can take. */
  private static final long MAX_BYTES = 256 << 20;

  /**
   * Reads a file that must hold an object.
   *
   * @throws BookendException if it is missing or is not such a file
   */
  public static JsonFields read(Path file) {
    try {
      JsonElement json = JsonParser.parseString(text(file));
      if (json.isJsonObject()) {
        return new JsonFields(file, json.getAsJsonObject());
      }
    } catch (JsonParseException e) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED, file + ": is not JSON; fetch it again", e);
    }
    throw new BookendException(ErrorCode.MODEL_DAMAGED, file + ": is not a JSON object");
  }

  /** Adds fields that are absent. One that is null stays null. */
  JsonFields withDefaults(Map<String, Integer> defaults) {
    JsonObject all = object.deepCopy();
    defaults.forEach(
        (key, value) -> {
          if (!all.has(key)) {
            all.addProperty(key, value);
          }
        });
    return new JsonFields(file, all);
  }

  /** The text of a file of reasonable size. */
  public static String text(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new BookendException(
            ErrorCode.MODEL_DAMAGED, file + ": is larger than 256 MiB, which no such file is");
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new BookendException(
          ErrorCode.MODEL_NOT_FOUND, file + ": no such file; fetch the model again", e);
    } catch (IOException e) {
      throw new BookendException(
          ErrorCode.IO_FAILED, file + ": cannot be read: " + FileProblem.of(e), e);
    }
  }

  public Optional<JsonElement> element(String key) {
    return Optional.ofNullable(object.get(key)).filter(value -> !value.isJsonNull());
  }

  public Optional<JsonFields> fields(String key) {
    return element(key)
        .map(
            value -> {
              if (!value.isJsonObject()) {
                throw wrong(key, "an object");
              }
              return new JsonFields(file, value.getAsJsonObject());
            });
  }

  public Optional<String> text(String key) {
    return element(key)
        .map(
            value -> {
              if (!(value instanceof JsonPrimitive primitive && primitive.isString())) {
                throw wrong(key, "a string");
              }
              return value.getAsString();
            });
  }

  public boolean flag(String key, boolean absent) {
    return element(key)
        .map(
            value -> {
              if (!(value instanceof JsonPrimitive primitive && primitive.isBoolean())) {
                throw wrong(key, "true or false");
              }
              return value.getAsBoolean();
            })
        .orElse(absent);
  }

  public Optional<Double> number(String key, double above, double most) {
    return element(key)
        .map(
            value -> {
              double number =
                  value instanceof JsonPrimitive primitive && primitive.isNumber()
                      ? value.getAsDouble()
                      : Double.NaN;
              if (!(number > above && number <= most)) {
                throw wrong(key, "a number above " + above + " and at most " + most);
              }
              return number;
            });
  }

  Optional<Integer> integer(String key, int most) {
    return integer(key, 1, most);
  }

  Optional<Integer> integer(String key, int least, int most) {
    return element(key)
        .map(
            value -> {
              double number =
                  value instanceof JsonPrimitive primitive && primitive.isNumber()
                      ? value.getAsDouble()
                      : Double.NaN;
              if (!(number >= least && number <= most && number == Math.rint(number))) {
                throw wrong(key, "a whole number from " + least + " to " + most);
              }
              return (int) number;
            });
  }

  int required(String key, int most) {
    return integer(key, most).orElseThrow(() -> missing(key));
  }

  public BookendException missing(String key) {
    return new BookendException(ErrorCode.MODEL_DAMAGED, file + ": " + key + " is missing");
  }

  BookendException unsupported(String what, String instead) {
    return new BookendException(
        ErrorCode.MODEL_UNSUPPORTED, file + ": " + what + " is not supported; use " + instead);
  }

  private BookendException wrong(String key, String right) {
    return new BookendException(ErrorCode.MODEL_DAMAGED, file + ": " + key + " must be " + right);
  }
}
