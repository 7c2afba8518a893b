package dev.bookend.server.openai;

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
      if (!isNumber(array.get(i)) || !array.get(i).getAsString().matches("[0-9]{1,9}")) {
        throw wrong(name, vocabulary);
      }
      ids[i] = array.get(i).getAsInt();
      if (ids[i] >= vocabulary) {
        throw wrong(name, vocabulary);
      }
    }
    return ids;
  }

  static boolean isNumber(JsonElement element) {
    return element.isJsonPrimitive() && element.getAsJsonPrimitive().isNumber();
  }

  private static ApiException wrong(String name, int vocabulary) {
    return ApiException.parameter(
        name, "must be a list of token ids, which are whole numbers below " + vocabulary);
  }
}
