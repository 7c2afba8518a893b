package dev.bookend.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * In the name of a property that is not declared, behind the quote. It has no escapes, so it is
 * another name than those before exactly if its bytes are others. Tells the frame around it the
 * name.
 *
 * @param text so far; each char is one byte
 * @param shape of the object; null: of any, for which no name is told apart from others
 * @param declared where the text is in the tree of declared names; null: none begins like this
 * @param character the character that is not complete yet
 */
record NameFrame(String text, ObjectShape shape, ByteTrie declared, UsedNames used, Utf8 character)
    implements Frame {
  private static final Frame ANY = new NameFrame("", null, null, UsedNames.NONE, Utf8.NONE);

  static Frame begin(ObjectShape shape, UsedNames used) {
    return new NameFrame("", shape, shape.names(), used, Utf8.NONE);
  }

  @Override
  public void step(int value, Stack rest, Consumer<Stack> next) {
    if (character.isNone() && value == '"') {
      boolean isDeclared = declared != null && declared.child('"') != null;
      if (!isDeclared && !used.contains(text)) {
        next.accept(rest.named(text));
      }
      return;
    }
    Utf8 more = character.next(value);
    if (more != null && (value >= 0x80 || JsonText.isPlain(value))) {
      ByteTrie child = declared == null ? null : declared.child(value);
      String longer = shape == null ? text : text + (char) value;
      next.accept(rest.push(new NameFrame(longer, shape, child, used, more)));
    }
  }

  @Override
  public Frame representative(int horizon) {
    return character.isNone() ? ANY : new NameFrame("", null, null, UsedNames.NONE, character);
  }

  @Override
  public boolean isOfAnyGrammar() {
    return shape == null && declared == null && used.equals(UsedNames.NONE);
  }

  @Override
  public int bytes() {
    return 100 + text.length();
  }

  @Override
  public List<byte[]> barred() {
    List<byte[]> barred = new ArrayList<>();
    if (declared != null) {
      declared
          .below()
          .mapToObj(property -> shape.property(property).written())
          .map(written -> Arrays.copyOfRange(written, text.length(), written.length))
          .forEach(barred::add);
    }
    for (UsedNames at = used; at.before() != null; at = at.before()) {
      if (at.last().startsWith(text)) {
        String rest = at.last().substring(text.length()) + '"';
        barred.add(rest.getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    return barred;
  }
}
