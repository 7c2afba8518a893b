package dev.bookend.evaluation.report;

import com.google.gson.JsonParseException;
import dev.bookend.error.FileProblem;
import dev.bookend.model.text.Utf8;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Files with a JSON object on each line that a user has written. Blank lines are ignored. */
public final class JsonLines {
  private JsonLines() {}

  /** Reads a line. */
  public interface LineReader<T> {
    /**
     * Reads a line.
     *
     * @param number of the line, from 1
     * @throws JsonParseException if the line is not JSON of the right form
     * @throws IllegalArgumentException saying what is wrong without quoting the line, which may be
     *     private
     */
    T read(String line, int number);
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if the file cannot be read, or as {@link #parse}
   */
  public static <T> List<T> read(Path file, LineReader<T> reader) {
    try {
      return parse(file.toString(), Utf8.read(file), reader);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no file " + file, e);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + FileProblem.of(e), e);
    }
  }

  /**
   * Reads lines.
   *
   * @param name of the file, for error messages
   * @return at least one
   * @throws IllegalArgumentException naming the first line that is not of the right form, or if
   *     there is no line
   */
  public static <T> List<T> parse(String name, String content, LineReader<T> reader) {
    List<T> all = new ArrayList<>();
    int number = 0;
    for (String line : Utf8.withoutMark(content).split("\n", -1)) {
      number++;
      if (!line.isBlank()) {
        try {
          if (!line.strip().startsWith("{")) { // null, for example, which Gson would accept
            throw new JsonParseException("not an object");
          }
          all.add(reader.read(line, number));
        } catch (JsonParseException | IllegalArgumentException e) {
          String what =
              e instanceof JsonParseException ? "not a JSON object of this form" : e.getMessage();
          throw new IllegalArgumentException(name + " line " + number + ": " + what, e);
        }
      }
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException(name + " is empty");
    }
    return all;
  }
}
