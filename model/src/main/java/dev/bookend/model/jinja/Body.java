package dev.bookend.model.jinja;

import dev.bookend.model.jinja.Statement.Flow;
import java.util.List;

/** Statements in a row. */
record Body(List<Line> lines) {
  static final Body EMPTY = new Body(List.of());

  /**
   * A statement.
   *
   * @param number the template's line that it begins in
   */
  record Line(int number, Statement statement) {}

  Flow run(Frame frame, StringBuilder out) {
    for (Line line : lines) {
      frame.budget().enter();
      try {
        Flow flow = line.statement().execute(frame, out);
        if (flow != Flow.NEXT) {
          frame.budget().leave();
          return flow;
        }
      } catch (Fault fault) {
        throw fault.in(line.number());
      }
      frame.budget().leave();
    }
    return Flow.NEXT;
  }

  /** What it prints, at a place of its own within the frame. */
  String text(Frame inner) {
    StringBuilder out = new StringBuilder();
    run(inner, out);
    inner.budget().text(out.length());
    return out.toString();
  }
}
