package dev.bookend.model.architecture;

/**
 * What a tensor does in the decoder. The loader, the decoder's script, the ONNX graph and the
 * training of draft heads ask for tensors by role; how a family names them is said in its {@link
 * Architecture} alone.
 */
public enum TensorRole {
  EMBEDDING(false, true),
  FINAL_NORM(false, true),
  /** Where there is none, the embedding is the LM head. */
  LM_HEAD(false, false),
  /** The norm before attention, which some draft heads do without. */
  INPUT_NORM(true, false),
  QUERY(true, true),
  KEY(true, true),
  VALUE(true, true),
  ATTENTION_OUTPUT(true, true),
  /** The norm before the MLP. */
  MLP_NORM(true, true),
  GATE(true, true),
  UP(true, true),
  DOWN(true, true),
  QUERY_BIAS(true, false),
  KEY_BIAS(true, false),
  VALUE_BIAS(true, false),
  /** The norm of each query head. */
  QUERY_NORM(true, false),
  /** The norm of each key head. */
  KEY_NORM(true, false);

  private final boolean inLayer;
  private final boolean required;

  TensorRole(boolean inLayer, boolean required) {
    this.inLayer = inLayer;
    this.required = required;
  }

  /** Whether each layer has such a tensor, rather than the model one. */
  public boolean inLayer() {
    return inLayer;
  }

  /** Whether the decoder cannot do without it. */
  boolean isRequired() {
    return required;
  }
}
