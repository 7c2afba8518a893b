package dev.bookend.grammar;

import java.util.function.Consumer;

/**
 * Places in an object. In all of them, {@code budget} is how many levels may still be opened, this
 * object's included, {@code next} the first declared property that may come, and {@code used} the
 * names of those that came and are not declared.
 */
final class ObjectFrames {
  private ObjectFrames() {}

  /** Before the bracket. */
  record Open(ObjectShape shape, int budget) implements Frame {
    @Override
    public void step(int value, Stack rest, Consumer<Stack> next) {
      if (value == '{') {
        next.accept(rest.push(new BeforeName(shape, budget, 0, UsedNames.NONE, true, Space.FRESH)));
      }
    }
  }

  /**
   * Before a name.
   *
   * @param first whether this is behind the bracket, not behind a comma
   */
  record BeforeName(
      ObjectShape shape, int budget, int next, UsedNames used, boolean first, int space)
      implements Frame {
    @Override
    public void step(int value, Stack rest, Consumer<Stack> steps) {
      int more = Space.next(space, value);
      if (more != Space.WRONG) {
        steps.accept(rest.push(new BeforeName(shape, budget, next, used, first, more)));
      } else if (value == '}' && first && shape.mayEnd(next)) {
        steps.accept(rest);
      } else if (value == '"') {
        if (shape.offers(shape.names(), next, budget)) {
          steps.accept(rest.push(new InName(shape, budget, next, used, shape.names())));
        }
        if (shape.offersOthers(next, budget)) {
          Frame behind = new BehindName(shape, budget, shape.size(), used);
          steps.accept(rest.push(behind).push(NameFrame.begin(shape, used)));
        }
      }
    }
  }

  /** In the name of a declared property. */
  record InName(ObjectShape shape, int budget, int next, UsedNames used, ByteTrie name)
      implements Frame {
    @Override
    public void step(int value, Stack rest, Consumer<Stack> steps) {
      ByteTrie longer = name.child(value);
      if (longer != null && shape.offers(longer, next, budget)) {
        steps.accept(
            rest.push(
                longer.isComplete()
                    ? new BehindName(shape, budget, longer.place(), used)
                    : new InName(shape, budget, next, used, longer)));
      }
    }
  }

  /** Between a name and its value; {@code next} is the property of that name. */
  record BehindName(ObjectShape shape, int budget, int next, UsedNames used) implements Frame {
    @Override
    public void step(int value, Stack rest, Consumer<Stack> steps) {
      if (value == ':') {
        int after = Math.min(next + 1, shape.size());
        steps.accept(
            rest.push(new BehindValue(shape, budget, after, used, Space.FRESH))
                .push(shape.value(next).begin(budget - 1, Space.INLINE)));
      }
    }

    @Override
    public Frame named(String key) {
      return new BehindName(shape, budget, next, used.with(key));
    }
  }

  /** Behind a value. */
  record BehindValue(ObjectShape shape, int budget, int next, UsedNames used, int space)
      implements Frame {
    @Override
    public void step(int value, Stack rest, Consumer<Stack> steps) {
      if (value == ','
          && space == Space.FRESH
          && (shape.offers(shape.names(), next, budget) || shape.offersOthers(next, budget))) {
        steps.accept(rest.push(new BeforeName(shape, budget, next, used, false, Space.FRESH)));
      } else if (shape.mayEnd(next)) {
        int more = Space.next(space, value);
        if (value == '}') {
          steps.accept(rest);
        } else if (more != Space.WRONG) {
          steps.accept(rest.push(new BehindValue(shape, budget, next, used, more)));
        }
      }
    }
  }
}
