package dev.bookend.model.jinja;

/**
 * What a name or attribute that is not there stands for: empty when printed or iterated, false, and
 * an error in every other use.
 *
 * @param reason what is said then
 */
record Undefined(String reason) {

  static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  static Undefined attribute(Object owner, Object key) {
    String what = key instanceof String name ? "attribute '" + name + "'" : "such element";
    return new Undefined("'" + Types.name(owner) + "' has no " + what);
  }

  Fault fault() {
    return Fault.of(reason);
  }
}
