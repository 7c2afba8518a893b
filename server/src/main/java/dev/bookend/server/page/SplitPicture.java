package dev.bookend.server.page;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.bookend.model.contract.Contract;
import dev.bookend.remote.CloudServer;
import dev.bookend.remote.ServedMiddle;
import dev.bookend.server.answer.ServedModel;
import dev.bookend.split.SplitModel;

/** Which layers run where, and what lies between. */
final class SplitPicture {
  private SplitPicture() {}

  static JsonObject of(ServedModel model) {
    SplitModel split = model.bookend().model().model();
    Contract contract = split.contract();
    ServedMiddle middle = split.edge().locator().served();
    JsonObject picture = new JsonObject();
    picture.addProperty("model", model.names().get(0));
    picture.addProperty("layers", contract.layers());
    picture.addProperty("from", contract.from());
    picture.addProperty("to", contract.to());
    picture.addProperty("hiddenSize", contract.hiddenSize());
    picture.addProperty("context", split.contextLength());
    picture.addProperty("wire", middle.halfPrecision() ? "FP16" : "FP32");
    picture.addProperty("embedded", split.options().cloud().isEmbedded());
    JsonArray servers = new JsonArray();
    split.options().cloud().servers().stream().map(CloudServer::toString).forEach(servers::add);
    picture.add("servers", servers);
    picture.addProperty("speculative", model.bookend().options().speculative());
    split
        .links()
        .profile()
        .ifPresent(
            profile ->
                picture.addProperty("linkMillis", profile.roundTrip().toNanos() / 1_000_000.0));
    return picture;
  }

  /** Bytes of the hidden states of one token, as they travel. */
  static int bytesPerToken(SplitModel split) {
    int bytes = split.edge().locator().served().halfPrecision() ? Short.BYTES : Float.BYTES;
    return split.contract().hiddenSize() * bytes;
  }
}
