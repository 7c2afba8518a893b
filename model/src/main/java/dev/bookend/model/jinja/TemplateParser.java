package dev.bookend.model.jinja;

import dev.bookend.model.jinja.Body.Line;
import dev.bookend.model.jinja.Statements.Branch;
import dev.bookend.model.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads a template's statements. */
final class TemplateParser {
  private static final Set<String> RESERVED =
      Set.of("true", "True", "false", "False", "none", "None");

  private final TokenStream tokens;
  private final Set<String> names = new HashSet<>();
  private final ExpressionParser expressions;

  private TemplateParser(TokenStream tokens) {
    this.tokens = tokens;
    expressions = new ExpressionParser(tokens, names);
  }

  static Body parse(String template) {
    TemplateParser parser = new TemplateParser(new TokenStream(Lexer.tokens(template)));
    Body body = parser.body(Set.of());
    parser.tokens.expect(Kind.END);
    return body;
  }

  /** Statements up to a tag of one of the names, which is not read, or to the end. */
  private Body body(Set<String> ends) {
    tokens.enter();
    List<Line> lines = new ArrayList<>();
    while (!tokens.at(Kind.END)) {
      Token token = tokens.peek();
      if (token.kind() == Kind.TAG_BEGIN && ends.contains(tokens.peekNext().text())) {
        break;
      }
      tokens.next();
      Statement statement =
          switch (token.kind()) {
            case DATA -> new Statements.Data(token.text());
            case PRINT_BEGIN -> {
              Expression expression = expressions.expressions(true);
              tokens.expect(Kind.PRINT_END);
              yield new Statements.Print(expression);
            }
            default -> tag();
          };
      lines.add(new Line(token.line(), statement));
    }
    tokens.leave();
    return new Body(lines);
  }

  /** The rest of a tag, its body, and the tag that ends it. */
  private Body block(String end) {
    endTag();
    Body body = body(Set.of(end));
    closing(end);
    return body;
  }

  /** The end of a tag that has a body; jinja2 allows a colon before it. */
  private void endTag() {
    tokens.skipOperator(":");
    tokens.expect(Kind.TAG_END);
  }

  private void closing(String end) {
    opening(end);
    tokens.expect(Kind.TAG_END);
  }

  private void opening(String name) {
    if (tokens.at(Kind.END)) {
      throw Fault.at(tokens.peek().line(), "'" + name + "' is missing at the end");
    }
    tokens.expect(Kind.TAG_BEGIN);
    tokens.expectName(name);
  }

  private Statement tag() {
    Token name = tokens.expect(Kind.NAME);
    return switch (name.text()) {
      case "if" -> ifTag();
      case "for" -> forTag();
      case "set" -> setTag();
      case "macro" -> macroTag();
      case "call" -> callTag();
      case "filter" -> new Statements.FilterBlock(filters(), block("endfilter"));
      case "with" -> withTag();
      case "generation" -> new Statements.Generation(block("endgeneration"));
      case "break" -> jump(Statement.Flow.BREAK);
      case "continue" -> jump(Statement.Flow.CONTINUE);
      case "print" -> {
        Expression expression = expressions.expressions(true);
        tokens.expect(Kind.TAG_END);
        yield new Statements.Print(expression);
      }
      default -> throw Fault.at(name.line(), "there is no tag '" + name.text() + "' here");
    };
  }

  private Statement jump(Statement.Flow flow) {
    tokens.expect(Kind.TAG_END);
    return new Statements.Jump(flow);
  }

  private Statement ifTag() {
    List<Branch> branches = new ArrayList<>();
    Set<String> ends = Set.of("elif", "else", "endif");
    do {
      Expression condition = expressions.expressions(false);
      endTag();
      branches.add(new Branch(condition, body(ends)));
    } while (skipTag("elif"));
    Body otherwise = Body.EMPTY;
    if (skipTag("else")) {
      otherwise = block("endif");
    } else {
      closing("endif");
    }
    return new Statements.If(branches, otherwise);
  }

  private boolean skipTag(String name) {
    boolean there = tokens.at(Kind.TAG_BEGIN) && tokens.peekNext().is(Kind.NAME, name);
    if (there) {
      tokens.next();
      tokens.next();
    }
    return there;
  }

