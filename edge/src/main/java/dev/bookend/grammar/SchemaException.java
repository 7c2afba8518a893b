package dev.bookend.grammar;

/** A schema that answers cannot be held to. The message says where in it, and why. */
public final class SchemaException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String pointer;

  SchemaException(String pointer, String why) {
    super(pointer + ": " + why);
    this.pointer = pointer;
  }

  /** The place in the schema, as a JSON pointer in a URI's fragment: {@code #/properties/name}. */
  public String pointer() {
    return pointer;
  }
}
