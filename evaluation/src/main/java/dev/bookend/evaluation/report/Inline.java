package dev.bookend.evaluation.report;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a component of a record in a {@link ResultLog} that is written as if its own components
 * were the record's. So a line of the log stays flat, however the record is built.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Inline {
  /** A name that a line has if the component is there; a component without it is read as null. */
  String value();
}