  private Statement forTag() {
    Target target = targets("in");
    tokens.expectName("in");
    Expression items = expressions.expressions(false);
    Expression condition = tokens.skipName("if") ? expressions.expression() : null;
    boolean recursive = tokens.skipName("recursive");
    endTag();
    Body body = body(Set.of("else", "endfor"));
    Body otherwise = Body.EMPTY;
    if (skipTag("else")) {
      otherwise = block("endfor");
    } else {
      closing("endfor");
    }
    return new For(target, items, condition, recursive, body, otherwise);
  }

  private Statement setTag() {
    Target target = targets("");
    if (tokens.skipOperator("=")) {
      Expression value = expressions.expressions(true);
      tokens.expect(Kind.TAG_END);
      return new Statements.Set(target, value);
    }
    List<Calls.Filter> filters = tokens.skipOperator("|") ? filters() : List.of();
    return new Statements.SetBlock(target, filters, block("endset"));
  }

  private List<Calls.Filter> filters() {
    List<Calls.Filter> filters = new ArrayList<>();
    do {
      filters.add(expressions.filter(null));
    } while (tokens.skipOperator("|"));
    return filters;
  }

  /** One target, or several with commas between, up to a name or the end of the tag. */
  private Target targets(String end) {
    Target first = target();
    if (!tokens.atOperator(",")) {
      return first;
    }
    List<Target> targets = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",")) {
      if (tokens.atName(end) || tokens.atOperator("=") || tokens.atOperator(")")) {
        break;
      }
      targets.add(target());
    }
    return new Target.Several(targets);
  }

  private Target target() {
    if (tokens.skipOperator("(")) {
      tokens.enter();
      Target inner = targets(")");
      tokens.leave();
      tokens.expectOperator(")");
      return inner;
    }
    String name = newName();
    if (tokens.skipOperator(".")) {
      names.add(name);
      return new Target.NamespaceAttribute(name, tokens.expect(Kind.NAME).text());
    }
    return new Target.Variable(name);
  }

  private String newName() {
    Token name = tokens.expect(Kind.NAME);
    if (RESERVED.contains(name.text())) {
      throw Fault.at(name.line(), "a value cannot be put into '" + name.text() + "'");
    }
    return name.text();
  }

  private Statement withTag() {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.at(Kind.TAG_END) && !tokens.atOperator(":")) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      targets.add(target());
      tokens.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Statements.With(targets, values, block("endwith"));
  }

  private Statement macroTag() {
    String name = newName();
    return definition(name, "endmacro");
  }

  private Macro.Definition definition(String name, String end) {
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    Set<String> around = new HashSet<>(names);
    names.clear();
    if (tokens.skipOperator("(")) {
      while (!tokens.skipOperator(")")) {
        if (!parameters.isEmpty()) {
          tokens.expectOperator(",");
        }
        parameters.add(newName());
        if (tokens.skipOperator("=")) {
          defaults.add(expressions.expression());
        } else if (!defaults.isEmpty()) {
          throw tokens.unexpected();
        }
      }
    } else if (end.equals("endmacro")) {
      throw tokens.unexpected();
    }
    // The call of a call block stands between its parameters and its body.
    Macro.Definition definition =
        new Macro.Definition(name, parameters, defaults, names, Body.EMPTY);
    return end.equals("endmacro") ? withBody(definition, end, around) : definition;
  }

  private Macro.Definition withBody(Macro.Definition definition, String end, Set<String> around) {
    Body body = block(end);
    Set<String> uses = Set.copyOf(names);
    names.addAll(around);
    return new Macro.Definition(
        definition.name(), definition.parameters(), definition.defaults(), uses, body);
  }

  private Statement callTag() {
    Set<String> around = new HashSet<>(names);
    Macro.Definition parameters = definition("caller", "endcall");
    Token token = tokens.peek();
    if (!(expressions.expression() instanceof Calls.Call call)) {
      throw Fault.at(token.line(), "'call' needs a call");
    }
    around.addAll(names);
    names.clear();
    return new Macro.CallBlock(call, withBody(parameters, "endcall", around));
  }
}
