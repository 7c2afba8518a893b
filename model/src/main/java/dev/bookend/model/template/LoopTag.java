package dev.bookend.model.template;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.tree.parse.TagToken;
import com.hubspot.jinjava.util.ForLoop;
import com.hubspot.jinjava.util.ObjectIterator;
import com.hubspot.jinjava.util.ObjectTruthValue;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@code for} tag with Jinja's {@code if}, which Jinjava would take for a conditional
 * expression. Refuses {@code else} and {@code recursive}, which Jinjava would ignore without a
 * word.
 */
final class LoopTag extends ForTag {
  private static final long serialVersionUID = 1;

  @Override
  public String interpretUnchecked(TagNode node, JinjavaInterpreter interpreter) {
    if (node.getChildren().stream().anyMatch(child -> child.getName().equals("else"))) {
      throw TemplateFault.unsupported("'else' in a 'for'");
    }
    var loop = getLoopVarsAndExpression((TagToken) node.getMaster());
    List<String> variables = loop.getLeft();
    List<String> parts = TemplateSyntax.splitLoopCondition(loop.getRight());
    if (parts.get(parts.size() - 1).strip().endsWith(" recursive")) {
      throw TemplateFault.unsupported("'recursive' in a 'for'");
    }
    int line = node.getLineNumber();
    Object values = interpreter.resolveELExpression(parts.get(0), line);
    if (parts.size() == 2) {
      if (variables.size() > 1) {
        throw TemplateFault.unsupported("'if' in a 'for' over several variables");
      }
      values = select(interpreter, variables.get(0), values, parts.get(1), line);
    }
    return renderForCollection(node, interpreter, variables, values);
  }

  private static List<Object> select(
      JinjavaInterpreter interpreter, String variable, Object values, String condition, int line) {
    List<Object> selected = new ArrayList<>();
    ForLoop loop = ObjectIterator.getLoop(values);
    while (loop.hasNext()) {
      Object value = interpreter.wrap(loop.next());
      interpreter.enterScope();
      try {
        interpreter.getContext().put(variable, value);
        if (ObjectTruthValue.evaluate(interpreter.resolveELExpression(condition, line))) {
          selected.add(value);
        }
      } finally {
        interpreter.leaveScope();
      }
    }
    return selected;
  }
}
