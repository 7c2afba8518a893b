package dev.bookend.model.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The variable {@code loop} of a loop's body. */
final class Loop implements Callable {
  private final For statement;
  private final List<Object> items;
  private final Frame frame;
  private final int depth;
  private int index;
  private List<Object> changing;

  /**
   * @param depth how many loops of the same statement are around it
   */
  Loop(For statement, List<Object> items, Frame frame, int depth) {
    this.statement = statement;
    this.items = items;
    this.frame = frame;
    this.depth = depth;
  }

  /** Goes to the next item, and says whether there is one. */
  boolean next() {
    return index++ < items.size();
  }

  Object current() {
    return items.get(index - 1);
  }

  /** Counted from 1. */
  int index() {
    return index;
  }

  int length() {
    return items.size();
  }

  /** Takes the items that are left, when the template iterates over {@code loop} itself. */
  List<Object> rest() {
    List<Object> rest = new ArrayList<>();
    while (next()) {
      rest.add(Tuple.of(current(), this));
    }
    return rest;
  }

  @Override
  public Object call(Arguments arguments) {
    if (!statement.recursive()) {
      throw Fault.of("'loop' is called in a loop that is not recursive");
    }
    return statement.text(arguments.bind(1, "items")[0], frame, depth + 1);
  }

  /** Null where there is no such attribute. */
  Object attribute(String name, Budget budget) {
    return switch (name) {
      case "index" -> BigInteger.valueOf(index);
      case "index0" -> BigInteger.valueOf(index - 1);
      case "revindex" -> BigInteger.valueOf(items.size() - index + 1);
      case "revindex0" -> BigInteger.valueOf(items.size() - index);
      case "first" -> index == 1;
      case "last" -> index == items.size();
      case "length" -> BigInteger.valueOf(items.size());
      case "depth" -> BigInteger.valueOf(depth + 1);
      case "depth0" -> BigInteger.valueOf(depth);
      case "previtem" ->
          index > 1 ? items.get(index - 2) : new Undefined("there is no previous item");
      case "nextitem" ->
          index < items.size() ? items.get(index) : new Undefined("there is no next item");
      case "cycle" -> (Callable) this::cycle;
      case "changed" -> (Callable) arguments -> changed(arguments, budget);
      default -> null;
    };
  }

  private Object cycle(Arguments arguments) {
    List<Object> values = arguments.positional();
    if (values.isEmpty()) {
      throw Fault.of("loop.cycle() has nothing to go through");
    }
    return values.get((index - 1) % values.size());
  }

  private boolean changed(Arguments arguments, Budget budget) {
    List<Object> values = arguments.positional();
    boolean same = changing != null && Comparison.equal(changing, values, budget);
    changing = values;
    return !same;
  }
}
