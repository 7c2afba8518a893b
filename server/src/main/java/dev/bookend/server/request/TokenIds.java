package dev.bookend.server.request;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.bookend.server.http.ApiException;

/** Reads lists of token ids. */
public final class TokenIds {
  private TokenIds() {}

  /**
   * The ids of a list.
   *
   * @param name of the parameter, for errors
   * @param vocabulary one more than the largest id
   * @throws ApiException if it is no list of ids
   */
  public static int[] read(String name, JsonElement list, int vocabulary) {
    if (!(list instanceof JsonArray array)) {
      throw wrong(name, vocabulary);
    }
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = isNumber(array.get(i)) ? read(array.get(i).getAsString()) : -1;
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw wrong(name, vocabulary);
      }
    }
    return ids;
  }

  /** The id that some digits are; -1 where there is anything else. */
  private static int read(String text) {
    boolean digits =
        !text.isEmpty()
            && text.length() < 10
            && text.chars().allMatch(letter -> letter >= '0' && letter <= '9');
    return digits ? Integer.parseInt(text) : -1;
  }

  public static boolean isNumber(JsonElement element) {
    return element.isJsonPrimitive() && element.getAsJsonPrimitive().isNumber();
  }

  private static ApiException wrong(String name, int vocabulary) {
    return ApiException.parameter(
        name, "must be a list of token ids, which are whole numbers below " + vocabulary);
  }
}
