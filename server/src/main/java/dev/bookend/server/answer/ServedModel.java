package dev.bookend.server.answer;

import dev.bookend.Bookend;
import dev.bookend.server.http.ApiException;
import java.time.Instant;
import java.util.List;

/**
 * The model that a server has.
 *
 * @param bookend answers
 * @param names by which clients ask for it, at least one
 * @param opened since when it is there
 */
public record ServedModel(Bookend bookend, List<String> names, Instant opened) {
  /** Copies the names. */
  public ServedModel {
    names = List.copyOf(names);
  }

  /**
   * Requires that a name is this model's.
   *
   * @throws ApiException if it is not
   */
  public void require(String name) {
    if (!names.contains(name)) {
      throw ApiException.noSuchModel(
          "this server does not have that model; it has " + String.join(", ", names));
    }
  }

  /** Most tokens of a prompt and its answer. */
  public int contextLength() {
    return bookend.model().model().contextLength();
  }

  /** One more than the largest id of a token. */
  public int vocabularySize() {
    return bookend.model().model().config().vocabularySize();
  }
}
