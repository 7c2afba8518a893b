package dev.bookend.diagnosis;

import dev.bookend.error.VisibleText;
import java.util.Map;

/**
 * The result of one check of a server.
 *
 * @param check what was checked
 * @param detail what was found, in a sentence
 * @param hint what to do about it; empty where there is nothing to do
 * @param values the sentence's numbers and names, for programs
 */
public record CheckResult(
    String check, Severity severity, String detail, String hint, Map<String, Object> values) {

  /** Makes the control characters visible that a server's own words may hold. */
  public CheckResult {
    detail = VisibleText.line(detail);
    hint = VisibleText.line(hint);
  }
}
