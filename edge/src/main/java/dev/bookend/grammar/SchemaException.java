package dev.bookend.grammar;

/** A schema that answers cannot be held to. The message says where in it, and why. */
public final class SchemaException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String pointer;

  SchemaException(String pointer, String why) {
    super(pointer + ": " + why);
    this.pointer = pointer;
  }

  private SchemaException(String why) {
    super(why);
    this.pointer = "#";
  }

  /** Of a text that is no schema at all, so that there is no place in it to name. */
  static SchemaException ofAll(String why) {
    return new SchemaException(why);
  }

  /** The place in the schema, as a JSON pointer in a URI's fragment: {@code #/properties/name}. */
  public String pointer() {
    return pointer;
  }
}
