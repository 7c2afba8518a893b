package dev.bookend.conversation;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import dev.bookend.model.template.Message;
import dev.bookend.model.template.Role;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * {@link SavedConversation} as JSON: {@code bookend_conversation} (the format's version), {@code
 * saved}, {@code model}, and {@code messages} as OpenAI's API has them. What a later version adds
 * is passed over.
 */
public final class ConversationFormat {
  private static final int VERSION = 1;
  private static final String VERSION_KEY = "bookend_conversation";
  private static final Gson GSON =
      new GsonBuilder()
          .disableHtmlEscaping()
          .setPrettyPrinting()
          .serializeNulls()
          .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
          .create();

  private ConversationFormat() {}

  /** Writes a conversation. */
  public static String write(SavedConversation conversation) {
    JsonObject model = new JsonObject();
    model.addProperty("name", conversation.model().name());
    model.addProperty("fingerprint", conversation.model().fingerprint());
    model.addProperty("tokenizer", conversation.model().tokenizer());
    JsonArray messages = new JsonArray();
    for (Message message : conversation.messages()) {
      JsonObject one = new JsonObject();
      one.addProperty("role", message.role().name().toLowerCase(Locale.ROOT));
      one.addProperty("content", message.content());
      message.fields().forEach((name, value) -> one.add(name, GSON.toJsonTree(value)));
      messages.add(one);
    }
    JsonObject all = new JsonObject();
    all.addProperty(VERSION_KEY, VERSION);
    all.addProperty("saved", conversation.saved().toString());
    all.add("model", model);
    all.add("messages", messages);
    return GSON.toJson(all);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if it is something else; the message says what is wrong
   */
  public static SavedConversation read(String json) {
    try {
      JsonObject all = object(JsonParser.parseString(json), "the whole");
      if (!all.has(VERSION_KEY)) {
        throw new IllegalArgumentException("there is no '" + VERSION_KEY + "'");
      }
      if (all.get(VERSION_KEY).getAsInt() != VERSION) {
        throw new IllegalArgumentException(
            "it is of version " + all.get(VERSION_KEY) + " of the format, not " + VERSION);
      }
      JsonObject model = object(all.get("model"), "'model'");
      List<Message> messages = new ArrayList<>();
      for (JsonElement message : all.getAsJsonArray("messages")) {
        messages.add(message(object(message, "a message")));
      }
      return new SavedConversation(
          new ModelIdentity(
              text(model, "name"), text(model, "fingerprint"), text(model, "tokenizer")),
          Instant.parse(text(all, "saved")),
          messages);
    } catch (JsonParseException
        | DateTimeException
        | ClassCastException
        | IllegalStateException
        | UnsupportedOperationException
        | NullPointerException
        | StackOverflowError e) {
      throw new IllegalArgumentException("it is not JSON of this form", e);
    }
  }

  private static Message message(JsonObject message) {
    String role = text(message, "role");
    String content = text(message, "content");
    message.remove("role");
    message.remove("content");
    Map<String, Object> fields =
        GSON.fromJson(message, new TypeToken<Map<String, Object>>() {}.getType());
    for (Role known : Role.values()) {
      if (known.name().toLowerCase(Locale.ROOT).equals(role)) {
        return new Message(known, content, fields);
      }
    }
    throw new IllegalArgumentException("a message has a role that is not known");
  }

  private static JsonObject object(JsonElement element, String what) {
    if (element == null || !element.isJsonObject()) {
      throw new IllegalArgumentException(what + " is not an object");
    }
    return element.getAsJsonObject();
  }

  private static String text(JsonObject object, String name) {
    JsonElement value = object.get(name);
    if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw new IllegalArgumentException("'" + name + "' is not a text");
    }
    return value.getAsString();
  }
}
