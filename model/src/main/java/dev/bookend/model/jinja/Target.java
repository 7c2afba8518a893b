package dev.bookend.model.jinja;

import java.util.List;

/** Where a value is put. */
interface Target {
  void assign(Object value, Frame frame);

  /** A name. */
  record Variable(String name) implements Target {
    @Override
    public void assign(Object value, Frame frame) {
      frame.set(name, value);
    }
  }

  /** An attribute of a namespace. */
  record NamespaceAttribute(String namespace, String name) implements Target {
    @Override
    public void assign(Object value, Frame frame) {
      if (!(frame.get(namespace) instanceof Namespace target)) {
        throw Fault.of("'" + namespace + "' is no namespace, so it cannot be changed");
      }
      target.set(name, value);
    }
  }

  /** Several, each for one element of the value. */
  record Several(List<Target> targets) implements Target {
    @Override
    public void assign(Object value, Frame frame) {
      if (value instanceof Undefined undefined) {
        throw undefined.fault();
      }
      List<Object> items = Sequences.iterate(value, frame.budget());
      if (items.size() != targets.size()) {
        throw Fault.of(items.size() + " values are there for " + targets.size() + " names");
      }
      for (int i = 0; i < items.size(); i++) {
        targets.get(i).assign(items.get(i), frame);
      }
    }
  }
}
