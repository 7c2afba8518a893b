package dev.bookend.model.checkpoint.gguf;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The key-value pairs of a GGUF header, read with the type and range that they must have. */
record GgufMetadata(Path file, Map<String, Object> values) {

  Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key)).map(value -> cast(key, String.class, value));
  }

  Optional<Boolean> flag(String key) {
    return Optional.ofNullable(values.get(key)).map(value -> cast(key, Boolean.class, value));
  }

  Optional<Integer> integer(String key, int least, int most) {
    return Optional.ofNullable(values.get(key))
        .map(value -> cast(key, Long.class, value))
        .map(
            value -> {
              if (value < least || value > most) {
                throw new BookendException(
                    ErrorCode.MODEL_DAMAGED,
                    file + ": " + key + " must be between " + least + " and " + most);
              }
              return value.intValue();
            });
  }

  /** A whole number of any size; one above 2^63 is negative. */
  Optional<Long> wholeNumber(String key) {
    return Optional.ofNullable(values.get(key)).map(value -> cast(key, Long.class, value));
  }

  /** How many elements an array has. */
  Optional<Integer> length(String key) {
    return Optional.ofNullable(values.get(key)).map(value -> cast(key, List.class, value).size());
  }

  /** A number of either kind. */
  Optional<Number> number(String key) {
    return Optional.ofNullable(values.get(key)).map(value -> cast(key, Number.class, value));
  }

  /** An array, every element of the same type. */
  <T> Optional<List<T>> list(String key, Class<T> type) {
    return Optional.ofNullable(values.get(key))
        .map(
            value ->
                ((List<?>) cast(key, List.class, value))
                    .stream().map(element -> cast(key, type, element)).toList());
  }

  String require(String key) {
    return text(key)
        .orElseThrow(
            () -> new BookendException(ErrorCode.MODEL_DAMAGED, file + ": " + key + " is missing"));
  }

  private <T> T cast(String key, Class<T> type, Object value) {
    if (!type.isInstance(value)) {
      throw new BookendException(
          ErrorCode.MODEL_DAMAGED, file + ": " + key + " has the wrong type");
    }
    return type.cast(value);
  }
}
