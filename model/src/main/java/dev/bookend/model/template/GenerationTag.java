package dev.bookend.model.template;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;

/**
 * The {@code generation} block of Hugging Face's templates, which marks for training what the
 * assistant wrote. Only its content is rendered.
 */
final class GenerationTag implements Tag {
  private static final long serialVersionUID = 1;

  @Override
  public String getName() {
    return "generation";
  }

  @Override
  public String interpret(TagNode node, JinjavaInterpreter interpreter) {
    StringBuilder content = new StringBuilder();
    for (Node child : node.getChildren()) {
      content.append(child.render(interpreter));
    }
    return content.toString();
  }
}
