package dev.bookend.diagnosis;

/** How bad the result of a check is. */
public enum Severity {
  OK,
  /** It works, but not as well as it could. */
  WARNING,
  /** It does not work. */
  FAILURE
}
