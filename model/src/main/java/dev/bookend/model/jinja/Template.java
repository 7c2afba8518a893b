package dev.bookend.model.jinja;

import dev.bookend.error.BookendException;
import dev.bookend.error.ErrorCode;
import java.time.Clock;
import java.util.Map;

/**
 * A template that has been read.
 *
 * <p>Safe for use by several threads.
 */
public final class Template {
  private static final int LONGEST = 1 << 21;

  private final String origin;
  private final Body body;

  private Template(String origin, Body body) {
    this.origin = origin;
    this.body = body;
  }

  /**
   * Reads a template.
   *
   * @param origin the file it is from, which errors name
   * @throws BookendException of code {@link ErrorCode#TEMPLATE_UNSUPPORTED} if it breaks the
   *     language's rules or is absurdly long or nested
   */
  public static Template parse(String origin, String text) {
    try {
      if (text.length() > LONGEST) {
        throw Fault.of("it has more than " + LONGEST + " characters");
      }
      return new Template(origin, TemplateParser.parse(text));
    } catch (Fault fault) {
      throw failure(origin, fault);
    }
  }

  /**
   * What it prints.
   *
   * @param values by their names: null, strings, booleans, numbers, and lists and maps of such
   * @param clock the clock that {@code strftime_now} reads
   * @throws BookendException of code {@link ErrorCode#TEMPLATE_REFUSED} if the template raises an
   *     error itself, {@link ErrorCode#TEMPLATE_UNSUPPORTED} if it fails or takes too much time,
   *     memory or depth; the message holds nothing of the values but what the template itself says
   */
  public String render(Map<String, ?> values, Clock clock) {
    StringBuilder out = new StringBuilder();
    try {
      Rendering rendering = new Rendering(values, clock);
      Statement.Flow end = body.run(Frame.outermost(rendering), out);
      if (end != Statement.Flow.NEXT) {
        throw Fault.of("'break' or 'continue' stands outside of a loop");
      }
      return out.toString();
    } catch (Fault fault) {
      throw failure(origin, fault);
    }
  }

  private static BookendException failure(String origin, Fault fault) {
    String line = fault.line() > 0 ? ", line " + fault.line() : "";
    String what =
        fault.code() == ErrorCode.TEMPLATE_REFUSED
            ? fault.getMessage()
            : "the chat template cannot be used: " + fault.getMessage();
    return new BookendException(fault.code(), origin + line + ": " + what, fault);
  }
}
