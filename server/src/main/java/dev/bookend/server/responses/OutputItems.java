package dev.bookend.server.responses;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.TokenLogProbability;
import dev.bookend.server.answer.TokenLogs;
import dev.bookend.server.http.Ids;
import dev.bookend.server.tools.AnswerPart;
import java.util.ArrayList;
import java.util.List;

/**
 * The output of one response: an item for the model's reasoning, for its text, and for each call;
 * and the events that tell of them as they come. Not thread-safe.
 */
final class OutputItems {
  private enum Kind {
    NONE,
    REASONING,
    MESSAGE,
    CALL
  }

  private final ResponseEvents events;
  private final JsonArray items = new JsonArray();
  private final StringBuilder told = new StringBuilder();
  private final StringBuilder text = new StringBuilder();
  private final List<TokenLogProbability> untoldLogs = new ArrayList<>();
  private JsonArray logs = new JsonArray();
  private Kind kind = Kind.NONE;
  private JsonObject item = new JsonObject();

  OutputItems(ResponseEvents events) {
    this.events = events;
  }

  /** The items that are whole. */
  JsonArray items() {
    return items;
  }

  /**
   * Takes more parts; gives the events that tell of them.
   *
   * @param tokens that came with them
   */
  String add(List<AnswerPart> parts, List<TokenLogProbability> tokens) {
    untoldLogs.addAll(tokens);
    parts.forEach(this::add);
    if (!parts.isEmpty() && !(parts.get(parts.size() - 1) instanceof AnswerPart.Text)) {
      untoldLogs.clear(); // of reasoning and calls nobody is told them
    }
    return take();
  }

  private String take() {
    String all = told.toString();
    told.setLength(0);
    return all;
  }

  private void add(AnswerPart part) {
    if (part instanceof AnswerPart.Text more) {
      message(more.text());
    } else if (part instanceof AnswerPart.Reasoning more) {
      open(Kind.REASONING);
      delta("response.reasoning_text.delta", more.text());
    } else if (part instanceof AnswerPart.CallBegin begin) {
      close("completed");
      begin(begin);
    } else if (part instanceof AnswerPart.CallArguments more) {
      delta("response.function_call_arguments.delta", more.json());
    } else if (part instanceof AnswerPart.CallEnd) {
      close("completed");
    } else if (part instanceof AnswerPart.CallBroken broken) {
      close("incomplete");
      if (!broken.untold().isEmpty()) {
        message(broken.untold());
      }
    }
  }

  private void message(String more) {
    open(Kind.MESSAGE);
    delta("response.output_text.delta", more);
  }

  private void begin(AnswerPart.CallBegin call) {
    kind = Kind.CALL;
    item = new JsonObject();
    item.addProperty("type", "function_call");
    item.addProperty("id", Ids.next("fc_"));
    item.addProperty("call_id", call.id());
    item.addProperty("name", call.name());
    item.addProperty("arguments", "");
    item.addProperty("status", "in_progress");
    tell("response.output_item.added", withItem());
  }

  private void open(Kind wanted) {
    if (kind == wanted) {
      return;
    }
    close("completed");
    kind = wanted;
    item = new JsonObject();
    boolean message = kind == Kind.MESSAGE;
    item.addProperty("type", message ? "message" : "reasoning");
    item.addProperty("id", Ids.next(message ? "msg_" : "rs_"));
    item.addProperty("status", "in_progress");
    if (message) {
      item.addProperty("role", "assistant");
    } else {
      item.add("summary", new JsonArray());
    }
    item.add("content", new JsonArray());
    tell("response.output_item.added", withItem());
    JsonObject part = place(true);
    part.add("part", content());
    tell("response.content_part.added", part);
  }

  private JsonObject content() {
    JsonObject content = new JsonObject();
    content.addProperty("type", kind == Kind.MESSAGE ? "output_text" : "reasoning_text");
    content.addProperty("text", text.toString());
    if (kind == Kind.MESSAGE) {
      content.add("annotations", new JsonArray());
      content.add("logprobs", logs);
    }
    return content;
  }

  private void delta(String type, String more) {
    text.append(more);
    JsonObject delta = place(kind != Kind.CALL);
    delta.addProperty("delta", more);
    if (kind == Kind.MESSAGE) {
      JsonArray some = TokenLogs.of(untoldLogs);
      logs.addAll(some);
      untoldLogs.clear();
      delta.add("logprobs", some);
    }
    tell(type, delta);
  }

  private JsonObject place(boolean content) {
    JsonObject place = new JsonObject();
    place.addProperty("item_id", item.get("id").getAsString());
    place.addProperty("output_index", items.size());
    if (content) {
      place.addProperty("content_index", 0);
    }
    return place;
  }

  private JsonObject withItem() {
    JsonObject event = new JsonObject();
    event.addProperty("output_index", items.size());
    event.add("item", item.deepCopy());
    return event;
  }

  private void tell(String type, JsonObject fields) {
    told.append(events.event(type, fields));
  }

  /** The events of the end: the item that is open is as the response is. */
  String finish(String status) {
    close(status);
    return take();
  }

  private void close(String status) {
    if (kind == Kind.NONE) {
      return;
    }
    if (kind == Kind.CALL) {
      closeCall();
    } else {
      closeContent();
    }
    item.addProperty("status", status);
    tell("response.output_item.done", withItem());
    items.add(item);
    text.setLength(0);
    logs = new JsonArray();
    kind = Kind.NONE;
  }

  private void closeCall() {
    item.addProperty("arguments", text.toString());
    JsonObject done = place(false);
    done.addProperty("name", item.get("name").getAsString());
    done.addProperty("arguments", text.toString());
    tell("response.function_call_arguments.done", done);
  }

  private void closeContent() {
    boolean message = kind == Kind.MESSAGE;
    if (message) {
      logs.addAll(TokenLogs.of(untoldLogs));
      untoldLogs.clear();
    }
    JsonObject done = place(true);
    done.addProperty("text", text.toString());
    if (message) {
      done.add("logprobs", logs);
    }
    tell(message ? "response.output_text.done" : "response.reasoning_text.done", done);
    JsonObject part = place(true);
    part.add("part", content());
    tell("response.content_part.done", part);
    item.getAsJsonArray("content").add(content());
  }
}
