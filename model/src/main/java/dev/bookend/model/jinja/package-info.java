/**
 * The language of chat templates: jinja2 as the {@code transformers} library sets it up, with
 * Python's values and their meaning. A template is code from elsewhere, so it reaches nothing but
 * the values that it is given, and its time, memory and depth are bounded.
 *
 * <p>Within this package a value is an {@code Object} of one of these classes: {@link
 * java.lang.String str}, {@link java.lang.Boolean bool}, {@link java.math.BigInteger int}, {@link
 * java.lang.Double float}, {@link java.util.List list}, and {@code None}, {@code Undefined}, {@code
 * Markup}, {@code Tuple}, {@code Dict}, {@code DictView}, {@code Range}, {@code Generator}, {@code
 * Namespace}, {@code Loop} and {@code Callable}. All but the namespace, the loop and the generator
 * are immutable, as jinja2's sandbox has it.
 */
package dev.bookend.model.jinja;
