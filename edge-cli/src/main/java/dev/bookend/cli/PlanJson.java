package dev.bookend.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.bookend.evaluation.plan.PlanOptions;
import dev.bookend.evaluation.plan.SplitPlan;
import dev.bookend.model.checkpoint.part.ModelPart;
import dev.bookend.model.checkpoint.part.ModelParts;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A plan as a JSON object: bytes, ms and tokens a second. */
final class PlanJson {
  private PlanJson() {}

  static JsonObject of(SplitPlan plan) {
    JsonObject object = new JsonObject();
    object.addProperty("model", plan.model().name());
    plan.model()
        .path()
        .ifPresent(path -> object.addProperty("path", path.toAbsolutePath().toString()));
    object.addProperty("family", plan.model().header().config().architecture().name());
    object.addProperty("layers", plan.model().header().config().layers());
    object.addProperty("weights_bytes", plan.model().weights());
    object.add("assumptions", assumptions(plan.options()));
    object.add("tensors", tensors(plan));
    add(object, plan);
    JsonArray splits = new JsonArray();
    for (SplitPlan other : plan.alternatives()) {
      JsonObject split = new JsonObject();
      add(split, other);
      splits.add(split);
    }
    object.add("splits", splits);
    return object;
  }

  private static JsonObject assumptions(PlanOptions options) {
    JsonObject object = new JsonObject();
    object.addProperty("dtype", options.edgeType().toString().toLowerCase(Locale.ROOT));
    object.addProperty("precision", options.cloudNumberBytes() == 4 ? "fp32" : "fp16");
    object.addProperty("int8_weights", options.int8Weights());
    object.addProperty("rtt_ms", options.link().roundTrip().toNanos() / 1e6);
    object.add("up_bits_per_second", number(options.link().upBitsPerSecond()));
    object.add("down_bits_per_second", number(options.link().downBitsPerSecond()));
    object.addProperty("context", options.context());
    object.addProperty("sessions", options.sessions());
    object.addProperty("accepted_per_round_trip", options.accepted());
    object.addProperty("draft_tokens", options.draftTokens());
    object.add("edge_memory_bytes", number(options.edgeMemory()));
    object.add("cloud_memory_bytes", number(options.cloudMemory()));
    return object;
  }

  /** Null where it is not known how much memory there is. */
  private static JsonElement fits(OptionalLong memory, boolean fits) {
    return memory.isPresent() ? new JsonPrimitive(fits) : JsonNull.INSTANCE;
  }

  private static JsonElement number(OptionalLong value) {
    return value.isPresent() ? new JsonPrimitive(value.getAsLong()) : JsonNull.INSTANCE;
  }

  private static JsonElement number(OptionalDouble value) {
    return value.isPresent() ? new JsonPrimitive(value.getAsDouble()) : JsonNull.INSTANCE;
  }

  /** Bytes of each group of tensors, as they are stored. */
  private static JsonObject tensors(SplitPlan plan) {
    ModelParts parts = plan.model().parts();
    int lower = plan.split().lower();
    int upper = plan.split().upper();
    int layers = parts.layers().size();
    JsonObject edge = new JsonObject();
    edge.addProperty("embedding", parts.embedding().bytes());
    edge.addProperty("lower_layers", bytes(parts.layers().subList(0, lower)));
    edge.addProperty("upper_layers", bytes(parts.layers().subList(layers - upper, layers)));
    edge.addProperty("norm_and_head", parts.output().bytes());
    JsonObject cloud = new JsonObject();
    cloud.addProperty("middle_layers", bytes(parts.middle(lower, upper)));
    JsonObject both = new JsonObject();
    both.add("edge", edge);
    both.add("cloud", cloud);
    return both;
  }

  private static long bytes(List<ModelPart> parts) {
    return ModelParts.bytes(parts);
  }

  private static void add(JsonObject object, SplitPlan plan) {
    object.addProperty("split", plan.split().toString());
    object.addProperty("edge_download_bytes", plan.edgeDownload());
    object.addProperty("edge_weights_bytes", plan.edgeWeights());
    object.addProperty("cloud_weights_bytes", plan.cloudWeights());
    object.addProperty("edge_memory_bytes", plan.edgeMemory());
    object.addProperty("cloud_memory_bytes", plan.cloudMemory());
    object.addProperty("edge_kv_bytes_per_1000_tokens", plan.edgeKv());
    object.addProperty("cloud_kv_bytes_per_1000_tokens", plan.cloudKv());
    object.addProperty("up_bytes_per_token", plan.up(1));
    object.addProperty("down_bytes_per_token", plan.down(1));
    object.addProperty("link_ms", plan.linkMillis(1));
    object.addProperty("cloud_ms", plan.cloudMillis());
    object.add("edge_ms", number(plan.edgeMillis(1)));
    object.add("sequential_tokens_per_second", number(plan.sequential()));
    object.add("speculative_tokens_per_second", number(plan.speculative()));
    object.add("fits_edge", fits(plan.options().edgeMemory(), plan.fitsEdge()));
    object.add("fits_cloud", fits(plan.options().cloudMemory(), plan.fitsCloud()));
  }
}
