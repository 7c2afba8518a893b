package dev.bookend.model.jinja;

/** What can be called: a function, method or macro. */
@FunctionalInterface
interface Callable {
  Object call(Arguments arguments);
}
