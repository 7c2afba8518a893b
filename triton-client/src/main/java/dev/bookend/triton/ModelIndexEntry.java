package dev.bookend.triton;

import dev.bookend.triton.proto.RepositoryIndexResponse.ModelIndex;

/**
 * A model in a server's repository (ModelIndex of Triton's model repository extension).
 *
 * @param name the model's name
 * @param version the model's version; empty for a model that was never loaded
 * @param state {@code READY}, {@code LOADING}, {@code UNLOADING}, {@code UNAVAILABLE} or {@code
 *     UNKNOWN}; empty where the server states none
 * @param reason why the model is in this state; may be empty
 */
public record ModelIndexEntry(String name, String version, String state, String reason) {
  static ModelIndexEntry of(ModelIndex message) {
    return new ModelIndexEntry(
        message.getName(), message.getVersion(), message.getState(), message.getReason());
  }
}
