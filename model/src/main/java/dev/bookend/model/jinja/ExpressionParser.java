package dev.bookend.model.jinja;

import dev.bookend.model.jinja.Calls.Parameters;
import dev.bookend.model.jinja.Literals.Constant;
import dev.bookend.model.jinja.Literals.Name;
import dev.bookend.model.jinja.Operations.Arithmetic;
import dev.bookend.model.jinja.Operations.Step;
import dev.bookend.model.jinja.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Reads expressions, by the ranks that jinja2's parser gives to operators. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> SUMS = Set.of("+", "-");
  private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");
  private static final Set<String> POWERS = Set.of("**");
  private static final int LONGEST_NUMBER = 4300;

  private final TokenStream tokens;
  private final Set<String> names;

  /**
   * @param names the names that are used are put into it
   */
  ExpressionParser(TokenStream tokens, Set<String> names) {
    this.tokens = tokens;
    this.names = names;
  }

  /** One expression, or several with commas between, which are a tuple. */
  Expression expressions(boolean conditional) {
    Expression first = conditional ? expression() : or();
    return tokens.atOperator(",") ? tuple(first, conditional) : first;
  }

  private Expression tuple(Expression first, boolean conditional) {
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",") && !endsTuple()) {
      items.add(conditional ? expression() : or());
    }
    return new Literals.TupleOf(items);
  }

  private boolean endsTuple() {
    return tokens.at(Kind.PRINT_END)
        || tokens.at(Kind.TAG_END)
        || tokens.atOperator(")")
        || tokens.atName("recursive");
  }

  Expression expression() {
    tokens.enter();
    Expression value = or();
    while (tokens.skipName("if")) {
      Expression condition = or();
      Expression otherwise = tokens.skipName("else") ? expression() : null;
      value = new Operations.Conditional(condition, value, otherwise);
    }
    tokens.leave();
    return value;
  }

  private Expression or() {
    List<Expression> operands = operands(this::and, () -> tokens.skipName("or"));
    return operands.size() == 1 ? operands.get(0) : new Operations.Or(operands);
  }

  private Expression and() {
    List<Expression> operands = operands(this::not, () -> tokens.skipName("and"));
    return operands.size() == 1 ? operands.get(0) : new Operations.And(operands);
  }

  private static List<Expression> operands(
      Supplier<Expression> operand, Supplier<Boolean> another) {
    List<Expression> operands = new ArrayList<>();
    do {
      operands.add(operand.get());
    } while (another.get());
    return operands;
  }

  private Expression not() {
    if (!tokens.skipName("not")) {
      return comparison();
    }
    tokens.enter();
    Expression operand = not();
    tokens.leave();
    return new Operations.Unary("not", operand);
  }

  private Expression comparison() {
    Expression first = sum();
    List<Step> steps = new ArrayList<>();
    while (true) {
      String operator = comparator();
      if (operator == null) {
        return steps.isEmpty() ? first : new Operations.Compare(first, steps);
      }
      steps.add(new Step(operator, sum()));
    }
  }

  /** Reads an operator that compares; null where there is none. */
  private String comparator() {
    if (tokens.at(Kind.OPERATOR) && COMPARISONS.contains(tokens.peek().text())) {
      return tokens.next().text();
    }
    if (tokens.skipName("in")) {
      return "in";
    }
    if (tokens.atName("not") && tokens.peekNext().is(Kind.NAME, "in")) {
      tokens.next();
      tokens.next();
      return "not in";
    }
    return null;
  }

  private Expression sum() {
    return row(SUMS, this::concatenation);
  }

  private Expression concatenation() {
    List<Expression> operands = operands(this::product, () -> tokens.skipOperator("~"));
    return operands.size() == 1 ? operands.get(0) : new Operations.Concatenate(operands);
  }

  private Expression product() {
    return row(PRODUCTS, () -> row(POWERS, () -> unary(true)));
  }

  private Expression row(Set<String> operators, Supplier<Expression> operand) {
    Expression first = operand.get();
    List<Step> steps = new ArrayList<>();
    while (tokens.at(Kind.OPERATOR) && operators.contains(tokens.peek().text())) {
      steps.add(new Step(tokens.next().text(), operand.get()));
    }
    return steps.isEmpty() ? first : new Arithmetic(first, steps);
  }

  private Expression unary(boolean filtered) {
    for (String sign : SUMS) {
      if (tokens.skipOperator(sign)) {
        tokens.enter();
        Expression operand = new Operations.Unary(sign, unary(false));
        tokens.leave();
        return filtered ? filters(operand) : operand;
      }
    }
    Expression value = postfix(primary());
    return filtered ? filters(value) : value;
  }

  private Expression filters(Expression input) {
    Expression value = input;
    while (true) {
      if (tokens.skipOperator("|")) {
        value = filter(value);
      } else if (tokens.skipName("is")) {
        value = test(value);
      } else if (tokens.atOperator("(")) {
        value = new Calls.Call(value, parameters());
      } else {
        return value;
      }
    }
  }

  /** The name and parameters of a filter, for an input that may be null. */
  Calls.Filter filter(Expression input) {
    String name = dotted();
    return new Calls.Filter(input, name, tokens.atOperator("(") ? parameters() : Parameters.NONE);
  }

  private String dotted() {
    StringBuilder name = new StringBuilder(tokens.expect(Kind.NAME).text());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expect(Kind.NAME).text());
    }
    return name.toString();
  }

  private Expression test(Expression input) {
    boolean negated = tokens.skipName("not");
    String name = dotted();
    Parameters parameters = Parameters.NONE;
    if (tokens.atOperator("(")) {
      parameters = parameters();
    } else if (beginsArgument()) {
      if (tokens.atName("is")) {
        throw tokens.unexpected();
      }
      parameters = new Parameters(List.of(postfix(primary())), Map.of(), null, null);
    }
    Expression test = new Calls.Test(input, name, parameters);
    return negated ? new Operations.Unary("not", test) : test;
  }

  private boolean beginsArgument() {
    return switch (tokens.peek().kind()) {
      case NAME -> !Set.of("else", "or", "and").contains(tokens.peek().text());
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> tokens.atOperator("[") || tokens.atOperator("{");
      default -> false;
    };
  }

  Expression postfix(Expression input) {
    Expression value = input;
    while (true) {
      if (tokens.skipOperator(".")) {
        Token name = tokens.next();
        value =
            switch (name.kind()) {
              case NAME -> new Calls.Attribute(value, name.text());
              case INTEGER -> new Calls.Element(value, new Constant(integer(name)));
              default -> throw Fault.at(name.line(), "unexpected " + name.shown());
            };
      } else if (tokens.skipOperator("[")) {
        value = subscript(value);
      } else if (tokens.atOperator("(")) {
        value = new Calls.Call(value, parameters());
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression owner) {
    Expression from = tokens.atOperator(":") ? null : expression();
    if (from != null && tokens.skipOperator("]")) {
      return new Calls.Element(owner, from);
    }
    if (tokens.atOperator(",")) {
      Expression key = subscriptTuple(from);
      tokens.expectOperator("]");
      return new Calls.Element(owner, key);
    }
    tokens.expectOperator(":");
    Expression to = bound();
    Expression step = tokens.skipOperator(":") ? bound() : null;
    tokens.expectOperator("]");
    return new Calls.Slice(owner, from, to, step);
  }

  private Expression subscriptTuple(Expression first) {
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",")) {
      items.add(expression());
    }
    return new Literals.TupleOf(items);
  }

  private Expression bound() {
    return tokens.atOperator(":") || tokens.atOperator("]") ? null : expression();
  }

  private Parameters parameters() {
    tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    Expression list = null;
    Expression dict = null;
    boolean first = true;
    while (!tokens.skipOperator(")")) {
      if (!first) {
        tokens.expectOperator(",");
        if (tokens.skipOperator(")")) {
          break;
        }
      }
      first = false;
      if (list == null && dict == null && tokens.skipOperator("*")) {
        list = expression();
      } else if (dict == null && tokens.skipOperator("**")) {
        dict = expression();
      } else if (dict == null && tokens.at(Kind.NAME) && tokens.peekNext().is(Kind.OPERATOR, "=")) {
        Token name = tokens.next();
        tokens.next();
        if (named.put(name.text(), expression()) != null) {
          throw Fault.at(name.line(), "the argument '" + name.text() + "' is given twice");
        }
      } else if (named.isEmpty() && list == null && dict == null) {
        positional.add(expression());
      } else {
        throw tokens.unexpected();
      }
    }
    return new Parameters(positional, named, list, dict);
  }

  private Expression primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME -> name(token.text());
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.at(Kind.STRING)) {
          text.append(tokens.next().text());
        }
        yield new Constant(text.toString());
      }
      case INTEGER -> new Constant(integer(token));
      case FLOAT -> new Constant(Double.valueOf(token.text()));
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> parenthesis();
            case "[" -> list();
            case "{" -> dict();
            default -> throw Fault.at(token.line(), "unexpected " + token.shown());
          };
      default -> throw Fault.at(token.line(), "unexpected " + token.shown());
    };
  }

  private Expression name(String name) {
    switch (name) {
      case "true", "True":
        return new Constant(true);
      case "false", "False":
        return new Constant(false);
      case "none", "None":
        return new Constant(None.NONE);
      default:
        names.add(name);
        return new Name(name);
    }
  }

  private static BigInteger integer(Token token) {
    String text = token.text().toLowerCase(Locale.ROOT);
    if (text.length() > LONGEST_NUMBER) {
      throw Fault.at(token.line(), "a number has too many digits");
    }
    return Numbers.integer(text, text.length() > 1 && text.matches("0[xob].*") ? 0 : 10);
  }

  private Expression parenthesis() {
    if (tokens.skipOperator(")")) {
      return new Literals.TupleOf(List.of());
    }
    Expression inner = expressions(true);
    tokens.expectOperator(")");
    return inner;
  }

  private Expression list() {
    List<Expression> items = new ArrayList<>();
    while (!tokens.skipOperator("]")) {
      if (!items.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator("]")) {
          break;
        }
      }
      items.add(expression());
    }
    return new Literals.ListOf(items);
  }

  private Expression dict() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      if (!keys.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.skipOperator("}")) {
          break;
        }
      }
      keys.add(expression());
      tokens.expectOperator(":");
      values.add(expression());
    }
    return new Literals.DictOf(keys, values);
  }
}
