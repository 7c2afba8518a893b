package dev.bookend.model.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code for target in items if condition}.
 *
 * @param condition null where there is none
 * @param recursive whether the body may call {@code loop} on other items
 * @param otherwise what is run where no item went through the body to its end
 */
record For(
    Target target,
    Expression items,
    Expression condition,
    boolean recursive,
    Body body,
    Body otherwise)
    implements Statement {

  @Override
  public Flow execute(Frame frame, StringBuilder out) {
    return run(frame.evaluate(items), frame, 0, out);
  }

  /** The text of the body for all items, as {@code loop(items)} gives it. */
  String text(Object values, Frame frame, int depth) {
    StringBuilder out = new StringBuilder();
    frame.budget().enter();
    run(values, frame, depth, out);
    frame.budget().leave();
    frame.budget().text(out.length());
    return out.toString();
  }

  private Flow run(Object values, Frame frame, int depth, StringBuilder out) {
    List<Object> list = Sequences.iterate(values, frame.budget());
    if (condition != null) {
      list = selected(list, frame);
    }
    Loop loop = new Loop(this, list, frame, depth);
    boolean none = true;
    while (loop.next()) {
      frame.budget().enter();
      Frame inner = frame.inner();
      target.assign(loop.current(), inner);
      inner.set("loop", loop);
      Flow flow = body.run(inner, out);
      frame.budget().leave();
      if (flow == Flow.BREAK) {
        break;
      }
      // To jinja2 an iteration that is left early has not been.
      none &= flow != Flow.NEXT;
    }
    return none ? otherwise.run(frame.inner(), out) : Flow.NEXT;
  }

  private List<Object> selected(List<Object> values, Frame frame) {
    List<Object> selected = new ArrayList<>();
    for (Object value : values) {
      frame.budget().read(8);
      Frame inner = frame.inner();
      target.assign(value, inner);
      if (inner.truth(condition)) {
        frame.budget().items(1);
        selected.add(value);
      }
    }
    return selected;
  }
}
